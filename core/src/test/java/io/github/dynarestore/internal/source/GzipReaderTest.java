package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GzipReaderTest {

    @Property(tries = 300)
    void read_anySplitIntoMembersAndAnyChunks_givesTheSameBytes(
            @ForAll @Size(max = 6) List<byte[]> members,
            @ForAll @IntRange(min = 1, max = 40) int sourceChunk,
            @ForAll @IntRange(min = 1, max = 300) int readBytes)
            throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        plain.write('x');
        packed.write(gzip(new byte[] {'x'}));
        for (byte[] member : members) {
            plain.write(member);
            packed.write(gzip(member));
        }

        byte[] read = drain(new GzipReader(new ChunkedStream(packed.toByteArray(), sourceChunk)), readBytes);

        assertThat(read).isEqualTo(plain.toByteArray());
    }

    @Property(tries = 30)
    void read_longMembers_givesTheSameBytes(@ForAll long seed, @ForAll @IntRange(min = 1, max = 400_000) int length)
            throws IOException {
        Random random = new Random(seed);
        byte[] plain = new byte[length];
        for (int i = 0; i < length; i++) {
            plain[i] = (byte) ('a' + random.nextInt(1 + random.nextInt(26)));
        }
        int cut = random.nextInt(length);
        byte[] packed = join(gzip(Arrays.copyOf(plain, cut)), gzip(Arrays.copyOfRange(plain, cut, length)));

        byte[] read = drain(
                new GzipReader(new ChunkedStream(packed, 1 + random.nextInt(100_000))), 1 + random.nextInt(100_000));

        assertThat(read).isEqualTo(plain);
    }

    @Test
    void read_cutAnywhere_failsExceptAtTheEndOfAMember() throws IOException {
        byte[] first = gzip("{\"a\":1}\n{\"a\":2}\n".getBytes(StandardCharsets.UTF_8));
        byte[] whole = join(first, gzip("{\"a\":3}\n".getBytes(StandardCharsets.UTF_8)), gzip(new byte[0]));
        int secondEnd = join(first, gzip("{\"a\":3}\n".getBytes(StandardCharsets.UTF_8))).length;

        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            if (length == first.length || length == secondEnd) {
                assertThat(drain(new GzipReader(new ByteArrayInputStream(cut)), 100))
                        .isNotEmpty();
            } else {
                assertThat(damage(cut).reason()).as("cut at %d", length).isEqualTo("gzip.truncated");
                assertThat(damage(cut).compressedOffset())
                        .as("cut at %d", length)
                        .isEqualTo(length);
            }
        }
    }

    @Test
    void read_anyBitFlipped_failsOrGivesTheSameBytes() throws IOException {
        byte[] plain = "{\"a\":\"some text, some text, more text\"}\n".repeat(5).getBytes(StandardCharsets.UTF_8);
        byte[] whole = join(gzip(plain), gzip(plain));
        byte[] expected = join(plain, plain);
        int errors = 0;
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(drain(new GzipReader(new ByteArrayInputStream(flipped)), 64))
                        .as("bit %d", bit)
                        .isEqualTo(expected);
            } catch (DamagedObjectException e) {
                errors++;
            }
        }
        // What may change unnoticed: time, level, system and text flag in the headers, padding bits of the last block.
        assertThat(errors).isGreaterThanOrEqualTo(whole.length * 8 - 2 * (6 * 8 + 1 + 7));
    }

    @Test
    void read_allHeaderFields_areSkipped() throws IOException {
        byte[] packed = withHeaderFields(true);

        assertThat(drain(new GzipReader(new ChunkedStream(packed, 1)), 10))
                .isEqualTo("hello".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void read_wrongHeaderChecksum_fails() throws IOException {
        assertThat(damage(withHeaderFields(false)).reason()).isEqualTo("gzip.header");
    }

    @Test
    void read_garbageAfterMember_fails() throws IOException {
        byte[] member = gzip(new byte[] {1, 2, 3});

        assertThat(damage(join(member, new byte[] {'{'})).reason()).isEqualTo("gzip.trailing-garbage");
        assertThat(damage(join(member, new byte[] {0x1f, 0x00})).reason()).isEqualTo("gzip.trailing-garbage");
        assertThat(damage(join(member, new byte[] {0, 0, 7})).reason()).isEqualTo("gzip.trailing-garbage");
        assertThat(damage(join(member, new byte[] {0x1f, (byte) 0x8b, 7})).reason())
                .isEqualTo("gzip.header");
        assertThat(damage(join(member, new byte[] {'{'})).compressedOffset()).isEqualTo(member.length);
    }

    @Test
    void read_zerosAfterMember_areTheEnd() throws IOException {
        byte[] packed = join(gzip(new byte[] {1, 2, 3}), new byte[200_000]);

        assertThat(drain(new GzipReader(new ByteArrayInputStream(packed)), 100)).containsExactly(1, 2, 3);
    }

    @Test
    void read_wrongCrcOrLength_fails() throws IOException {
        byte[] packed = gzip(new byte[] {1, 2, 3});
        byte[] wrongCrc = packed.clone();
        wrongCrc[packed.length - 8] ^= 1;
        byte[] wrongLength = packed.clone();
        wrongLength[packed.length - 4] ^= 1;

        assertThat(damage(wrongCrc).reason()).isEqualTo("gzip.crc");
        assertThat(damage(wrongLength).reason()).isEqualTo("gzip.crc");
    }

    @Test
    void read_invalidBlock_fails() throws IOException {
        byte[] packed = gzip(new byte[] {1, 2, 3});
        packed[10] = 0x07;

        assertThat(damage(packed).reason()).isEqualTo("gzip.data");
    }

    @Test
    void read_bomb_failsWithinAWindow() throws IOException {
        byte[] packed = gzip(new byte[64 << 20]);
        GzipReader reader = new GzipReader(new ByteArrayInputStream(packed));
        long[] produced = new long[1];

        assertThatThrownBy(() -> {
                    byte[] buffer = new byte[1 << 16];
                    for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
                        produced[0] += count;
                    }
                })
                .isInstanceOfSatisfying(
                        DamagedObjectException.class,
                        e -> assertThat(e.reason()).isEqualTo("codec.ratio"));
        assertThat(produced[0]).isLessThanOrEqualTo(8 << 20);
    }

    @Test
    void read_bombBehindGoodData_failsWithinAWindow() throws IOException {
        byte[] noise = new byte[20 << 20];
        new Random(1).nextBytes(noise);
        byte[] packed = join(gzip(noise), gzip(new byte[32 << 20]));

        assertThat(damage(packed).reason()).isEqualTo("codec.ratio");
    }

    @Test
    void read_againAfterDamage_failsAgain() throws IOException {
        byte[] packed = gzip(new byte[] {1, 2, 3});
        GzipReader reader = new GzipReader(new ByteArrayInputStream(packed, 0, packed.length - 1));

        assertThatThrownBy(reader::readAllBytes).isInstanceOf(DamagedObjectException.class);
        assertThatThrownBy(reader::read).isInstanceOf(DamagedObjectException.class);
    }

    @Test
    void close_twice_closesTheSource() throws IOException {
        int[] closes = new int[1];
        GzipReader reader = new GzipReader(new ByteArrayInputStream(gzip(new byte[1])) {
            @Override
            public void close() {
                closes[0]++;
            }
        });
        reader.close();
        reader.close();

        assertThat(closes[0]).isEqualTo(1);
        assertThatThrownBy(reader::read).isInstanceOf(IOException.class);
    }

    private static byte[] withHeaderFields(boolean isChecksumRight) throws IOException {
        byte[] packed = gzip("hello".getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(packed, 0, 3);
        header.write(0x02 | 0x04 | 0x08 | 0x10);
        header.write(packed, 4, 6);
        header.write(new byte[] {3, 0, 'a', 'b', 'c'});
        header.write("name\0".getBytes(StandardCharsets.ISO_8859_1));
        header.write("comment\0".getBytes(StandardCharsets.ISO_8859_1));
        CRC32 crc = new CRC32();
        crc.update(header.toByteArray());
        int checksum = (int) crc.getValue() + (isChecksumRight ? 0 : 1);
        header.write(checksum);
        header.write(checksum >> 8);
        return join(header.toByteArray(), Arrays.copyOfRange(packed, 10, packed.length));
    }

    private static DamagedObjectException damage(byte[] packed) {
        return catchThrowableOfType(
                DamagedObjectException.class, () -> drain(new GzipReader(new ByteArrayInputStream(packed)), 100));
    }

    private static byte[] drain(InputStream in, int readBytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[readBytes];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            assertThat(count).isPositive();
            out.write(buffer, 0, count);
        }
        return out.toByteArray();
    }

    static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    static byte[] join(byte[]... parts) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.write(part);
        }
        return out.toByteArray();
    }

    /** Hands out few bytes at a time, and never says that there are more. */
    private static final class ChunkedStream extends InputStream {
        private final ByteArrayInputStream bytes;
        private final int chunk;

        ChunkedStream(byte[] bytes, int chunk) {
            this.bytes = new ByteArrayInputStream(bytes);
            this.chunk = chunk;
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            return bytes.read(buffer, offset, Math.min(length, chunk));
        }
    }
}
