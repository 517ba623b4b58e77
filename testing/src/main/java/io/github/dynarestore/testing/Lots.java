package io.github.dynarestore.testing;

/** Draws lots that depend on a seed and on what is drawn for, never on the order in which threads come. */
final class Lots {

    private final double share;
    private final long seed;

    Lots(double share, long seed) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("a share must be 0 to 1, not " + share);
        }
        this.share = share;
        this.seed = seed;
    }

    boolean draw(long first, long second) {
        long mixed = mix(mix(mix(seed) + first) + second);
        return (mixed >>> 11) * 0x1.0p-53 < share;
    }

    /** The finaliser of SplitMix64: neighbouring numbers come out far apart. */
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
