package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.dynarestore.format.export.DynamoDbExportFormat;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.jspecify.annotations.Nullable;

/** Whatever happens to the bytes of a record, it is read as Jackson reads it, or refused where Jackson refuses it. */
class DamagedRecordTest {

    private static final int TRIES = 5_000;
    private static final int ROUNDS = Math.max(1, Integer.getInteger("dynarestore.documents", 0) / TRIES / 5);

    private static final ObjectMapper LENIENT = new ObjectMapper();
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final String IMAGE =
            "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"-1.50e3\"},\"text\":{\"S\":\"a\\u00e9\u00e9\ud83d\ude00\\n\"},"
                    + "\"b\":{\"B\":\"AAE=\"},\"ss\":{\"SS\":[\"x\",\"y\"]},\"m\":{\"M\":{\"l\":{\"L\":[{\"BOOL\":true},{\"NULL\":true}]}}}}";

    private static final String[] FRAGMENTS = {
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "{}",
        "\"\"",
        "null",
        "0",
        "-",
        "e",
        "\\u12",
        "\\ud800",
        "\n",
        "\u00c0",
        "\u00ff",
        "\u00ed\u00a0\u0080",
        "\u0000",
        "\"S\":",
        "\"pk\":{\"S\":\"k\"},",
        "\"Item\":{}",
        "\"NewImage\":{},"
    };

    private static int accepted;
    private static int refused;

    /** A format whose images stand in its records as they are. */
    enum Spelling {
        STREAM_LINES(
                new StreamFormat(),
                "/NewImage",
                "{\"Keys\":{\"pk\":{\"S\":\"k\"}},\"NewImage\":" + IMAGE
                        + ",\"SequenceNumber\":\"2700000000000002229109\","
                        + "\"SizeBytes\":9,\"ApproximateCreationDateTime\":1641305241,\"eventName\":\"INSERT\"}\n"),
        STREAMS_RECORDS(
                new StreamFormat(),
                "/dynamodb/NewImage",
                "{\"eventID\":\"1\",\"eventName\":\"MODIFY\",\"dynamodb\":{\"Keys\":{\"pk\":{\"S\":\"k\"}},\"NewImage\":"
                        + IMAGE + ",\"SequenceNumber\":\"111\",\"ApproximateCreationDateTime\":1709251200}}\n"),
        EXPORT(new DynamoDbExportFormat(), "/Item", "{\"Item\":" + IMAGE + "}\n");

        private final BackupFormat format;
        private final String image;
        private final byte[] line;

        Spelling(BackupFormat format, String image, String line) {
            this.format = format;
            this.image = image;
            this.line = line.getBytes(StandardCharsets.UTF_8);
        }
    }

    @AfterContainer
    static void bothHappen() {
        System.out.println("DamagedRecordTest: " + accepted + " damaged records read, " + refused + " refused");
        assertThat(accepted).isGreaterThan(TRIES / 20);
        assertThat(refused).isGreaterThan(TRIES / 4);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void next_anyDamagedRecord_isReadOrRefusedAsByJackson(@ForAll long seed, @ForAll Spelling spelling)
            throws IOException {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] line = spelling.line;
            for (int i = random.nextInt(3); i >= 0; i--) {
                line = damaged(line, random);
            }
            compare(spelling, line);
        }
    }

    private static void compare(Spelling spelling, byte[] line) throws IOException {
        String as = spelling + " " + new String(line, StandardCharsets.ISO_8859_1);
        BackupRecord record = new BackupRecord();
        RecordReader reader = spelling.format.open(
                new ByteArrayInputStream(line),
                new ReaderContext("", "", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        try {
            if (!reader.next(record)) {
                assertThat(new String(line, StandardCharsets.ISO_8859_1)).as(as).isBlank();
                return;
            }
        } catch (MalformedRecordException e) {
            refused++;
            if (e.reason().equals(JsonCursor.SYNTAX) || e.reason().equals(JsonCursor.TRUNCATED)) {
                assertThat(firstObject(LENIENT, line))
                        .as(as + ": " + e.reason())
                        .isNull();
            } else if (e.reason().equals(JsonCursor.UTF8)) {
                assertThat(isUtf8(line)).as(as).isFalse();
            }
            return;
        }
        accepted++;
        byte[] raw = record.raw();
        assertThat(isUtf8(raw)).as(as).isTrue();
        JsonNode whole = firstObject(LENIENT, raw);
        assertThat(whole).as(as).isNotNull();
        // A member may have come to stand outside the object that it was in, where lines have it.
        JsonNode image = whole.at(spelling.image).isMissingNode() ? whole.at("/NewImage") : whole.at(spelling.image);
        assertThat(record.hasNewImage()).as(as).isEqualTo(image.isObject());
        if (record.hasNewImage()) {
            byte[] slice = Arrays.copyOfRange(
                    record.newImageBytes(), record.newImageOffset(), record.newImageOffset() + record.newImageLength());
            assertThat(firstObject(STRICT, slice)).as(as).isEqualTo(image);
        }
    }

    private static @Nullable JsonNode firstObject(ObjectMapper mapper, byte[] json) {
        try (JsonParser parser = mapper.createParser(json)) {
            JsonNode value = mapper.readTree(parser);
            return value != null && value.isObject() ? value : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static byte[] damaged(byte[] line, Random random) {
        int at = random.nextInt(line.length);
        int gone = random.nextInt(3);
        byte[] instead = switch (random.nextInt(5)) {
            case 0 -> new byte[0];
            case 1 -> new byte[] {(byte) random.nextInt(256)};
            case 2 -> new byte[] {(byte) (' ' + random.nextInt(95))};
            case 3 -> Arrays.copyOfRange(line, at, Math.min(line.length, at + random.nextInt(30)));
            default -> FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(StandardCharsets.ISO_8859_1);
        };
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(line, 0, at);
        out.writeBytes(instead);
        int from = Math.min(line.length, at + gone);
        out.write(line, from, line.length - from);
        return out.toByteArray();
    }
}
