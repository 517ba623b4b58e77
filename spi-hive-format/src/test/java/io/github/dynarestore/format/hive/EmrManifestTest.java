package io.github.dynarestore.format.hive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.spi.BackupManifest;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmrManifestTest {

    private static BackupManifest read(String manifest) throws IOException {
        return new EmrExportFormat().readManifest(manifest.getBytes(UTF_8), name -> null);
    }

    @Test
    void readManifest_asTheConnectorWritesIt_namesFilesBesideIt() throws IOException {
        BackupManifest manifest = read("""
                {"name":"DynamoDB-export","version":3,
                "entries": [
                {"url":"s3://bucket/path/92dd1414","mandatory":true},
                {"mandatory":false,"url":"s3n://other/moved/ba3f3535","more":{"x":[1]}}
                ]}
                """);

        assertThat(manifest.kind()).isEqualTo(BackupManifest.Kind.SNAPSHOT);
        assertThat(manifest.from()).isNull();
        assertThat(manifest.parts())
                .containsExactly(
                        new BackupManifest.Part("92dd1414", true, -1, null),
                        new BackupManifest.Part("ba3f3535", false, -1, null));
    }

    @Test
    void readManifest_ofAnEmptyTable_namesNothing() throws IOException {
        assertThat(read("{\"entries\": [ ],\"version\":\"3\"}").parts()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"version\":3}",
                "{\"version\":2,\"entries\":[]}",
                "{\"entries\":[]}",
                "{\"version\":3,\"entries\":[{\"mandatory\":true}]}",
                "{\"version\":3,\"entries\":[{\"url\":\"s3://b/dir/\",\"mandatory\":true}]}",
                "{\"version\":3,\"entries\":[{\"url\":7}]}"
            })
    void readManifest_ofSomethingElse_isRefused(String manifest) {
        assertThatThrownBy(() -> read(manifest)).isInstanceOf(IOException.class);
    }
}
