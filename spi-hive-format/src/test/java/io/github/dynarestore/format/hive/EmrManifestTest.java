package io.github.dynarestore.format.hive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.spi.BackupManifest;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmrManifestTest {

    private static @Nullable BackupManifest read(String manifest) throws IOException {
        return new EmrExportFormat().readManifest(manifest.getBytes(UTF_8), name -> null);
    }

    @Test
    void readManifest_asTheConnectorWritesIt_namesFilesBesideIt() throws IOException {
        BackupManifest manifest = Objects.requireNonNull(read("""
                {"name":"DynamoDB-export","version":3,
                "entries": [
                {"url":"s3://bucket/path/92dd1414","mandatory":true},
                {"mandatory":false,"url":"s3n://other/moved/ba3f3535","more":{"x":[1]}}
                ]}
                """));

        assertThat(manifest.kind()).isEqualTo(BackupManifest.Kind.SNAPSHOT);
        assertThat(manifest.from()).isNull();
        assertThat(manifest.parts())
                .containsExactly(
                        new BackupManifest.Part("92dd1414", true, -1, null),
                        new BackupManifest.Part("ba3f3535", false, -1, null));
    }

    @Test
    void readManifest_ofAnEmptyTable_namesNothing() throws IOException {
        assertThat(Objects.requireNonNull(read("{\"entries\": [ ],\"version\":\"3\"}"))
                        .parts())
                .isEmpty();
    }

    @Test
    void readManifest_ofSomethingElse_isNone() throws IOException {
        assertThat(read("Manifest-Version: 1.0")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"name\":\"DynamoDB-export\",\"vers",
                "{\"name\":\"DynamoDB-export\",\"version\":3}",
                "{\"version\":2,\"entries\":[]}",
                "{\"entries\":[]}",
                "{\"version\":3,\"entries\":[{\"mandatory\":true}]}",
                "{\"version\":3,\"entries\":[{\"url\":\"s3://b/dir/\",\"mandatory\":true}]}",
                "{\"version\":3,\"entries\":[{\"url\":7}]}"
            })
    void readManifest_damagedOrOfAnotherVersion_isRefused(String manifest) {
        assertThatThrownBy(() -> read(manifest)).isInstanceOf(IOException.class);
    }
}
