package io.github.dynarestore.format.hive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.MalformedRecordException;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmrExportFormatTest extends BackupFormatContract {

    private static final String GOOD = "{\"id\":{\"s\":\"a\"}}";

    @Override
    protected BackupFormat format() {
        return new EmrExportFormat();
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(
                // Until 4.x, with all ten types.
                item(
                        "{\"id\":{\"s\":\"abc\"},\"n\":{\"n\":\"12.5\"},\"bin\":{\"b\":\"AAEC\"},"
                                + "\"tags\":{\"sS\":[\"a\",\"\u00e9\"]},\"nums\":{\"nS\":[\"1\",\"2\"]},"
                                + "\"bins\":{\"bS\":[\"AAE=\",\"\"]},\"flag\":{\"bOOL\":true},"
                                + "\"nothing\":{\"nULLValue\":true},\"m\":{\"m\":{\"k\":{\"l\":[{\"s\":\"x\"}]}}}}",
                        "{\"id\":{\"S\":\"abc\"},\"n\":{\"N\":\"12.5\"},\"bin\":{\"B\":\"AAEC\"},"
                                + "\"tags\":{\"SS\":[\"a\",\"\u00e9\"]},\"nums\":{\"NS\":[\"1\",\"2\"]},"
                                + "\"bins\":{\"BS\":[\"AAE=\",\"\"]},\"flag\":{\"BOOL\":true},"
                                + "\"nothing\":{\"NULL\":true},\"m\":{\"M\":{\"k\":{\"L\":[{\"S\":\"x\"}]}}}}"),
                // From 5.0 on, with attributes called like tags.
                item(
                        "{\"s\":{\"s\":\"\"},\"m\":{\"m\":{\"l\":{\"l\":[{\"m\":{}},{\"l\":[]},{\"nULL\":true}]}}}}",
                        "{\"s\":{\"S\":\"\"},\"m\":{\"M\":{\"l\":{\"L\":[{\"M\":{}},{\"L\":[]},{\"NULL\":true}]}}}}"),
                item("{\"id\":{\"S\":\"as DynamoDB\"}}", "{\"id\":{\"S\":\"as DynamoDB\"}}"),
                item(
                        "{ \"\\u0069d\" : { \"n\" : \"-1e-130\" } , \"\u4e2d\" : { \"S\" : \"{\\\"s\\\":1}\" } }",
                        "{\"id\":{\"N\":\"-1e-130\"},\"\u4e2d\":{\"S\":\"{\\\"s\\\":1}\"}}"));
    }

    private static SampleRecord item(String exported, String image) {
        return new SampleRecord(
                exported, new ExpectedRecord(BackupRecord.Kind.PUT, null, image, ChangeOrder.snapshot(), null));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("\n", "\r\n", "", "\n\n");
    }

    @Override
    protected List<String> garbage() {
        return List.of("[object Object]", "{}", "{\"id\":1}", "id\u0003{\"s\":\"a\"}\u0002n\u0003{\"n\":\"1\"}");
    }

    @Override
    protected List<byte[]> aliens() {
        String keys =
                "{\"Keys\":{\"s\":{\"S\":\"a\"}},\"NewImage\":{\"s\":{\"S\":\"a\"},\"m\":{\"M\":{\"l\":{\"L\":[]}}}}";
        return Stream.concat(
                        super.aliens().stream(),
                        Stream.of(
                                        keys + ",\"SequenceNumber\":\"1\",\"SizeBytes\":2,\"eventName\":\"INSERT\"}\n",
                                        keys,
                                        "{\"eventID\":\"1\",\"dynamodb\":" + keys + "},\"eventName\":\"INSERT\"}\n",
                                        "{\"dynamodb\":" + keys + "},\"eventName\":\"INSERT\"}\n",
                                        "{\"Item\":{\"s\":{\"S\":\"a\"}}}\n",
                                        "{\"Item\":{\"m\":{\"M\":{\"s\":{\"S\":\"a\"}}}}}\n",
                                        """
                                        {"name":"DynamoDB-export","version":3,
                                        "entries": [
                                        {"url":"s3://b/x","mandatory":true}
                                        ]}
                                        """,
                                        "id\u0003{\"s\":\"a\"}\u0002n\u0003{\"n\":\"1\"}\n",
                                        "{}\n",
                                        "{\"s\":\"a\"}\n",
                                        "[object Object]\n")
                                .map(text -> text.getBytes(UTF_8)))
                .toList();
    }

    private static List<String> read(String text) throws IOException {
        List<String> seen = new ArrayList<>();
        RecordReader reader = new EmrExportFormat()
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
                seen.add(new String(record.newImageBytes(), record.newImageOffset(), record.newImageLength(), UTF_8)
                        + "@" + record.byteOffset());
            } catch (MalformedRecordException e) {
                seen.add(e.reason() + "@" + e.byteOffset());
            }
        }
    }

    private static Recognition recognise(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return new EmrExportFormat().recognise(new BackupSample("object", bytes, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s, S | \"x\" | S",
                "n, N | \"1\" | N",
                "b, B | \"AA==\" | B",
                "sS, ss, Ss, SS | [\"x\"] | SS",
                "nS, ns, Ns, NS | [\"1\"] | NS",
                "bS, bs, Bs, BS | [\"AA==\"] | BS",
                "m, M | {} | M",
                "l, L | [] | L",
                "bOOL, bool, Bool, BOOL | false | BOOL",
                "nULLValue, nULL, nullValue, null, Null, NULL | true | NULL"
            })
    void next_anySpellingOfATag_isReadAsDynamoDbs(String spellings, String value, String tag) throws IOException {
        for (String spelling : spellings.split(", ", -1)) {
            assertThat(read("{\"a\":{\"" + spelling + "\":" + value + "}}"))
                    .as(spelling)
                    .extracting(seen -> seen.replace(" ", ""))
                    .containsExactly("{\"a\":{\"" + tag + "\":" + value + "}}@0");
        }
    }

    @Test
    void next_itemThatDynamoDbWouldRefuse_isMalformed() throws IOException {
        assertThat(read(String.join(
                        "\n",
                        "{\"a\":{\"s\":\"1\"},\"a\":{\"s\":\"2\"}}",
                        "{\"a\":{\"sS\":[]}}",
                        "{\"a\":{\"nS\":[\"1\",\"1.0\"]}}",
                        "{\"a\":{\"n\":\"1e126\"}}",
                        "{\"a\":{\"n\":1}}",
                        "{\"a\":{\"x\":\"1\"}}",
                        "{\"a\":{\"\":\"1\"}}",
                        "{\"a\":{\"\\u0073\":\"1\"}}",
                        "{\"a\":{\"s\":\"1\",\"n\":\"1\"}}",
                        "{\"a\":{}}",
                        "{\"a\":{\"b\":\"A\"}}",
                        "{\"a\":{\"b\":\"A-_=\"}}",
                        "{\"a\":{\"bS\":[\"AA==\",\"?\"]}}",
                        "{\"a\":{\"nULLValue\":false}}",
                        "{\"a\":{\"bOOL\":\"true\"}}",
                        "{\"a\":{\"l\":[1]}}",
                        "{\"a\":{\"m\":[]}}",
                        "{\"a\":{\"s\":\"\\ud800\"}}",
                        "{\"\":{\"s\":\"\"}}",
                        "{}")))
                .extracting(seen -> seen.substring(0, seen.indexOf('@')))
                .containsExactly(
                        "item.duplicate-name",
                        "item.empty-set",
                        "item.set-duplicate",
                        "item.number",
                        "item.type",
                        "item.type",
                        "item.type",
                        "item.type",
                        "item.type",
                        "item.type",
                        "item.base64",
                        "item.base64",
                        "item.base64",
                        "item.type",
                        "item.type",
                        "item.type",
                        "item.type",
                        "json.surrogate",
                        "item.empty-name",
                        "record.unknown-shape");
    }

    @ParameterizedTest
    @CsvSource({"31, true", "32, false", "60, false", "200, false"})
    void next_nestedLists_areReadAsDeepAsDynamoDbTakesThem(int depth, boolean isRead) throws IOException {
        String nested = "{\"a\":" + "{\"l\":[".repeat(depth) + "{\"s\":\"x\"}" + "]}".repeat(depth) + "}\n";

        assertThat(read(nested + GOOD))
                .hasSize(2)
                .last()
                .asString()
                .isEqualTo("{\"id\":{\"S\":\"a\"}}@" + nested.length());
        assertThat(read(nested).get(0).startsWith("{")).isEqualTo(isRead);
    }

    @Test
    void next_damageBetweenGoodLines_losesOnlyTheDamage() throws IOException {
        String cut = "{\"id\":{\"s\":\"a\"},\"x\":{\"s\":\"tr\n";

        assertThat(read(cut + GOOD + "\n{\"id\":{\"q\":\"a\"}}" + GOOD))
                .containsExactly(
                        "json.syntax@0",
                        "{\"id\":{\"S\":\"a\"}}@" + cut.length(),
                        "item.type@" + (cut.length() + GOOD.length() + 1),
                        "{\"id\":{\"S\":\"a\"}}@" + (cut.length() + 2 * GOOD.length() + 1));
    }

    @Test
    void recognise_itemInTheExportsSpelling_isCertain() {
        assertThat(recognise(GOOD)).isEqualTo(Recognition.CERTAIN);
        assertThat(recognise("{\"id\":{\"s\":\"a\"},\"cut\n" + GOOD)).isEqualTo(Recognition.CERTAIN);
        assertThat(recognise("{\"Keys\":{\"m\":{}},\"NewImage\":{\"s\":\"x\"},\"eventName\":{\"s\":\"INSERT\"}}"))
                .isEqualTo(Recognition.CERTAIN);
    }

    /** What is read of it at first ends within its only value. */
    @Test
    void recognise_itemLongerThanTheBuffer_isCertain() {
        assertThat(recognise("{\"id\":{\"s\":\"" + "a".repeat(300_000) + "\"}}\n"))
                .isEqualTo(Recognition.CERTAIN);
    }

    @Test
    void recognise_itemInDynamoDbsSpelling_isOnlyPossible() {
        assertThat(recognise("{\"id\":{\"S\":\"a\"},\"s\":{\"M\":{}}}\n")).isEqualTo(Recognition.POSSIBLE);
    }

    @Test
    void recognise_onlyDamagedItemsInTheExportsSpelling_isPossible() {
        assertThat(recognise("{\"id\":{\"s\":\"a\"},\"x\":{\"s\":\"cut off")).isEqualTo(Recognition.POSSIBLE);
        assertThat(recognise("{\"id\":{\"s\":\"a\"},\"x\":{\"sS\":[]}}\n")).isEqualTo(Recognition.POSSIBLE);
    }
}
