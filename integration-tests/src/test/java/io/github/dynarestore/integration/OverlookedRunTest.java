package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.JsonLinesDeadLetters;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What the documentation says of runs and checkpoints where no other test looks. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverlookedRunTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @TempDir
    Path directory;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport run(RestorePlan plan) {
        return RESTORES.start(plan).completion().join();
    }

    /** "started once more, the same restore then writes nothing and reports the same", in every mode. */
    @Test
    void start_againWhenItIsDone_reportsTheSame() {
        String lines = Fixture.insert("a", 1) + "\n" + Fixture.insert("a", 2) + "\n" + Fixture.insert("b", 3) + "\n"
                + Fixture.insert("b", 3) + "\n" + Fixture.remove("c", 4) + "\n{\"bad\":1}\n" + Fixture.insert("d", 5)
                + "\n" + Fixture.remove("d", 6) + "\n" + Fixture.insert("e", 7);
        String location = Fixture.backup(List.of(lines.getBytes(StandardCharsets.UTF_8)));
        for (ExistingItems mode : ExistingItems.values()) {
            String table = Fixture.table(TableShape.S);
            if (mode != ExistingItems.REFUSE) {
                for (String key : List.of("b", "d", "extra")) {
                    Fixture.DYNAMO_DB
                            .putItem(put -> put.tableName(table).item(Map.of("pk", AttributeValue.fromS(key))))
                            .join();
                }
            }
            RestorePlan plan = Fixture.plan(location, table)
                    .existingItems(mode)
                    .confirmExtras(mode == ExistingItems.EXACT ? 2L : null)
                    .badRecords(BadRecords.DEAD_LETTER)
                    .deadLetters(JsonLinesDeadLetters.to(directory.resolve(mode + ".jsonl")))
                    .maxBadShare(1)
                    .checkpoint(DirectoryCheckpoints.in(directory.resolve(mode.name())))
                    .build();

            RestoreReport first = run(plan);
            Map<String, Map<String, Object>> items = Fixture.items(table);
            RestoreReport second = run(plan);

            assertThat(Fixture.items(table)).isEqualTo(items);
            assertThat(second.records()).as("%s", mode).isEqualTo(first.records());
            assertThat(second.badRecords()).as("%s", mode).isEqualTo(first.badRecords());
            assertThat(second.conflicts()).as("%s", mode).isEqualTo(first.conflicts());
            assertThat(second.objects()).as("%s", mode).isEqualTo(first.objects());
            assertThat(second.history().lost())
                    .as("%s", mode)
                    .isEqualTo(first.history().lost());
            assertThat(second.writes().puts())
                    .as("%s", mode)
                    .isEqualTo(first.writes().puts());
            assertThat(second.writes().deletes())
                    .as("%s", mode)
                    .isEqualTo(first.writes().deletes());
            assertThat(second.writes().units())
                    .as("%s", mode)
                    .isEqualTo(first.writes().units());
        }
    }

    @Test
    void start_undoAgainWhenItIsDone_reportsTheSame() {
        // Of the three keys one was changed since the log's end, and one was inserted after the instant.
        String lines = Fixture.insert("a", 1) + "\n" + Fixture.insert("b", 2) + "\n" + Fixture.insert("c", 3);
        String location = Fixture.backup(List.of(lines.getBytes(StandardCharsets.UTF_8)));
        String table = Fixture.table(TableShape.S);
        for (String key : List.of("a", "b", "c")) {
            String version = key.equals("b") ? "99" : key.equals("a") ? "1" : "3";
            Fixture.DYNAMO_DB
                    .putItem(put -> put.tableName(table)
                            .item(Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromN(version))))
                    .join();
        }
        RestorePlan plan = Fixture.plan(location, table)
                .undoSince(Instant.EPOCH)
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("undo")))
                .build();

        RestoreReport first = run(plan);
        RestoreReport second = run(plan);

        assertThat(Fixture.items(table)).hasSize(1);
        assertThat(first.records().conflict()).isEqualTo(1);
        assertThat(second.records()).isEqualTo(first.records());
        assertThat(second.conflicts()).isEqualTo(first.conflicts());
        assertThat(second.writes().deletes())
                .isEqualTo(first.writes().deletes())
                .isEqualTo(2);
        assertThat(second.writes().units()).isEqualTo(first.writes().units());
    }

    /** What it holds is readable by its owner only, also in a directory that was there. */
    @Test
    void start_checkpointInADirectoryThatIsThere_hasFilesOfItsOwnerOnly() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        String location = Fixture.backup(List.of(Fixture.inserts(5)));

        run(Fixture.plan(location, Fixture.table(TableShape.S))
                .checkpoint(DirectoryCheckpoints.in(open))
                .build());

        try (Stream<Path> files = Files.list(open)) {
            assertThat(files.toList())
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .endsWith("------"));
        }
    }

    /** "disk full, short write, EIO: typed error, nothing lost, resumable". */
    @Test
    void start_spillThatCannotBeMadeThenOneThatCan_isTakenUp() throws IOException {
        String location = Fixture.backup(List.of(Fixture.inserts(2_000)));
        String table = Fixture.table(TableShape.S);
        Path spill = Files.createDirectory(directory.resolve("spill"));
        RestorePlan.Builder plan = Fixture.plan(location, table)
                .surveyMemoryBytes(16 << 10)
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        RestorePlan onto = plan.spillDirectory(spill).build();
        Files.delete(spill);

        RestoreException failed = Fixture.failure(() -> run(onto));
        assertThat(failed.code()).isEqualTo(RestoreErrorCode.SPILL_FAILED);
        assertThat(Fixture.items(table)).isEmpty();

        run(plan.spillDirectory(directory).build());
        assertThat(Fixture.items(table)).hasSize(2_000);
    }

    /** "default: a quarter of the heap". */
    @Test
    void build_memoryUnsaid_isAQuarterOfTheHeap() {
        RestorePlan plan =
                RestorePlan.builder().from("s3://bucket/p/").into("Orders").build();

        assertThat(plan.surveyMemoryBytes()).isEqualTo(Runtime.getRuntime().maxMemory() / 4);
    }
}
