package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.dynamodb.model.RequestLimitExceededException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingReason;

/**
 * Reads why DynamoDB throttles: {@code ThrottlingReasons} of its errors, of which each has a reason such as
 * {@code IndexWriteProvisionedThroughputExceeded} and the ARN of a table or index (developer guide, "Diagnosing
 * throttling").
 */
final class ThrottleReasons {

    private static final String INDEX_OF_ARN = "/index/";
    private static final String REQUEST_LIMIT = "RequestLimitExceeded";

    private ThrottleReasons() {}

    /** The limit that an error names; of several the one that asks for the longest wait. Null if it names none. */
    static @Nullable WriteLimit limit(Throwable failure) {
        List<ThrottlingReason> reasons = reasons(failure);
        if (reasons.isEmpty() && REQUEST_LIMIT.equals(CallFailure.of(failure).code())) {
            // "Throughput exceeds the current throughput limit for your account", with or without a reason.
            // Told by its code: a transport of our own makes no class of each error.
            return WriteLimit.of(Kind.ACCOUNT);
        }
        return reasons.stream()
                .map(reason -> limit(reason.reason(), reason.resource()))
                .filter(limit -> limit != null)
                .max(Comparator.comparingInt(ThrottleReasons::severity))
                .orElse(null);
    }

    private static List<ThrottlingReason> reasons(Throwable failure) {
        if (failure instanceof ProvisionedThroughputExceededException provisioned) {
            return provisioned.throttlingReasons();
        }
        if (failure instanceof ThrottlingException throttling) {
            return throttling.throttlingReasons();
        }
        return failure instanceof RequestLimitExceededException request ? request.throttlingReasons() : List.of();
    }

    private static @Nullable WriteLimit limit(@Nullable String reason, @Nullable String resource) {
        Kind kind = reason == null ? null : kind(reason);
        if (kind == null) {
            return null;
        }
        boolean isOfIndex = reason != null && reason.startsWith("Index");
        int at = resource == null ? -1 : resource.indexOf(INDEX_OF_ARN);
        return new WriteLimit(
                kind, isOfIndex && resource != null && at >= 0 ? resource.substring(at + INDEX_OF_ARN.length()) : null);
    }

    private static @Nullable Kind kind(String reason) {
        if (reason.endsWith("KeyRangeThroughputExceeded")) {
            return Kind.KEY_RANGE;
        }
        if (reason.endsWith("AccountLimitExceeded")) {
            return Kind.ACCOUNT;
        }
        if (reason.endsWith("MaxOnDemandThroughputExceeded")) {
            return Kind.ON_DEMAND_MAXIMUM;
        }
        return reason.endsWith("ProvisionedThroughputExceeded") ? Kind.CAPACITY : null;
    }

    private static int severity(WriteLimit limit) {
        return switch (limit.kind()) {
            case ACCOUNT -> 3;
            case ON_DEMAND_MAXIMUM -> 2;
            case CAPACITY -> 1;
            default -> 0;
        };
    }
}
