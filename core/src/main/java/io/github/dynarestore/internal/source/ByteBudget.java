package io.github.dynarestore.internal.source;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Bounds the bytes that all objects together have fetched and not yet consumed.
 *
 * <p>Claims are granted first come, first served, as bytes come free. That alone could deadlock: streams that nobody
 * reads at the moment may hold all bytes with what they fetched ahead, and the one stream that is being read gets none.
 * So a reader that has come to a range whose claim still waits {@linkplain Claim#insist insists}, and is granted at
 * once, over the limit if need be. Hence no reader ever waits for bytes of the budget, only for S3, which answers or
 * fails within bounded time; and what waits in the queue is only ever read-ahead. The price: held bytes may exceed the
 * limit by at most one range for each stream that is read from.
 */
public final class ByteBudget {

    private final long limitBytes;
    private final ArrayDeque<Claim> waiting = new ArrayDeque<>();
    private long heldBytes;

    /**
     * Creates one.
     *
     * @param limitBytes above 0; a single claim may be larger and is then granted when nothing else is held
     */
    public ByteBudget(long limitBytes) {
        if (limitBytes < 1) {
            throw new IllegalArgumentException("limitBytes must be above 0, not " + limitBytes);
        }
        this.limitBytes = limitBytes;
    }

    /** Most bytes that are granted. */
    long limitBytes() {
        return limitBytes;
    }

    /** Bytes granted and not yet released. */
    public synchronized long heldBytes() {
        return heldBytes;
    }

    /** Claims that have not been granted yet. */
    public synchronized int waitingClaims() {
        return waiting.size();
    }

    /**
     * Asks for bytes.
     *
     * @param whenGranted called once, by this thread or by whichever releases; must neither block nor throw
     */
    Claim claim(long bytes, Runnable whenGranted) {
        Claim claim = new Claim(bytes, whenGranted);
        List<Claim> granted;
        synchronized (this) {
            waiting.add(claim);
            granted = grantWhatFits();
        }
        announce(granted);
        return claim;
    }

    private List<Claim> grantWhatFits() {
        List<Claim> granted = new ArrayList<>();
        for (Iterator<Claim> queue = waiting.iterator(); queue.hasNext(); ) {
            Claim first = queue.next();
            if (heldBytes > 0 && heldBytes + first.bytes > limitBytes) {
                break;
            }
            queue.remove();
            first.state = State.HELD;
            heldBytes += first.bytes;
            granted.add(first);
        }
        return granted;
    }

    /** Outside the lock: what is called sends requests. */
    private static void announce(List<Claim> granted) {
        for (Claim claim : granted) {
            claim.whenGranted.run();
        }
    }

    private enum State {
        WAITING,
        HELD,
        RELEASED
    }

    /** Some bytes asked for, held or given back. */
    final class Claim {

        private final long bytes;
        private final Runnable whenGranted;
        private State state = State.WAITING;

        private Claim(long bytes, Runnable whenGranted) {
            this.bytes = bytes;
            this.whenGranted = whenGranted;
        }

        /** Has the claim granted now, whatever is held; for the range that a reader needs next and for no other. */
        void insist() {
            synchronized (ByteBudget.this) {
                if (state != State.WAITING) {
                    return;
                }
                waiting.remove(this);
                state = State.HELD;
                heldBytes += bytes;
            }
            whenGranted.run();
        }

        /** Gives the bytes back, or withdraws the claim; a second call does nothing. */
        void release() {
            List<Claim> granted;
            synchronized (ByteBudget.this) {
                if (state == State.HELD) {
                    heldBytes -= bytes;
                } else if (state == State.WAITING) {
                    waiting.remove(this);
                }
                state = State.RELEASED;
                granted = grantWhatFits();
            }
            announce(granted);
        }
    }
}
