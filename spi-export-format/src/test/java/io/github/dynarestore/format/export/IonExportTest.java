package io.github.dynarestore.format.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.BackupRecord.Kind;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same format as {@link DynamoDbExportFormatTest}, in Ion. */
class IonExportTest extends BackupFormatContract {

    private static final String KEYS = "{pk:\"2\",sk:\"1\"}";
    private static final String KEYS_JSON = "{\"pk\":{\"S\":\"2\"},\"sk\":{\"S\":\"1\"}}";

    @Override
    protected BackupFormat format() {
        return new DynamoDbExportFormat();
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(
                new SampleRecord(
                        "$ion_1_0 {Item:{pk:\"1\",n:-12.50,big:6d2,yes:true,no:null,'a b':{{AAE=}},l:[1.,\"x\"],m:{},"
                                + "ss:$dynamodb_SS::[\"a\"],ns:$dynamodb_NS::[1.,2.5],bs:$dynamodb_BS::[{{AA==}}]}}",
                        new ExpectedRecord(
                                Kind.PUT,
                                null,
                                "{\"pk\":{\"S\":\"1\"},\"n\":{\"N\":\"-12.5\"},\"big\":{\"N\":\"600\"},\"yes\":{\"BOOL\":true},"
                                        + "\"no\":{\"NULL\":true},\"a b\":{\"B\":\"AAE=\"},\"l\":{\"L\":[{\"N\":\"1\"},{\"S\":\"x\"}]},"
                                        + "\"m\":{\"M\":{}},\"ss\":{\"SS\":[\"a\"]},\"ns\":{\"NS\":[\"1\",\"2.5\"]},\"bs\":{\"BS\":[\"AA==\"]}}",
                                ChangeOrder.snapshot(),
                                null)),
                change(",NewImage:" + KEYS, Kind.PUT, KEYS_JSON),
                change(",OldImage:" + KEYS, Kind.DELETE, null),
                change("", Kind.DELETE, null));
    }

