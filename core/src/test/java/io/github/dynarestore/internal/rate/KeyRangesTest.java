package io.github.dynarestore.internal.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KeyRangesTest {

    private static final long FIRST_HOLD_NANOS = 20_000_000;

    private long now = 1;
    private final KeyRanges ranges = new KeyRanges(() -> now);

    /** Each record that is written is asked for, by all threads that write. */
    @Test
    void heldNanos_othersHaveTheLock_answersAtOnce() throws Exception {
        ranges.putOff(new int[] {7});
        synchronized (ranges) {
            assertThat(inAnotherThread(7)).isEqualTo(FIRST_HOLD_NANOS);
            assertThat(inAnotherThread(8)).isZero();
        }
    }

    private long inAnotherThread(int range) throws Exception {
        return CompletableFuture.supplyAsync(() -> ranges.heldNanos(range)).get(10, TimeUnit.SECONDS);
    }

    @Test
    void putOff_againAfterItsHold_holdsTwiceAsLongUpToABound() {
        long hold = FIRST_HOLD_NANOS;
        for (int times = 0; times < 8; times++) {
            ranges.putOff(new int[] {7, 7, 9});
            ranges.putOff(new int[] {7});

            assertThat(ranges.heldNanos(7)).as("hold %d", times).isEqualTo(hold);
            now += hold;
            assertThat(ranges.heldNanos(7)).isZero();
            hold = Math.min(2 * hold, 32 * FIRST_HOLD_NANOS);
        }
    }

    @Test
    void done_afterItsHold_isForgottenButNotBefore() {
        ranges.putOff(new int[] {7});
        ranges.done(new int[] {7, 8});
        assertThat(ranges.heldNanos(7)).isEqualTo(FIRST_HOLD_NANOS);

        now += FIRST_HOLD_NANOS;
        ranges.done(new int[] {8, 7});
        ranges.putOff(new int[] {7});

        assertThat(ranges.heldNanos(7)).isEqualTo(FIRST_HOLD_NANOS);
    }
}
