package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

    /** For so long a table that was created may not be seen, since descriptions are eventually consistent. */
    private static final Duration UNSEEN = Duration.ofMinutes(1);

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
        return until(isReady, atMost, atMost, Set.of());
    }

    /** As {@link #until}, but puts up with a service that does not answer for a while. */
    public CompletableFuture<TableDescription> patientlyUntil(Predicate<TableDescription> isReady, Duration atMost) {
        return patientlyUntil(isReady, atMost, atMost);
    }

    /**
     * As {@link #patientlyUntil(Predicate, Duration)}, but not for as long.
     *
     * @param silence longest time without an answer
     */
    public CompletableFuture<TableDescription> patientlyUntil(
            Predicate<TableDescription> isReady, Duration atMost, Duration silence) {
        return until(isReady, atMost, silence, Set.of(RestoreErrorCode.TARGET_UNREACHABLE));
    }

    /** As {@link #patientlyUntil}, of a table that was just created, of which DynamoDB may say that it is not there. */
    public CompletableFuture<TableDescription> untilOfCreated(Predicate<TableDescription> isReady, Duration atMost) {
        return until(
                isReady, atMost, atMost, Set.of(RestoreErrorCode.TARGET_UNREACHABLE, RestoreErrorCode.TARGET_MISSING));
    }

    private CompletableFuture<TableDescription> until(
            Predicate<TableDescription> isReady, Duration atMost, Duration silence, Set<RestoreErrorCode> passing) {
        long now = nanoTime.getAsLong();
        Wait wait = new Wait(
                isReady,
                passing,
                now + atMost.toNanos(),
                now + UNSEEN.toNanos(),
                silence.toNanos(),
                new AtomicLong(now),
                new CompletableFuture<>());
        look(wait, FIRST_DELAY_MILLIS);
        return wait.found();
    }

    /**
     * What is waited for.
     *
     * @param passing what may pass by itself
     * @param deadlineNanos when the table is taken as it is
     * @param unseenNanos until when it may be unseen
     * @param silenceNanos for how long there may be no answer
     * @param answeredNanos when there was the last one
     */
    private record Wait(
            Predicate<TableDescription> isReady,
            Set<RestoreErrorCode> passing,
            long deadlineNanos,
            long unseenNanos,
            long silenceNanos,
            AtomicLong answeredNanos,
            CompletableFuture<TableDescription> found) {}

    /** A client that somebody has wrapped may throw; on the timer's thread nobody would hear of it. */
    private CompletableFuture<DescribeTableResponse> described() {
        try {
            return dynamoDb.describeTable(request -> request.tableName(table));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void look(Wait wait, long delayMillis) {
        var unused = described().whenComplete((response, failure) -> {
            if (failure != null) {
                failed(wait, delayMillis, TableErrors.explain(failure, table, "dynamodb:DescribeTable"));
                return;
            }
            try {
                answered(wait, delayMillis, response.table());
            } catch (RuntimeException e) {
                // An answer without a description; what a callback throws nobody would hear of, either.
                failed(wait, delayMillis, TableErrors.explain(e, table, "dynamodb:DescribeTable"));
            }
        });
    }

    private void answered(Wait wait, long delayMillis, TableDescription description) {
        boolean isReady = wait.isReady().test(description);
        wait.answeredNanos().set(nanoTime.getAsLong());
        long leftMillis = leftMillis(wait.deadlineNanos());
        if (isReady || leftMillis <= 0) {
            wait.found().complete(description);
        } else {
            lookLater(wait, delayMillis, leftMillis);
        }
    }

    private void failed(Wait wait, long delayMillis, RestoreException failure) {
        long untilNanos = failure.code() == RestoreErrorCode.TARGET_MISSING
                ? wait.unseenNanos()
                : wait.answeredNanos().get() + wait.silenceNanos();
        long leftMillis = Math.min(leftMillis(untilNanos), leftMillis(wait.deadlineNanos()));
        if (wait.passing().contains(failure.code()) && leftMillis > 0) {
            lookLater(wait, delayMillis, leftMillis);
        } else {
            wait.found().completeExceptionally(failure);
        }
    }

    private long leftMillis(long deadlineNanos) {
        return TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nanoTime.getAsLong());
    }

    private void lookLater(Wait wait, long delayMillis, long leftMillis) {
        try {
            var unusedHandle = timer.schedule(
                    () -> look(wait, Math.min(2 * delayMillis, MAX_DELAY_MILLIS)),
                    Math.min(delayMillis, leftMillis),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException runEnded) {
            wait.found().completeExceptionally(runEnded);
        }
    }
}
