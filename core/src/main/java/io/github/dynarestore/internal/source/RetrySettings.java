package io.github.dynarestore.internal.source;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * How long to try again when S3 fails.
 *
 * @param patience time from the first attempt of a request after which no further one is made
 * @param attemptTimeout time after which an attempt that has not ended is given up
 * @param firstDelay longest wait before the second attempt; doubles from there
 * @param maxDelay longest wait before any attempt
 * @param maxMismatches attempts that end in bytes which do not match their checksum or length
 * @param nanoTime clock that patience is measured by
 * @param random share of the longest wait that is waited, 0 to 1: full jitter keeps clients from coming back together
 */
public record RetrySettings(
        Duration patience,
        Duration attemptTimeout,
        Duration firstDelay,
        Duration maxDelay,
        int maxMismatches,
        LongSupplier nanoTime,
        DoubleSupplier random) {

    /** How long to wait before the attempt that follows so many failed ones. */
    long delayNanos(int failedAttempts) {
        int doublings = Math.min(Math.max(failedAttempts - 1, 0), 20);
        long longest = Math.min(maxDelay.toNanos(), firstDelay.toNanos() << doublings);
        return (long) (longest * random.getAsDouble());
    }

    boolean isSpent(long startedNanos) {
        return nanoTime.getAsLong() - startedNanos >= patience.toNanos();
    }
}
