package io.github.dynarestore.format.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.spi.BackupManifest;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportManifestTest {

    /** As AWS writes it, but for names. */
    private static final String FULL =
            "{\"version\":\"2020-06-30\",\"startTime\":\"2026-01-14T10:18:50.622Z\",\"exportTime\":\"2026-01-14T10:18:50.622Z\","
                    + "\"s3Bucket\":\"b\",\"s3Prefix\":null,\"billedSizeBytes\":0,\"itemCount\":3,\"outputFormat\":\"DYNAMODB_JSON\"}";

    private static final String INCREMENTAL =
            "{\"version\":\"2023-08-01\",\"exportFromTime\":\"2026-01-14T10:00:00.000Z\",\"exportToTime\":\"2026-01-14T11:00:00.000Z\","
                    + "\"itemCount\":3,\"outputFormat\":\"DYNAMODB_JSON\",\"outputView\":\"NEW_IMAGE\",\"exportType\":\"INCREMENTAL_EXPORT\"}";

    private static final String FILES =
            "{\"itemCount\":3,\"md5Checksum\":\"y+zg5fVeudb3R3DOQ+RKgA==\",\"etag\":\"b5-1\",\"dataFileS3Key\":\"p/AWSDynamoDB/1/data/x.json.gz\"}\n"
                    + "{\"itemCount\":0,\"md5Checksum\":\"FjvgqIxwymKf1RbbqtrZag==\",\"etag\":\"7d-1\",\"dataFileS3Key\":\"p/AWSDynamoDB/1/data/y.json.gz\"}\n";

    private static BackupManifest read(String summary, Map<String, String> siblings) throws IOException {
        return new DynamoDbExportFormat()
                .readManifest(
                        summary.getBytes(UTF_8),
                        name -> siblings.containsKey(name) ? siblings.get(name).getBytes(UTF_8) : null);
    }

    @Test
    void readManifest_full_isASnapshotOfAboutItsTime() throws IOException {
        BackupManifest manifest = read(FULL, Map.of("manifest-files.json", FILES));

        assertThat(manifest)
                .isEqualTo(new BackupManifest(
                        BackupManifest.Kind.SNAPSHOT,
                        Instant.parse("2026-01-14T10:17:50.622Z"),
                        Instant.parse("2026-01-14T10:19:50.622Z"),
                        manifest.parts()));
        assertThat(manifest.parts())
                .containsExactly(
                        new BackupManifest.Part("data/x.json.gz", true, 3, "y+zg5fVeudb3R3DOQ+RKgA=="),
                        new BackupManifest.Part("data/y.json.gz", true, 0, "FjvgqIxwymKf1RbbqtrZag=="));
    }

    @Test
    void readManifest_incremental_isAWindowWhoseObjectsLieBeside() throws IOException {
        BackupManifest manifest = read(INCREMENTAL, Map.of("manifest-files.json", FILES));

        assertThat(manifest.kind()).isEqualTo(BackupManifest.Kind.LAST_CHANGES);
        assertThat(manifest.from()).isEqualTo(Instant.parse("2026-01-14T10:00:00Z"));
        assertThat(manifest.until()).isEqualTo(Instant.parse("2026-01-14T11:00:00Z"));
        assertThat(manifest.parts()).extracting(BackupManifest.Part::path).contains("../data/x.json.gz");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"itemCount\":3 | \"itemCount\":4 | counts 4 items",
                "DYNAMODB_JSON | PARQUET | outputFormat",
                "\"exportTime\" | \"exported\" | exportTime",
                "{\"version\" | {version | not JSON at byte",
            })
    void readManifest_thatContradictsItself_isRefused(String instead, String of, String said) {
        assertThatThrownBy(() -> read(FULL.replace(instead, of), Map.of("manifest-files.json", FILES)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(said);
    }

    @Test
    void readManifest_withoutItsFilesOrWithOthers_isRefused() {
        assertThatThrownBy(() -> read(FULL, Map.of())).hasMessageContaining("manifest-files.json");
        assertThatThrownBy(() -> read(
                        FULL, Map.of("manifest-files.json", FILES, "manifest-files.md5", "y+zg5fVeudb3R3DOQ+RKgA==")))
                .hasMessageContaining("has not the MD5");
        assertThatThrownBy(() -> read(FULL, Map.of("manifest-files.json", FILES, "manifest-summary.checksum", "AAAA")))
                .hasMessageContaining("manifest-summary.json has not the MD5");
        assertThatThrownBy(() -> read(FULL, Map.of("manifest-files.json", "{\"itemCount\":3}\n")))
                .hasMessageContaining("without its key or count");
    }
}
