package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.format.export.DynamoDbExportFormat;
import io.github.dynarestore.format.hive.EmrExportFormat;
import io.github.dynarestore.format.hive.HiveTextFormat;
import io.github.dynarestore.format.stream.FailedRecordsFormat;
import io.github.dynarestore.format.stream.KinesisFormat;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.DynamoDbExportWriter;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.FirehoseBackupWriter;
import io.github.dynarestore.testing.KinesisRecordWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;

/** Whatever items there are, each format reads them as they were written. */
class FormatPropertyTest {

    /** DynamoDB takes 32 levels, of which a value within all maps and lists is the last. */
    private static final int MAX_CONTAINERS = 31;

    private static final int BRANCHING_LEVELS = 3;
    private static final Map<String, AttributeValue> KEYS = Map.of("pk", AttributeValue.fromS("k"));

    /** A format, and how one of its records is written. */
    enum Spelling {
        STREAM_RECORD_LINES(new StreamFormat(), item -> FirehoseBackupWriter.encode(change(item))),
        STREAMS_RECORDS(new StreamFormat(), item -> streamsRecord(item).getBytes(StandardCharsets.UTF_8)),
        KINESIS(
                new KinesisFormat(),
                item -> new KinesisRecordWriter("orders", TimeUnit.MICROSECONDS).encode(change(item))),
        FIREHOSE_FAILED(new FailedRecordsFormat(), item -> failed(FirehoseBackupWriter.encode(change(item)))),
        EMR_EXPORT_OLD(
                new EmrExportFormat(), item -> EmrExportWriter.encode(item, EmrExportWriter.Spelling.SDK_FIELDS)),
        EMR_EXPORT(
                new EmrExportFormat(),
                item -> EmrExportWriter.encode(item, EmrExportWriter.Spelling.SMALL_FIRST_LETTER)),
        HIVE_TEXT_OLD(
                new HiveTextFormat(), item -> EmrExportWriter.encodeText(item, EmrExportWriter.Spelling.SDK_FIELDS)),
        HIVE_TEXT(
                new HiveTextFormat(),
                item -> EmrExportWriter.encodeText(item, EmrExportWriter.Spelling.SMALL_FIRST_LETTER)),
        DYNAMODB_EXPORT(new DynamoDbExportFormat(), item -> exported(item, DynamoDbExportWriter.Format.DYNAMODB_JSON)),
        DYNAMODB_EXPORT_ION(new DynamoDbExportFormat(), item -> exported(item, DynamoDbExportWriter.Format.ION));

        private final BackupFormat format;
        private final Function<Map<String, AttributeValue>, byte[]> writer;

        Spelling(BackupFormat format, Function<Map<String, AttributeValue>, byte[]> writer) {
            this.format = format;
            this.writer = writer;
        }

        String formatId() {
            return format.id();
        }

        byte[] write(Map<String, AttributeValue> item) {
            return writer.apply(item);
        }

        /** Names with its own marks are what Hive text cannot spell. */
        boolean canSpell(Map<String, AttributeValue> item) {
            return !format.id().equals("hive-text")
                    || item.keySet().stream().noneMatch(name -> name.matches("(?s).*[\\n\\x02\\x03].*"));
        }
    }

    private static Record change(Map<String, AttributeValue> item) {
        return Record.builder()
                .eventID("1")
                .eventName(OperationType.MODIFY)
                .dynamodb(StreamRecord.builder()
                        .keys(KEYS)
                        .newImage(item)
                        .sequenceNumber("12345678901234567890123456789012345678")
                        .approximateCreationDateTime(Instant.ofEpochSecond(1_709_251_200))
                        .sizeBytes(100L)
                        .build())
                .build();
    }

    private static String streamsRecord(Map<String, AttributeValue> item) {
        return "{\"eventID\":\"1\",\"eventName\":\"MODIFY\",\"eventSource\":\"aws:dynamodb\",\"dynamodb\":{\"Keys\":"
                + json(KEYS) + ",\"NewImage\":" + json(item)
                + ",\"SequenceNumber\":\"111\",\"ApproximateCreationDateTime\":1709251200},\"eventSourceARN\":"
                + "\"arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2024-01-01T00:00:00.000\"}";
    }

