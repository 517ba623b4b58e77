package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.MalformedRecordException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordBufferTest {

    private static final byte[] SIGNATURE = "{\"Keys\":".getBytes(US_ASCII);
    private static final byte[] NO_SIGNATURE = new byte[0];
    private static final int PLENTY_BYTES = 1 << 20;

    /** A record, or a malformed one with its reason, from its first byte to the one behind it; bytes as Latin-1. */
    private record Found(
            long from,
            long to,
            @Nullable String reason,
            @Nullable String detail,
            String raw) {
        @Override
        public String toString() {
            return from + "-" + to + (reason == null ? "" : " " + reason + ": " + detail);
        }
    }

    @Property(tries = 1_500, shrinking = ShrinkingMode.OFF)
    void read_anyBytesInAnyChunks_findsTheSame(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        byte[] object = object(random);
        byte[] signature = random.nextBoolean() ? SIGNATURE : NO_SIGNATURE;
        int maxRecordBytes = random.nextInt(3) == 0 ? 20 + random.nextInt(300) : PLENTY_BYTES;
        String as = HexFormat.of().formatHex(object);

        List<Found> expected = read(new ByteArrayInputStream(object), maxRecordBytes, signature, PLENTY_BYTES);

        assertCovers(object, expected);
        for (int firstBytes : new int[] {1, 16, 17 + random.nextInt(100), 17 + random.nextInt(1000), PLENTY_BYTES}) {
            assertThat(read(new Chunks(object, random, 1), maxRecordBytes, signature, firstBytes))
                    .as("a byte at a time, first buffer of %d: %s", firstBytes, as)
                    .isEqualTo(expected);
            assertThat(read(new Chunks(object, random, 1 + random.nextInt(200)), maxRecordBytes, signature, firstBytes))
                    .as("random chunks, first buffer of %d: %s", firstBytes, as)
                    .isEqualTo(expected);
        }
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void read_damageLongerThanADeadLetter_isFoundTheSame(
            @ForAll long seed, @ForAll @IntRange(min = 60_000, max = 140_000) int length) throws IOException {
        Random random = new Random(seed);
        String head = new JsonSpeller(random)
                .pick(
                        "{\"a\":!",
                        "x",
                        "{\"v\":{\"X\":\"",
                        "{\"v\":{\"S\":\"",
                        "[object Object]",
                        "{\"v\":{\"X\":\"\"},");
        String tail = new JsonSpeller(random).pick("", "\n", "\"}}", "{\"Keys\":{\"S\":\"a\"}}");
        byte[] object = ("{} " + head + "y".repeat(length) + tail + "\n{}").getBytes(US_ASCII);
        int maxRecordBytes = random.nextBoolean() ? 50_000 + random.nextInt(100_000) : PLENTY_BYTES;

        List<Found> expected = read(new ByteArrayInputStream(object), maxRecordBytes, SIGNATURE, PLENTY_BYTES);

        assertCovers(object, expected);
        for (int firstBytes : new int[] {16, 17 + random.nextInt(200_000), 64 << 10}) {
            assertThat(read(new Chunks(object, random, 40_000), maxRecordBytes, SIGNATURE, firstBytes))
                    .as("first buffer of %d", firstBytes)
                    .isEqualTo(expected);
        }
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void read_oneLineDamaged_findsAllOthers(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        int lines = 1 + random.nextInt(6);
        int damaged = random.nextInt(lines);
        String lineEnd = random.nextBoolean() ? "\n" : "\r\n";
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        List<Found> good = new ArrayList<>();
        for (int i = 0; i < lines; i++) {
            byte[] line = oneLine(record(random, i));
            int from = object.size();
            if (i == damaged) {
                object.writeBytes(oneLine(new JsonSpeller(random).damage(line)));
            } else {
                object.writeBytes(line);
                good.add(new Found(from, object.size(), null, null, new String(line, ISO_8859_1)));
            }
            object.writeBytes(lineEnd.getBytes(US_ASCII));
        }

        List<Found> found =
                read(new Chunks(object.toByteArray(), random, 100), PLENTY_BYTES, SIGNATURE, 16 + random.nextInt(500));

        assertThat(found).as(HexFormat.of().formatHex(object.toByteArray())).containsAll(good);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18, 19, 25, 30, 31, 32, 33, 1000})
    void read_objectObjectAcrossTheSeam_isNamed(int firstBytes) throws IOException {
        byte[] object = "{}[object Object][object Object]{}[object Object]\n{}[object Obj".getBytes(US_ASCII);

        List<Found> found = read(new ByteArrayInputStream(object), PLENTY_BYTES, NO_SIGNATURE, firstBytes);

        assertThat(found)
                .extracting(Found::from, Found::reason)
                .containsExactly(
                        tuple(0L, null),
                        tuple(2L, RecordBuffer.OBJECT_OBJECT),
                        tuple(17L, RecordBuffer.OBJECT_OBJECT),
                        tuple(32L, null),
                        tuple(34L, RecordBuffer.OBJECT_OBJECT),
                        tuple(50L, null),
                        tuple(52L, JsonCursor.SYNTAX));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 40, 64, 100, 1000})
    void read_recordAboutTheLongest_isTakenOrNot(int firstBytes) throws IOException {
        String fits = "{\"v\":{\"S\":\"" + "x".repeat(25) + "\"}}";
        String tooLong = "{\"v\":{\"S\":\"" + "x".repeat(26) + "\"}}";
        String tooLongAndWrong = "{\"v\":{\"X\":\"" + "x".repeat(26) + "\"}}";
        byte[] object =
                String.join("\n", fits, tooLong, fits, tooLongAndWrong, fits).getBytes(US_ASCII);

        List<Found> found = read(new ByteArrayInputStream(object), fits.length(), NO_SIGNATURE, firstBytes);

        assertThat(found)
                .extracting(Found::reason)
                .containsExactly(null, RecordBuffer.TOO_LONG, null, RecordBuffer.TOO_LONG, null);
        assertThat(found).extracting(Found::raw).containsExactly(fits, tooLong, fits, tooLongAndWrong, fits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", " \n", "\n\n"})
    void read_lineCutOffBetweenTokens_losesOnlyTheLine(String lineEnd) throws IOException {
        String cut = "{\"v\":{\"S\":\"x\"}";
        byte[] object = (cut + lineEnd + "{}" + lineEnd).getBytes(US_ASCII);

        List<Found> found = read(new ByteArrayInputStream(object), PLENTY_BYTES, NO_SIGNATURE, 16);

        assertThat(found).extracting(Found::reason).containsExactly(JsonCursor.SYNTAX, null);
        assertThat(found).extracting(one -> one.raw().strip()).containsExactly(cut, "{}");
    }

    @Test
    void read_recordsCutOffAndRunTogether_loseOnlyTheCut() throws IOException {
        String whole = "{\"Keys\":{\"S\":\"a\"},\"v\":{\"M\":{\"Keys\":{\"S\":\"b\"}}}}";
        for (int cut = 1; cut < whole.length(); cut++) {
            String head = whole.substring(0, cut);
            byte[] object = (whole + head + whole + whole).getBytes(US_ASCII);

            List<Found> found = read(new ByteArrayInputStream(object), PLENTY_BYTES, SIGNATURE, 16);

            // Behind a colon the next record looks like a member, and goes with the one before.
            int lost = head.endsWith(":") ? 1 : 0;
            assertThat(found.stream().filter(one -> one.reason() == null))
                    .as("%s", head)
                    .hasSize(3 - lost);
            assertCovers(object, found);
        }
    }

    /** Each of these took minutes: for every few bytes all that was buffered was copied, searched, or read again. */
    @Timeout(30)
    @ParameterizedTest
    @ValueSource(strings = {"{\"Keys\":x", "{\"Keys\":[1],{\"Keys\":!", "[object Object]", "x\n", "{}x"})
    void read_damageEveryFewBytes_takesItsTimeOnlyOnce(String damage) throws IOException {
        byte[] object = (damage.repeat((4 << 20) / damage.length()) + "\n{\"Keys\":{\"S\":\"a\"}}").getBytes(US_ASCII);

        List<Found> found = read(new ByteArrayInputStream(object), 8 << 20, SIGNATURE, 256 << 10);

        assertCovers(object, found);
        assertThat(found.get(found.size() - 1).reason()).isNull();
    }

    /** Nesting is looked into for the beginning of another record, but not without end. */
    @Timeout(30)
    @ParameterizedTest
    @ValueSource(strings = {"{\"Keys\":[", "{\"Keys\":[1,"})
    void read_nestedBeginningsWithoutEnd_areFewerRecordsThanBeginnings(String nest) throws IOException {
        byte[] object = nest.repeat((4 << 20) / nest.length()).getBytes(US_ASCII);

        List<Found> found = read(new ByteArrayInputStream(object), 8 << 20, SIGNATURE, 256 << 10);

        assertCovers(object, found);
        assertThat(found).extracting(Found::reason).containsOnly(JsonCursor.DEPTH, JsonCursor.TRUNCATED);
        assertThat(found.size()).isLessThan(object.length / nest.length() / 4);
    }

    /** Records, good and bad, with all that may stand between them. */
    private static byte[] object(Random random) {
        JsonSpeller json = new JsonSpeller(random);
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        if (random.nextInt(4) == 0) {
            object.writeBytes("\ufeff".getBytes(UTF_8));
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            switch (random.nextInt(8)) {
                case 0 -> object.writeBytes("[object Object]".getBytes(US_ASCII));
                case 1 -> object.writeBytes(json.damage(record(random, i)));
                case 2 -> object.writeBytes(new ItemSpeller(random, 100).item());
                case 3 -> {
                    byte[] record = record(random, i);
                    object.write(record, 0, random.nextInt(record.length));
                }
                default -> object.writeBytes(record(random, i));
            }
            object.writeBytes(json.pick("\n", "\n", "\r\n", "", "", " ", "\n\n", "\n \r\n\t")
                    .getBytes(US_ASCII));
        }
        byte[] bytes = object.toByteArray();
        return random.nextInt(4) == 0 ? json.damage(bytes) : bytes;
    }

    private static byte[] record(Random random, int number) {
        String item = new String(new ItemSpeller(random, 0).item(), UTF_8).strip();
        String rest = item.substring(1).strip();
        String keys = "{\"Keys\":{\"S\":\"" + number + "\"}";
        return (keys + (rest.equals("}") ? "" : ",") + rest).getBytes(UTF_8);
    }

    private static byte[] oneLine(byte[] record) {
        byte[] line = record.clone();
        for (int i = 0; i < line.length; i++) {
            line[i] = line[i] == '\n' ? (byte) ' ' : line[i];
        }
        return line;
    }

    /** Every byte is in one of those found, or is white space or a byte order mark; and what is kept is what is there. */
    private static void assertCovers(byte[] object, List<Found> found) {
        boolean hasMark = object.length >= 3 && Arrays.equals(object, 0, 3, "\ufeff".getBytes(UTF_8), 0, 3);
        int at = hasMark ? 3 : 0;
        for (Found one : found) {
            assertThat(between(object, at, (int) one.from())).isBlank();
            assertThat(one.to()).isGreaterThan(one.from());
            int kept = (int) Math.min(one.to(), one.from() + DeadLetter.MAX_RAW_BYTES);
            assertThat(one.raw()).isEqualTo(between(object, (int) one.from(), kept));
            at = (int) one.to();
        }
        assertThat(between(object, at, object.length)).isBlank();
    }

    private static String between(byte[] object, int from, int to) {
        return new String(object, from, to - from, ISO_8859_1);
    }

    private static List<Found> read(InputStream in, int maxRecordBytes, byte[] signature, int firstBytes)
            throws IOException {
        RecordBuffer buffer = new RecordBuffer(in, maxRecordBytes, signature, firstBytes);
        ItemScanner scanner = new ItemScanner();
        List<Found> found = new ArrayList<>();
        while (true) {
            try {
                BackupRecord record = next(buffer, scanner);
                if (record == null) {
                    assertThat(buffer.nextStart()).isFalse();
                    return found;
                }
                long to = record.byteOffset() + record.byteLength();
                found.add(new Found(record.byteOffset(), to, null, null, new String(record.raw(), ISO_8859_1)));
            } catch (MalformedRecordException e) {
                String raw = new String(e.raw(), ISO_8859_1);
                found.add(new Found(e.byteOffset(), buffer.byteOffset(), e.reason(), e.detail(), raw));
            }
        }
    }

    /** The loop of every reader. */
    private static @Nullable BackupRecord next(RecordBuffer buffer, ItemScanner scanner) throws IOException {
        if (!buffer.nextStart()) {
            return null;
        }
        BackupRecord record = new BackupRecord();
        while (true) {
            try {
                int end = scanner.scan(buffer.bytes(), buffer.start(), buffer.limit());
                buffer.accept(record, end);
                return record;
            } catch (InvalidItemException e) {
                buffer.fillOrThrow(e);
            }
        }
    }

    /** Gives as many bytes at a time as it likes. */
    private static final class Chunks extends InputStream {
        private final byte[] bytes;
        private final Random random;
        private final int most;
        private int at;

        Chunks(byte[] bytes, Random random, int most) {
            this.bytes = bytes;
            this.random = random;
            this.most = most;
        }

        @Override
        public int read() {
            return at < bytes.length ? bytes[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (at == bytes.length) {
                return -1;
            }
            int count = Math.min(Math.min(length, bytes.length - at), 1 + random.nextInt(most));
            System.arraycopy(bytes, at, into, offset, count);
            at += count;
            return count;
        }
    }
}
