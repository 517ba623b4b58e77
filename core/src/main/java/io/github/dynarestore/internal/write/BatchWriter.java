package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Sends batches until each write is acknowledged or refused for good. One value per key is ever sent, so a write may be
 * sent again whenever its answer leaves open whether it was done. Gives up only by time without progress. Never works on
 * an SDK thread. Thread-safe.
 */
public final class BatchWriter {

    /** Says how long to wait before so many write units may be spent. */
    @FunctionalInterface
    public interface Pace {
        /** Takes the units; returns nanoseconds. */
        long reserveNanos(double units);
    }

    /**
     * What a writer works with; none of it is closed by it.
     *
     * @param transport sends a batch once
     * @param pace holds the rate
     * @param inFlight most batches that are under way
     * @param patience longest time without any progress
     * @param nanoTime monotonic clock
     * @param timer runs waits
     * @param callbacks handles answers
     * @param observer hears what becomes of writes
     * @param random jitter, 0 to 1
     * @param onFatal told once or more of what the run cannot go on from
     */
    public record Parts(
            BatchTransport transport,
            Pace pace,
            int inFlight,
            Duration patience,
            LongSupplier nanoTime,
            ScheduledExecutorService timer,
            Executor callbacks,
            WriteObserver observer,
            DoubleSupplier random,
            Consumer<RestoreException> onFatal) {}

    private static final long FIRST_DELAY_NANOS = 50_000_000;
    private static final long MAX_DELAY_NANOS = 5_000_000_000L;
    private static final Set<String> THROTTLES = Set.of(
            "ProvisionedThroughputExceededException",
            "ProvisionedThroughputExceeded",
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "LimitExceededException",
            "TransactionInProgressException");

    private final Parts parts;
    private final Semaphore slots;
    private final AtomicLong lastProgressNanos;
    private final Set<CompletableFuture<BatchWriteItemResponse>> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /** Creates a writer. */
    public BatchWriter(Parts parts) {
        this.parts = parts;
        slots = new Semaphore(parts.inFlight());
        lastProgressNanos = new AtomicLong(parts.nanoTime().getAsLong());
    }

    /** Writes of one batch that have not ended; its slot is given back with the last of them. */
    private final class Slot {
        private int open;

        Slot(int writes) {
            open = writes;
        }

        synchronized void ended(int writes) {
            open -= writes;
            if (open == 0) {
                slots.release();
            }
        }
    }

    /** Waits until another batch may be submitted; blocks the calling thread, which must not be the SDK's. */
    public void acquireSlot() throws InterruptedException {
        slots.acquire();
    }

    /** Takes over a batch for which a slot was acquired. */
    public void submit(OutgoingBatch batch) {
        pace(batch, new Slot(batch.size()), 0);
    }

    private void pace(OutgoingBatch batch, Slot slot, int failures) {
        long backOff = failures == 0 ? 0 : delayNanos(failures);
        long wait = Math.max(backOff, parts.pace().reserveNanos(batch.units()));
        later(wait, () -> send(batch, slot, failures));
    }

    private long delayNanos(int failures) {
        long longest = Math.min(MAX_DELAY_NANOS, FIRST_DELAY_NANOS << Math.min(failures - 1, 10));
        return (long) (longest * parts.random().getAsDouble());
    }

    private void later(long nanos, Runnable task) {
        if (stopped) {
            return;
        }
        if (nanos <= 0) {
            task.run();
            return;
        }
        try {
            var unused = parts.timer().schedule(task, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            stopped = true;
        }
    }

    private void send(OutgoingBatch batch, Slot slot, int failures) {
        long sentNanos = parts.nanoTime().getAsLong();
        CompletableFuture<BatchWriteItemResponse> call;
        synchronized (calls) {
            // Under the lock that cancel takes: what is sent is known to it, and after it nothing is sent.
            if (stopped) {
                return;
            }
            try {
                call = parts.transport().send(batch);
            } catch (RuntimeException e) {
                call = CompletableFuture.failedFuture(e);
            }
            calls.add(call);
        }
        CompletableFuture<BatchWriteItemResponse> sent = call;
        var unused = call.handleAsync(
                (response, failure) -> {
                    try {
                        parts.observer().answered(parts.nanoTime().getAsLong() - sentNanos);
                        if (failure == null) {
                            answered(batch, slot, failures, response);
                        } else {
                            failed(batch, slot, failures, root(failure));
                        }
                    } catch (RestoreException e) {
                        fatal(e);
                    } catch (RuntimeException | Error e) {
                        fatal(new RestoreException(
                                RestoreErrorCode.INTERNAL,
                                "handling an answer failed",
                                "report this as a bug",
                                e,
                                null));
                    } finally {
                        calls.remove(sent);
                    }
                    return null;
                },
                parts.callbacks());
    }

    private void answered(OutgoingBatch batch, Slot slot, int failures, BatchWriteItemResponse response) {
        if (!response.hasUnprocessedItems()) {
            // An empty body parses as "nothing unprocessed"; the service always says UnprocessedItems.
            again(batch, slot, failures);
            return;
        }
        double consumed = response.consumedCapacity().stream()
                .map(ConsumedCapacity::capacityUnits)
                .mapToDouble(units -> units == null ? 0 : units)
                .sum();
        if (consumed > 0) {
            parts.observer().consumed(consumed, batch.units());
        }
        int[] open = unprocessed(batch, response.unprocessedItems().getOrDefault(batch.table(), List.of()));
        if (open.length < batch.size()) {
            progress();
        }
        Set<Integer> openWrites = new java.util.HashSet<>();
        Arrays.stream(open).forEach(openWrites::add);
        for (int i = 0; i < batch.size(); i++) {
            if (!openWrites.contains(i)) {
                parts.observer().written(batch.tokens()[i], batch.deletes()[i]);
            }
        }
        slot.ended(batch.size() - open.length);
        if (open.length > 0) {
            parts.observer().throttled(open.length);
            stallIfOutOfPatience("DynamoDB leaves writes unprocessed");
            pace(batch.subset(open), slot, open.length < batch.size() ? 1 : failures + 1);
        }
    }

    /** Which writes the service hands back; all of them if they cannot be told, since sending again does no harm. */
    private static int[] unprocessed(OutgoingBatch batch, List<WriteRequest> handedBack) {
        if (handedBack.isEmpty()) {
            return new int[0];
        }
        int[] all = IntStream.range(0, batch.size()).toArray();
        if (handedBack.size() >= batch.size()) {
            return all;
        }
        Map<Map<String, AttributeValue>, Integer> byContent = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            byContent.put(batch.attributes(i), i);
        }
        int[] open = new int[handedBack.size()];
        for (int i = 0; i < open.length; i++) {
            WriteRequest write = handedBack.get(i);
            Integer found = byContent.remove(
                    write.putRequest() != null
                            ? write.putRequest().item()
                            : write.deleteRequest().key());
            if (found == null) {
                return all;
            }
            open[i] = found;
        }
        return open;
    }

