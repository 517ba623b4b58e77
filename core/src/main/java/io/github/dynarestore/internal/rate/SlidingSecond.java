package io.github.dynarestore.internal.rate;

import java.util.Arrays;

/** Adds up what was taken in the last second, and up to 2 ms more. Guarded by its pacer. */
final class SlidingSecond {

    private static final long SLOT_NANOS = 2_000_000;
    private static final int SLOTS = 501;

    private final double[] slots = new double[SLOTS];
    private long slot;
    private double sum;

    SlidingSecond(long nowNanos) {
        slot = Math.floorDiv(nowNanos, SLOT_NANOS);
    }

    private void moveTo(long nowNanos) {
        long now = Math.floorDiv(nowNanos, SLOT_NANOS);
        if (now - slot >= SLOTS) {
            Arrays.fill(slots, 0);
            slot = now;
            sum = 0;
        }
        while (slot < now) {
            slot++;
            sum -= slots[index()];
            slots[index()] = 0;
        }
    }

    private int index() {
        return (int) Math.floorMod(slot, (long) SLOTS);
    }

    /** Adds units; fewer than none if some are given back. */
    void add(double units, long nowNanos) {
        moveTo(nowNanos);
        slots[index()] += units;
        sum += units;
    }

    /** When no more than so many units are in it, in nanoseconds from now. */
    long nanosUntilAtMost(double units, long nowNanos) {
        moveTo(nowNanos);
        double left = sum;
        long nanos = 0;
        for (long old = slot + 1; left > units && nanos < SLOTS * SLOT_NANOS; old++) {
            left -= slots[(int) Math.floorMod(old, (long) SLOTS)];
            nanos = (old - slot) * SLOT_NANOS - Math.floorMod(nowNanos, SLOT_NANOS);
        }
        return nanos;
    }
}