    private static SampleRecord change(String images, Kind kind, String image) {
        return new SampleRecord(
                "$ion_1_0 {Metadata:{WriteTimestampMicros:1768386096366933.},Keys:" + KEYS + images + "}",
                new ExpectedRecord(kind, KEYS_JSON, image, ChangeOrder.time(), 1_768_386_096_366_933L));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "\r\n", "\n\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("[object Object]", "$ion_1_0 {Item:1}", "$ion_1_0 {Item:{a:2024-01-01}}", "$ion_1_0", "{}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{Item:{a:1d999999999}} | item.number",
                "{Item:{a:1.,a:2.}} | item.duplicate-name",
                "{Item:{a:1e0}} | item.type",
                "{Item:{a:other::[1.]}} | item.type",
                "{Item:{a:$dynamodb_SS::[1.]}} | item.type",
                "{Item:{a:1.}} {Item:{a:1.}} | record.unknown-shape",
                "{Item:{},Item:{}} | record.unknown-shape",
                "{Keys:{}} | record.unknown-shape",
                "{Keys:{},Metadata:{}} | record.no-order",
                "{Keys:{},Metadata:{WriteTimestampMicros:1.5}} | record.bad-field",
                "{Item:{a:\"\\uD800\"}} | ion.syntax",
                "{Item: | ion.syntax",
                "/* a */ {Item:{a:1.}} | ion.syntax",
                "{Item:{a:1.}} // a | ion.syntax",
                "{Item:{a:1.,$0:1.}} | ion.syntax",
                "{Item:{a:1.,b:$99::[1.]}} | ion.syntax",
            })
    void next_whatIsNoExport_isMalformed(String line, String reason) {
        assertThatThrownBy(() -> read("$ion_1_0 " + line))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @ParameterizedTest
    @CsvSource({"51, item.nesting", "62, item.nesting", "63, ion.depth", "50000, ion.depth"})
    void next_nestedBeyondMeasure_isMalformed(int depth, String reason) {
        assertThat(reasonOf("{Item:{a:" + "[".repeat(depth) + "]".repeat(depth) + "}}"))
                .isEqualTo(reason);
    }

    /** Half a megabyte of digits takes the library seconds, and eight take it an hour. */
    @Timeout(20)
    @ParameterizedTest
    @ValueSource(strings = {"7", "-7", "7.", "0x7", "0b1", "7_7"})
    void next_numberOfAMillionDigits_isMalformedAtOnce(String beginning) {
        String digits = beginning + "1".repeat(1_000_000);

        for (String line : List.of(
                "{Item:{a:%s}}",
                "{Item:{a:[%s]}}",
                "{Item:{'\\'\"':\"\\\"'\",a:{{YQ==}},b:'''it's \"'''}, X:%s}",
                "{Item:{a:{{\"%1$s\"}},b:%1$s}}",
                "{Metadata:{WriteTimestampMicros:%s},Keys:{}}")) {
            assertThat(reasonOf(String.format(line, digits))).as(line).isEqualTo("item.number");
        }
    }

    /** What is long, and looks like a number only to who does not know where texts end. */
    @Test
    void next_digitsThatAreNoNumber_areRead() throws IOException {
        String digits = "-" + "1".repeat(300);
        String line = "{Item:{'" + digits + "':\"" + digits + "\",a:{{" + "1111".repeat(100) + "}},b:'''" + digits
                + "''',\"\\\"" + digits + "\":[1.],x" + "1".repeat(300) + ":1.}}";
        BackupRecord record = new BackupRecord();

        assertThat(reader(("$ion_1_0 " + line + "\n").getBytes(StandardCharsets.UTF_8))
                        .next(record))
                .isTrue();
        assertThat(record.hasNewImage()).isTrue();
    }

    @Test
    void next_numberOfTheLongestText_isRead() {
        String number = "1d" + "0".repeat(253) + "5";

        assertThat(reasonOf("{Item:{a:" + number + "}}")).isNull();
        assertThat(reasonOf("{Item:{a:-" + number + "}}")).isEqualTo("item.number");
    }

    @Test
    void next_moreValuesThanAnItemHolds_isMalformedBeforeTheyAreAllObjects() {
        assertThat(reasonOf("{Item:{a:[" + "[],".repeat(300_000) + "]}}")).isEqualTo("item.too-large");
        assertThat(reasonOf("{Item:{a:[" + "\"\",".repeat(409_000) + "]}}")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\ufeff", "\n\n", "\ufeff\r\n", " \n"})
    void open_whatMayStandBeforeALine_isIonStill(String before) throws IOException {
        RecordReader reader = reader((before + "$ion_1_0 {Item:{a:1.}}\n").getBytes(StandardCharsets.UTF_8));
        BackupRecord record = new BackupRecord();

        if (before.startsWith(" ")) {
            assertThatThrownBy(() -> reader.next(record)).isInstanceOf(MalformedRecordException.class);
        }
        assertThat(reader.next(record)).isTrue();
        assertThat(reader.next(record)).isFalse();
    }

    @Test
    void next_memberThatIsNew_isPassedOver() {
        assertThat(reasonOf("{Item:{a:1.},Version:{Item:3}}")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "c0af", "eda080", "e282"})
    void next_badUtf8_isMalformed(String hex) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.writeBytes("$ion_1_0 {Item:{pk:\"".getBytes(StandardCharsets.US_ASCII));
        line.writeBytes(HexFormat.of().parseHex(hex));
        line.writeBytes("\"}}".getBytes(StandardCharsets.US_ASCII));

        assertThatThrownBy(() -> read(line.toByteArray())).isInstanceOf(MalformedRecordException.class);
    }

    private static @Nullable String reasonOf(String line) {
        try {
            read("$ion_1_0 " + line);
            return null;
        } catch (MalformedRecordException e) {
            return e.reason();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(String line) throws IOException {
        read((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void read(byte[] bytes) throws IOException {
        reader(bytes).next(new BackupRecord());
    }

    private static RecordReader reader(byte[] bytes) throws IOException {
        return new DynamoDbExportFormat()
                .open(new ByteArrayInputStream(bytes), new ReaderContext("s3://b/k", "k", Instant.EPOCH, 8 << 20));
    }
}
