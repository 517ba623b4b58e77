package io.github.dynarestore.internal.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import org.junit.jupiter.api.Test;

class LimitTimesTest {

    private static final long SECOND = 1_000_000_000L;
    private static final WriteLimit READING = WriteLimit.of(Kind.READING);
    private static final WriteLimit RATE = WriteLimit.of(Kind.RATE);

    private final long[] now = {0};
    private final LimitTimes times = new LimitTimes(() -> now[0]);

    @Test
    void current_twoInTurn_isTheOneThatHoldsForMostOfTheTime() {
        assertThat(times.current()).isNull();
        for (int i = 0; i < 1_000; i++) {
            times.heldBy(RATE);
            now[0] += SECOND / 1_000 * 7;
            times.heldBy(READING);
            now[0] += SECOND / 1_000 * 3;
        }

        assertThat(times.current()).isEqualTo(RATE);
        assertThat(times.nanos())
                .containsOnly(java.util.Map.entry(RATE, 7 * SECOND), java.util.Map.entry(READING, 3 * SECOND));
    }

    @Test
    void current_afterAChange_isTheNewOneWithinTwoSeconds() {
        times.heldBy(RATE);
        now[0] += 100 * SECOND;
        times.heldBy(READING);
        now[0] += 2 * SECOND;

        assertThat(times.current()).isEqualTo(READING);

        times.heldBy(null);
        now[0] += 5 * SECOND;
        assertThat(times.current()).isNull();
    }
}
