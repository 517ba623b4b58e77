package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleToLongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * Reads the keys of all items of a table, each once, by a consistent scan; keys that others write or delete meanwhile may
 * or may not be among them. Gives up only by time without progress. Never works on an SDK thread. Thread-safe.
 */
public final class TableKeys {

    /**
     * What a reader works with; none of it is closed by it.
     *
     * @param dynamoDb sends the requests
     * @param table the table's name
     * @param keyNames names of the key attributes
     * @param segments parts of the table that are read at the same time, 1 or more; each has one page in memory
     * @param pace takes read units and says how long to wait for them, in nanoseconds
     * @param patience longest time without any progress
     * @param nanoTime monotonic clock
     * @param timer runs waits
     * @param callbacks handles answers and calls the consumer
     * @param random jitter, 0 to 1
     */
    public record Parts(
            DynamoDbAsyncClient dynamoDb,
            String table,
            List<String> keyNames,
            int segments,
            DoubleToLongFunction pace,
            Duration patience,
            LongSupplier nanoTime,
            ScheduledExecutorService timer,
            Executor callbacks,
            DoubleSupplier random) {

        /** Checks the range. */
        public Parts {
            if (segments < 1) {
                throw new IllegalArgumentException("a table is read in 1 segment or more, not " + segments);
            }
            keyNames = List.copyOf(keyNames);
        }
    }

    /** What a first page takes is not known before it; the second pays for what it was. */
    private static final double FIRST_PAGE_UNITS = 1;

    private final Parts parts;
    private final Map<String, String> aliases = new LinkedHashMap<>();
    private final String projection;

    /** Creates a reader. */
    public TableKeys(Parts parts) {
        this.parts = parts;
        for (String name : parts.keyNames()) {
            aliases.put("#" + aliases.size(), name);
        }
        projection = String.join(", ", aliases.keySet());
    }

    /**
     * Reads the table.
     *
     * @param pages takes the keys of each page; called by the executor of callbacks, for several segments at once if that
     *     has several threads, and no more of a segment is read until it returns
     * @return done when the last page was taken; fails with a {@link RestoreException}; cancelled, no further page is asked
     *     for or handed over
     */
    public CompletableFuture<Void> read(Consumer<List<Map<String, AttributeValue>>> pages) {
        Reading reading = new Reading(pages);
        reading.begin();
        return reading.done;
    }

    /** Where a segment has got to; used by one thread after the other. */
    private static final class Segment {
        private final int number;
        private @Nullable Map<String, AttributeValue> after;
        private int failures;
        private boolean wasSent;
        private long firstSentNanos;

        Segment(int number) {
            this.number = number;
        }

        void advanceTo(Map<String, AttributeValue> lastKey) {
            after = lastKey;
            failures = 0;
            wasSent = false;
        }
    }

    private final class Reading {

        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final Consumer<List<Map<String, AttributeValue>>> pages;
        private final Set<CompletableFuture<ScanResponse>> calls = ConcurrentHashMap.newKeySet();
        private final AtomicInteger openSegments = new AtomicInteger(parts.segments());
        private final AtomicLong lastProgressNanos =
                new AtomicLong(parts.nanoTime().getAsLong());

        Reading(Consumer<List<Map<String, AttributeValue>>> pages) {
            this.pages = pages;
        }

        void begin() {
            var unused = done.whenComplete((nothing, failure) -> calls.forEach(call -> call.cancel(true)));
            for (int i = 0; i < parts.segments(); i++) {
                page(new Segment(i), FIRST_PAGE_UNITS);
            }
        }

        private void page(Segment segment, double units) {
            later(parts.pace().applyAsLong(units), segment);
        }

