package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** Makes calls that change a table, again while DynamoDB is busy with others. Thread-safe. */
public final class ControlPlane {

    private static final long DELAY_MILLIS = 500;

    /** Another change is under way, or too many are, or the table is too new; what a call asks for is not done then. */
    private static final Set<String> BUSY = Set.of(
            "ResourceInUseException",
            "LimitExceededException",
            "InternalServerError",
            "ContinuousBackupsUnavailableException");

    private final String table;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;

    /** Creates one that waits by this timer. */
    public ControlPlane(String table, ScheduledExecutorService timer, LongSupplier nanoTime) {
        this.table = table;
        this.timer = timer;
        this.nanoTime = nanoTime;
    }

    /**
     * Makes a call.
     *
     * @param action IAM's name of it
     * @param atMost how long to try
     * @return a future that fails with a {@link RestoreException}
     */
    public <T> CompletableFuture<T> call(String action, Supplier<CompletableFuture<T>> call, Duration atMost) {
        CompletableFuture<T> result = new CompletableFuture<>();
        attempt(action, call, nanoTime.getAsLong() + atMost.toNanos(), result);
        return result;
    }

    private <T> void attempt(
            String action, Supplier<CompletableFuture<T>> call, long deadlineNanos, CompletableFuture<T> result) {
        var unused = begun(call).whenComplete((response, failure) -> {
            if (failure == null) {
                result.complete(response);
                return;
            }
            if (!isBusy(failure) || nanoTime.getAsLong() - deadlineNanos >= 0) {
                result.completeExceptionally(explain(failure, action));
                return;
            }
            try {
                var unusedHandle = timer.schedule(
                        () -> attempt(action, call, deadlineNanos, result), DELAY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException runEnded) {
                result.completeExceptionally(explain(failure, action));
            }
        });
    }

    /** A client that somebody has wrapped may throw; on the timer's thread nobody would hear of it. */
    private static <T> CompletableFuture<T> begun(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static boolean isBusy(Throwable failure) {
        Throwable cause = TableErrors.unwrap(failure);
        return cause instanceof AwsServiceException service
                && (service.isThrottlingException() || BUSY.contains(String.valueOf(TableErrors.errorCode(cause))))
                && !isSpentForToday(service);
    }

    /** Of the decreases of capacity that a day has, the next is an hour away at best (developer guide, "Quotas"). */
    private static boolean isSpentForToday(AwsServiceException refusal) {
        return refusal.awsErrorDetails() != null
                && String.valueOf(refusal.awsErrorDetails().errorMessage()).contains("decreases are limited");
    }

    private RestoreException explain(Throwable failure, String action) {
        Throwable cause = TableErrors.unwrap(failure);
        if (cause instanceof RestoreException known) {
            return known;
        }
        String code = TableErrors.errorCode(cause);
        if (code != null && cause instanceof AwsServiceException service && isAboutTheChange(code, service)) {
            return new RestoreException(
                    RestoreErrorCode.TABLE_CHANGE_FAILED,
                    "DynamoDB would not do " + action + " on table " + table + ": " + code + ": "
                            + service.awsErrorDetails().errorMessage(),
                    BUSY.contains(code) ? "try again when no other change of the table is under way" : "",
                    cause,
                    null);
        }
        return TableErrors.explain(failure, table, action);
    }

    /** The answer to a change names no item, so that its message may be shown. */
    private static boolean isAboutTheChange(String code, AwsServiceException service) {
        return BUSY.contains(code) || (service.statusCode() < 500 && code.equals("ValidationException"));
    }
}
