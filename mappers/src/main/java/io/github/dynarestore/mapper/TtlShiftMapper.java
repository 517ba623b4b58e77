package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code ttl-shift:attribute=expires}: adds the time from the cut until now to an attribute of seconds since 1970, so that
 * items live on as long as they had left. Without a cut, {@code at=INSTANT} says from when.
 */
public final class TtlShiftMapper implements AttributeMapperFactory {

    private static final String ATTRIBUTE = "attribute";
    private static final String AT = "at";

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public TtlShiftMapper() {}

    @Override
    public String id() {
        return "ttl-shift";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context).only(ATTRIBUTE, AT);
        String attribute = parameters.required(ATTRIBUTE);
        parameters.refuseKey(attribute);
        Instant at = parameters.optionalInstant(AT);
        Instant from = at == null ? context.asOf() : at;
        if (from == null) {
            throw parameters.wrong("needs a cut, or the parameter 'at'");
        }
        if (from.isAfter(context.now())) {
            throw parameters.wrong("cannot shift from " + from + ", which is not over yet");
        }
        BigDecimal shift =
                BigDecimal.valueOf(Duration.between(from, context.now()).toSeconds());
        return item -> {
            BigDecimal expires = EpochSeconds.of(item.get(attribute));
            if (expires == null) {
                return item;
            }
            Map<String, AttributeValue> shifted = new LinkedHashMap<>(item);
            shifted.put(attribute, AttributeValue.fromN(expires.add(shift).toPlainString()));
            return shifted;
        };
    }
}
