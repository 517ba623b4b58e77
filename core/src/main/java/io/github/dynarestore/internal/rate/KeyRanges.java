package io.github.dynarestore.internal.rate;

import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which stretches of the key space DynamoDB puts off while it takes others. Exports are in the order of the keys' hashes,
 * so that an object stands for a stretch, and a partition that is hot is met through the objects that are read from it.
 * Thread-safe.
 */
public final class KeyRanges {

    /** A partition of 1,000 units per second has room for some writes more after it. */
    private static final long FIRST_HOLD_NANOS = 20_000_000;

    private static final int MAX_DOUBLINGS = 5;

    /** Of fewer ranges than these nothing can be told apart. */
    private static final int FEWEST_TO_COMPARE = 4;

    private static final double NARROW = 0.5;

    private static final class Hold {
        private int times;
        private volatile long untilNanos;

        /** Holds again, for twice as long as the last time. */
        void again(long nowNanos) {
            untilNanos = nowNanos + (FIRST_HOLD_NANOS << Math.min(times, MAX_DOUBLINGS));
            times++;
        }
    }

    private final LongSupplier nanoTime;
    private final BitSet answered = new BitSet();
    private final BitSet putOff = new BitSet();

    /** Changed under the lock, and asked without it: every record that is written asks, and mostly there is none. */
    private final Map<Integer, Hold> holds = new ConcurrentHashMap<>();

    /** Creates one that holds none. */
    public KeyRanges(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes note of the ranges of writes that were done. */
    synchronized void done(int[] ranges) {
        for (int range : ranges) {
            answered.set(range);
            if (!holds.isEmpty() && heldNanos(range) == 0) {
                holds.remove(range);
            }
        }
    }

    /** Takes note of the ranges of writes that were put off: no more of them for a while. */
    synchronized void putOff(int[] ranges) {
        long now = nanoTime.getAsLong();
        for (int range : ranges) {
            answered.set(range);
            putOff.set(range);
            Hold hold = holds.get(range);
            if (hold == null) {
                hold = new Hold();
                hold.again(now);
                holds.put(range, hold);
            } else if (hold.untilNanos - now <= 0) {
                hold.again(now);
            }
        }
    }

    /** How long a range is held back, in nanoseconds; 0 if it is not. Takes no lock. */
    public long heldNanos(int range) {
        if (holds.isEmpty()) {
            return 0;
        }
        Hold hold = holds.get(range);
        return hold == null ? 0 : Math.max(0, hold.untilNanos - nanoTime.getAsLong());
    }

    /** Forgets a range that is read to its end. */
    public synchronized void end(int range) {
        holds.remove(range);
    }

    /** Begins to compare anew; returns whether so far only some of the ranges were put off. */
    synchronized boolean werePutOffApart() {
        int all = answered.cardinality();
        boolean apart = all >= FEWEST_TO_COMPARE && putOff.cardinality() < NARROW * all;
        answered.clear();
        putOff.clear();
        return apart;
    }
}