    private void failed(OutgoingBatch batch, Slot slot, int failures, Throwable failure) {
        String code = errorCode(failure);
        int status = failure instanceof AwsServiceException service ? service.statusCode() : 0;
        if (code != null && THROTTLES.contains(code)) {
            parts.observer().throttled(batch.size());
            stallIfOutOfPatience("DynamoDB throttles every write (" + code + ")");
            pace(batch, slot, failures + 1);
        } else if ("ValidationException".equals(code)
                || "ItemCollectionSizeLimitExceededException".equals(code)
                || status == 413) {
            bisect(batch, slot, code);
        } else if (status >= 400 && status < 500) {
            throw explain(batch, String.valueOf(code), failure);
        } else if (failure instanceof SdkException || failure instanceof java.io.IOException || status >= 500) {
            again(batch, slot, failures);
        } else {
            throw new RestoreException(
                    RestoreErrorCode.INTERNAL,
                    "a write failed with " + failure.getClass().getName(),
                    "report this as a bug",
                    failure,
                    null);
        }
    }

    private void again(OutgoingBatch batch, Slot slot, int failures) {
        parts.observer().resent(batch.size());
        stallIfOutOfPatience("DynamoDB gives no usable answer");
        pace(batch, slot, failures + 1);
    }

    /** One write that is refused has its whole batch refused: halves are sent until it is alone. */
    private void bisect(OutgoingBatch batch, Slot slot, @Nullable String code) {
        if (batch.size() == 1) {
            boolean tooBig = "ItemCollectionSizeLimitExceededException".equals(code);
            progress();
            parts.observer()
                    .refused(
                            batch.tokens()[0],
                            tooBig ? "write.item-collection-size" : "write.validation",
                            "DynamoDB refused the write: " + code,
                            Arrays.copyOfRange(
                                    batch.body(), batch.offsets()[0], batch.offsets()[0] + batch.lengths()[0]));
            slot.ended(1);
            return;
        }
        int half = batch.size() / 2;
        pace(batch.subset(IntStream.range(0, half).toArray()), slot, 0);
        pace(batch.subset(IntStream.range(half, batch.size()).toArray()), slot, 0);
    }

    private static RestoreException explain(OutgoingBatch batch, String code, Throwable failure) {
        if (code.equals("ResourceNotFoundException")) {
            return new RestoreException(
                    RestoreErrorCode.TARGET_MISSING,
                    "table " + batch.table() + " is gone",
                    "it was deleted while it was being restored",
                    failure,
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.ACCESS_DENIED,
                "DynamoDB refused dynamodb:BatchWriteItem on table " + batch.table() + ": " + code,
                "allow dynamodb:BatchWriteItem to these credentials, and check that they are valid",
                failure,
                null);
    }

    private void progress() {
        lastProgressNanos.set(parts.nanoTime().getAsLong());
    }

    private void stallIfOutOfPatience(String why) {
        long idle = parts.nanoTime().getAsLong() - lastProgressNanos.get();
        if (idle >= parts.patience().toNanos()) {
            throw new RestoreException(
                    RestoreErrorCode.WRITES_STALLED,
                    why + ", without any progress for " + Duration.ofNanos(idle),
                    "look at the table's capacity and limits, then run again");
        }
    }

    private void fatal(RestoreException e) {
        stopped = true;
        parts.onFatal().accept(e);
    }

    private static Throwable root(Throwable failure) {
        return failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }

    private static @Nullable String errorCode(Throwable failure) {
        return failure instanceof AwsServiceException service && service.awsErrorDetails() != null
                ? service.awsErrorDetails().errorCode()
                : null;
    }

    /** Waits until every write that was submitted has ended. */
    public void awaitDrained() throws InterruptedException {
        slots.acquire(parts.inFlight());
        slots.release(parts.inFlight());
    }

    /** Sends nothing from now on; calls that are under way go on. */
    public void cancel() {
        synchronized (calls) {
            stopped = true;
        }
    }

    /** After {@link #cancel()}: waits for the calls under way, then breaks off those that are left. */
    public void awaitStopped(Duration atMost) throws InterruptedException {
        CompletableFuture<?>[] open;
        synchronized (calls) {
            open = calls.toArray(CompletableFuture<?>[]::new);
        }
        try {
            CompletableFuture.allOf(open).get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            for (CompletableFuture<?> call : open) {
                call.cancel(true);
            }
        }
    }
}
