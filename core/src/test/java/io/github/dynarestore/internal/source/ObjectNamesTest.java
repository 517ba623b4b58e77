package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectNamesTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "data",
            value = {
                "2016/10/15/23/Orders-1-2016-10-15-23-50-07-uuid, 10, data",
                "2016/10/15/23/Orders.gz, 10, data",
                "part-00000, 0, empty",
                "dir/, 0, directory-marker",
                "dir/, 5, directory-marker",
                "dir_$folder$, 0, directory-marker",
                "'', 0, directory-marker",
                "'', 9, data",
                "_SUCCESS, 0, success-marker",
                "a/_started, 3, success-marker",
                "a/_committed_123, 3, success-marker",
                "a/data.gz.md5, 32, checksum",
                "a/manifest-files.md5, 32, checksum",
                "a/x.checksum, 32, checksum",
                "a/.part-0.crc, 32, checksum",
                "a/x.sha256, 32, checksum",
                "a/manifest, 32, manifest",
                "manifest-files.json, 32, manifest",
                "manifest-summary.json, 32, manifest",
                "a/b.manifest, 32, manifest",
                "a/manifest/data, 32, data",
                "processing-failed/2016/x, 9, processing-failed",
                "a/format-conversion-failed/x, 9, processing-failed",
                "legacyprocessing-failed/2016/x, 0, processing-failed",
                "a/.DS_Store, 9, hidden",
                "a/_metadata, 9, hidden",
                "_dir/data, 9, data"
            })
    void reasonToSkip_table(String relativeKey, long sizeBytes, String reason) {
        assertThat(ObjectNames.reasonToSkip(relativeKey, sizeBytes)).isEqualTo(reason);
    }
}
