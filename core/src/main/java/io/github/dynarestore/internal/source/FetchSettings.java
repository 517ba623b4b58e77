package io.github.dynarestore.internal.source;

/**
 * How objects are cut up to be fetched.
 *
 * @param rangeBytes most bytes asked for in one request
 * @param rangesPerObject most ranges of one object that are under way or waiting to be read
 * @param retry what to do when S3 fails
 */
public record FetchSettings(int rangeBytes, int rangesPerObject, RetrySettings retry) {

    /** Checks the ranges. */
    public FetchSettings {
        if (rangeBytes < 1) {
            throw new IllegalArgumentException("rangeBytes must be above 0, not " + rangeBytes);
        }
        if (rangesPerObject < 1) {
            throw new IllegalArgumentException("rangesPerObject must be above 0, not " + rangesPerObject);
        }
    }

    /** Smallest ranges that a crowd of objects is read in: below it requests cost more than what they bring. */
    private static final int LEAST_RANGE_BYTES = 256 * 1024;

    /** Ranges of an object that are under way while one is read, if memory is scarce. */
    private static final int LEAST_RANGES = 2;

    /** How many objects can be read from side by side with so many bytes in memory. */
    public static int mostAtOnce(long memoryBytes, int rangeBytes) {
        return (int) Math.max(1, memoryBytes / (LEAST_RANGES * (long) Math.min(rangeBytes, LEAST_RANGE_BYTES)));
    }

    /** Size of one range while so many objects are read from side by side with so many bytes in memory. */
    public static int rangeBytesAmong(int atOnce, long memoryBytes, int rangeBytes) {
        return (int) Math.min(rangeBytes, Math.max(LEAST_RANGE_BYTES, memoryBytes / ((long) LEAST_RANGES * atOnce)));
    }

    /** The same for so many objects that are read from side by side with so many bytes in memory. */
    FetchSettings among(int atOnce, long memoryBytes) {
        int bytes = rangeBytesAmong(atOnce, memoryBytes, rangeBytes);
        return bytes == rangeBytes ? this : new FetchSettings(bytes, Math.min(rangesPerObject, LEAST_RANGES), retry);
    }
}
