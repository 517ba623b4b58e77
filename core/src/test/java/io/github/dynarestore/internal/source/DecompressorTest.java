package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecompressorTest {

    private final Decompressor decompressor = new Decompressor();

    @Test
    void open_plainOfAnyLength_passesAsItIs() throws IOException {
        byte[] text = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n".getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length <= text.length; length++) {
            byte[] plain = Arrays.copyOf(text, length);
            assertThat(decompressor.open(new ByteArrayInputStream(plain)).readAllBytes())
                    .isEqualTo(plain);
        }
    }

    @Test
    void open_gzip_isDecompressed() throws IOException {
        byte[] plain = "{\"a\":1}\n".getBytes(StandardCharsets.UTF_8);
        byte[] packed = GzipReaderTest.join(GzipReaderTest.gzip(plain), GzipReaderTest.gzip(plain));

        assertThat(decompressor.open(new ByteArrayInputStream(packed)).readAllBytes())
                .isEqualTo(GzipReaderTest.join(plain, plain));
    }

    @ParameterizedTest
    @CsvSource({"fd377a585a00, xz", "04224d18, lz4"})
    void open_unsupported_isNamedAndClosed(String hex, String name) {
        boolean[] isClosed = new boolean[1];
        ByteArrayInputStream raw = new ByteArrayInputStream(HexFormat.of().parseHex(hex)) {
            @Override
            public void close() {
                isClosed[0] = true;
            }
        };

        assertThatThrownBy(() -> decompressor.open(raw))
                .isInstanceOfSatisfying(
                        DamagedObjectException.class,
                        e -> assertThat(e.reason()).isEqualTo("codec.unsupported"))
                .hasMessageContaining(name);
        assertThat(isClosed[0]).isTrue();
    }
}
