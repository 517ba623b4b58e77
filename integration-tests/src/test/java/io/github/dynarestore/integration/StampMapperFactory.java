package io.github.dynarestore.integration;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Adds an attribute that says what the factory was told; found by the ServiceLoader. */
public final class StampMapperFactory implements AttributeMapperFactory {

    /** For the ServiceLoader. */
    public StampMapperFactory() {}

    @Override
    public String id() {
        return "stamp";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        String name = context.parameters().get("name");
        if (name == null) {
            throw new IllegalArgumentException("the parameter 'name' is missing");
        }
        String stamp = context.parameters().containsKey("time")
                ? context.now().toString()
                : context.tableName() + " " + context.keyAttributeNames();
        return item -> {
            Map<String, AttributeValue> stamped = new HashMap<>(item);
            stamped.put(name, AttributeValue.fromS(stamp));
            return stamped;
        };
    }
}
