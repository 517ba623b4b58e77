package io.github.dynarestore.format.hive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.PositionalFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.BackupFormatContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class ColumnFormatTest {

    private static final ColumnList COLUMNS =
            ColumnList.parse("id string, price double, tags array<string>, at map<string,bigint>");

    private static BackupFormatContract.SampleRecord sample(String line, String image) {
        return new BackupFormatContract.SampleRecord(
                line,
                new BackupFormatContract.ExpectedRecord(
                        BackupRecord.Kind.PUT, null, image, ChangeOrder.snapshot(), null));
    }

    /** Carets stand for the key Ctrl. */
    private static String line(String carets) {
        return carets.replace("^A", "\u0001").replace("^B", "\u0002").replace("^C", "\u0003");
    }

    @Nested
    class HiveColumns extends BackupFormatContract {

        @Override
        protected BackupFormat format() {
            return new HiveColumnsFormat().withColumns(COLUMNS);
        }

        @Override
        protected List<SampleRecord> sample() {
            return List.of(
                    ColumnFormatTest.sample(
                            line("Seattle^A1.0E10^Aa^Bb^Cc^Bd^Ax^C1^By^C-2"),
                            "{\"id\":{\"S\":\"Seattle\"},\"price\":{\"N\":\"1.0E10\"},\"tags\":{\"SS\":[\"a\",\"b\\u0003c\",\"d\"]},"
                                    + "\"at\":{\"M\":{\"x\":{\"N\":\"1\"},\"y\":{\"N\":\"-2\"}}}}"),
                    ColumnFormatTest.sample(
                            line("\"a\\,\t^A\\N^A\\N^A"), "{\"id\":{\"S\":\"\\\"a\\\\,\\t\"},\"at\":{\"M\":{}}}"));
        }

        @Override
        protected Layout layout() {
            return Layout.TERMINATED;
        }

        @Override
        protected List<String> delimiters() {
            return List.of("\n");
        }

        @Override
        protected List<String> garbage() {
            return List.of("[object Object]", line("a^A1^Ab"), line("a^A1^Ab^A^A"), line("a^Aone^Ab^A"));
        }

        @Override
        protected List<byte[]> aliens() {
            List<byte[]> aliens = new ArrayList<>(super.aliens());
            aliens.add("{\"id\":{\"s\":\"a\"}}\n".getBytes(UTF_8));
            aliens.add("a,1,b,\n".getBytes(UTF_8));
            return aliens;
        }
    }

    @Nested
    class HiveCsv extends BackupFormatContract {

        @Override
        protected BackupFormat format() {
            return new HiveCsvFormat().withColumns(COLUMNS);
        }

        @Override
        protected List<SampleRecord> sample() {
            return List.of(
                    ColumnFormatTest.sample(
                            line("\"Seattle\",-0.5,a^Bb,x^C1"),
                            "{\"id\":{\"S\":\"\\\"Seattle\\\"\"},\"price\":{\"N\":\"-0.5\"},\"tags\":{\"SS\":[\"a\",\"b\"]},"
                                    + "\"at\":{\"M\":{\"x\":{\"N\":\"1\"}}}}"),
                    ColumnFormatTest.sample(line("b,\\N,\\N,\\N"), "{\"id\":{\"S\":\"b\"}}"));
        }

        @Override
        protected Layout layout() {
            return Layout.TERMINATED;
        }

        @Override
        protected List<String> delimiters() {
            return List.of("\n");
        }

        @Override
        protected List<String> garbage() {
            return List.of("[object Object]", "a, b,1,c,\\N", "a,,c,\\N");
        }

        @Override
        protected List<byte[]> aliens() {
            List<byte[]> aliens = new ArrayList<>(super.aliens());
            aliens.add("{\"id\":{\"s\":\"a\"}}\n".getBytes(UTF_8));
            return aliens;
        }
    }

    @Nested
    class Csv extends BackupFormatContract {

        @Override
        protected BackupFormat format() {
            return new CsvFormat().withColumns(COLUMNS);
        }

        @Override
        protected List<SampleRecord> sample() {
            return List.of(
                    ColumnFormatTest.sample(
                            line("\"Sea, \"\"ttle\"\"\",\"1\",\"a^Bb\",\"\""),
                            "{\"id\":{\"S\":\"Sea, \\\"ttle\\\"\"},\"price\":{\"N\":\"1\"},\"tags\":{\"SS\":[\"a\",\"b\"]},"
                                    + "\"at\":{\"M\":{}}}"),
                    ColumnFormatTest.sample("\"\\N\",,b,", "{\"id\":{\"S\":\"\\\\N\"},\"tags\":{\"SS\":[\"b\"]}}"));
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
            return List.of("[object Object]", "\"a,1,c,", "\"a\" ,1,c,", "a\"b\",1,c,");
        }

        @Override
        protected List<byte[]> aliens() {
            List<byte[]> aliens = new ArrayList<>(super.aliens());
            aliens.add("{\"id\":{\"s\":\"a\"}}\n".getBytes(UTF_8));
            return aliens;
        }
    }

    private static List<Map<String, AttributeValue>> read(PositionalFormat format, String columns, String lines)
            throws IOException {
        RecordReader reader = format.withColumns(ColumnList.parse(columns))
                .open(
                        new ByteArrayInputStream(lines.getBytes(UTF_8)),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20));
        List<Map<String, AttributeValue>> read = new ArrayList<>();
        BackupRecord record = new BackupRecord();
        while (reader.next(record)) {
            read.add(ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength())
                    .attributes());
        }
        return read;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '!',
            value = {
                "a^A1.5 | id string, n bigint | column.type",
                "a^Aa | id string, n bigint | column.type",
                "a^A- | id string, n bigint | item.number",
                "a^ANaN | id string, n double | item.number",
                "a^Ayes | id string, n boolean | column.type",
                "a^A?? | id string, n binary | item.base64",
                "a^A | id string, n array<string> | column.type",
                "a^Ax^Bx | id string, n array<string> | item.set-duplicate",
                "a^A1^B1.0 | id string, n array<double> | item.set-duplicate",
                "a^Ax^B\\N | id string, n list<string> | column.type",
                "a^Ax | id string, n map<string,string> | column.type",
                "a^Ax^C1^Bx^C1 | id string, n map<string,string> | item.duplicate-name",
                "\\N^A\\N | id string, n string | record.unknown-shape",
                "a | id string, n string | record.column-count",
                "a^Ab^Ac | id string, n string | record.column-count",
            })
    void next_whatIsNotOfItsType_isMalformed(String line, String columns, String reason) {
        assertThatThrownBy(() -> read(new HiveColumnsFormat(), columns, line(line + "\n")))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void next_nestedTypes_takeASeparatorForEachLevel() throws IOException {
        String at = "p\u0003x\u0005y\u0004z\u0002q\u0003\\N\u0002r\u0003u";

        assertThat(read(
                        new HiveColumnsFormat(),
                        "id string, at map<string,array<list<string>>>",
                        "k\u0001" + at + "\n"))
                .containsExactly(Map.of(
                        "id",
                        AttributeValue.fromS("k"),
                        "at",
                        AttributeValue.fromM(Map.of(
                                "p",
                                AttributeValue.fromL(List.of(strings("x", "y"), strings("z"))),
                                "r",
                                AttributeValue.fromL(List.of(strings("u")))))));
    }

    private static AttributeValue strings(String... texts) {
        return AttributeValue.fromL(
                List.of(texts).stream().map(AttributeValue::fromS).toList());
    }

    @Test
    void withColumns_typeThatNestsDeeperThanHive_isRefused() {
        assertThatThrownBy(() -> new HiveColumnsFormat()
                        .withColumns(ColumnList.parse(
                                "id string, at map<string,map<string,map<string,array<array<string>>>>>")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nests deeper");
    }

    @Test
    void next_carriageReturn_isHivesValueAndCsvsLineEnd() throws IOException {
        assertThat(read(new HiveCsvFormat(), "id string, x string", "a,b\r\n"))
                .containsExactly(Map.of("id", AttributeValue.fromS("a"), "x", AttributeValue.fromS("b\r")));
        assertThat(read(new CsvFormat(), "id string, x string", "a,b\r\n"))
                .containsExactly(Map.of("id", AttributeValue.fromS("a"), "x", AttributeValue.fromS("b")));
    }

    @Test
    void next_firstLineOfColumnNames_isNoItem() throws IOException {
        Map<String, AttributeValue> named = Map.of("id", AttributeValue.fromS("id"), "x", AttributeValue.fromS("x"));

        assertThat(read(new CsvFormat(), "id string, x string", "\ufeffid,\"x\"\nid,x\n"))
                .containsExactly(named);
        assertThat(read(new HiveCsvFormat(), "id string, x string", "id,x\n")).containsExactly(named);
    }

    @Test
    void next_byteOrderMark_isNoPartOfTheFirstValue() throws IOException {
        Map<String, AttributeValue> item = Map.of("id", AttributeValue.fromS("a"), "x", AttributeValue.fromS("b"));

        assertThat(read(new HiveColumnsFormat(), "id string, x string", "\ufeffa\u0001b\n"))
                .containsExactly(item);
        assertThat(read(new HiveCsvFormat(), "id string, x string", "\ufeffa,b\n"))
                .containsExactly(item);
        assertThatThrownBy(() -> read(new CsvFormat(), "id string, x string", "a,b\n\ufeffc,d\n"))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo("record.byte-order-mark"));
    }

    /** Plain letters in UTF-16 are UTF-8 as well, of twice as many characters. */
    @Test
    void next_utf16_isMalformed() {
        byte[] utf16 = "a,b\nc,d\n".getBytes(StandardCharsets.UTF_16LE);

        assertThatThrownBy(() -> read(new CsvFormat(), "id string, x string", new String(utf16, UTF_8)))
                .isInstanceOfSatisfying(
                        MalformedRecordException.class,
                        e -> assertThat(e.reason()).isEqualTo("record.utf-16"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '!',
            value = {
                "a^Ab | CERTAIN | NO | NO",
                "a,b | NO | POSSIBLE | POSSIBLE",
                "\"a,b\" | NO | POSSIBLE | NO",
                "\"a\",\"b,c\" | NO | NO | POSSIBLE",
            })
    void recognise_twoColumns_fitsWhatCutsALineInTwo(
            String line, Recognition hive, Recognition hiveCsv, Recognition csv) {
        BackupSample sample = new BackupSample("k", line(line + "\n").getBytes(UTF_8), true);
        ColumnList two = ColumnList.parse("id string, n bigint");

        assertThat(new HiveColumnsFormat().withColumns(two).recognise(sample)).isEqualTo(hive);
        assertThat(new HiveCsvFormat().withColumns(two).recognise(sample)).isEqualTo(hiveCsv);
        assertThat(new CsvFormat().withColumns(two).recognise(sample)).isEqualTo(csv);
    }

    @Test
    void open_withoutColumns_isRefused() {
        assertThatThrownBy(() -> new CsvFormat()
                        .open(
                                new ByteArrayInputStream(new byte[0]),
                                new ReaderContext("s3://b/k", "k", Instant.EPOCH, 1 << 20)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("list of columns");
        assertThat(new HiveColumnsFormat().recognise(new BackupSample("k", "a\u0001b\n".getBytes(UTF_8), true)))
                .isEqualTo(Recognition.CERTAIN);
    }
}
