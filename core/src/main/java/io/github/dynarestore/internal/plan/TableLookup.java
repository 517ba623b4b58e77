package io.github.dynarestore.internal.plan;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/** Looks at a table until it has become what it is becoming. Thread-safe. */
public final class TableLookup {

    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long MAX_DELAY_MILLIS = 5_000;

    private final DynamoDbAsyncClient dynamoDb;
    private final String table;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;

    /** Creates one that waits by this timer. */
    public TableLookup(
            DynamoDbAsyncClient dynamoDb, String table, ScheduledExecutorService timer, LongSupplier nanoTime) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.timer = timer;
        this.nanoTime = nanoTime;
    }

    /** Whether it can be written to, at least in the end: changes of capacity and indexes do not stop writes. */
    public static boolean takesWrites(TableDescription description) {
        return description.tableStatus() != TableStatus.CREATING;
    }

    /** Whether nothing about it is under way. */
    public static boolean isSettled(TableDescription description) {
        return description.tableStatus() != TableStatus.CREATING
                && description.tableStatus() != TableStatus.UPDATING
                && description.globalSecondaryIndexes().stream().noneMatch(TableLookup::isChanging);
    }

    private static boolean isChanging(GlobalSecondaryIndexDescription index) {
        return index.indexStatus() == IndexStatus.CREATING || index.indexStatus() == IndexStatus.UPDATING;
    }

    /**
     * Describes the table again and again until it is as it ought to be.
     *
     * @param atMost how long to wait for that; then the table is described as it is
     * @return a future that fails with a RestoreException if the table is missing or cannot be seen
     */
    public CompletableFuture<TableDescription> until(Predicate<TableDescription> isReady, Duration atMost) {
        CompletableFuture<TableDescription> found = new CompletableFuture<>();
        look(isReady, nanoTime.getAsLong() + atMost.toNanos(), FIRST_DELAY_MILLIS, found);
        return found;
    }

    /** A client that somebody has wrapped may throw; on the timer's thread nobody would hear of it. */
    private CompletableFuture<DescribeTableResponse> described() {
        try {
            return dynamoDb.describeTable(request -> request.tableName(table));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void look(
            Predicate<TableDescription> isReady,
            long deadlineNanos,
            long delayMillis,
            CompletableFuture<TableDescription> found) {
        var unused = described().whenComplete((response, failure) -> {
            if (failure != null) {
                found.completeExceptionally(TableErrors.explain(failure, table, "dynamodb:DescribeTable"));
                return;
            }
            long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nanoTime.getAsLong());
            if (isReady.test(response.table()) || leftMillis <= 0) {
                found.complete(response.table());
                return;
            }
            try {
                var unusedHandle = timer.schedule(
                        () -> look(isReady, deadlineNanos, Math.min(2 * delayMillis, MAX_DELAY_MILLIS), found),
                        Math.min(delayMillis, leftMillis),
                        TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException runEnded) {
                found.completeExceptionally(runEnded);
            }
        });
    }
}
