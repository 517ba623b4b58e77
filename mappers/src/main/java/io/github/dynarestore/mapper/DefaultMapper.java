package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code default:status=S:OPEN}: gives an attribute a value where an item does not have it. */
public final class DefaultMapper implements AttributeMapperFactory {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public DefaultMapper() {}

    @Override
    public String id() {
        return "default";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context);
        Map<String, AttributeValue> values = new LinkedHashMap<>();
        parameters.byAttribute().forEach((attribute, spec) -> {
            parameters.refuseKey(attribute);
            values.put(attribute, value(parameters, attribute, spec));
        });
        return item -> {
            Map<String, AttributeValue> filled = new LinkedHashMap<>(item);
            values.forEach(filled::putIfAbsent);
            return filled;
        };
    }

    static AttributeValue value(Parameters parameters, String attribute, String spec) {
        try {
            return ValueSpec.parse(spec);
        } catch (IllegalArgumentException | CannotMapException e) {
            throw parameters.wrong(
                    "needs a value such as S:text, N:1, B:base64, BOOL:true or NULL: for '" + attribute + "'");
        }
    }
}
