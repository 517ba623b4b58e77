package io.github.dynarestore.mapper;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Times as DynamoDB's time to live has them: numbers of seconds since 1970. It takes any other value for no time. */
final class EpochSeconds {

    private EpochSeconds() {}

    /** Returns the seconds; null where time to live sees none. */
    static @Nullable BigDecimal of(@Nullable AttributeValue value) {
        return value == null || value.n() == null ? null : new BigDecimal(value.n());
    }
}
