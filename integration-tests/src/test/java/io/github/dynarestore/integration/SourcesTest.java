package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a backup may lie, and which of the objects there are data. */
class SourcesTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final EmbeddedS3 S3 = TestServers.s3();

    @TempDir
    Path directory;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private static String bucket() {
        String bucket = TestServers.uniqueBucketName("sources");
        S3.createBucket(bucket);
        return bucket;
    }

    private void file(String name, byte[] bytes) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    @Test
    void restore_directory_needsNoS3() throws IOException {
        History history = new History(TableShape.SN, 61).live(600, 100);
        int number = 0;
        for (byte[] object : history.deliver(3, 0.1)) {
            file("2024/03/0" + ++number + "/a file with spaces, é and %41." + number, object);
        }
        file("_SUCCESS", new byte[0]);
        file("processing-failed/1", utf8("{\"attemptsMade\":1}"));
        String table = Fixture.table(TableShape.SN);
        try (DynamoDbRestoreManager withoutS3 =
                DynamoDbRestoreManager.builder().dynamoDb(Fixture.DYNAMO_DB).build()) {
            RestoreReport report = withoutS3
                    .start(Fixture.plan(directory.toUri().toString(), table).build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(Instant.ofEpochSecond(history.lastSecond())));
            assertThat(report.objects().read()).isEqualTo(3);
            assertThat(report.objects().skippedByReason())
                    .isEqualTo(Map.of("success-marker", 1L, "processing-failed", 1L));
        }
    }

    @Test
    void restore_oneFile_isALocation() throws IOException {
        file("log", Fixture.inserts(3));
        file("other", Fixture.inserts(9));
        String table = Fixture.table(TableShape.S);

        restore(Fixture.plan(directory.resolve("log").toUri().toString(), table));

        assertThat(Fixture.items(table)).hasSize(3);
    }

    @Test
    void restore_noSuchDirectory_isRefused() {
        String table = Fixture.table(TableShape.S);

        RestoreException failure = Fixture.failure(
                () -> restore(Fixture.plan(directory.resolve("none").toUri().toString(), table)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BACKUP_EMPTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file://relative/log", "file:log", "file:///log?x=1", "file:///log#1", "/log", "ftp://h/l"})
    void at_notALocation_isRefusedAtOnce(String location) {
        assertThatThrownBy(() -> Backup.at(location))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(location);
    }

    @Test
    void restore_directoryAndTwoPrefixes_areOneBackup() throws IOException {
        String bucket = bucket();
        S3.put(bucket, "one/0", utf8(Fixture.insert("a", 1) + Fixture.insert("b", 2)));
        S3.put(bucket, "two/0", History.gzip(utf8(Fixture.remove("a", 3) + Fixture.insert("c", 4))));
        file("0", utf8(Fixture.remove("b", 5) + Fixture.insert("d", 6)));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(Fixture.plan("s3://" + bucket + "/one/", table)
                .from(directory.toUri().toString())
                .from(Backup.at("s3://" + bucket + "/two/").format("stream")));

        assertThat(Fixture.items(table)).containsOnlyKeys("{pk=S c}", "{pk=S d}");
        assertThat(report.objects().read()).isEqualTo(3);
        assertThat(report.records().read()).isEqualTo(6);
        assertThat(report.records().superseded()).isEqualTo(2);
    }

    @Test
    void restore_overlappingLocations_countEachObjectOnce() throws IOException {
        String bucket = bucket();
        S3.put(bucket, "log/2024/0", Fixture.inserts(5));
        S3.put(bucket, "log/2025/0", utf8(Fixture.insert("z", 99)));
        S3.put(bucket, "log/2024/_SUCCESS", new byte[0]);
        file("a/0", utf8(Fixture.insert("y", 98)));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(Fixture.plan("s3://" + bucket + "/log/", table)
                .from("s3://" + bucket + "/log/2024/")
                .from("s3://" + bucket + "/log/")
                .from("s3://" + bucket + "/log/2024")
                .from(directory.toUri().toString())
                .from(directory.resolve("a").toUri().toString())
                .from(directory.resolve("a").resolve("..").toUri().toString()));

        assertThat(report.objects().listed()).isEqualTo(4);
        assertThat(report.objects().read()).isEqualTo(3);
        assertThat(report.objects().skippedByReason()).isEqualTo(Map.of("success-marker", 1L));
        assertThat(report.records().read()).isEqualTo(7);
        assertThat(report.records().duplicate()).isZero();
        assertThat(Fixture.items(table)).hasSize(7);
    }

    @Test
    void restore_objectSkippedAtOneLocationButDataAtAnother_isReadAndCountedOnce() {
        String bucket = bucket();
        S3.put(bucket, "log/0", utf8(Fixture.insert("a", 1)));
        S3.put(bucket, "log/processing-failed/0", utf8(Fixture.insert("b", 2)));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(
                Fixture.plan("s3://" + bucket + "/log/", table).from("s3://" + bucket + "/log/processing-failed/"));

        assertThat(Fixture.items(table)).hasSize(2);
        assertThat(report.objects().read()).isEqualTo(2);
        assertThat(report.objects().skipped()).isZero();
        assertThat(report.objects().listed()).isEqualTo(2);
    }

    @Test
    void restore_objectsThatAreNotData_areCountedByReasonAndNeverParsed() {
        String bucket = bucket();
        byte[] trap = utf8(Fixture.insert("trap", 7));
        S3.put(bucket, "log/", new byte[0]);
        S3.put(bucket, "log/2024/", new byte[0]);
        S3.put(bucket, "log/2024_$folder$", new byte[0]);
        S3.put(bucket, "log/2024/empty", new byte[0]);
        S3.put(bucket, "log/_SUCCESS", new byte[0]);
        S3.put(bucket, "log/2024/_SUCCESS", trap);
        S3.put(bucket, "log/processing-failed/2024/0", trap);
        S3.put(bucket, "log/2024/orders-processing-failed/0", trap);
        S3.put(bucket, "log/.hidden", trap);
        S3.put(bucket, "log/manifest", trap);
        S3.put(bucket, "log/2024/0.md5", trap);
        S3.put(bucket, "log/2024/0", Fixture.inserts(4));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(Fixture.plan("s3://" + bucket + "/log/", table));

        assertThat(report.objects().skippedByReason())
                .isEqualTo(Map.of(
                        "directory-marker", 3L,
                        "empty", 1L,
                        "success-marker", 2L,
                        "processing-failed", 2L,
                        "hidden", 1L,
                        "manifest", 1L,
                        "checksum", 1L));
        assertThat(report.objects().skipped()).isEqualTo(11);
        assertThat(report.objects().listed()).isEqualTo(12);
        assertThat(report.objects().read()).isEqualTo(1);
        assertThat(report.records().read()).isEqualTo(4);
        assertThat(Fixture.items(table)).hasSize(4);
    }

    @Test
    void restore_onlyObjectsThatAreNotData_isRefusedSayingWhatIsThere() {
        String bucket = bucket();
        S3.put(bucket, "log/_SUCCESS", new byte[0]);
        String table = Fixture.table(TableShape.S);

        RestoreException failure = Fixture.failure(() -> restore(Fixture.plan("s3://" + bucket + "/log/", table)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BACKUP_EMPTY);
        assertThat(failure.hint()).contains("success-marker");
        assertThat(failure.report().orElseThrow().objects().skipped()).isEqualTo(1);
    }
}
