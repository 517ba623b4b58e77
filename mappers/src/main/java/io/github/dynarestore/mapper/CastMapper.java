package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code cast:price=N,tags=SS}: gives attributes another type where that loses nothing; {@link Cast} says what becomes of
 * what. An item with a value that cannot be cast becomes a dead letter.
 */
public final class CastMapper implements AttributeMapperFactory {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public CastMapper() {}

    @Override
    public String id() {
        return "cast";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context);
        Map<String, Cast> casts = new LinkedHashMap<>();
        parameters.byAttribute().forEach((attribute, type) -> {
            parameters.refuseKey(attribute);
            try {
                casts.put(attribute, Cast.to(AttributeValue.Type.valueOf(type)));
            } catch (IllegalArgumentException e) {
                throw parameters.wrong(
                        "cannot cast '" + attribute + "' to '" + type + "': the types are " + Cast.TYPES);
            }
        });
        return item -> {
            Map<String, AttributeValue> cast = new LinkedHashMap<>(item);
            casts.forEach((attribute, type) -> cast.computeIfPresent(attribute, type::of));
            return cast;
        };
    }
}
