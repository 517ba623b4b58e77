package io.github.dynarestore.internal.source;

/** Finds bombs: content that grows more than two hundred times over any window of it, wherever in an object that lies. */
final class GrowthLimit {

    /** What is measured over unless a compression has larger blocks. */
    static final int STANDARD_WINDOW_MIB = 8;

    /** Logs shrink 5 to 20 times; deflate's own limit is about 1,030. */
    private static final long MAX_RATIO = 200;

    private static final int STEP_BITS = 20;

    /** How much had been consumed when the output last crossed each MiB of the window, round robin. */
    private final long[] consumedAtStep;

    private long produced;

    GrowthLimit(int windowMib) {
        consumedAtStep = new long[windowMib];
    }

    /**
     * Counts more output.
     *
     * @param count how many bytes came out
     * @param consumed how many compressed bytes have been used in all
     * @return whether that is too much of the one from too little of the other
     */
    boolean isExceededBy(int count, long consumed) {
        long step = produced >>> STEP_BITS;
        produced += count;
        boolean isExceeded = false;
        while (++step <= produced >>> STEP_BITS) {
            int slot = (int) (step % consumedAtStep.length);
            isExceeded |= step >= consumedAtStep.length
                    && (consumed - consumedAtStep[slot]) * MAX_RATIO < (long) consumedAtStep.length << STEP_BITS;
            consumedAtStep[slot] = consumed;
        }
        return isExceeded;
    }

    /** The damage that this is. */
    DamagedObjectException exceeded(long consumed) {
        return new DamagedObjectException(
                DamagedObjectException.CODEC_RATIO,
                consumed,
                consumedAtStep.length + " MiB came out of less than a two-hundredth of that");
    }
}
