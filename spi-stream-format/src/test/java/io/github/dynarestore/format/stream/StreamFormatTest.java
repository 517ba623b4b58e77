package io.github.dynarestore.format.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamFormatTest extends BackupFormatContract {

    private static final String KEYS = "{\"id\":{\"S\":\"a\"}}";

    @Override
    protected BackupFormat format() {
        return new StreamFormat();
    }

    @Override
    protected List<SampleRecord> sample() {
        String image = "{\"id\":{\"S\":\"a\"},\"all\":{\"M\":{\"l\":{\"L\":[{\"N\":\"-1.50\"},{\"NULL\":true}]},"
                + "\"ss\":{\"SS\":[\"x\",\"\u00e9\"]},\"ns\":{\"NS\":[\"1\",\"2\"]},\"bs\":{\"BS\":[\"AAE=\"]},"
                + "\"b\":{\"B\":\"AA==\"},\"t\":{\"BOOL\":false}}}}";
        return List.of(
                new SampleRecord(
                        "{\"Keys\":" + KEYS + ",\"NewImage\":" + image
                                + ",\"SequenceNumber\":\"2700000000000002229109\",\"SizeBytes\":9,"
                                + "\"ApproximateCreationDateTime\":1641305241,\"eventName\":\"INSERT\"}",
                        new ExpectedRecord(
                                BackupRecord.Kind.PUT,
                                KEYS,
                                image,
                                ChangeOrder.sequenceNumber("2700000000000002229109"),
                                1_641_305_241_000_000L)),
                new SampleRecord(
                        "{\"eventID\":\"1\",\"eventName\":\"REMOVE\",\"dynamodb\":{\"ApproximateCreationDateTime\":1.6E9,"
                                + "\"Keys\":" + KEYS + ",\"SequenceNumber\":\"13021600000000001596893679\"},"
                                + "\"eventSourceARN\":\"arn:aws:dynamodb:eu-west-1:1:table/T/stream/2\"}",
                        new ExpectedRecord(
                                BackupRecord.Kind.DELETE,
                                KEYS,
                                null,
                                ChangeOrder.sequenceNumber("13021600000000001596893679"),
                                1_600_000_000_000_000L)));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "\r\n", "", "\n\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("[object Object]", "{\"Item\":{}}");
    }

    @Override
    protected List<byte[]> aliens() {
        List<byte[]> aliens = new ArrayList<>(super.aliens());
        aliens.add("{\"NewImage\":{\"s\":\"x\"},\"Keys\":{\"s\":\"y\"}}\n".getBytes(UTF_8));
        aliens.add(
                "{\"Keys\":{\"m\":{}},\"NewImage\":{\"s\":\"x\"},\"eventName\":{\"s\":\"INSERT\"}}\n".getBytes(UTF_8));
        return aliens;
    }

    private static List<String> read(String text) throws IOException {
        List<String> seen = new ArrayList<>();
        RecordReader reader = new StreamFormat()
                .open(
                        new ByteArrayInputStream(text.getBytes(UTF_8)),
                        new ReaderContext("", "", Instant.EPOCH, 100_000));
        BackupRecord record = new BackupRecord();
        while (true) {
            record.clear();
            try {
                if (!reader.next(record)) {
                    return seen;
                }
                seen.add(record.kind() + "@" + record.byteOffset());
            } catch (MalformedRecordException e) {
                seen.add(e.reason() + "@" + e.byteOffset());
            }
        }
    }

    private static String line(String members) {
        return "{\"Keys\":" + KEYS + "," + members + "}";
    }

    private static final String GOOD = line("\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\"");

    @Test
    void next_damageGluedToGoodRecords_losesOnlyTheDamage() throws IOException {
        String cut = "{\"Keys\":{\"id\":{\"S\":\"a\"}},\"NewIm";

        assertThat(read(cut + GOOD + "[object Object]" + GOOD + "{\"Keys\":1}" + GOOD))
                .containsExactly(
                        "json.syntax@0",
                        "DELETE@" + cut.length(),
                        "record.object-object@" + (cut.length() + GOOD.length()),
                        "DELETE@" + (cut.length() + GOOD.length() + 15),
                        "record.bad-field@" + (cut.length() + 2 * GOOD.length() + 15),
                        "DELETE@" + (cut.length() + 2 * GOOD.length() + 25));
    }

    /** The order of an object's members is learnt from the records before it, and so must not hide a name from the next. */
    @Test
    void next_nameTwiceInWhatSaysNothing_isMalformedWhereverItStood() throws IOException {
        String good = "\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\"";
        List<String> once = List.of(
                line(good + ",\"a\":\"x\",\"b\":1,\"c\":\"x\""),
                line(good + ",\"c\":\"x\",\"a\":\"x\",\"b\":1"),
                line(good + ",\"b\":1,\"c\":\"x\""),
                line(good + ",\"a\":\"x\""),
                line(good + ",\"u\":[{\"a\":1},{\"a\":1}],\"a\":\"x\",\"userIdentity\":{\"type\":\"x\",\"a\":1}"));
        List<String> twice = List.of(
                line(good + ",\"a\":\"x\",\"a\":\"x\""),
                line(good + ",\"a\":\"x\",\"b\":1,\"\\u0061\":\"x\""),
                line("\"a\":\"x\"," + good + ",\"b\":1,\"c\":\"x\",\"a\":2"),
                line(good + ",\"u\":{\"a\":1,\"a\":2}"),
                line(good + ",\"userIdentity\":{\"a\":1,\"a\":1}"),
                line(good + ",\"OldImage\":{\"a\":1,\"a\":1}"),
                line(good + ",\"dynamodb\":{\"a\":1,\"a\":1}"),
                line(good + ",\"" + "l".repeat(99) + "\":1,\"" + "l".repeat(99) + "\":1"));
        for (String before : once) {
            for (String bad : twice) {
                for (String after : once) {
                    int second = before.length();
                    int third = second + bad.length();
                    assertThat(read(before + bad + after + bad))
                            .as(bad)
                            .containsExactly(
                                    "DELETE@0",
                                    "item.duplicate-name@" + second,
                                    "DELETE@" + third,
                                    "item.duplicate-name@" + (third + after.length()));
                }
            }
        }
    }

    @Test
    void next_nameTwiceWhereRecordsBeforeHadIt_isMalformed() throws IOException {
        String good = "\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\"";
        String first = line(good + ",\"a\":1,\"b\":1,\"c\":1,\"d\":1");
        String second = line(good + ",\"d\":1");
        String twice = line(good + ",\"d\":1,\"b\":1,\"c\":1,\"d\":1");

        assertThat(read(first + second + twice))
                .containsExactly(
                        "DELETE@0",
                        "DELETE@" + first.length(),
                        "item.duplicate-name@" + (first.length() + second.length()));
    }

    @Test
    void next_imageThatDynamoDbWouldRefuse_isMalformed() throws IOException {
        String put = "\"SequenceNumber\":\"1\",\"eventName\":\"INSERT\",\"NewImage\":";
        assertThat(read(String.join(
                        "\n",
                        line(put + "{\"id\":{\"S\":\"a\"},\"id\":{\"S\":\"b\"}}"),
                        line(put + "{\"a\":{\"SS\":[]}}"),
                        line(put + "{\"a\":{\"NS\":[\"1\",\"1.0\"]}}"),
                        line(put + "{\"a\":{\"N\":\"1e126\"}}"),
                        line(put + "{\"a\":{\"N\":1}}"),
                        line(put + "{\"a\":{\"s\":\"1\"}}"),
                        line(put + "{\"a\":{\"S\":\"1\",\"N\":\"1\"}}"),
                        line(put + "{\"a\":{\"B\":\"A\"}}"),
                        line(put + "{\"a\":{\"S\":\"\\ud800\"}}"),
                        line(put + "{\"\":{\"S\":\"\"}}"))))
                .extracting(seen -> seen.substring(0, seen.indexOf('@')))
                .containsExactly(
                        "item.duplicate-name",
                        "item.empty-set",
                        "item.set-duplicate",
                        "item.number",
                        "item.type",
                        "item.type",
                        "item.type",
                        "item.base64",
                        "json.surrogate",
                        "item.empty-name");
    }

    @Test
    void recognise_onlyAnImageThatDynamoDbWouldRefuse_isCertain() {
        byte[] text = line("\"NewImage\":{\"a\":{\"SS\":[]}},\"SequenceNumber\":\"1\",\"eventName\":\"INSERT\"")
                .getBytes(UTF_8);

        assertThat(new StreamFormat().recognise(new BackupSample("object", text, true)))
                .isEqualTo(Recognition.CERTAIN);
    }

    @ParameterizedTest
    @CsvSource({
        "1441305240, 1441305240000000, MINUTE",
        "1641305240, 1641305240000000, SECOND",
        "1.664559083E9, 1664559083000000, SECOND",
        "1664559083.0, 1664559083000000, SECOND",
        "1651495525900, 1651495525900000, MILLISECOND",
        "1721011165891550, 1721011165891550, MICROSECOND"
    })
    void next_anySpellingOfTime_isRead(String spelled, long micros, TimePrecision precision) throws IOException {
        String text =
                line("\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\",\"ApproximateCreationDateTime\":" + spelled);
        BackupRecord record = new BackupRecord();
        new StreamFormat()
                .open(new ByteArrayInputStream(text.getBytes(UTF_8)), new ReaderContext("", "", Instant.EPOCH, 100_000))
                .next(record);

        assertThat(record.timeEpochMicros()).isEqualTo(micros);
        assertThat(record.timePrecision()).isEqualTo(precision);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | false",
                "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"} | true",
                "{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"} | true",
                "{\"PrincipalId\":\"someone\",\"Type\":\"Service\"} | false"
            })
    void next_userIdentity_tellsTimeToLive(String identity, boolean isExpiry) throws IOException {
        String text = line("\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\",\"userIdentity\":" + identity);
        BackupRecord record = new BackupRecord();
        new StreamFormat()
                .open(new ByteArrayInputStream(text.getBytes(UTF_8)), new ReaderContext("", "", Instant.EPOCH, 100_000))
                .next(record);

        assertThat(record.isExpiry()).isEqualTo(isExpiry);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"principalId\":\"dynamodb.amazonaws.com\",\"type\":\"Service\"}|true",
                "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}|true",
                "{\"Type\":\"Service\",\"PrincipalId\":\"dynamodb.amazonaws.com\"}|true",
                "{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\",\"more\":[{}]}|true",
                "{\"principalId\":\"replication.dynamodb.amazonaws.com\",\"type\":\"Service\"}|false",
                "{\"principalId\":\"dynamodb.amazonaws.com\",\"type\":\"User\"}|false",
                "{\"principalId\":null,\"type\":\"Service\"}|false",
                "{}|false",
                "null|false"
            })
    void next_anySpellingOfUserIdentity_tellsWhetherItemsExpired(String identity, boolean isExpiry) throws IOException {
        String text = line("\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\",\"userIdentity\":" + identity);
        BackupRecord record = new BackupRecord();
        new StreamFormat()
                .open(new ByteArrayInputStream(text.getBytes(UTF_8)), new ReaderContext("", "", Instant.EPOCH, 100_000))
                .next(record);

        assertThat(record.kind()).isEqualTo(BackupRecord.Kind.DELETE);
        assertThat(record.isExpiry()).isEqualTo(isExpiry);
    }

    /** Shapes of every version that wrote such logs, and what streams of other views left behind. */
    @Test
    void next_linesOfAllVersions_areReadOrNamed() throws IOException {
        String key = "{\"Keys\":{\"Id\":{\"N\":\"7\"}}";
        String image = ",\"NewImage\":{\"3\":{\"S\":\"\"},\"20\":{\"B\":\"\"},\"Id\":{\"N\":\"7\"},"
                + "\"__proto__\":{\"M\":{}},\"a.b, \\\"c\\\"\":{\"L\":[]},\"t\":{\"S\":\"\u2028\\u0001\"},"
                + "\"T\":{\"SS\":[\"\",\"x\"]}}";
        String untimed = ",\"SequenceNumber\":\"19700000000011945700385\",\"SizeBytes\":45";
        String timed = ",\"SequenceNumber\":\"2800000000000002229200\",\"SizeBytes\":20,"
                + "\"ApproximateCreationDateTime\":1488326340";
        assertThat(read(String.join(
                        "\n",
                        key + image + untimed + ",\"eventName\":\"INSERT\"}",
                        key + image + ",\"OldImage\":{\"Id\":{\"N\":\"7\"}}" + timed + ",\"eventName\":\"MODIFY\"}",
                        key + ",\"OldImage\":{\"Id\":{\"N\":\"7\"}}" + timed + ",\"eventName\":\"REMOVE\"}",
                        key + timed + ",\"eventName\":\"REMOVE\",\"userIdentity\":null}",
                        "[object Object]",
                        "[object Object]",
                        key + timed + ",\"eventName\":\"INSERT\"}",
                        key + ",\"OldImage\":{\"Id\":{\"N\":\"7\"}}" + timed + ",\"eventName\":\"MODIFY\"}",
                        key + image + timed + "}",
                        key + image + ",\"eventName\":\"INSERT\"}",
                        "{\"a\":1}")))
                .extracting(seen -> seen.substring(0, seen.indexOf('@')))
                .containsExactly(
                        "PUT",
                        "PUT",
                        "DELETE",
                        "DELETE",
                        "record.object-object",
                        "record.object-object",
                        "record.no-new-image",
                        "record.no-new-image",
                        "record.unknown-shape",
                        "record.no-order",
                        "record.unknown-shape");
    }

    @Test
    void next_membersThatAreNull_areTakenForMissing() throws IOException {
        String whole = "{\"eventID\":\"1\",\"eventName\":\"INSERT\",\"userIdentity\":null,\"eventSourceARN\":null,"
                + "\"dynamodb\":{\"ApproximateCreationDateTime\":null,\"Keys\":" + KEYS + ",\"NewImage\":" + KEYS
                + ",\"OldImage\":null,\"SequenceNumber\":\"111\"}}";

        assertThat(read(String.join(
                        "\n",
                        whole,
                        line("\"NewImage\":null,\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\""),
                        line("\"NewImage\":null,\"SequenceNumber\":\"1\",\"eventName\":\"MODIFY\""),
                        line("\"SequenceNumber\":null,\"eventName\":\"REMOVE\""),
                        line("\"SequenceNumber\":\"1\",\"eventName\":null"),
                        line("\"NewImage\":null,\"NewImage\":" + KEYS
                                + ",\"SequenceNumber\":\"1\",\"eventName\":\"INSERT\""))))
                .extracting(seen -> seen.substring(0, seen.indexOf('@')))
                .containsExactly(
                        "PUT",
                        "DELETE",
                        "record.no-new-image",
                        "record.no-order",
                        "record.unknown-shape",
                        "record.unknown-shape");
    }

    /** Version 1.1 took the top bit off each byte beyond ASCII, which made letters, quotes, line ends and others of them. */
    @Test
    void next_textThatAnOldVersionForcedIntoAscii_costsItsRecordAtMost() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String text : List.of("caf\u00e9", "\u00a2", "\u008a", "\u00dc", "\u4e2d")) {
            String line = line("\"NewImage\":{\"id\":{\"S\":\"a\"},\"t\":{\"S\":\"" + text
                            + "\"}},\"SequenceNumber\":\"1\",\"eventName\":\"INSERT\"")
                    + "\n";
            for (byte b : line.getBytes(UTF_8)) {
                lines.append((char) (b & 0x7f));
            }
            lines.append(GOOD).append('\n');
        }

        List<String> seen = read(lines.toString());

        assertThat(seen).filteredOn(record -> record.startsWith("DELETE")).hasSize(5);
        assertThat(seen)
                .filteredOn(record -> record.startsWith("PUT"))
                .as("texts that are still JSON")
                .hasSize(2);
        assertThat(seen).filteredOn(record -> record.startsWith("json.syntax")).hasSizeGreaterThanOrEqualTo(3);
    }
}
