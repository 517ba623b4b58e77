package io.github.dynarestore.format.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.BackupRecord.Kind;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DynamoDbExportFormatTest extends BackupFormatContract {

    private static final String KEYS = "\"Keys\":{\"pk\":{\"S\":\"2\"},\"sk\":{\"S\":\"1\"}}";
    private static final String IMAGE = "{\"pk\":{\"S\":\"2\"},\"sk\":{\"S\":\"1\"},\"test\":{\"S\":\"t\"}}";

    @Override
    protected BackupFormat format() {
        return new DynamoDbExportFormat();
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(
                new SampleRecord(
                        "{\"Item\":{\"pk\":{\"S\":\"1\"},\"n\":{\"N\":\"-1e-130\"},\"e\":{\"M\":{}}}}",
                        new ExpectedRecord(
                                Kind.PUT,
                                null,
                                "{\"pk\":{\"S\":\"1\"},\"n\":{\"N\":\"-1e-130\"},\"e\":{\"M\":{}}}",
                                ChangeOrder.snapshot(),
                                null)),
                change("1768386096366933", ",\"NewImage\":" + IMAGE, Kind.PUT, IMAGE),
                change(
                        "1768387643192366",
                        ",\"OldImage\":{\"pk\":{\"S\":\"2\"},\"sk\":{\"S\":\"1\"}},\"NewImage\":" + IMAGE,
                        Kind.PUT,
                        IMAGE),
                change("1768387654353205", ",\"OldImage\":" + IMAGE, Kind.DELETE, null),
                change("1768387654353206", "", Kind.DELETE, null));
    }

    private static SampleRecord change(String micros, String images, Kind kind, String image) {
        return new SampleRecord(
                "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"" + micros + "\"}}," + KEYS + images + "}",
                new ExpectedRecord(
                        kind, KEYS.substring(KEYS.indexOf('{')), image, ChangeOrder.time(), Long.valueOf(micros)));
    }

    @Test
    void next_readAgain_digestsNoOldImage() throws IOException {
        String line = "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"1768387654353205\"}}," + KEYS + ",\"OldImage\":"
                + IMAGE + "}";

        BackupRecord first = only(line, false);
        BackupRecord again = only(line, true);

        assertThat(first.oldDigest()).isNotZero();
        assertThat(again.oldDigest()).isZero();
        assertThat(ItemImage.wrap(again.oldImageBytes(), again.oldImageOffset(), again.oldImageLength())
                        .toByteArray())
                .isEqualTo(ItemImage.wrap(first.oldImageBytes(), first.oldImageOffset(), first.oldImageLength())
                        .toByteArray());
    }

    /** It proves nothing then, but the change itself is none the worse, and both times the record must be there. */
    @Test
    void next_oldImageIsNoItem_isTakenBothTimes() throws IOException {
        String line =
                "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"1\"}}," + KEYS + ",\"OldImage\":{\"pk\":{\"S\":7}}}";

        assertThat(only(line, false).oldDigest()).isZero();
        assertThat(only(line, true).oldDigest()).isZero();
    }

    private static BackupRecord only(String line, boolean isReadAgain) throws IOException {
        RecordReader reader = new DynamoDbExportFormat()
                .open(
                        new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20, isReadAgain));
        BackupRecord record = new BackupRecord();
        assertThat(reader.next(record)).isTrue();
        return record;
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "\r\n", "", "\n\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("[object Object]", "{}", "{\"Item\":1}", "{\"Keys\":{}}", "{\"pk\":{\"S\":\"1\"}}");
    }

    @Override
    protected List<byte[]> aliens() {
        return Stream.concat(
                        super.aliens().stream(),
                        Stream.of(
                                        "{\"Keys\":{\"s\":{\"S\":\"a\"}},\"NewImage\":{\"s\":{\"S\":\"a\"}},"
                                                + "\"SequenceNumber\":\"1\",\"SizeBytes\":2,\"eventName\":\"INSERT\"}\n",
                                        "{\"id\":{\"s\":\"a\"}}\n",
                                        "{\"version\":\"2020-06-30\",\"itemCount\":3}\n",
                                        "{}\n")
                                .map(text -> text.getBytes(UTF_8)))
                .toList();
    }

    private static List<String> read(String text) throws IOException {
        List<String> seen = new ArrayList<>();
        RecordReader reader = new DynamoDbExportFormat()
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
                seen.add(record.kind() + " " + record.hasOldImage() + " " + record.timePrecision());
            } catch (MalformedRecordException e) {
                seen.add(e.reason());
            }
        }
    }

    @Test
    void next_whatNoExportHolds_isMalformed() throws IOException {
        String time = "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"1\"}}";
        assertThat(read(String.join(
                        "\n",
                        "{\"Item\":{\"pk\":{\"S\":\"1\"}},\"Keys\":{\"pk\":{\"S\":\"1\"}}}",
                        "{\"Item\":{\"pk\":{\"S\":\"1\"}},\"Item\":{\"pk\":{\"S\":\"1\"}}}",
                        "{\"Metadata\":{}," + KEYS + "}",
                        "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"1.5\"}}," + KEYS + "}",
                        "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"\"}}," + KEYS + "}",
                        "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"1234567890123456789\"}}," + KEYS + "}",
                        "{\"Metadata\":{\"WriteTimestampMicros\":{\"S\":\"1\"}}," + KEYS + "}",
                        time + "}",
                        "{" + KEYS + "}",
                        time + "," + KEYS + ",\"NewImage\":{\"pk\":{\"SS\":[]}}}",
                        time + "," + KEYS + ",\"OldImage\":7}")))
                .containsExactly(
                        "record.unknown-shape",
                        "record.unknown-shape",
                        "record.no-order",
                        "record.bad-field",
                        "record.bad-field",
                        "record.bad-field",
                        "record.bad-field",
                        "record.unknown-shape",
                        "record.unknown-shape",
                        "item.empty-set",
                        "record.bad-field");
    }

    @Test
    void next_membersOfSomeLaterVersion_arePassedOver() throws IOException {
        assertThat(read("{\"Metadata\":{\"New\":[1],\"WriteTimestampMicros\":{\"N\":\"1\"}},\"Also\":null," + KEYS
                        + ",\"OldImage\":" + IMAGE + "}"))
                .containsExactly("DELETE true " + TimePrecision.MICROSECOND);
    }
}
