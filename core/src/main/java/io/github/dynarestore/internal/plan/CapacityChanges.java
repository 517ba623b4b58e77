package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableResponse;

/**
 * Changes the capacity of a table until it is as it is to be. A call whose answer is lost is made again only if the table
 * shows that it was not taken. Thread-safe.
 */
public final class CapacityChanges {

    private static final String UPDATE = "dynamodb:UpdateTable";
    private static final long DELAY_MILLIS = 500;

    private final DynamoDbAsyncClient dynamoDb;
    private final LongSupplier nanoTime;
    private final ControlPlane control;
    private final TableLookup lookup;
    private final Executor later;

    /** Creates one that waits by this timer. */
    public CapacityChanges(
            DynamoDbAsyncClient dynamoDb, String table, ScheduledExecutorService timer, LongSupplier nanoTime) {
        this.dynamoDb = dynamoDb;
        this.nanoTime = nanoTime;
        control = new ControlPlane(table, timer, nanoTime);
        lookup = new TableLookup(dynamoDb, table, timer, nanoTime);
        later = CompletableFuture.delayedExecutor(DELAY_MILLIS, TimeUnit.MILLISECONDS, timer);
    }

    /**
     * How long to try.
     *
     * @param change while DynamoDB says that it is about other changes of the table, or does answer
     * @param silence while it does not answer at all
     */
    public record Patience(Duration change, Duration silence) {}

    /**
     * Makes a change when no other is under way; it need not be through then.
     *
     * @param missing what is to be asked for of a table that is as described; nothing if it is as it is to be
     * @param isStopped whether nothing more is to be asked for; when the future has ended, no call is under way
     * @return a future that fails with a {@link RestoreException}
     */
    public CompletableFuture<TableDescription> make(
            Function<TableDescription, Optional<UpdateTableRequest>> missing,
            Patience patience,
            BooleanSupplier isStopped) {
        return new Change(
                        missing,
                        patience.silence(),
                        nanoTime.getAsLong() + patience.change().toNanos(),
                        isStopped)
                .begin();
    }

    private final class Change {
        private final Function<TableDescription, Optional<UpdateTableRequest>> missing;
        private final Duration silence;
        private final long deadlineNanos;
        private final BooleanSupplier isStopped;

        Change(
                Function<TableDescription, Optional<UpdateTableRequest>> missing,
                Duration silence,
                long deadlineNanos,
                BooleanSupplier isStopped) {
            this.missing = missing;
            this.silence = silence;
            this.deadlineNanos = deadlineNanos;
            this.isStopped = isStopped;
        }

        private Duration left() {
            return Duration.ofNanos(Math.max(0, deadlineNanos - nanoTime.getAsLong()));
        }

        /** While it is changing, a table may be described as it was before. */
        CompletableFuture<TableDescription> begin() {
            return lookup.patientlyUntil(TableLookup::isSettled, left(), silence)
                    .thenCompose(this::from);
        }

        private CompletableFuture<TableDescription> from(TableDescription present) {
            Optional<UpdateTableRequest> request = missing.apply(present);
            if (request.isEmpty()) {
                return CompletableFuture.completedFuture(present);
            }
            return control.call(UPDATE, () -> update(request.get()), left())
                    .thenApply(response -> present)
                    .exceptionallyCompose(this::failed);
        }

        private CompletableFuture<UpdateTableResponse> update(UpdateTableRequest request) {
            if (isStopped.getAsBoolean()) {
                throw new CancellationException("nothing more is to be changed");
            }
            return dynamoDb.updateTable(request);
        }

        private CompletableFuture<TableDescription> failed(Throwable failure) {
            boolean mayBeTaken = TableErrors.unwrap(failure) instanceof RestoreException known
                    && known.code() == RestoreErrorCode.TARGET_UNREACHABLE;
            return mayBeTaken && !left().isZero() && !isStopped.getAsBoolean()
                    ? CompletableFuture.runAsync(() -> {}, later).thenCompose(waited -> begin())
                    : CompletableFuture.failedFuture(failure);
        }
    }
}
