package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.math.BigDecimal;

/**
 * {@code skip-expired:attribute=expires}: leaves items out that time to live would remove at once. As in DynamoDB, those
 * whose time is more than five years over live on, for that is taken for a mistake.
 */
public final class SkipExpiredMapper implements AttributeMapperFactory {

    private static final String ATTRIBUTE = "attribute";
    private static final long FIVE_YEARS_SECONDS = 5L * 365 * 24 * 60 * 60;

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public SkipExpiredMapper() {}

    @Override
    public String id() {
        return "skip-expired";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        String attribute = new Parameters(id(), context).only(ATTRIBUTE).required(ATTRIBUTE);
        BigDecimal now = BigDecimal.valueOf(context.now().getEpochSecond());
        BigDecimal earliest = now.subtract(BigDecimal.valueOf(FIVE_YEARS_SECONDS));
        return item -> {
            BigDecimal expires = EpochSeconds.of(item.get(attribute));
            boolean isExpired = expires != null && expires.compareTo(now) < 0 && expires.compareTo(earliest) > 0;
            return isExpired ? null : item;
        };
    }
}