    private static byte[] failed(byte[] record) {
        return ("{\"attemptsMade\":4,\"arrivalTimestamp\":1,\"errorCode\":\"Lambda.FunctionError\",\"errorMessage\":\"\","
                        + "\"attemptEndingTimestamp\":2,\"rawData\":\""
                        + Base64.getEncoder().encodeToString(record) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] exported(Map<String, AttributeValue> item, DynamoDbExportWriter.Format format) {
        return DynamoDbExportWriter.line(item, format).getBytes(StandardCharsets.UTF_8);
    }

    private static String json(Map<String, AttributeValue> item) {
        return new String(ItemImage.of(item).toByteArray(), StandardCharsets.UTF_8);
    }

    @Property(tries = 1_500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.BOUNDED)
    void next_anyItems_areReadAsTheyWere(
            @ForAll("items") List<Map<String, AttributeValue>> items, @ForAll Spelling spelling) throws IOException {
        List<Map<String, AttributeValue>> spelled =
                items.stream().filter(spelling::canSpell).toList();
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Map<String, AttributeValue> item : spelled) {
            lines.writeBytes(spelling.write(item));
            lines.write('\n');
        }

        List<Map<String, Object>> read = new ArrayList<>();
        RecordReader reader = spelling.format.open(
                new ByteArrayInputStream(lines.toByteArray()),
                new ReaderContext("", "", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        BackupRecord record = new BackupRecord();
        while (reader.next(record)) {
            read.add(Values.plain(
                    ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength())
                            .attributes()));
            record.clear();
        }

        assertThat(read).isEqualTo(spelled.stream().map(Values::plain).toList());
    }

    @Provide
    Arbitrary<List<Map<String, AttributeValue>>> items() {
        return Combinators.combine(attributes(BRANCHING_LEVELS, 1), deep(), Arbitraries.of(true, false))
                .as((attributes, deep, hasDeep) -> {
                    Map<String, AttributeValue> item = new LinkedHashMap<>(attributes);
                    if (hasDeep) {
                        item.put("deep", deep);
                    }
                    return item;
                })
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    /** A value within as many maps and lists as DynamoDB takes, or fewer. */
    private static Arbitrary<AttributeValue> deep() {
        return Combinators.combine(
                        values(0),
                        Arbitraries.of(true, false).list().ofMaxSize(MAX_CONTAINERS),
                        texts(1),
                        Arbitraries.of(true, false))
                .as((innermost, isMap, name, isDeepest) -> {
                    AttributeValue value = innermost;
                    List<Boolean> levels = new ArrayList<>(isMap);
                    while (isDeepest && levels.size() < MAX_CONTAINERS) {
                        levels.add(levels.size() % 2 == 0);
                    }
                    for (boolean map : levels) {
                        value = map ? AttributeValue.fromM(Map.of(name, value)) : AttributeValue.fromL(List.of(value));
                    }
                    return value;
                });
    }

    private static Arbitrary<Map<String, AttributeValue>> attributes(int levels, int least) {
        Arbitrary<String> names =
                Arbitraries.oneOf(Arbitraries.of("s", "S", "m", "l", "nULLValue", "Keys", "Item"), texts(1));
        return Arbitraries.maps(names, values(levels)).ofMinSize(least).ofMaxSize(levels == BRANCHING_LEVELS ? 6 : 3);
    }

    private static Arbitrary<AttributeValue> values(int levels) {
        List<Arbitrary<AttributeValue>> types = new ArrayList<>(List.of(
                texts(0).map(AttributeValue::fromS),
                numbers().map(AttributeValue::fromN),
                binaries().map(AttributeValue::fromB),
                texts(0).list().uniqueElements().ofMinSize(1).ofMaxSize(4).map(AttributeValue::fromSs),
                numbers()
                        .list()
                        .uniqueElements(FormatPropertyTest::canonical)
                        .ofMinSize(1)
                        .ofMaxSize(4)
                        .map(AttributeValue::fromNs),
                binaries().list().uniqueElements().ofMinSize(1).ofMaxSize(4).map(AttributeValue::fromBs),
                Arbitraries.of(true, false).map(AttributeValue::fromBool),
                Arbitraries.just(AttributeValue.fromNul(true))));
        if (levels > 0) {
            types.add(attributes(levels - 1, 0).map(AttributeValue::fromM));
            types.add(values(levels - 1).list().ofMaxSize(3).map(AttributeValue::fromL));
        }
        return Arbitraries.oneOf(types);
    }

    private static Arbitrary<String> texts(int least) {
        Arbitrary<String> pieces = Arbitraries.oneOf(
                Arbitraries.strings().withCharRange('\0', '\ud7ff').ofMaxLength(5),
                Arbitraries.strings().withCharRange('\ue000', '\uffff').ofMaxLength(3),
                Arbitraries.strings().ascii().ofMaxLength(20),
                Arbitraries.of("\"", "\\", "'", "{\"s\":", "\u2028", "\ud83d\ude00", "\udbff\udfff"));
        return pieces.list().ofMaxSize(3).map(list -> String.join("", list)).filter(text -> text.length() >= least);
    }

    /** Up to 38 digits, from the smallest to the largest that DynamoDB takes. */
    private static Arbitrary<String> numbers() {
        BigInteger most = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
        return Combinators.combine(
                        Arbitraries.bigIntegers().between(most.negate(), most),
                        Arbitraries.integers().between(-87, 130))
                .as((digits, scale) -> new BigDecimal(digits, scale).toString());
    }

    private static BigDecimal canonical(String number) {
        BigDecimal value = new BigDecimal(number);
        return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    }

    private static Arbitrary<SdkBytes> binaries() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(9).map(SdkBytes::fromByteArray);
    }
}
