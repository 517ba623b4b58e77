package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

/** Any history, delivered anyhow, restored to any instant through real servers, equals the oracle. */
class AnyHistoryTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
    }

    @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
    void restore_anyHistoryToAnyInstant_equalsOracle(
            @ForAll long seed,
            @ForAll TableShape shape,
            @ForAll @IntRange(min = 1, max = 120) int changes,
            @ForAll @IntRange(min = 1, max = 30) int keys,
            @ForAll @IntRange(min = 1, max = 5) int objects,
            @ForAll @IntRange(min = -1, max = 110) int cutPercent) {
        History history = new History(shape, seed).live(changes, keys);
        List<byte[]> delivered = history.deliver(objects, 0.3);
        long lived = history.lastSecond() - History.START.getEpochSecond();
        Instant cut = History.START.plusSeconds(lived * cutPercent / 100 + (cutPercent < 0 ? -5 : 0));
        String table = Fixture.table(shape);
        try {
            RestoreReport report = RESTORES.start(Fixture.plan(Fixture.backup(delivered), table)
                            .asOf(cut)
                            .build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(cut));
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.records().applied()).isEqualTo(history.keysTouchedAt(cut));
            assertThat(report.writes().puts()).isEqualTo(history.itemsAt(cut).size());
            assertThat(report.writes().deletes()).isZero();
        } finally {
            Fixture.drop(table);
        }
    }
}
