package io.github.dynarestore.internal.pipeline;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Instants as the survey compares them: microseconds since 1970 UTC. */
final class Micros {

    private Micros() {}

    /** Saturates: a cut in the year a billion means no cut. */
    static long of(Instant instant) {
        try {
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
        } catch (ArithmeticException e) {
            return instant.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    static Instant instant(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS);
    }
}
