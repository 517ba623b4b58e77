package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code drop:a,b}: leaves these attributes out. */
public final class DropMapper implements AttributeMapperFactory {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public DropMapper() {}

    @Override
    public String id() {
        return "drop";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context);
        Set<String> dropped = parameters.attributes();
        dropped.forEach(parameters::refuseKey);
        return item -> {
            Map<String, AttributeValue> left = new LinkedHashMap<>(item);
            left.keySet().removeAll(dropped);
            return left;
        };
    }
}
