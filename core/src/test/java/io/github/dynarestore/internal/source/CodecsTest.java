package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.luben.zstd.ZstdOutputStream;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.SnappyFramedOutputStream;
import org.xerial.snappy.SnappyHadoopCompatibleOutputStream;
import org.xerial.snappy.SnappyOutputStream;

class CodecsTest {

    private static final int LINES = 3_000;

    /** Makes what a producer would have. */
    private interface Opening {
        OutputStream open(OutputStream out) throws IOException;
    }

    /** What producers compress with. */
    enum Producer {
        GZIP(GZIPOutputStream::new, true),
        ZIP(
                out -> {
                    ZipOutputStream zip = new ZipOutputStream(out);
                    zip.putNextEntry(new ZipEntry("data"));
                    return zip;
                },
                false),
        SNAPPY(SnappyOutputStream::new, true),
        FRAMED_SNAPPY(SnappyFramedOutputStream::new, true),
        HADOOP_SNAPPY(SnappyHadoopCompatibleOutputStream::new, true),
        ZSTD(ZstdOutputStream::new, true),
        BZIP2(BZip2CompressorOutputStream::new, true);

        private final Opening opening;
        private final boolean isJoinable;

        Producer(Opening opening, boolean isJoinable) {
            this.opening = opening;
            this.isJoinable = isJoinable;
        }

