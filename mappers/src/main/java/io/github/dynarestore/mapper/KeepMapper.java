package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code keep:a,b}: leaves only these attributes, and the key. */
public final class KeepMapper implements AttributeMapperFactory {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public KeepMapper() {}

    @Override
    public String id() {
        return "keep";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Set<String> kept = new HashSet<>(new Parameters(id(), context).attributes());
        kept.addAll(context.keyAttributeNames());
        return item -> {
            Map<String, AttributeValue> left = new LinkedHashMap<>(item);
            left.keySet().retainAll(kept);
            return left;
        };
    }
}
