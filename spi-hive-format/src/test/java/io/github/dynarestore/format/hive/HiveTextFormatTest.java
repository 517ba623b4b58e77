package io.github.dynarestore.format.hive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class HiveTextFormatTest extends BackupFormatContract {

    @Override
    protected BackupFormat format() {
        return new HiveTextFormat();
    }

    private static SampleRecord sample(String line, String image) {
        return new SampleRecord(
                line, new ExpectedRecord(BackupRecord.Kind.PUT, null, image, ChangeOrder.snapshot(), null));
    }

    /** The caret stands for the key Ctrl. */
    private static String line(String carets) {
        return carets.replace("^B", "\u0002").replace("^C", "\u0003");
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(
                sample(
                        line(
                                "id^C{\"s\":\"Seattle\"}^Bscores^C{\"nS\":[\"100\",\"30\"]}^Bnothing^C{\"nULLValue\":true}"),
                        "{\"id\":{\"S\":\"Seattle\"},\"scores\":{\"NS\":[\"100\",\"30\"]},\"nothing\":{\"NULL\":true}}"),
                sample(
                        line("a:\"b, c\\d^C{\"l\":[{\"bOOL\":true},{\"m\":{\"x\":{\"b\":\"AA==\"}}}]}"),
                        "{\"a:\\\"b, c\\\\d\":{\"L\":[{\"BOOL\":true},{\"M\":{\"x\":{\"B\":\"AA==\"}}}]}}"));
    }

    @Override
    protected Layout layout() {
        return Layout.TERMINATED;
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "\r\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of(
                "[object Object]",
                line("id^C"),
                line("id^C{\"s\":\"x\"}^B"),
                line("^C{\"s\":\"x\"}"),
                line("id^C{\"s\":\"x\"}^Bid^C{\"s\":\"y\"}"));
    }

    @Override
    protected List<byte[]> aliens() {
        List<byte[]> aliens = new ArrayList<>(super.aliens());
        aliens.add("{\"id\":{\"s\":\"a\"}}\n".getBytes(UTF_8));
        aliens.add("id\u0001Seattle\n".getBytes(UTF_8));
        return aliens;
    }

    private static RecordReader reader(byte[] bytes) {
        return new HiveTextFormat()
                .open(new ByteArrayInputStream(bytes), new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id^C{\"s\":\"x\"},\"y\":{\"s\":\"z\"} | record.unknown-shape",
                "id^C{\"s\":\"x\"} {\"s\":\"z\"} | record.unknown-shape",
                "id^C{\"q\":\"x\"} | item.type",
                "id^C{\"n\":\"x\"} | item.number",
                "id^C{\"s\":\"x\" | json.truncated",
                "id={\"s\":\"x\"} | record.unknown-shape",
            })
    void next_whatIsNoItem_isMalformed(String line, String reason) {
        assertThatThrownBy(() -> reader(line(line + "\n").getBytes(UTF_8)).next(new BackupRecord()))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void next_lastLineWithoutAnEnd_isMalformedForItMayBeCutShort() {
        assertThatThrownBy(
                        () -> reader(line("id^C{\"s\":\"x\"}").getBytes(UTF_8)).next(new BackupRecord()))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo(HiveTextReader.CUT_SHORT));
    }

    @Test
    void next_byteOrderMark_isPassedOverAtTheBeginningOnly() throws IOException {
        String text = line("\ufeffid^C{\"s\":\"x\"}\n\ufeffid^C{\"s\":\"y\"}\nid^C{\"s\":\"z\"}\n");
        RecordReader reader = reader(text.getBytes(UTF_8));
        BackupRecord record = new BackupRecord();

        assertThat(reader.next(record)).isTrue();
        assertThat(record.byteOffset()).isEqualTo(3);
        assertThat(new String(record.newImageBytes(), record.newImageOffset(), record.newImageLength(), UTF_8))
                .isEqualTo("{\"id\":{\"S\":\"x\"}}");
        assertThatThrownBy(() -> reader.next(record)).isInstanceOfSatisfying(MalformedRecordException.class, e -> {
            assertThat(e.reason()).isEqualTo("record.byte-order-mark");
            assertThat(e.byteOffset()).isEqualTo(3 + "id^C{'s':'x'}\n".length() - 1);
        });
        assertThat(reader.next(record)).isTrue();
        assertThat(reader.next(record)).isFalse();
    }

    static List<Map<String, AttributeValue>> read(byte[] bytes) throws IOException {
        List<Map<String, AttributeValue>> read = new ArrayList<>();
        RecordReader reader = reader(bytes);
        BackupRecord record = new BackupRecord();
        while (reader.next(record)) {
            read.add(ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength())
                    .attributes());
        }
        return read;
    }
}
