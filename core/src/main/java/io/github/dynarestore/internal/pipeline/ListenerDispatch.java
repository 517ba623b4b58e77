package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestoreProgress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls the listeners from one thread of its own, so that none of them can hold up the restore. */
final class ListenerDispatch {

    private static final Logger LOG = LoggerFactory.getLogger(ListenerDispatch.class);
    private static final int MAX_WAITING_DEAD_LETTERS = 1_000;
    private static final long MAX_WAITING_DEAD_LETTER_BYTES = 8L << 20;

    /**
     * What all listeners are to be told.
     *
     * @param letter what it is about, if it is a dead letter
     */
    private record Call(
            Consumer<RestoreListener> call, @Nullable DeadLetter letter) {}

    private final List<RestoreListener> listeners;
    private final RestoreLedger ledger;
    private final Thread thread;
    private final Deque<Call> calls = new ArrayDeque<>();
    private @Nullable RestoreProgress latestProgress;
    private int waitingDeadLetters;
    private long waitingDeadLetterBytes;
    private boolean ended;
    private boolean failureLogged;

    ListenerDispatch(List<RestoreListener> listeners, RestoreLedger ledger, String threadName) {
        this.listeners = List.copyOf(listeners);
        this.ledger = ledger;
        thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
    }

    void start(RestoreProgress progress) {
        call(listener -> listener.started(progress));
        thread.start();
    }

    void phaseChanged(RestoreProgress progress) {
        call(listener -> listener.phaseChanged(progress));
    }

    void found(PreflightFinding finding) {
        call(listener -> listener.found(finding));
    }

    /** Offers a progress; it replaces one that no listener has heard yet. */
    synchronized void progressed(RestoreProgress progress) {
        if (!ended) {
            latestProgress = progress;
            notifyAll();
        }
    }

    synchronized void deadLettered(DeadLetter letter) {
        long bytes = letter.raw().length;
        if (!ended
                && waitingDeadLetters < MAX_WAITING_DEAD_LETTERS
                && waitingDeadLetterBytes + bytes <= MAX_WAITING_DEAD_LETTER_BYTES) {
            waitingDeadLetters++;
            waitingDeadLetterBytes += bytes;
            calls.add(new Call(listener -> listener.deadLettered(letter), letter));
            notifyAll();
        }
    }

    /** Queues the last call; the thread ends behind it. */
    synchronized void ended(RestoreReport report) {
        call(listener -> listener.ended(report));
        ended = true;
        latestProgress = null;
        notifyAll();
    }

    private synchronized void call(Consumer<RestoreListener> call) {
        if (!ended) {
            calls.add(new Call(call, null));
            notifyAll();
        }
    }

    private void run() {
        while (true) {
            Consumer<RestoreListener> next = next();
            if (next == null) {
                return;
            }
            for (RestoreListener listener : listeners) {
                try {
                    next.accept(listener);
                } catch (RuntimeException | Error e) {
                    ledger.listenerFailed();
                    if (!failureLogged) {
                        failureLogged = true;
                        LOG.warn("a listener failed; further failures are only counted", e);
                    }
                }
            }
        }
    }

    private synchronized @Nullable Consumer<RestoreListener> next() {
        while (calls.isEmpty() && latestProgress == null) {
            if (ended) {
                return null;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                return null;
            }
        }
        Call call = calls.poll();
        if (call != null) {
            if (call.letter() != null) {
                waitingDeadLetters--;
                waitingDeadLetterBytes -= call.letter().raw().length;
            }
            return call.call();
        }
        RestoreProgress progress = latestProgress;
        latestProgress = null;
        return progress == null ? null : listener -> listener.progressed(progress);
    }

    /** Waits for the last call to return, but not for long: a listener that blocks must not keep the restore open. */
    void awaitEnd(long millis) throws InterruptedException {
        thread.join(millis);
        if (thread.isAlive()) {
            thread.interrupt();
        }
    }
}
