package io.github.dynarestore.internal.pipeline;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands every dead letter to the ledger, the listeners and the sink. The sink has a thread of its own, so that one that
 * takes its time holds up neither those who read nor those who handle answers, until more letters wait than disk and
 * memory are to hold.
 */
final class DeadLetters {

    /** For what waits for the sink; whoever has more to hand over waits, since no letter may be lost. */
    private static final WaitingLetters.Room ROOM = new WaitingLetters.Room(16L << 20, 4L << 30);

    private static final Duration GLANCE = Duration.ofMillis(100);

    private final @Nullable DeadLetterSink sink;
    private final RestoreLedger ledger;
    private final ListenerDispatch listeners;
    private final BadRecordShare share;
    private final Thread thread;
    private final Consumer<RestoreException> onFailure;
    private final WaitingLetters waiting;
    private boolean isAccepting;
    private boolean started;
    private boolean ended;
    private long taken;
    private @Nullable RestoreException failure;

    /**
     * Creates one that has no letter yet.
     *
     * @param spill where letters wait that memory has no room for
     * @param threadName of the sink's thread
     * @param onFailure told at once if the sink fails
     */
    DeadLetters(
            @Nullable DeadLetterSink sink,
            SpillDirectory spill,
            RestoreLedger ledger,
            ListenerDispatch listeners,
            BadRecordShare share,
            String threadName,
            Consumer<RestoreException> onFailure) {
        this.sink = sink;
        waiting = new WaitingLetters(ROOM, spill);
        this.ledger = ledger;
        this.listeners = listeners;
        this.share = share;
        this.onFailure = onFailure;
        thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
    }

    /** Takes a letter over; waits only if too many wait for the sink. */
    void add(DeadLetter letter) {
        if (sink != null) {
            hand(letter);
        }
        ledger.deadLettered(letter);
        listeners.deadLettered(letter);
        share.added(letter.reason());
    }

    /** Says how many letters of a reason are to come; refuses if that is a sign that something else is wrong. */
    void announce(long count, String reason) {
        share.found(count, reason);
    }

    private synchronized void hand(DeadLetter letter) {
        start();
        while (failure == null && !waiting.offer(letter)) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("stopped while dead letters waited for their sink");
            }
        }
        if (failure != null) {
            throw failure;
        }
        notifyAll();
    }

    private void start() {
        if (!started) {
            started = true;
            thread.start();
        }
    }

    private void run() {
        try (DeadLetterSink open = sink) {
            DeadLetter letter;
            while (open != null && (letter = next()) != null) {
                open.accept(letter);
                accepted();
            }
        } catch (IOException | RuntimeException | Error e) {
            RestoreException failed = failed(e);
            synchronized (this) {
                failure = failed;
                waiting.close();
                notifyAll();
            }
            onFailure.accept(failed);
        }
    }

    /** The next letter; null behind the last one. */
    private synchronized @Nullable DeadLetter next() throws IOException {
        while (waiting.isEmpty() && !ended) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
        DeadLetter letter = waiting.poll();
        isAccepting = letter != null;
        notifyAll();
        return letter;
    }

    private synchronized void accepted() {
        isAccepting = false;
        taken++;
        notifyAll();
    }

    /**
     * Waits a short while for the sink to take what it has been given, so that one that fails at once ends the run before
     * anything is written.
     *
     * @throws RestoreException if it has failed
     */
    synchronized void settle(Duration atMost) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        long left = atMost.toNanos();
        while (failure == null && (isAccepting || !waiting.isEmpty()) && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = deadlineNanos - System.nanoTime();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * Has the sink take what is left, and closes it.
     *
     * @param patience longest time for which the sink may take nothing; asked again and again, since the run may be
     *     cancelled meanwhile
     * @throws RestoreException if it failed, or would not take the rest
     */
    void close(Supplier<Duration> patience) {
        if (sink == null) {
            return;
        }
        synchronized (this) {
            start();
            ended = true;
            notifyAll();
        }
        long before = -1;
        long sinceNanos = 0;
        while (thread.isAlive()
                && (taken() > before
                        || System.nanoTime() - sinceNanos < patience.get().toNanos())) {
            if (taken() > before) {
                before = taken();
                sinceNanos = System.nanoTime();
            }
            Uninterruptibles.joinUninterruptibly(thread, GLANCE);
        }
        boolean isStuck = thread.isAlive();
        thread.interrupt();
        synchronized (this) {
            waiting.close();
            if (failure == null && isStuck) {
                failure = failed(new IOException("took nothing for " + patience.get()));
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    private synchronized long taken() {
        return taken;
    }

    private static RestoreException failed(Throwable e) {
        return new RestoreException(
                RestoreErrorCode.DEAD_LETTER_SINK_FAILED,
                "a dead letter could not be kept: " + e.getClass().getSimpleName()
                        + (e instanceof IOException && e.getMessage() != null ? ": " + e.getMessage() : ""),
                "make room or mend access where the dead letters go",
                e,
                null);
    }
}
