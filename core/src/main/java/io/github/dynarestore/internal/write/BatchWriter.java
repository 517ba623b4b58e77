package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Sends batches until each write is acknowledged or refused for good. One value per key is ever sent, so a write may be
 * sent again whenever its answer leaves open whether it was done. Gives up only by time without progress. Never works on
 * an SDK thread. Thread-safe.
 */
public final class BatchWriter {

    /** Says when write units may be spent. */
    @FunctionalInterface
    public interface Pace {
        /** Takes the units if they may be spent now, and returns 0; else returns after how many nanoseconds to ask again. */
        long tryTake(double units);

        /** Hears, once for each time that units were taken, when what they were taken for has left this process or failed. */
        default void departed(double units) {}

        /** Hears what the writer waits for. */
        default void waitsFor(Waiting what) {}
    }

    /** What keeps a writer from sending. */
    public enum Waiting {
        /** There is nothing to send. */
        WRITES,
        /** The pace. */
        PACE,
        /** As many calls are under way as may be. */
        ANSWERS,
        /** All there is to send waits after a failure. */
        RETRIES,
        /** It is paused, or has ended. */
        NOTHING
    }

    /**
     * What a writer works with; none of it is closed by it.
     *
     * @param transport sends a batch once
     * @param pace holds the rate
     * @param inFlight most calls that are under way at first; no more writes than they hold are taken over
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

    /** Bytes of request bodies that are held at most, by the writer as a whole. */
    private static final long MAX_BYTES = 64 << 20;

    /** What a batch is taken to be before it is there: the longest body that is made of more than one write. */
    private static final long SLOT_BYTES = 4 << 20;

    /** Timers are late by as much; what is sent together then is less than a batch at 10,000 units per second. */
    private static final long LEAST_WAIT_NANOS = 500_000;

    private final Parts parts;
    private final Room room;
    private final AtomicLong lastProgressNanos;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();

    private volatile boolean stopped;
    private volatile boolean paused;

    /** What can be sent as soon as the pace lets it; guards what follows. */
    private final Deque<Pending> ready = new ArrayDeque<>();

    private int inFlight;
    private int callsUnderWay;
    private int backingOff;
    private boolean wakes;
    private long wakesAtNanos;

    /** Creates a writer. */
    public BatchWriter(Parts parts) {
        this.parts = parts;
        inFlight = parts.inFlight();
        room = new Room(inFlight * parts.transport().mostWrites(), MAX_BYTES);
        lastProgressNanos = new AtomicLong(parts.nanoTime().getAsLong());
    }

    /** A batch that is to be sent. */
    private record Pending(OutgoingBatch batch, Slot slot, int failures, long sinceNanos) {}

    /** Writes of one batch that have not ended; each gives back its part of the room. */
    private final class Slot {
        private final long bytesOfEach;
        private int open;
        private boolean wasSent;
        private long firstSentNanos;

        Slot(OutgoingBatch batch) {
            open = batch.size();
            bytesOfEach = batch.heldBytes() / open;
        }

        long bytes() {
            return bytesOfEach * open;
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
            room.giveBack(writes, writes * bytesOfEach);
            if (open == 0) {
                underWay.decrementAndGet();
            }
        }
    }

    /** A call under way, from before it is sent until its answer has been handled. */
    private static final class Call {
        private final double units;
        private final AtomicBoolean departed = new AtomicBoolean();
        private final CompletableFuture<Void> handled = new CompletableFuture<>();
        private @Nullable CompletableFuture<?> answer;
        private boolean brokenOff;

        Call(double units) {
            this.units = units;
        }

        /** Whether it had not before. */
        boolean departs() {
            return departed.compareAndSet(false, true);
        }

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
        room.take(parts.transport().mostWrites(), SLOT_BYTES);
    }

    /** As {@link #acquireSlot}, but returns false instead of waiting. */
    public boolean tryAcquireSlot() {
        return room.tryTake(parts.transport().mostWrites(), SLOT_BYTES);
    }

    /** Takes over a batch for which a slot was acquired. */
    public void submit(OutgoingBatch batch) {
        if (underWay.getAndIncrement() == 0) {
            // Time in which there was nothing to write says nothing about DynamoDB.
            progress();
        }
        Slot slot = new Slot(batch);
        room.giveBack(parts.transport().mostWrites() - batch.size(), SLOT_BYTES - slot.bytes());
        ready(batch, slot, 0);
        sendReady();
    }

