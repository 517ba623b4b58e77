package io.github.dynarestore.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgressTest {

    /** The report of a run that was resumed names the conflicts of all runs before it. */
    @Test
    void conflicts_many_areKeptAsFarAsAReportNamesThem() {
        Progress.Sum sum = new Progress.Sum();
        for (int ordinal = 0; ordinal < 10_001; ordinal++) {
            sum.add(Outcome.CONFLICT, 3, ordinal);
        }

        Progress progress = sum.result();

        assertThat(progress.count(Outcome.CONFLICT)).isEqualTo(10_001);
        assertThat(progress.conflicts())
                .hasSize(10_000)
                .startsWith(3L << Integer.SIZE)
                .endsWith((3L << Integer.SIZE) + 9_999);
    }
}
