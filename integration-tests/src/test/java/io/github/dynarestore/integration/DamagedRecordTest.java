package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.format.export.DynamoDbExportFormat;
import io.github.dynarestore.format.hive.EmrExportFormat;
import io.github.dynarestore.format.stream.KinesisFormat;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.json.Documents;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemSpeller.Dialect;
import io.github.dynarestore.json.JacksonNode;
import io.github.dynarestore.json.JsonSpeller;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.jspecify.annotations.Nullable;

/**
 * Whatever the records of a format are, and whatever happens to their bytes, the format reads exactly those that the oracle
 * takes, with the same keys and images, and refuses all others.
 */
class DamagedRecordTest {

    private static final int TRIES = 2_000;
    private static final int OBJECTS_A_TRY = 20 * Documents.ROUNDS;
    private static final int MOST_RECORDS = 4;

    /** More than most objects have, and so little that the buffer of a reader costs no time. */
    private static final int MAX_RECORD_BYTES = 32 * 1024;

    private static final KeyReader KEYS = new KeyReader(new KeySchema(
            new KeySchema.Attribute("pk", KeySchema.Type.S), new KeySchema.Attribute("sk", KeySchema.Type.S)));

    private static final String[] FRAGMENTS = {
        "\\u12",
        "\"S\":",
        "\"pk\":{\"S\":\"k\"},",
        "\"Item\":{}",
        "\"NewImage\":{},",
        "\"Keys\":{}",
        ",\"x1\":1",
        "\"B\":\"WQ==\""
    };

    /** A format whose images stand in its records as JSON. */
    enum Spelling {
        STREAM_LINES(new StreamFormat(), Dialect.DYNAMODB, RecordSpeller::streamLines, RecordOracle::stream),
        STREAMS_RECORDS(new StreamFormat(), Dialect.DYNAMODB, RecordSpeller::streamsRecords, RecordOracle::stream),
        KINESIS(new KinesisFormat(), Dialect.KINESIS, RecordSpeller::kinesis, RecordOracle::kinesis),
        EMR_EXPORT(new EmrExportFormat(), Dialect.EMR, RecordSpeller::emrExport, RecordOracle::emrExport),
        FULL_EXPORT(new DynamoDbExportFormat(), Dialect.DYNAMODB, RecordSpeller::fullExport, RecordOracle::export),
        INCREMENTAL_EXPORT(
                new DynamoDbExportFormat(), Dialect.DYNAMODB, RecordSpeller::incrementalExport, RecordOracle::export);

        private final BackupFormat format;
        private final Dialect dialect;
        private final Function<RecordSpeller, Supplier<String>> writer;
        private final RecordOracle.Reading oracle;
        private int accepted;
        private int refused;
        private int oldImages;

        Spelling(
                BackupFormat format,
                Dialect dialect,
                Function<RecordSpeller, Supplier<String>> writer,
                RecordOracle.Reading oracle) {
            this.format = format;
            this.dialect = dialect;
            this.writer = writer;
            this.oracle = oracle;
        }

        private boolean hasOldImages() {
            return this != EMR_EXPORT && this != FULL_EXPORT;
        }
    }

