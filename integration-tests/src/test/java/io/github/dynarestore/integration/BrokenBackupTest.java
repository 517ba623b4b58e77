package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects that break half way have contributed nothing, whatever was decoded of them before. */
class BrokenBackupTest {

    private static final int HALF = 5_000;
    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip.truncated", "gzip.crc", "gzip.trailing-garbage"})
    void restore_oneDamagedObject_countsItAsOneBadRecordAndNothingOfIt(String reason) {
        // So many that a reader has gone through several buffers, and decoded records, before it finds out.
        History history = new History(TableShape.S, 3).live(2 * HALF, 40);
        assertThat(lines(history.changes().subList(HALF, 2 * HALF))).hasSizeGreaterThan(1_000_000);
        byte[] whole = History.gzip(lines(history.changes().subList(0, HALF)));
        byte[] damaged = History.gzip(lines(history.changes().subList(HALF, 2 * HALF)));
        switch (reason) {
            case "gzip.truncated" -> damaged = Arrays.copyOf(damaged, damaged.length - 5);
            case "gzip.crc" -> damaged[damaged.length - 7] ^= 1;
            default -> damaged = Arrays.copyOf(damaged, damaged.length + 3);
        }
        if (reason.equals("gzip.trailing-garbage")) {
            damaged[damaged.length - 3] = 'x';
        }
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();

        RestoreReport report = RESTORES.start(Fixture.plan(Fixture.backup(List.of(whole, damaged)), table)
                        .badRecords(BadRecords.DEAD_LETTER)
                        .deadLetters(RestoreRefusalTest.sink(letters))
                        .build())
                .completion()
                .join();

        assertThat(letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.reason()).isEqualTo(reason));
        assertThat(report.records().read()).isEqualTo(HALF + 1);
        assertThat(report.records().deadLettered()).isEqualTo(1);
        long lastOfWhole = history.changes().get(HALF - 1).epochSecond();
        History first = new History(TableShape.S, 3);
        first.changes().addAll(history.changes().subList(0, HALF));
        assertThat(Fixture.items(table)).isEqualTo(first.itemsAt(java.time.Instant.ofEpochSecond(lastOfWhole)));
    }

    private static byte[] lines(List<History.Change> changes) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (History.Change change : changes) {
            out.writeBytes(History.line(change));
            out.write('\n');
        }
        return out.toByteArray();
    }
}
