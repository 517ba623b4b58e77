package io.github.dynarestore.internal.rate;

import java.util.function.LongSupplier;

/**
 * What a table on demand is assumed to take, of which nothing is said: what a new one does, and after each half an hour
 * twice what it was given at most meanwhile, which DynamoDB promises to take (developer guide, on-demand mode). Thread-safe.
 */
public final class AssumedCapacity {

    private static final long HALF_AN_HOUR_NANOS = 1_800_000_000_000L;

    private final LongSupplier nanoTime;
    private double unitsPerSecond;
    private double peak;
    private long sinceNanos;

    /** Begins with what a new table takes. */
    public AssumedCapacity(double unitsPerSecond, LongSupplier nanoTime) {
        this.unitsPerSecond = unitsPerSecond;
        this.nanoTime = nanoTime;
        sinceNanos = nanoTime.getAsLong();
    }

    /** Takes note of how fast it is written, and returns what it can be expected to take, in units per second. */
    public synchronized double after(double usedUnitsPerSecond) {
        peak = Math.max(peak, usedUnitsPerSecond);
        long now = nanoTime.getAsLong();
        if (now - sinceNanos >= HALF_AN_HOUR_NANOS) {
            unitsPerSecond = Math.max(unitsPerSecond, 2 * Math.min(peak, unitsPerSecond));
            peak = 0;
            sinceNanos = now;
        }
        return unitsPerSecond;
    }
}
