package io.github.dynarestore.internal.write;

/** How long to wait before the next attempt: full jitter up to a bound that doubles. */
final class BackOff {

    private static final long FIRST_NANOS = 50_000_000;
    private static final long MAX_NANOS = 5_000_000_000L;

    private BackOff() {}

    /**
     * Returns nanoseconds; none if nothing has failed.
     *
     * @param failures attempts that have failed in a row
     * @param random 0 to 1
     */
    static long nanos(int failures, double random) {
        return failures == 0 ? 0 : (long) (Math.min(MAX_NANOS, FIRST_NANOS << Math.min(failures - 1, 10)) * random);
    }
}
