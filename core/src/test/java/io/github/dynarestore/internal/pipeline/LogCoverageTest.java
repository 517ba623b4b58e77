package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreHistory.Silence;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogCoverageTest {

    private static final Instant NOON = Instant.parse("2024-03-01T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    private static LogCoverage of(Instant... changes) {
        LogCoverage coverage = new LogCoverage();
        LogCoverage.Minutes minutes = coverage.newMinutes();
        minutes.begin();
        for (Instant change : changes) {
            minutes.add(Micros.of(change));
        }
        minutes.commit();
        return coverage;
    }

    private static BackupObject inHour(int hour) {
        String key = String.format("log/2024/03/01/%02d/object", hour);
        return new BackupObject(URI.create("s3://bucket/" + key), "bucket", key, 1, "etag", NOON, null);
    }

    @Test
    void silences_changesCloseToEachOther_areNone() {
        LogCoverage coverage = of(NOON, NOON.plus(HOUR), NOON.plus(HOUR.multipliedBy(2)));

        assertThat(coverage.silences(NOON, NOON.plus(HOUR.multipliedBy(2)), HOUR, List.of()))
                .isEmpty();
    }

    @Test
    void silences_logStartsStopsAndPauses_namesEach() {
        LogCoverage coverage = of(NOON.plus(HOUR.multipliedBy(3)), NOON.plus(HOUR.multipliedBy(6)));

        assertThat(coverage.silences(NOON, NOON.plus(HOUR.multipliedBy(9)), HOUR, List.of()))
                .containsExactly(
                        new Silence("log-starts-late", NOON, NOON.plus(HOUR.multipliedBy(3))),
                        new Silence(
                                "idle-or-missing",
                                NOON.plus(HOUR.multipliedBy(3)).plusSeconds(60),
                                NOON.plus(HOUR.multipliedBy(6))),
                        new Silence(
                                "log-ends-early",
                                NOON.plus(HOUR.multipliedBy(6)).plusSeconds(60),
                                NOON.plus(HOUR.multipliedBy(9))));
    }

    @Test
    void silences_beforeTheSnapshotAndBehindTheCut_doNotMatter() {
        LogCoverage coverage = of(NOON.minus(HOUR.multipliedBy(9)), NOON, NOON.plus(HOUR.multipliedBy(20)));

        assertThat(coverage.silences(NOON, NOON.plusSeconds(600), HOUR, List.of()))
                .isEmpty();
    }

    @Test
    void silences_objectThatBroke_doesNotCount() {
        LogCoverage coverage = new LogCoverage();
        LogCoverage.Minutes minutes = coverage.newMinutes();
        minutes.begin();
        minutes.add(Micros.of(NOON));

        assertThat(coverage.silences(NOON, NOON.plus(HOUR), HOUR, List.of(List.of(inHour(12)))))
                .containsExactly(new Silence("idle-or-missing", NOON, NOON.plus(HOUR)));
    }

    @Test
    void silences_hourWithoutDirectory_isNamed() {
        LogCoverage coverage = of(NOON);

        assertThat(coverage.silences(null, null, HOUR, List.of(List.of(inHour(9), inHour(10), inHour(13)))))
                .containsExactly(new Silence("hour-missing", NOON.minus(HOUR), NOON.plus(HOUR)));
    }

    @Test
    void hasChangeSince_changesAroundTheInstant_goesByTheirMinutes() {
        LogCoverage coverage = of(NOON);

        assertThat(coverage.hasChangeSince(NOON.plusSeconds(60))).isTrue();
        assertThat(coverage.hasChangeSince(NOON.plusSeconds(61))).isFalse();
        assertThat(new LogCoverage().hasChangeSince(NOON)).isFalse();
    }
}
