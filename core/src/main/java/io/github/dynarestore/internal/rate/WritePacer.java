package io.github.dynarestore.internal.rate;

import java.util.function.LongSupplier;

/**
 * Holds writes to a rate: says how long to wait before the next may go out. Time that was not used is lost but for a
 * twentieth of a second, so there is no burst at the start, after idling or after a stall. See docs/decisions/0007.
 * Thread-safe.
 */
public final class WritePacer {

    private static final double NANOS_PER_SECOND = 1e9;

    /** Enough to even out a late timer, too little to be a burst. */
    private static final long MAX_UNUSED_NANOS = 50_000_000;

    /** Most that one correction may add, so that one odd answer cannot stop the restore; or, at slow rates, ... */
    private static final double MAX_DEBT_SECONDS = 5;

    /** ... this many times what was taken: a write of one unit may replace an item of 400, in each index as well. */
    private static final double MAX_DEBT_OF_TAKEN = 1_000;

    private double nanosPerUnit;
    private final LongSupplier nanoTime;
    private double freeAtNanos;

    /**
     * Creates one.
     *
     * @param unitsPerSecond the rate, above 0
     * @param nanoTime monotonic clock
     */
    public WritePacer(double unitsPerSecond, LongSupplier nanoTime) {
        nanosPerUnit = NANOS_PER_SECOND / unitsPerSecond;
        this.nanoTime = nanoTime;
        freeAtNanos = nanoTime.getAsLong();
    }

    /** Takes units and returns how long to wait before they may be spent, in nanoseconds. */
    public synchronized long reserveNanos(double units) {
        long now = nanoTime.getAsLong();
        freeAtNanos = Math.max(freeAtNanos, now - (double) MAX_UNUSED_NANOS);
        double mayGoAt = freeAtNanos;
        freeAtNanos += units * nanosPerUnit;
        return Math.max(0, (long) (mayGoAt - now));
    }

    /** Changes the rate; what was taken ahead of time is paid for at the new one. */
    public synchronized void unitsPerSecond(double unitsPerSecond) {
        double changed = NANOS_PER_SECOND / unitsPerSecond;
        long now = nanoTime.getAsLong();
        if (freeAtNanos > now) {
            freeAtNanos = now + (freeAtNanos - now) * changed / nanosPerUnit;
        }
        nanosPerUnit = changed;
    }

    /** Corrects what was taken by what DynamoDB says was spent, which indexes and overwritten items raise. */
    public synchronized void settle(double taken, double spent) {
        double most = Math.max(MAX_DEBT_SECONDS * NANOS_PER_SECOND, MAX_DEBT_OF_TAKEN * taken * nanosPerUnit);
        freeAtNanos += Math.max(-most, Math.min(most, (spent - taken) * nanosPerUnit));
    }
}
