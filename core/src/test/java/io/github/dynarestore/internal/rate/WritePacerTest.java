package io.github.dynarestore.internal.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WritePacerTest {

    private static final long SECOND = 1_000_000_000L;

    /** Batches of 1 to 25 units, each sent when the pacer says, with stalls of up to three seconds in between. */
    @ParameterizedTest
    @ValueSource(doubles = {500, 5_000, 40_000})
    void reserve_stallsAndIdling_neverExceedsTheRateInAnySecond(double rate) {
        Random random = new Random(1);
        long[] now = {123_456_789L};
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        Deque<long[]> lastSecond = new ArrayDeque<>();
        long unitsInSecond = 0;
        double total = 0;
        long started = now[0];
        long stalled = 0;
        while (now[0] - started < 60 * SECOND) {
            int units = 1 + random.nextInt(25);
            now[0] += pacer.reserveNanos(units);
            total += units;
            unitsInSecond += units;
            lastSecond.add(new long[] {now[0], units});
            while (lastSecond.peek()[0] <= now[0] - SECOND) {
                unitsInSecond -= lastSecond.poll()[1];
            }
            // A twentieth of a second may be made up for, and one batch may stick out.
            assertThat((double) unitsInSecond).isLessThanOrEqualTo(rate * 1.05 + 25);
            if (random.nextInt(20_000) == 0) {
                long stall = (long) (random.nextDouble() * 3 * SECOND);
                now[0] += stall;
                stalled += stall;
            }
        }
        double busySeconds = (now[0] - started - stalled) / 1e9;
        assertThat(total / busySeconds).isBetween(rate * 0.99, rate * 1.02 + 25);
    }

    @ParameterizedTest
    @ValueSource(doubles = {500, 40_000})
    void settle_dearerThanExpected_slowsByAsMuch(double rate) {
        long[] now = {0};
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        double total = 0;
        while (now[0] < 20 * SECOND) {
            now[0] += pacer.reserveNanos(10);
            pacer.settle(10, 30);
            total += 30;
        }
        assertThat(total / 20).isBetween(rate * 0.98, rate * 1.02);
    }

    /** Three secondary indexes on a slow table: each batch of 25 takes 100 units. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 5, 25})
    void settle_dearerThanExpectedAtASlowRate_slowsByAsMuch(double rate) {
        long[] now = {0};
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        double total = 0;
        while (now[0] < 4_000 * SECOND) {
            now[0] += pacer.reserveNanos(25);
            pacer.settle(25, 100);
            total += 100;
        }
        assertThat(total / (now[0] / 1e9)).isBetween(rate * 0.9, rate * 1.1);
    }
}
