package io.github.dynarestore.internal.ledger;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what is counted to the meters, in a thread of its own: a registry that blocks must not hold up the restore. Counters
 * are brought up to date whenever the thread comes round; of times that are measured meanwhile as many wait as there is room
 * for, and the others are left out.
 */
final class MeterFeed {

    private static final Logger LOG = LoggerFactory.getLogger(MeterFeed.class);
    private static final int MAX_WAITING = 10_000;
    private static final long ROUND_MILLIS = 200;

    /** A thread that is woken for each call costs 4 % of a restore's CPU time (WholeRunBenchmark, "ours"). */
    private static final long GATHERING_MILLIS = 5;

    private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final List<Counted> counters = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final LongTaskTimer callsUnderWay;
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread;
    private boolean failureLogged;

    private static final class Counted {
        private final Counter meter;
        private final DoubleSupplier count;
        private double brought;

        Counted(Counter meter, DoubleSupplier count) {
            this.meter = meter;
            this.count = count;
        }

        void bring() {
            double now = count.getAsDouble();
            if (now > brought) {
                meter.increment(now - brought);
                brought = now;
            }
        }
    }

    /** A call under way, as the meters see it. */
    private static final class Call {
        private volatile boolean ended;
        private LongTaskTimer.@Nullable Sample sample;
    }

    MeterFeed(MeterRegistry meters, String threadName) {
        // A gauge would show the first of several restores that share a registry, and no other.
        callsUnderWay = LongTaskTimer.builder("dynarestore.batch.inflight").register(meters);
        thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
    }

    /** Has a counter follow what is counted; before the start. */
    void follow(Counter meter, DoubleSupplier count) {
        counters.add(new Counted(meter, count));
    }

    void start() {
        thread.start();
    }

    /** Counts a call as under way until what is returned is run. */
    Runnable began() {
        Call call = new Call();
        boolean isSeen = waiting.offer(() -> {
            call.sample = callsUnderWay.start();
            calls.add(call);
        });
        return isSeen ? () -> call.ended = true : () -> {};
    }

    void record(Timer timer, long nanos) {
        // Nobody waits for a meter: what finds no room is not measured.
        var unused = waiting.offer(() -> timer.record(nanos, TimeUnit.NANOSECONDS));
    }

    private void run() {
        try {
            while (!isEnded()) {
                Runnable first = waiting.poll(ROUND_MILLIS, TimeUnit.MILLISECONDS);
                var unused = end.await(GATHERING_MILLIS, TimeUnit.MILLISECONDS);
                bringSafely(first);
            }
            bringSafely(waiting.poll());
        } catch (InterruptedException e) {
            // The run does not wait any longer.
            return;
        }
    }

    private void bringSafely(@Nullable Runnable first) {
        try {
            bring(first);
        } catch (RuntimeException | Error e) {
            if (!failureLogged) {
                failureLogged = true;
                LOG.warn("a meter failed; further failures are not told", e);
            }
        }
    }

    private void bring(@Nullable Runnable first) {
        Runnable next = first;
        while (next != null) {
            next.run();
            next = waiting.poll();
        }
        calls.removeIf(call -> {
            if ((call.ended || isEnded()) && call.sample != null) {
                call.sample.stop();
                return true;
            }
            return false;
        });
        counters.forEach(Counted::bring);
    }

    private boolean isEnded() {
        return end.getCount() == 0;
    }

    /** Brings the rest, but waits for it only so long. */
    void end(long millis) throws InterruptedException {
        end.countDown();
        // Wakes the thread.
        var unused = waiting.offer(() -> {});
        thread.join(millis);
        thread.interrupt();
    }
}
