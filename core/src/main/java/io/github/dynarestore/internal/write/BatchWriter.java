package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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

    private final Parts parts;
    private final Semaphore slots;
    private final AtomicLong lastProgressNanos;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();

    private volatile boolean stopped;
    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    private volatile boolean paused;

    /** Creates a writer. */
    public BatchWriter(Parts parts) {
        this.parts = parts;
        slots = new Semaphore(parts.inFlight());
        lastProgressNanos = new AtomicLong(parts.nanoTime().getAsLong());
    }

    /** Writes of one batch that have not ended; its slot is given back with the last of them. */
    private final class Slot {
        private int open;
        private boolean wasSent;
        private long firstSentNanos;

        Slot(int writes) {
            open = writes;
        }

        synchronized void sent(long nowNanos) {
            if (!wasSent) {
                wasSent = true;
                firstSentNanos = nowNanos;
            }
        }

        /** Time without progress that the batch has seen; its first wait for the rate says nothing about DynamoDB. */
        synchronized long idleNanos(long nowNanos, long progressNanos) {
            return nowNanos - (wasSent ? Math.max(progressNanos, firstSentNanos) : progressNanos);
        }

        synchronized void ended(int writes) {
            open -= writes;
            if (open == 0) {
                underWay.decrementAndGet();
                slots.release();
            }
        }
    }

    /** A call under way, from before it is sent until its answer has been handled. */
    private static final class Call {
        private final CompletableFuture<Void> handled = new CompletableFuture<>();
        private @Nullable CompletableFuture<?> answer;
        private boolean brokenOff;

        void answeredBy(CompletableFuture<?> future) {
            boolean isLate;
            synchronized (this) {
                answer = future;
                isLate = brokenOff;
            }
            if (isLate) {
                future.cancel(true);
            }
        }

        void breakOff() {
            CompletableFuture<?> known;
            synchronized (this) {
                brokenOff = true;
                known = answer;
            }
            if (known != null) {
                known.cancel(true);
            }
        }
    }

    /** Waits until another batch may be submitted; blocks the calling thread, which must not be the SDK's. */
    public void acquireSlot() throws InterruptedException {
        slots.acquire();
    }

    /** Takes over a batch for which a slot was acquired. */
    public void submit(OutgoingBatch batch) {
        if (underWay.getAndIncrement() == 0) {
            // Time in which there was nothing to write says nothing about DynamoDB.
            progress();
        }
        pace(batch, new Slot(batch.size()), 0);
    }

    private void pace(OutgoingBatch batch, Slot slot, int failures) {
        long backOff = BackOff.nanos(failures, parts.random().getAsDouble());
        long wait = Math.max(backOff, parts.pace().reserveNanos(batch.units()));
        later(wait, () -> send(batch, slot, failures));
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
            var unused = parts.timer().schedule(() -> guard(task), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            stopped = true;
        }
    }

    private void send(OutgoingBatch batch, Slot slot, int failures) {
        if (paused) {
            held.add(() -> send(batch, slot, failures));
            if (!paused) {
                sendHeld();
            }
            return;
        }
        long sentNanos = parts.nanoTime().getAsLong();
        slot.sent(sentNanos);
        Call call = new Call();
        synchronized (calls) {
            // Under the lock that cancel takes: what is sent is known to it, and after it nothing is sent.
            if (stopped) {
                return;
            }
            calls.add(call);
        }
        CompletableFuture<BatchWriteItemResponse> answer;
        try {
            Runnable ended = parts.observer().sent();
            // Not under the lock: a client that somebody has wrapped may block here, and cancel must not.
            answer = transported(batch);
            var unused = answer.whenComplete((response, failure) -> ended.run());
        } catch (RuntimeException | Error e) {
            ended(call);
            throw e;
        }
        call.answeredBy(answer);
        var unused = answer.handleAsync(
                (response, failure) -> {
                    try {
                        handle(batch, slot, failures, sentNanos, response, failure);
                    } finally {
                        ended(call);
                    }
                    return null;
                },
                parts.callbacks());
    }

    private CompletableFuture<BatchWriteItemResponse> transported(OutgoingBatch batch) {
        try {
            return parts.transport().send(batch);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void ended(Call call) {
        calls.remove(call);
        call.handled.complete(null);
    }

    /** The timer keeps to itself what its tasks throw, and the batch's slot would never come free. */
    private void guard(Runnable task) {
        try {
            task.run();
        } catch (RestoreException e) {
            fatal(e);
        } catch (RuntimeException | Error e) {
            fatal(new RestoreException(
                    RestoreErrorCode.INTERNAL, "sending a batch failed", "report this as a bug", e, null));
        }
    }

    private void handle(
            OutgoingBatch batch,
            Slot slot,
            int failures,
            long sentNanos,
            @Nullable BatchWriteItemResponse response,
            @Nullable Throwable failure) {
        try {
            parts.observer().answered(parts.nanoTime().getAsLong() - sentNanos);
            if (failure != null) {
                failed(batch, slot, failures, CallFailure.of(failure));
            } else if (response == null) {
                again(batch, slot, failures, null);
            } else {
                answered(batch, slot, failures, response);
            }
        } catch (RestoreException e) {
            fatal(e);
        } catch (RuntimeException | Error e) {
            fatal(new RestoreException(
                    RestoreErrorCode.INTERNAL, "handling an answer failed", "report this as a bug", e, null));
        }
    }

    private void answered(OutgoingBatch batch, Slot slot, int failures, BatchWriteItemResponse response) {
        if (!response.hasUnprocessedItems()) {
            // An empty body parses as "nothing unprocessed"; the service always says UnprocessedItems.
            again(batch, slot, failures, null);
            return;
        }
        double consumed = response.consumedCapacity().stream()
                .map(ConsumedCapacity::capacityUnits)
                .mapToDouble(units -> units == null ? 0 : units)
                .sum();
        if (consumed > 0) {
            parts.observer().consumed(consumed, batch.units());
        }
        // Under whatever name the table comes back: a write that is overlooked would count as written.
        List<WriteRequest> handedBack = response.unprocessedItems().values().stream()
                .flatMap(List::stream)
                .toList();
        int[] open = unprocessed(batch, handedBack);
        boolean tookSome = handedBack.size() < batch.size();
        if (tookSome) {
            progress();
        }
        Set<Integer> openWrites = new HashSet<>();
        Arrays.stream(open).forEach(openWrites::add);
        for (int i = 0; i < batch.size(); i++) {
            if (!openWrites.contains(i)) {
                parts.observer().written(batch.tokens()[i], batch.deletes()[i]);
            }
        }
        parts.observer().handled(() -> slot.ended(batch.size() - open.length));
        if (open.length > 0) {
            parts.observer().throttled(open.length);
            stallIfOutOfPatience(slot, "DynamoDB leaves writes unprocessed", null);
            pace(batch.subset(open), slot, tookSome ? 1 : failures + 1);
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
        Map<Object, Integer> byContent = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            byContent.put(Contents.of(batch.attributes(i)), i);
        }
        int[] open = new int[handedBack.size()];
        for (int i = 0; i < open.length; i++) {
            WriteRequest write = handedBack.get(i);
            Map<String, AttributeValue> content = write.putRequest() != null
                    ? write.putRequest().item()
                    : write.deleteRequest().key();
            Integer found = byContent.remove(Contents.of(content));
            if (found == null) {
                return all;
            }
            open[i] = found;
        }
        return open;
    }

    private void failed(OutgoingBatch batch, Slot slot, int failures, CallFailure failure) {
        if (stopped) {
            // What is broken off fails; that is no finding about the table.
            return;
        }
        switch (failure.kind()) {
            case THROTTLED -> {
                parts.observer().throttled(batch.size());
                stallIfOutOfPatience(slot, "DynamoDB throttles every write (" + failure.code() + ")", failure.cause());
                pace(batch, slot, failures + 1);
            }
            case CONTENT_REFUSED -> bisect(batch, slot, failure.code() == null ? "HTTP 413" : failure.code());
            case NOT_NOW, OPEN -> again(batch, slot, failures, failure.cause());
            case CREDENTIALS_REFUSED -> {
                if (isOutOfPatience(slot)) {
                    throw explain(batch, failure);
                }
                pace(batch, slot, failures + 1);
            }
            case CONDITION_FAILED -> {
                progress();
                if (failure.cause() instanceof WriteConflictException conflict && conflict.units() > 0) {
                    parts.observer().consumed(conflict.units(), batch.units());
                }
                parts.observer().conflict(batch.tokens()[0]);
                parts.observer().handled(() -> slot.ended(1));
            }
            case HOPELESS -> throw explain(batch, failure);
            case UNKNOWN ->
                throw new RestoreException(
                        RestoreErrorCode.INTERNAL,
                        "a write failed with " + failure.cause().getClass().getName(),
                        "report this as a bug",
                        failure.cause(),
                        null);
        }
    }

    private void again(OutgoingBatch batch, Slot slot, int failures, @Nullable Throwable cause) {
        parts.observer().resent(batch.size());
        stallIfOutOfPatience(slot, "DynamoDB gives no usable answer", cause);
        pace(batch, slot, failures + 1);
    }

    /** One write that is refused has its whole batch refused: halves are sent until it is alone. */
    private void bisect(OutgoingBatch batch, Slot slot, String code) {
        if (batch.size() == 1) {
            boolean tooBig = CallFailure.COLLECTION_TOO_BIG.equals(code);
            progress();
            parts.observer()
                    .refused(
                            batch.tokens()[0],
                            batch.deletes()[0]
                                    ? "write.delete"
                                    : tooBig ? "write.item-collection-size" : "write.validation",
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

    private RestoreException explain(OutgoingBatch batch, CallFailure failure) {
        if (failure.isTableMissing()) {
            return new RestoreException(
                    RestoreErrorCode.TARGET_MISSING,
                    "table " + batch.table() + " is gone",
                    "it was deleted while it was being restored",
                    failure.cause(),
                    null);
        }
        if (!failure.isDenial()) {
            return new RestoreException(
                    RestoreErrorCode.INTERNAL,
                    "DynamoDB refused a request to write to table " + batch.table() + ": " + failure.code(),
                    "report this as a bug",
                    failure.cause(),
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.ACCESS_DENIED,
                "DynamoDB refused " + parts.transport().permissions() + " on table " + batch.table() + ": "
                        + failure.code(),
                "allow " + parts.transport().permissions() + " to these credentials, and check that they are valid",
                failure.cause(),
                null);
    }

    private void progress() {
        lastProgressNanos.set(parts.nanoTime().getAsLong());
    }

    private boolean isOutOfPatience(Slot slot) {
        return !stopped
                && slot.idleNanos(parts.nanoTime().getAsLong(), lastProgressNanos.get())
                        >= parts.patience().toNanos();
    }

    private void stallIfOutOfPatience(Slot slot, String why, @Nullable Throwable cause) {
        if (isOutOfPatience(slot)) {
            throw new RestoreException(
                    RestoreErrorCode.WRITES_STALLED,
                    why + ", without any progress for at least " + parts.patience(),
                    "look at the table's capacity and limits, then run again",
                    cause,
                    null);
        }
    }

    private void fatal(RestoreException e) {
        cancel();
        parts.onFatal().accept(e);
    }

    /** Waits until every write that was submitted has ended. */
    public void awaitDrained() throws InterruptedException {
        slots.acquire(parts.inFlight());
        slots.release(parts.inFlight());
    }

    /** Sends nothing until {@link #resume()}; calls that are under way go on. At most as many batches as may be under way wait. */
    public void pause() {
        paused = true;
    }

    /** Goes on; the time of the pause says nothing about DynamoDB. */
    public void resume() {
        progress();
        paused = false;
        sendHeld();
    }

    private void sendHeld() {
        Runnable send;
        while ((send = held.poll()) != null) {
            later(1, send);
        }
    }

    /** Sends nothing from now on; calls that are under way go on. */
    public void cancel() {
        synchronized (calls) {
            stopped = true;
        }
    }

    /** After {@link #cancel()}: waits for the calls under way, then breaks off those that are left. */
    public void awaitStopped(Duration atMost) throws InterruptedException {
        List<Call> open = List.copyOf(calls);
        try {
            CompletableFuture.allOf(open.stream().map(call -> call.handled).toArray(CompletableFuture<?>[]::new))
                    .get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            open.forEach(Call::breakOff);
        }
    }
}
