package io.github.dynarestore.internal.rate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AssumedCapacityTest {

    private static final long MINUTE = 60_000_000_000L;

    @Test
    void after_writtenAtMost_doublesThePeakEachHalfHour() {
        long[] now = {0};
        AssumedCapacity capacity = new AssumedCapacity(4_000, () -> now[0]);
        double allowed = 4_000;
        for (double expected : new double[] {4_000, 8_000, 16_000, 32_000}) {
            for (int minute = 0; minute < 30; minute++) {
                allowed = capacity.after(allowed);
                assertThat(allowed).isEqualTo(expected);
                now[0] += MINUTE;
            }
        }
    }

    @Test
    void after_writtenAtAQuarter_staysAsItWas() {
        long[] now = {0};
        AssumedCapacity capacity = new AssumedCapacity(4_000, () -> now[0]);
        for (int minute = 0; minute < 120; minute++) {
            assertThat(capacity.after(1_000)).isEqualTo(4_000);
            now[0] += MINUTE;
        }
    }
}