        private void later(long nanos, Segment segment) {
            if (nanos <= 0) {
                guarded(() -> scan(segment));
                return;
            }
            try {
                var unused = parts.timer().schedule(() -> guarded(() -> scan(segment)), nanos, TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                done.cancel(false);
            }
        }

        private void scan(Segment segment) {
            if (done.isDone()) {
                return;
            }
            if (!segment.wasSent) {
                segment.wasSent = true;
                segment.firstSentNanos = parts.nanoTime().getAsLong();
            }
            CompletableFuture<ScanResponse> call;
            try {
                call = parts.dynamoDb().scan(request(segment));
            } catch (RuntimeException e) {
                call = CompletableFuture.failedFuture(e);
            }
            CompletableFuture<ScanResponse> sent = call;
            calls.add(sent);
            if (done.isDone()) {
                sent.cancel(true);
            }
            var unused = SentOnce.bounded(sent)
                    .handleAsync(
                            (response, failure) -> {
                                calls.remove(sent);
                                guarded(() -> handle(segment, response, failure));
                                return null;
                            },
                            parts.callbacks())
                    .exceptionally(rejected -> {
                        done.cancel(false);
                        return null;
                    });
        }

        private ScanRequest request(Segment segment) {
            return ScanRequest.builder()
                    .tableName(parts.table())
                    .segment(segment.number)
                    .totalSegments(parts.segments())
                    .consistentRead(true)
                    .projectionExpression(projection)
                    .expressionAttributeNames(aliases)
                    .exclusiveStartKey(segment.after)
                    .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                    .overrideConfiguration(SentOnce.CONFIGURATION)
                    .build();
        }

        private void handle(Segment segment, @Nullable ScanResponse response, @Nullable Throwable failure) {
            if (done.isDone()) {
                return;
            }
            if (failure != null) {
                failed(segment, CallFailure.of(failure));
            } else if (response == null || response.consumedCapacity() == null && response.sdkHttpResponse() != null) {
                // An empty body parses as the end of the segment; the service always says what a page took.
                again(segment, "DynamoDB gives no usable answer to dynamodb:Scan", null);
            } else {
                answered(segment, response);
            }
        }

        private void answered(Segment segment, ScanResponse response) {
            if (!response.items().isEmpty()) {
                pages.accept(response.items());
            }
            // After the consumer: the time that it takes says nothing about DynamoDB.
            lastProgressNanos.set(parts.nanoTime().getAsLong());
            if (response.lastEvaluatedKey().isEmpty()) {
                if (openSegments.decrementAndGet() == 0) {
                    done.complete(null);
                }
                return;
            }
            Double units = response.consumedCapacity() == null
                    ? null
                    : response.consumedCapacity().capacityUnits();
            segment.advanceTo(response.lastEvaluatedKey());
            page(segment, units == null ? FIRST_PAGE_UNITS : units);
        }

        private void failed(Segment segment, CallFailure failure) {
            switch (failure.kind()) {
                case THROTTLED, NOT_NOW, OPEN ->
                    again(
                            segment,
                            failure.kind() == CallFailure.Kind.THROTTLED
                                    ? "DynamoDB throttles dynamodb:Scan"
                                    : "DynamoDB gives no usable answer to dynamodb:Scan",
                            failure.cause());
                case CREDENTIALS_REFUSED -> {
                    if (isOutOfPatience(segment)) {
                        throw explain(failure);
                    }
                    backOff(segment);
                }
                default -> throw explain(failure);
            }
        }

        private void again(Segment segment, String why, @Nullable Throwable cause) {
            if (isOutOfPatience(segment)) {
                throw new RestoreException(
                        RestoreErrorCode.TARGET_UNREACHABLE,
                        why + " on table " + parts.table() + ", without any progress for at least " + parts.patience(),
                        "look at the table's read capacity, and at region, endpoint and network",
                        cause,
                        null);
            }
            backOff(segment);
        }

        private void backOff(Segment segment) {
            segment.failures++;
            later(BackOff.nanos(segment.failures, parts.random().getAsDouble()), segment);
        }

        /** The wait of a page for the rate says nothing about DynamoDB. */
        private boolean isOutOfPatience(Segment segment) {
            long since = Math.max(lastProgressNanos.get(), segment.firstSentNanos);
            return parts.nanoTime().getAsLong() - since >= parts.patience().toNanos();
        }

        private void guarded(Runnable task) {
            try {
                task.run();
            } catch (RestoreException e) {
                done.completeExceptionally(e);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(new RestoreException(
                        RestoreErrorCode.INTERNAL,
                        "reading the keys of table " + parts.table() + " failed",
                        "report this as a bug",
                        e,
                        null));
            }
        }
    }

    private RestoreException explain(CallFailure failure) {
        if (failure.isTableMissing()) {
            return new RestoreException(
                    RestoreErrorCode.TARGET_MISSING,
                    "table " + parts.table() + " is gone",
                    "it was deleted while its keys were being read",
                    failure.cause(),
                    null);
        }
        if (failure.isDenial()) {
            return new RestoreException(
                    RestoreErrorCode.ACCESS_DENIED,
                    "DynamoDB refused dynamodb:Scan on table " + parts.table() + ": " + failure.code(),
                    "allow dynamodb:Scan to these credentials, and check that they are valid",
                    failure.cause(),
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.INTERNAL,
                "dynamodb:Scan failed on table " + parts.table() + ": "
                        + (failure.code() == null ? failure.cause().getClass().getName() : failure.code()),
                "report this as a bug",
                failure.cause(),
                null);
    }
}
