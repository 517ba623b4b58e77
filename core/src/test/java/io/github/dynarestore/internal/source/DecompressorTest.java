package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecompressorTest {

    private final Decompressor decompressor = new Decompressor(Long.MAX_VALUE);

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

    /** The letters that bzip2 begins with are text for all that. */
    @Test
    void open_textThatBeginsLikeBzip2_passesAsItIs() throws IOException {
        byte[] plain = "BZh9,31415\nBZh,\n".getBytes(StandardCharsets.UTF_8);

        assertThat(decompressor.open(new ByteArrayInputStream(plain)).readAllBytes())
                .isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void open_moreThanAnObjectMayHave_isStopped(boolean isCompressed) throws IOException {
        byte[] plain = "{\"a\":1}\n".repeat(128).getBytes(StandardCharsets.UTF_8);
        byte[] stored = isCompressed ? GzipReaderTest.gzip(plain) : plain;

        assertThat(new Decompressor(1_024)
                        .open(new ByteArrayInputStream(stored))
                        .readAllBytes())
                .isEqualTo(plain);
        assertThatThrownBy(() -> new Decompressor(1_023)
                        .open(new ByteArrayInputStream(stored))
                        .readAllBytes())
                .isInstanceOfSatisfying(DamagedObjectException.class, e -> {
                    assertThat(e.reason()).isEqualTo("object.too-large");
                    assertThat(e.compressedOffset()).isBetween(1L, (long) stored.length);
                });
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

    @Test
    void open_contentThatCannotBeRead_closesTheCodecsStreamToo() {
        boolean[] isClosed = new boolean[1];
        Codec codec = new Codec() {
            @Override
            public boolean recognises(byte[] head, int headBytes) {
                return true;
            }

            @Override
            public DecompressedStream open(InputStream compressed) {
                return new DecompressedStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("torn");
                    }

                    @Override
                    long consumedBytes() {
                        return 0;
                    }

                    @Override
                    int growthWindowMib() {
                        return 1;
                    }

                    @Override
                    public void close() {
                        isClosed[0] = true;
                    }
                };
            }
        };

        assertThatThrownBy(() -> new Decompressor(List.of(codec), 1).open(new ByteArrayInputStream(new byte[20])))
                .hasMessage("torn");
        assertThat(isClosed[0]).isTrue();
    }
}