    /** Sends a batch, or what is left of one, after a time that grows with the failures in a row. */
    private void retry(OutgoingBatch batch, Slot slot, int failures) {
        long backOff = BackOff.nanos(failures, parts.random().getAsDouble());
        if (backOff <= 0) {
            ready(batch, slot, failures);
            return;
        }
        synchronized (ready) {
            backingOff++;
        }
        later(backOff, () -> {
            synchronized (ready) {
                backingOff--;
            }
            ready(batch, slot, failures);
            sendReady();
        });
    }

    private void ready(OutgoingBatch batch, Slot slot, int failures) {
        Pending pending = new Pending(batch, slot, failures, parts.nanoTime().getAsLong());
        synchronized (ready) {
            ready.add(pending);
        }
    }

    private void later(long nanos, Runnable task) {
        if (stopped) {
            return;
        }
        try {
            var unused = parts.timer().schedule(() -> guard(task), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            stopped = true;
        }
    }

    /** Sends what may be sent now; several threads may do so at once, and none waits in it. */
    private void sendReady() {
        Pending next = nextToSend();
        while (next != null) {
            Pending batch = next;
            guard(() -> send(batch));
            next = nextToSend();
        }
    }

    private @Nullable Pending nextToSend() {
        synchronized (ready) {
            Pending first = ready.peek();
            if (stopped || paused) {
                parts.pace().waitsFor(Waiting.NOTHING);
            } else if (first == null) {
                parts.pace().waitsFor(whyNoneIsReady());
            } else if (callsUnderWay >= inFlight) {
                parts.pace().waitsFor(Waiting.ANSWERS);
            } else {
                // Only now, and by what time it is now: what was taken ahead of time would all go at once after a
                // stall.
                long wait = parts.pace().tryTake(first.batch().totalUnits());
                if (wait <= 0) {
                    callsUnderWay++;
                    return ready.poll();
                }
                parts.pace().waitsFor(Waiting.PACE);
                wakeAfter(Math.max(wait, LEAST_WAIT_NANOS));
            }
            return null;
        }
    }

    private Waiting whyNoneIsReady() {
        if (!room.isFull(parts.transport().mostWrites())) {
            return Waiting.WRITES;
        }
        return callsUnderWay > 0 ? Waiting.ANSWERS : Waiting.RETRIES;
    }

    private void wakeAfter(long nanos) {
        long at = parts.nanoTime().getAsLong() + nanos;
        if (!wakes || at - wakesAtNanos < 0) {
            wakes = true;
            wakesAtNanos = at;
            later(nanos, () -> {
                synchronized (ready) {
                    wakes = wakes && wakesAtNanos != at;
                }
                sendReady();
            });
        }
    }

    /** Changes how many calls may be under way, those that are more than that end first; and asks the pace again. */
    public void inFlight(int calls) {
        synchronized (ready) {
            inFlight = calls;
        }
        room.mostWrites(calls * parts.transport().mostWrites());
        later(1, this::sendReady);
    }

    private void send(Pending pending) {
        long sentNanos = parts.nanoTime().getAsLong();
        pending.slot().sent(sentNanos);
        Call call = new Call(pending.batch().totalUnits());
        synchronized (calls) {
            // Under the lock that cancel takes: what is sent is known to it, and after it nothing is sent.
            if (stopped) {
                return;
            }
            calls.add(call);
        }
        CompletableFuture<BatchWriteItemResponse> answer;
        try {
            Runnable ended = parts.observer().sent(sentNanos - pending.sinceNanos());
            // Not under the lock: a client that somebody has wrapped may block here, and cancel must not.
            answer = transported(pending.batch(), () -> departed(call));
            var unused = answer.whenComplete((response, failure) -> ended.run());
        } catch (RuntimeException | Error e) {
            ended(call);
            throw e;
        }
        call.answeredBy(answer);
        handleLater(pending, sentNanos, call, answer);
    }

    private void handleLater(
            Pending pending, long sentNanos, Call call, CompletableFuture<BatchWriteItemResponse> answer) {
        var unused = answer.handleAsync(
                (response, failure) -> {
                    try {
                        handle(pending, sentNanos, response, failure);
                    } finally {
                        ended(call);
                        sendReady();
                    }
                    return null;
                },
                parts.callbacks());
    }

    private CompletableFuture<BatchWriteItemResponse> transported(OutgoingBatch batch, Runnable departed) {
        try {
            return parts.transport().send(batch, departed);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void departed(Call call) {
        if (call.departs()) {
            parts.pace().departed(call.units);
        }
    }

    private void ended(Call call) {
        departed(call);
        calls.remove(call);
        synchronized (ready) {
            callsUnderWay--;
        }
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
            Pending pending, long sentNanos, @Nullable BatchWriteItemResponse response, @Nullable Throwable failure) {
        OutgoingBatch batch = pending.batch();
        Slot slot = pending.slot();
        int failures = pending.failures();
        try {
            parts.observer().answered(parts.nanoTime().getAsLong() - sentNanos);
            if (failure != null) {
                failed(batch, slot, failures, CallFailure.of(failure));
            } else if (response == null) {
                unsaid(batch, slot, failures);
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

    private void unsaid(OutgoingBatch batch, Slot slot, int failures) {
        parts.observer().settled(new Settlement(batch.totalUnits(), 0, null));
        again(batch, slot, failures, null);
    }

    private void answered(OutgoingBatch batch, Slot slot, int failures, BatchWriteItemResponse response) {
        if (!response.hasUnprocessedItems()) {
            // An empty body parses as "nothing unprocessed"; the service always says UnprocessedItems.
            unsaid(batch, slot, failures);
            return;
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
        int unitsDone = acknowledge(batch, open);
        parts.observer()
                .settled(new Settlement(
                        batch.totalUnits(),
                        unitsDone,
                        handedBack.size() < batch.size()
                                ? Consumed.of(response.consumedCapacity())
                                : Consumed.NOTHING));
        parts.observer().handled(() -> slot.ended(batch.size() - open.length));
        if (open.length > 0) {
            OutgoingBatch left = batch.subset(open);
            parts.observer().putOff(new PutOff(left.tokens(), null));
            stallIfOutOfPatience(slot, "DynamoDB leaves writes unprocessed", null);
            retry(left, slot, tookSome ? 1 : failures + 1);
        }
    }

    /** Tells of all writes but those that are open; returns the units that these were expected to take. */
    private int acknowledge(OutgoingBatch batch, int[] open) {
        int size = batch.size();
        if (open.length == 0) {
            parts.observer().written(batch.tokens(), batch.deletes());
            return batch.totalUnits();
        }
        BitSet done = new BitSet(size);
        done.set(0, size);
        Arrays.stream(open).forEach(done::clear);
        if (done.isEmpty()) {
            return 0;
        }
        boolean[] deletes = new boolean[size - open.length];
        int at = 0;
        for (int i = done.nextSetBit(0); i >= 0; i = done.nextSetBit(i + 1)) {
            deletes[at++] = batch.deletes()[i];
        }
        parts.observer().written(done.stream().mapToLong(i -> batch.tokens()[i]).toArray(), deletes);
        return done.stream().map(i -> batch.units()[i]).sum();
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
        parts.observer().settled(new Settlement(batch.totalUnits(), 0, consumedBy(failure)));
        switch (failure.kind()) {
            case THROTTLED -> {
                parts.observer().putOff(new PutOff(batch.tokens(), ThrottleReasons.limit(failure.cause())));
                stallIfOutOfPatience(slot, "DynamoDB throttles every write (" + failure.code() + ")", failure.cause());
                retry(batch, slot, failures + 1);
            }
            case CONTENT_REFUSED -> bisect(batch, slot, failure.code() == null ? "HTTP 413" : failure.code());
            case NOT_NOW, OPEN -> again(batch, slot, failures, failure.cause());
            case CREDENTIALS_REFUSED -> {
                if (isOutOfPatience(slot)) {
                    throw explain(batch, failure);
                }
                retry(batch, slot, failures + 1);
            }
            case CONDITION_FAILED -> {
                progress();
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

    /** What a call that failed consumed; null if that is open. */
    private static @Nullable Consumed consumedBy(CallFailure failure) {
        return switch (failure.kind()) {
            case OPEN, UNKNOWN -> null;
            case CONDITION_FAILED ->
                failure.cause() instanceof WriteConflictException conflict ? Consumed.ofTable(conflict.units()) : null;
            default -> Consumed.NOTHING;
        };
    }

    private void again(OutgoingBatch batch, Slot slot, int failures, @Nullable Throwable cause) {
        parts.observer().resent(batch.size());
        stallIfOutOfPatience(slot, "DynamoDB gives no usable answer", cause);
        retry(batch, slot, failures + 1);
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
                            batch.json(0));
            slot.ended(1);
            return;
        }
        int half = batch.size() / 2;
        retry(batch.subset(IntStream.range(0, half).toArray()), slot, 0);
        retry(batch.subset(IntStream.range(half, batch.size()).toArray()), slot, 0);
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
        room.awaitEmpty();
    }

    /** Sends nothing until {@link #resume()}; calls that are under way go on. */
    public void pause() {
        paused = true;
    }

    /** Goes on; the time of the pause says nothing about DynamoDB. */
    public void resume() {
        progress();
        paused = false;
        later(1, this::sendReady);
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
