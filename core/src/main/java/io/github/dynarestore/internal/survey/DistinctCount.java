package io.github.dynarestore.internal.survey;

import java.util.TreeSet;

/**
 * Estimates how many different hash values it was shown, in constant memory: the smallest 4,096 of them say how densely
 * the whole range is filled (k minimum values; Bar-Yossef and others, 2002). The error is about 1.6 %.
 */
final class DistinctCount {

    private static final int KEPT = 4096;
    private static final double RANGE = 0x1p64;

    private final TreeSet<Long> smallest = new TreeSet<>(Long::compareUnsigned);

    void add(long hash) {
        if (smallest.size() < KEPT) {
            smallest.add(hash);
        } else if (Long.compareUnsigned(hash, smallest.last()) < 0 && smallest.add(hash)) {
            smallest.pollLast();
        }
    }

    long estimate() {
        if (smallest.size() < KEPT) {
            return smallest.size();
        }
        double largest = unsigned(smallest.last());
        return (long) ((KEPT - 1) * (RANGE / largest));
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : value + RANGE;
    }
}