        byte[] compress(byte[] plain) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream compressing = opening.open(out)) {
                compressing.write(plain);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return out.toByteArray();
        }
    }

    private static byte[] text(Random random, int lines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            text.append("{\"id\":{\"S\":\"k").append(random.nextInt(1 << 20)).append("\"}}\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] open(byte[] packed) throws IOException {
        try (InputStream in = new Decompressor(Long.MAX_VALUE).open(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    @Property(tries = 300)
    void open_anyText_isWhatItWas(@ForAll long seed, @ForAll Producer producer) throws IOException {
        Random random = new Random(seed);
        byte[] plain = text(random, 1 + random.nextInt(LINES));

        assertThat(open(producer.compress(plain))).isEqualTo(plain);
        if (producer.isJoinable) {
            byte[] more = text(random, 1 + random.nextInt(10));
            assertThat(open(join(producer.compress(plain), producer.compress(more))))
                    .isEqualTo(join(plain, more));
        }
    }

    /** Only the snappy streams have no end: cut between two chunks they are whole, and shorter. */
    @Property(tries = 400)
    void open_cutShort_isDamagedOrEndsBetweenChunks(@ForAll long seed, @ForAll Producer producer) throws IOException {
        Random random = new Random(seed);
        byte[] plain = text(random, 1 + random.nextInt(LINES));
        byte[] packed = producer.compress(plain);
        byte[] cut = Arrays.copyOf(packed, 20 + random.nextInt(packed.length - 20));
        byte[] opened;
        try {
            opened = open(cut);
        } catch (DamagedObjectException e) {
            assertThat(e.reason()).isIn("codec.data", "gzip.truncated");
            return;
        }
        boolean hasNoEnd = producer.name().endsWith("SNAPPY");
        boolean isOnlyTheDirectoryMissing = producer == Producer.ZIP && Arrays.equals(opened, plain);
        assertThat(hasNoEnd || isOnlyTheDirectoryMissing)
                .as("%s passes for whole", producer)
                .isTrue();
        assertThat(opened).isEqualTo(Arrays.copyOf(plain, opened.length));
    }

    @Property(tries = 300)
    void open_oneByteOther_neverThrowsAnythingElse(@ForAll long seed, @ForAll Producer producer) throws IOException {
        Random random = new Random(seed);
        byte[] packed = producer.compress(text(random, 1 + random.nextInt(LINES)));
        packed[random.nextInt(packed.length)] ^= (byte) (1 + random.nextInt(255));
        try {
            open(packed);
        } catch (DamagedObjectException e) {
            assertThat(e.reason()).matches("(codec|gzip)\\..*");
        }
    }

    @ParameterizedTest
    @EnumSource
    void open_gzipWithin_isSeen(Producer producer) throws IOException {
        byte[] plain = text(new Random(1), 100);

        assertThat(open(producer.compress(Producer.GZIP.compress(plain)))).isEqualTo(plain);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"FRAMED_SNAPPY", "HADOOP_SNAPPY", "SNAPPY"},
            mode = EnumSource.Mode.EXCLUDE)
    void open_bomb_isStopped(Producer producer) {
        byte[] bomb = producer.compress(new byte[100 << 20]);

        assertThatThrownBy(() -> open(bomb))
                .isInstanceOfSatisfying(
                        DamagedObjectException.class,
                        e -> assertThat(e.reason()).isEqualTo("codec.ratio"));
    }

    /** What came before must not make up for it. */
    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZIP", "ZSTD"})
    void open_bombBehindALotOfNoise_isStopped(Producer producer) {
        byte[] content = new byte[60 << 20];
        byte[] noise = new byte[1 << 20];
        new Random(1).nextBytes(noise);
        System.arraycopy(noise, 0, content, 0, noise.length);
        byte[] bomb = producer.compress(content);

        assertThatThrownBy(() -> open(bomb))
                .isInstanceOfSatisfying(
                        DamagedObjectException.class,
                        e -> assertThat(e.reason()).isEqualTo("codec.ratio"));
    }

    /** Lines that hardly differ shrink well without being meant to do harm. */
    @ParameterizedTest
    @EnumSource
    void open_shrunkAHundredTimes_isNoBomb(Producer producer) throws IOException {
        byte[] content = hundredfold(24 << 20);

        assertThat(open(producer.compress(content))).isEqualTo(content);
    }

    private static DamagedObjectException damage(byte[] packed) {
        return catchThrowableOfType(DamagedObjectException.class, () -> open(packed));
    }

    /** Each layer keeps to the limit, and both together do not. */
    @Test
    void open_twoLayersThatGrowTenThousandTimes_areStopped() {
        byte[] once = Producer.GZIP.compress(hundredfold(64 << 20));
        byte[] twice = Producer.GZIP.compress(join(once, new byte[0]));
        assertThat((64 << 20) / once.length).isBetween(80, 200);
        // Of bytes that were compressed once there is little left to gain, unless they come again.
        byte[] repeated = Producer.ZSTD.compress(repeat(once, 20));

        assertThat(damage(repeated).reason()).isEqualTo("codec.ratio");
        assertThat(damage(repeated).compressedOffset()).isBetween(1L, (long) repeated.length);
        assertThat(damage(twice)).isNull();
    }

    private static byte[] hundredfold(int length) {
        byte[] content = new byte[length];
        byte[] noise = new byte[1 << 10];
        Random random = new Random(1);
        for (int at = 0; at < content.length; at += 100 << 10) {
            random.nextBytes(noise);
            System.arraycopy(noise, 0, content, at, Math.min(noise.length, content.length - at));
        }
        return content;
    }

    private static byte[] repeat(byte[] bytes, int times) {
        byte[] repeated = new byte[bytes.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(bytes, 0, repeated, i * bytes.length, bytes.length);
        }
        return repeated;
    }

    @ParameterizedTest
    @EnumSource
    void open_compressedThreeTimes_isRefused(Producer producer) {
        byte[] plain = text(new Random(1), 100);

        DamagedObjectException damage =
                damage(Producer.ZSTD.compress(producer.compress(Producer.GZIP.compress(plain))));

        assertThat(damage.reason()).isEqualTo("codec.layers");
    }

    @ParameterizedTest
    @EnumSource
    void open_innerLayerDamaged_isPlacedInTheStoredObject(Producer producer) {
        byte[] inner = Producer.GZIP.compress(text(new Random(1), LINES));
        byte[] packed = producer.compress(Arrays.copyOf(inner, inner.length - 3));

        DamagedObjectException damage = damage(packed);

        assertThat(damage.reason()).isEqualTo("gzip.truncated");
        assertThat(damage.compressedOffset()).isBetween(packed.length / 2L, (long) packed.length);
    }

    /** The library would make room for what these claim, or throw an error that ends the restore. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                // snappy-java: a chunk of 1 GiB; of 1.9 GiB; a block that claims 1 GiB.
                "82534e41505059000000000100000001" + "40000000" + "00",
                "82534e41505059000000000100000001" + "7fffffff" + "00",
                "82534e41505059000000000100000001" + "00000006" + "808080800400",
                // Framed: a block that claims 1 GiB; one of 64 KiB and one byte; content that is too long, not
                // compressed.
                "ff060000734e61507059" + "000a0000" + "00000000" + "808080800400",
                "ff060000734e61507059" + "000a0000" + "00000000" + "818004000000",
                "ff060000734e61507059" + "01ffffff" + "00000000",
                // Hadoop: a block that claims more than its chunks; a chunk of 1 GiB.
                "00000010" + "00000003" + "10" + "0000" + "00000003" + "7f0000",
                "00000010" + "00000003" + "03" + "0861" + "40000000" + "00"
            })
    void open_snappyThatClaimsTooMuch_isDamaged(String hex) {
        assertThat(damage(HexFormat.of().parseHex(hex)).reason()).isEqualTo("codec.data");
    }

    @Test
    void open_framedSnappyWithPaddingOrUnknownChunks_isItsContentOrDamaged() throws IOException {
        byte[] packed = Producer.FRAMED_SNAPPY.compress("a\n".getBytes(StandardCharsets.UTF_8));
        byte[] padding = HexFormat.of().parseHex("fe030000000000");

        assertThat(open(join(packed, padding))).isEqualTo("a\n".getBytes(StandardCharsets.UTF_8));
        for (String other : List.of("02010000ff", "7f010000ff", "80010000ff", "fd010000ff")) {
            assertThat(damage(join(packed, HexFormat.of().parseHex(other))).reason())
                    .isEqualTo("codec.data");
        }
    }

    @Test
    void open_framedSnappyWithAnyBitFlipped_isDamagedOrTheSame() throws IOException {
        byte[] plain = text(new Random(3), 20);
        byte[] packed = Producer.FRAMED_SNAPPY.compress(plain);
        int errors = 0;
        for (int bit = 10 * 8; bit < packed.length * 8; bit++) {
            byte[] flipped = packed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(open(flipped)).as("bit %d", bit).isEqualTo(plain);
            } catch (DamagedObjectException e) {
                errors++;
            }
        }
        assertThat(errors).isEqualTo((packed.length - 10) * 8);
    }

    @Test
    void open_zipOfSeveralFiles_isAllOfThem() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String name : List.of("a", "empty", "b")) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(name.equals("empty") ? new byte[0] : (name + "\n").getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }

        assertThat(new String(open(out.toByteArray()), StandardCharsets.UTF_8)).isEqualTo("a\nb\n");
    }

    @ParameterizedTest
    @EnumSource
    void open_objectFails_throwsThatAndNoDamage(Producer producer) {
        byte[] packed = producer.compress(text(new Random(2), LINES));
        InputStream failing = new ByteArrayInputStream(packed, 0, 100) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                int count = super.read(into, offset, length);
                if (count < 0) {
                    throw new UncheckedIOException(new InterruptedIOException("stopped"));
                }
                return count;
            }
        };

        assertThatThrownBy(() -> new Decompressor(Long.MAX_VALUE)
                        .open(new Rethrowing(failing))
                        .readAllBytes())
                .isInstanceOf(InterruptedIOException.class);
    }

    @ParameterizedTest
    @EnumSource
    void read_sourceGivesUp_throwsThatAndNoDamage(Producer producer) {
        byte[] packed = producer.compress(text(new Random(2), LINES));
        RestoreException gaveUp =
                new RestoreException(RestoreErrorCode.SOURCE_UNREADABLE, "S3 does not answer", "try again later");

        assertThatThrownBy(() -> new Decompressor(Long.MAX_VALUE)
                        .open(new ByteArrayInputStream(packed, 0, 100) {
                            @Override
                            public synchronized int read(byte[] into, int offset, int length) {
                                int count = super.read(into, offset, length);
                                if (count < 0) {
                                    throw gaveUp;
                                }
                                return count;
                            }
                        })
                        .readAllBytes())
                .isSameAs(gaveUp);
    }

    /** Turns what a test's stream may not throw into what it means. */
    private static final class Rethrowing extends InputStream {
        private final InputStream in;

        Rethrowing(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return in.read(into, offset, length);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
    }

    @Test
    void open_libraryMissing_namesTheArtifact() {
        LibraryCodec codec = new LibraryCodec("zstd", "com.github.luben:zstd-jni", 8, head -> true, in -> {
            throw new NoClassDefFoundError("com/github/luben/zstd/ZstdInputStream");
        });

        assertThatThrownBy(() -> codec.open(new ByteArrayInputStream(new byte[0])))
                .isInstanceOfSatisfying(RestoreException.class, e -> {
                    assertThat(e.code()).isEqualTo(RestoreErrorCode.CODEC_MISSING);
                    assertThat(e.hint()).contains("com.github.luben:zstd-jni");
                });
    }
}
