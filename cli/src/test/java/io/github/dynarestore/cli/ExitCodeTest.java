package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreHistory;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitCodeTest {

    private static RestoreReport report(RestoreStatus status, long deadLettered, int listed) {
        List<RestoreReport.BadRecord> bad = LongStream.range(0, listed)
                .mapToObj(offset -> new RestoreReport.BadRecord("s3://b/o", offset, "json.truncated", "cut off"))
                .toList();
        return new RestoreReport(
                status,
                "Orders",
                null,
                new RestoreReport.Objects(1, 1, 0, Map.of()),
                new RestoreReport.Records(10 + deadLettered, 10, 0, 0, 0, 0, deadLettered, 0),
                new RestoreReport.Writes(10, 0, 0, 10, 0, 0),
                bad,
                List.of(),
                List.of(),
                RestoreHistory.unknown(),
                List.of(),
                Duration.ofMillis(1_500));
    }

    private static RestoreException error(RestoreErrorCode code) {
        return new RestoreException(code, "it went wrong", "do better");
    }

    @ParameterizedTest
    @CsvSource({"COMPLETED, 0, 0", "COMPLETED, 2, 3", "CANCELLED, 0, 1", "CANCELLED, 2, 1", "FAILED, 0, 1"})
    void of_report_tellsHowItEnded(RestoreStatus status, long deadLettered, int exitCode) {
        assertThat(ExitCode.of(report(status, deadLettered, 0), false)).isEqualTo(exitCode);
    }

    @Test
    void of_refusedError_is4() {
        RestoreException refused = error(RestoreErrorCode.BAD_RECORDS).with(report(RestoreStatus.REFUSED, 1, 1));

        assertThat(ExitCode.of(refused)).isEqualTo(4);
    }

    @Test
    void of_failedError_is1() {
        RestoreException failed = error(RestoreErrorCode.WRITES_STALLED).with(report(RestoreStatus.FAILED, 0, 0));

        assertThat(ExitCode.of(failed)).isEqualTo(1);
    }

    @Test
    void of_errorWithoutReport_is1() {
        assertThat(ExitCode.of(error(RestoreErrorCode.INTERNAL))).isEqualTo(1);
    }

    @Test
    void badRecords_moreThanListed_countsTheRest() {
        List<String> lines = printed(report(RestoreStatus.REFUSED, 20_000, 10_000));

        assertThat(lines).hasSize(101);
        assertThat(lines.get(0)).isEqualTo("bad record: s3://b/o at byte 0: json.truncated: cut off");
        assertThat(lines.get(100)).isEqualTo("and 19900 more");
    }

    @Test
    void badRecords_exactlyHundred_saysNoMore() {
        assertThat(printed(report(RestoreStatus.REFUSED, 100, 100))).hasSize(100);
    }

    private static List<String> printed(RestoreReport report) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Messages.badRecords(new PrintStream(bytes, true, StandardCharsets.UTF_8), report);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void error_withHint_printsBoth() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Messages.error(new PrintStream(bytes, true, StandardCharsets.UTF_8), error(RestoreErrorCode.TARGET_MISSING));

        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("dynarestore: it went wrong", "hint: do better");
    }
}