    /** An oracle that took nothing, or all, would agree with readers that do. */
    @AfterContainer
    static void allHappens() {
        Documents.sayHowMany("DamagedRecordTest");
        for (Spelling spelling : Spelling.values()) {
            int all = spelling.accepted + spelling.refused;
            System.out.println("DamagedRecordTest: " + spelling + " " + spelling.accepted + " read, "
                    + spelling.oldImages + " of them with old images, " + spelling.refused + " refused");
            assertThat(spelling.accepted).as("%s", spelling).isGreaterThan(all / 6);
            assertThat(spelling.refused).as("%s", spelling).isGreaterThan(all / 4);
            assertThat(spelling.oldImages)
                    .as("%s", spelling)
                    .isGreaterThanOrEqualTo(spelling.hasOldImages() ? all / 10 : 0);
        }
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void next_anyRecords_areReadOrRefusedAsByTheOracle(@ForAll long seed, @ForAll Spelling spelling)
            throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < OBJECTS_A_TRY; i++) {
            compare(spelling, records(spelling, random));
        }
    }

    /** Records of one object, which one writer wrote; the last one may be damaged. */
    private static List<byte[]> records(Spelling spelling, Random random) {
        RecordSpeller speller = new RecordSpeller(random, spelling.dialect);
        Supplier<String> writer = spelling.writer.apply(speller);
        List<byte[]> records = new ArrayList<>();
        for (int i = 1 + random.nextInt(MOST_RECORDS - 1); i > 0; i--) {
            records.add(writer.get().getBytes(UTF_8));
        }
        speller.err(random.nextInt(3) == 0 ? random.nextInt(80) : 0);
        byte[] last = writer.get().getBytes(UTF_8);
        for (int i = random.nextInt(3); i > 0; i--) {
            last = random.nextInt(4) == 0 ? withFragment(last, random) : new JsonSpeller(random).damage(last);
        }
        records.add(last);
        return records.subList(random.nextInt(records.size()), records.size());
    }

    private static byte[] withFragment(byte[] record, Random random) {
        int at = random.nextInt(record.length + 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(record, 0, at);
        out.writeBytes(FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(ISO_8859_1));
        out.write(record, at, record.length - at);
        return out.toByteArray();
    }

    private static void compare(Spelling spelling, List<byte[]> records) throws IOException {
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        records.forEach(record -> {
            object.writeBytes(record);
            object.write('\n');
        });
        RecordReader reader = spelling.format.open(
                new ByteArrayInputStream(object.toByteArray()),
                new ReaderContext("", "", Instant.EPOCH, Math.max(MAX_RECORD_BYTES, object.size() + 1)));
        BackupRecord record = new BackupRecord();
        for (int i = 0; i < records.size(); i++) {
            byte[] bytes = i == 0 ? withoutMark(records.get(i)) : records.get(i);
            Supplier<String> as = () -> spelling + " " + object.toString(ISO_8859_1);
            JacksonNode.Value value = JacksonNode.firstDistinct(bytes);
            RecordOracle expected = RecordOracle.of(value == null ? null : value.node(), spelling.oracle);
            Documents.counted();
            String reason = refusal(reader, record);
            if (expected == null || !expected.hasKeysOfTable()) {
                assertThat(reason).as(as).isNotNull();
                spelling.refused++;
                if (reason.startsWith("json.")) {
                    // Where the next one begins is another matter.
                    return;
                }
            } else {
                assertThat(reason).as(as).isNull();
                spelling.accepted++;
                spelling.oldImages += record.hasOldImage() ? 1 : 0;
                byte[] raw = record.raw();
                int from = value.end() - record.byteLength();
                assertThat(Arrays.equals(bytes, from, from + raw.length, raw, 0, raw.length))
                        .as(as)
                        .isTrue();
                assertSame(record, expected, as);
            }
        }
    }

    /** At the beginning of an object it is no part of the first record. */
    private static byte[] withoutMark(byte[] record) {
        boolean hasMark =
                record.length >= 3 && record[0] == (byte) 0xef && record[1] == (byte) 0xbb && record[2] == (byte) 0xbf;
        return hasMark ? Arrays.copyOfRange(record, 3, record.length) : record;
    }

    /** Reads a record, and its keys as the survey does. */
    private static @Nullable String refusal(RecordReader reader, BackupRecord record) throws IOException {
        record.clear();
        try {
            if (!reader.next(record)) {
                return "nothing";
            }
            if (record.hasKeys()) {
                KEYS.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
            }
            return null;
        } catch (MalformedRecordException e) {
            return e.reason();
        } catch (InvalidItemException e) {
            return "keys: " + e.reason();
        }
    }

    private static void assertSame(BackupRecord record, RecordOracle expected, Supplier<String> as) {
        assertThat(record.kind() == BackupRecord.Kind.PUT).as(as).isEqualTo(expected.isPut());
        assertThat(node(record.keysBytes(), record.keysOffset(), record.keysLength()))
                .as(as)
                .isEqualTo(expected.keys());
        assertThat(node(record.newImageBytes(), record.newImageOffset(), record.newImageLength()))
                .as(as)
                .isEqualTo(expected.newImage());
        assertThat(node(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength()))
                .as(as)
                .isEqualTo(expected.oldImage());
        if (record.hasNewImage()) {
            assertThat((long) record.newItemSizeBytes()).as(as).isEqualTo(expected.newItemSizeBytes());
        }
        if (expected.sequenceNumber() != null) {
            BigInteger million3 = BigInteger.TEN.pow(18);
            BigInteger number = BigInteger.valueOf(record.orderHigh())
                    .multiply(million3)
                    .add(BigInteger.valueOf(record.orderMiddle()))
                    .multiply(million3)
                    .add(BigInteger.valueOf(record.orderLow()));
            assertThat(number).as(as).isEqualTo(expected.sequenceNumber());
        }
    }

    /** What a slice holds; null if there is none. */
    private static @Nullable JacksonNode node(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return null;
        }
        JacksonNode node = JacksonNode.parseDistinct(Arrays.copyOfRange(bytes, offset, offset + length));
        assertThat(node).isNotNull();
        return node;
    }
}
