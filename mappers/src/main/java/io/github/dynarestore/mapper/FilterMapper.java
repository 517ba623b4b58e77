package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.math.BigDecimal;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code filter:attribute=status,equals=OPEN}: leaves items out unless an attribute equals a text, a number or a truth, or
 * has a {@code prefix}, or, with neither, is there.
 */
public final class FilterMapper implements AttributeMapperFactory {

    private static final String ATTRIBUTE = "attribute";
    private static final String EQUALS = "equals";
    private static final String PREFIX = "prefix";

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public FilterMapper() {}

    @Override
    public String id() {
        return "filter";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context).only(ATTRIBUTE, EQUALS, PREFIX);
        String attribute = parameters.required(ATTRIBUTE);
        String equal = parameters.optional(EQUALS);
        String prefix = parameters.optional(PREFIX);
        if (equal != null && prefix != null) {
            throw parameters.wrong("takes 'equals' or 'prefix', not both");
        }
        Predicate<AttributeValue> accepts = equal != null
                ? isEqualTo(equal)
                : prefix != null ? value -> value.s() != null && value.s().startsWith(prefix) : value -> true;
        return item -> {
            AttributeValue value = item.get(attribute);
            return value != null && accepts.test(value) ? item : null;
        };
    }

    private static Predicate<AttributeValue> isEqualTo(String text) {
        BigDecimal number = numberOrNull(text);
        return value -> switch (value.type()) {
            case S -> value.s().equals(text);
            case N -> number != null && new BigDecimal(value.n()).compareTo(number) == 0;
            case BOOL -> value.bool().toString().equals(text);
            default -> false;
        };
    }

    private static @Nullable BigDecimal numberOrNull(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
