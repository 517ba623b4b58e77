package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestorePhase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A restore that is held up, goes on, and changes its pace on the way. */
@Timeout(60)
class PauseTest {

    private static final int ITEMS = 2_000;

    @Test
    void pause_whileWriting_writesNothingUntilItIsResumed() throws Exception {
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(ITEMS))), table)
                    .writeRate(WriteRate.unitsPerSecond(400))
                    .build());
            Fixture.waitUntil(
                    "writing", Duration.ofSeconds(20), () -> handle.progress().writesDone() > 100);

            handle.pause();
            // What is under way when the pause begins may still arrive.
            long[] last = {-1};
            Fixture.waitUntil("standing still", Duration.ofSeconds(10), () -> {
                long done = handle.progress().writesDone();
                boolean isStill = done == last[0];
                last[0] = done;
                return isStill && Fixture.items(table).size() == done;
            });
            handle.changeRate(WriteRate.unitsPerSecond(1_000_000));
            assertThat(handle.completion().isDone()).isFalse();
            assertThat(Fixture.items(table)).hasSize((int) last[0]).hasSizeLessThan(ITEMS);

            handle.resume();
            RestoreReport report = handle.completion().get(30, TimeUnit.SECONDS);

            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(report.records().applied()).isEqualTo(ITEMS);
            assertThat(Fixture.items(table)).hasSize(ITEMS);
            assertThat(report.duration())
                    .as("at 400 units a second it takes 5 s")
                    .isLessThan(Duration.ofSeconds(30));
        }
    }

    @Test
    void pause_beforeAnythingIsRead_holdsTheSurveyAndCancelEndsIt() throws Exception {
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(ITEMS))), table)
                    .build());
            handle.pause();
            Fixture.waitUntil(
                    "surveying", Duration.ofSeconds(20), () -> handle.progress().phase() != RestorePhase.PREPARING);

            assertThat(handle.cancel().get(5, TimeUnit.SECONDS).status()).isEqualTo(RestoreStatus.CANCELLED);
            assertThat(Fixture.items(table)).isEmpty();
        }
    }

    @Test
    void changeRate_beforeTheFirstWrite_isTheRateItWritesAt() throws Exception {
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(ITEMS))), table)
                    .writeRate(WriteRate.unitsPerSecond(1))
                    .build());
            handle.changeRate(WriteRate.unitsPerSecond(1_000_000));

            assertThat(handle.completion().get(30, TimeUnit.SECONDS).records().applied())
                    .isEqualTo(ITEMS);
        }
    }
}
