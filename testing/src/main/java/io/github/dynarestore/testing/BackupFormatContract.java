package io.github.dynarestore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What every {@link BackupFormat} must hold to. The author of a format extends this class in the format's own tests and
 * gives a small sample, a few kilobytes at most, since it is cut at each of its bytes.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class BackupFormatContract {

    private static final int WHOLE = Integer.MAX_VALUE;
    private static final List<Integer> CHUNK_BYTES = List.of(1, 2, 3, 16, 17, 61, 1024, WHOLE);
    private static final int MAX_SAMPLE_BYTES = 64 * 1024;

    /** For subclasses. */
    protected BackupFormatContract() {}

    /**
     * What a record of the sample must be read as.
     *
     * @param kind put or delete
     * @param keysJson the key attributes in DynamoDB JSON; null if the record does not say them apart
     * @param newImageJson the new image in DynamoDB JSON; null if there is none
     * @param order its place
     * @param timeEpochMicros its time in microseconds since 1970 UTC; null if it does not say one
     */
    public record ExpectedRecord(
            BackupRecord.Kind kind,
            @Nullable String keysJson,
            @Nullable String newImageJson,
            ChangeOrder order,
            @Nullable Long timeEpochMicros) {}

    /**
     * A record of the sample.
     *
     * @param encoded the record as it stands in a backup, in UTF-8, without a delimiter
     * @param expected what it must be read as
     */
    public record SampleRecord(String encoded, ExpectedRecord expected) {

        private byte[] bytes() {
            return encoded.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** How records lie in an object. */
    public enum Layout {
        /** One after the other; the last one needs no delimiter, since a record shows its own end. */
        SELF_DELIMITING,
        /** One after the other, each with a delimiter; a last one without its delimiter counts as cut short. */
        TERMINATED,
        /** One to an object, which shows its own end. */
        ONE_PER_OBJECT
    }

    /** Returns the format under test; a new one or always the same one. */
    protected abstract BackupFormat format();

    /** Returns the records of the sample, at least two, of different lengths. */
    protected abstract List<SampleRecord> sample();

    /** Returns what may stand after a record, such as a line feed, or nothing at all. */
    protected abstract List<String> delimiters();

    /** Says how records lie in an object. */
    protected Layout layout() {
        return Layout.SELF_DELIMITING;
    }

    /** Returns records that cannot be used, without delimiters, and behind which reading goes on; none if there are none. */
    protected List<String> garbage() {
        return List.of();
    }

    /** Returns the key of the object that the sample is said to come from. */
    protected String objectKey() {
        return "backup/object";
    }

    /** Returns beginnings of objects that the format must not take for its own. */
    protected List<byte[]> aliens() {
        byte[] picture = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
        return List.of(picture);
    }

    @Test
    void id_format_isLowerCaseWords() {
        assertThat(format().id()).matches("[a-z][a-z0-9-]{0,39}");
    }

    @TestFactory
    Stream<DynamicTest> next_anyDelimiterChunkAndCompression_readsTheRecords() {
        return objects()
                .flatMap(object -> CHUNK_BYTES.stream()
                        .flatMap(chunk -> Stream.of(Compression.values())
                                .map(compression -> DynamicTest.dynamicTest(
                                        object.name + ", chunks of " + (chunk == WHOLE ? "any" : chunk) + " bytes, "
                                                + compression,
                                        () -> assertReads(
                                                object, read(compression.open(object.bytes), chunk, WHOLE_RECORDS))))));
    }

    @TestFactory
    Stream<DynamicTest> next_cutAtAnyByte_readsWhatIsWholeAndReportsTheRest() {
        return objects()
                .map(object -> DynamicTest.dynamicTest(object.name, () -> {
                    for (int cut = 0; cut < object.bytes.length; cut++) {
                        assertCut(object, cut);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> next_garbageInTheMiddle_reportsItsPlaceAndGoesOn() {
        assumeTrue(!garbage().isEmpty(), "the format's author gives no garbage");
        assumeTrue(layout() != Layout.ONE_PER_OBJECT, "an object holds one record");
        return delimiters().stream()
                .filter(delimiter -> !delimiter.isEmpty())
                .flatMap(delimiter -> garbage().stream()
                        .map(garbage ->
                                DynamicTest.dynamicTest(shown(delimiter) + ", garbage " + shown(garbage), () -> {
                                    SampleObject object = SampleObject.with(sample(), delimiter, garbage);
                                    for (int chunk : CHUNK_BYTES) {
                                        Reading reading =
                                                read(new ByteArrayInputStream(object.bytes), chunk, WHOLE_RECORDS);
                                        assertReads(object, reading.withoutErrors());
                                        assertThat(reading.errors)
                                                .as("errors, chunks of %d bytes", chunk)
                                                .hasSize(1);
                                        assertThat(reading.errors.get(0))
                                                .isInstanceOfSatisfying(MalformedRecordException.class, malformed -> {
                                                    assertThat(malformed.byteOffset())
                                                            .isEqualTo(object.garbageFrom);
                                                    assertThat(malformed.reason())
                                                            .isNotBlank();
                                                });
                                    }
                                })));
    }

    @TestFactory
    Stream<DynamicTest> next_twoReadersOneAfterTheOtherAndInterleaved_giveTheSame() {
        return objects()
                .map(object -> DynamicTest.dynamicTest(object.name, () -> {
                    BackupFormat format = format();
                    Reading first = read(format, new ByteArrayInputStream(object.bytes), WHOLE, WHOLE_RECORDS);
                    Reading second = read(format, new ByteArrayInputStream(object.bytes), 7, WHOLE_RECORDS);
                    assertThat(second.records).isEqualTo(first.records);

                    try (RecordReader one =
                                    format.open(new ByteArrayInputStream(object.bytes), context(WHOLE_RECORDS));
                            RecordReader two =
                                    format.open(new ByteArrayInputStream(object.bytes), context(WHOLE_RECORDS))) {
                        BackupRecord ofOne = new BackupRecord();
                        BackupRecord ofTwo = new BackupRecord();
                        for (ReadRecord expected : first.records) {
                            ofOne.clear();
                            ofTwo.clear();
                            assertThat(one.next(ofOne)).isTrue();
                            assertThat(two.next(ofTwo)).isTrue();
                            assertThat(ReadRecord.of(ofOne)).isEqualTo(expected);
                            assertThat(ReadRecord.of(ofTwo)).isEqualTo(expected);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> next_recordUsedBefore_holdsNothingOfTheOldOne() {
        return objects()
                .map(object -> DynamicTest.dynamicTest(object.name, () -> {
                    List<ReadRecord> inFreshOnes = new ArrayList<>();
                    try (RecordReader reader =
                            format().open(new ByteArrayInputStream(object.bytes), context(WHOLE_RECORDS))) {
                        BackupRecord fresh = new BackupRecord();
                        while (reader.next(fresh)) {
                            inFreshOnes.add(ReadRecord.of(fresh));
                            fresh = new BackupRecord();
                        }
                    }
                    Reading inOne = read(new ByteArrayInputStream(object.bytes), WHOLE, WHOLE_RECORDS);
                    assertThat(inOne.records).isEqualTo(inFreshOnes);
                }));
    }

    @Test
    void close_reader_leavesTheInputOpen() throws IOException {
        SampleObject object = objects().findFirst().orElseThrow();
        boolean[] closed = {false};
        InputStream input = new FilterInputStream(new ByteArrayInputStream(object.bytes)) {
            @Override
            public void close() throws IOException {
                closed[0] = true;
                super.close();
            }
        };
        RecordReader reader = format().open(input, context(WHOLE_RECORDS));
        assertThat(reader.next(new BackupRecord())).isTrue();
        reader.close();
        assertThat(closed[0]).as("the engine closes the input, not the reader").isFalse();
    }

    @Test
    void next_recordLongerThanAllowed_isMalformed() {
        SampleRecord longest = sample().stream()
                .max(Comparator.comparingInt(record -> record.bytes().length))
                .orElseThrow();
        int allowed = longest.bytes().length / 2;
        SampleObject object = SampleObject.of(List.of(longest), delimiters().get(0), layout());

        Reading reading = read(new ByteArrayInputStream(object.bytes), WHOLE, allowed);

        assertThat(reading.records).isEmpty();
        assertThat(reading.errors).hasSize(1).first().isInstanceOf(MalformedRecordException.class);
    }

    @TestFactory
    Stream<DynamicTest> recognise_ownSample_isNotRefused() {
        return objects()
                .map(object -> DynamicTest.dynamicTest(object.name, () -> {
                    byte[] first = Arrays.copyOf(object.bytes, Math.min(object.bytes.length, MAX_SAMPLE_BYTES));
                    boolean isWhole = first.length == object.bytes.length;
                    assertThat(format().recognise(new BackupSample(objectKey(), first, isWhole)))
                            .isIn(Recognition.CERTAIN, Recognition.POSSIBLE);
                    int firstRecord = object.ends.get(0) + 1;
                    if (firstRecord < first.length) {
                        assertThat(format().recognise(new BackupSample(
                                        objectKey(), Arrays.copyOf(first, firstRecord), false)))
                                .as("when only the first record is in the sample")
                                .isIn(Recognition.CERTAIN, Recognition.POSSIBLE);
                    }
                }));
    }

    @Test
    void recognise_alienSample_isRefused() {
        for (byte[] alien : aliens()) {
            assertThat(format().recognise(new BackupSample(objectKey(), alien, true)))
                    .as("recognition of %s", shown(new String(alien, StandardCharsets.ISO_8859_1)))
                    .isEqualTo(Recognition.NO);
        }
    }

    private static final int WHOLE_RECORDS = ReaderContext.DEFAULT_MAX_RECORD_BYTES;

    private Stream<SampleObject> objects() {
        List<SampleRecord> sample = sample();
        assertThat(sample).as("the sample").hasSizeGreaterThanOrEqualTo(2);
        if (layout() == Layout.ONE_PER_OBJECT) {
            return sample.stream()
                    .flatMap(record -> delimiters().stream()
                            .map(delimiter -> SampleObject.of(List.of(record), delimiter, layout())));
        }
        return delimiters().stream().map(delimiter -> SampleObject.of(sample, delimiter, layout()));
    }

    private ReaderContext context(int maxRecordBytes) {
        return new ReaderContext("s3://bucket/" + objectKey(), objectKey(), Instant.EPOCH, maxRecordBytes);
    }

    private void assertReads(SampleObject object, Reading reading) {
        assertThat(reading.errors).as("errors").isEmpty();
        assertThat(reading.records).as("records").hasSize(object.records.size());
        for (int i = 0; i < reading.records.size(); i++) {
            assertRecord(object, i, reading.records.get(i));
        }
    }

    private void assertCut(SampleObject object, int cut) {
        byte[] beginning = Arrays.copyOf(object.bytes, cut);
        Reading reading = read(new ByteArrayInputStream(beginning), WHOLE, WHOLE_RECORDS);
        int whole = 0;
        while (whole < object.records.size() && object.wholeFrom.get(whole) <= cut) {
            whole++;
        }
        assertThat(reading.records).as("records before a cut at byte %d", cut).hasSize(whole);
        for (int i = 0; i < whole; i++) {
            assertRecord(object, i, reading.records.get(i));
        }
        boolean withinRecord = whole < object.records.size() && object.starts.get(whole) < cut;
        if (withinRecord) {
            assertThat(reading.errors)
                    .as("errors for the record that a cut at byte %d leaves incomplete", cut)
                    .hasSize(1);
        } else {
            assertThat(reading.errors)
                    .as("errors for a cut at byte %d, between records", cut)
                    .isEmpty();
        }
        if (withinRecord && reading.errors.get(0) instanceof MalformedRecordException malformed) {
            assertThat(malformed.byteOffset())
                    .as("place of the record that a cut at byte %d leaves incomplete", cut)
                    .isBetween((long) (whole == 0 ? 0 : object.ends.get(whole - 1)), (long) object.starts.get(whole));
        }
    }

    private static void assertRecord(SampleObject object, int index, ReadRecord actual) {
        ExpectedRecord expected = object.records.get(index).expected();
        assertThat(actual.kind).as("kind of record %d", index).isEqualTo(expected.kind());
        assertThat(actual.keys).as("keys of record %d", index).isEqualTo(attributes(expected.keysJson()));
        assertThat(actual.newImage).as("new image of record %d", index).isEqualTo(attributes(expected.newImageJson()));
        assertThat(actual.order).as("order of record %d", index).isEqualTo(expected.order());
        assertThat(actual.timeEpochMicros).as("time of record %d", index).isEqualTo(expected.timeEpochMicros());

        long from = actual.byteOffset;
        long to = from + actual.byteLength;
        assertThat(from)
                .as("where record %d begins", index)
                .isBetween((long) (index == 0 ? 0 : object.ends.get(index - 1)), (long) object.starts.get(index));
        assertThat(to).as("where record %d ends", index).isBetween((long) object.ends.get(index), (long)
                object.limits.get(index));
    }

    private static @Nullable Map<String, AttributeValue> attributes(@Nullable String json) {
        if (json == null) {
            return null;
        }
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return ItemImage.wrap(bytes, 0, bytes.length).attributes();
    }

    private Reading read(InputStream input, int chunk, int maxRecordBytes) {
        return read(format(), input, chunk, maxRecordBytes);
    }

    /** Reads all, with one record used again and again as the engine does it. */
    private Reading read(BackupFormat format, InputStream input, int chunk, int maxRecordBytes) {
        Reading reading = new Reading(new ArrayList<>(), new ArrayList<>());
        try (ChunkedInput chunks = new ChunkedInput(input, chunk);
                RecordReader reader = format.open(chunks, context(maxRecordBytes))) {
            BackupRecord record = new BackupRecord();
            // Each call uses up a byte at least, or is at the end: a reader that never ends shows itself here.
            for (long calls = 0; calls <= chunks.givenBytes + 1; calls++) {
                record.clear();
                try {
                    if (!reader.next(record)) {
                        assertStaysAtEnd(reader, record);
                        return reading;
                    }
                    reading.records.add(ReadRecord.of(record));
                } catch (MalformedRecordException malformed) {
                    reading.errors.add(malformed);
                }
            }
            return fail("the reader does not come to an end");
        } catch (IOException e) {
            reading.errors.add(e);
            return reading;
        }
    }

    private static void assertStaysAtEnd(RecordReader reader, BackupRecord record) throws IOException {
        for (int i = 0; i < 3; i++) {
            record.clear();
            assertThat(reader.next(record)).as("a further record after the end").isFalse();
        }
    }

    private static String shown(String text) {
        StringBuilder shown = new StringBuilder("\"");
        text.chars().limit(40).forEach(c -> {
            if (c >= ' ' && c < 0x7f) {
                shown.append((char) c);
            } else {
                shown.append(String.format("\\u%04x", c));
            }
        });
        return shown.append('"').toString();
    }

    /** How an object's bytes are kept. */
    private enum Compression {
        PLAIN {
            @Override
            InputStream open(byte[] bytes) {
                return new ByteArrayInputStream(bytes);
            }
        },
        GZIP {
            @Override
            InputStream open(byte[] bytes) throws IOException {
                ByteArrayOutputStream compressed = new ByteArrayOutputStream();
                member(compressed, bytes, 0, bytes.length);
                // Safe only over bytes at hand: over a slow stream it takes a pause for the end of the object.
                return new GZIPInputStream(new ByteArrayInputStream(compressed.toByteArray()));
            }
        },
        GZIP_OF_SEVERAL_MEMBERS {
            @Override
            InputStream open(byte[] bytes) throws IOException {
                ByteArrayOutputStream compressed = new ByteArrayOutputStream();
                int third = bytes.length / 3;
                member(compressed, bytes, 0, third);
                member(compressed, bytes, third, third);
                member(compressed, bytes, third, 2 * third);
                member(compressed, bytes, 2 * third, bytes.length);
                return new GZIPInputStream(new ByteArrayInputStream(compressed.toByteArray()));
            }
        };

        abstract InputStream open(byte[] bytes) throws IOException;

        private static void member(ByteArrayOutputStream to, byte[] bytes, int from, int until) throws IOException {
            try (GZIPOutputStream gzip = new GZIPOutputStream(to)) {
                gzip.write(bytes, from, until - from);
            }
        }
    }

    /** Gives at most so many bytes at a time, and never says how many more there are. */
    private static final class ChunkedInput extends FilterInputStream {

        private final int chunk;
        long givenBytes;

        ChunkedInput(InputStream in, int chunk) {
            super(in);
            this.chunk = chunk;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int given = super.read(to, offset, Math.min(length, chunk));
            givenBytes += Math.max(0, given);
            return given;
        }

        @Override
        public int read() throws IOException {
            int given = super.read();
            givenBytes += given < 0 ? 0 : 1;
            return given;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = super.skip(Math.min(bytes, chunk));
            givenBytes += skipped;
            return skipped;
        }

        @Override
        public int available() {
            return 0;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    /** What a reader gave; records in their order, errors in theirs. */
    private record Reading(List<ReadRecord> records, List<IOException> errors) {

        Reading withoutErrors() {
            return new Reading(records, List.of());
        }
    }

    /** A record taken out of the buffer, to be compared. */
    private record ReadRecord(
            BackupRecord.Kind kind,
            @Nullable Map<String, AttributeValue> keys,
            @Nullable Map<String, AttributeValue> newImage,
            @Nullable Map<String, AttributeValue> oldImage,
            ChangeOrder order,
            @Nullable Long timeEpochMicros,
            boolean isExpiry,
            @Nullable String tableName,
            long byteOffset,
            int byteLength) {

        static ReadRecord of(BackupRecord record) {
            return new ReadRecord(
                    record.kind(),
                    slice(record.hasKeys(), record.keysBytes(), record.keysOffset(), record.keysLength()),
                    slice(
                            record.hasNewImage(),
                            record.newImageBytes(),
                            record.newImageOffset(),
                            record.newImageLength()),
                    slice(
                            record.hasOldImage(),
                            record.oldImageBytes(),
                            record.oldImageOffset(),
                            record.oldImageLength()),
                    new ChangeOrder(record.orderBasis(), record.orderHigh(), record.orderMiddle(), record.orderLow()),
                    record.hasTime() ? record.timeEpochMicros() : null,
                    record.isExpiry(),
                    record.tableName(),
                    record.byteOffset(),
                    record.byteLength());
        }

        private static @Nullable Map<String, AttributeValue> slice(
                boolean isThere, byte[] bytes, int offset, int length) {
            try {
                return isThere ? ItemImage.wrap(bytes, offset, length).attributes() : null;
            } catch (UncheckedIOException | IndexOutOfBoundsException e) {
                throw new AssertionError(
                        "the record's slice is not an item in DynamoDB JSON: "
                                + shown(new String(bytes, offset, Math.min(length, 40), StandardCharsets.UTF_8)),
                        e);
            }
        }
    }

    /** An object made of the sample, and where its records lie in it. */
    private static final class SampleObject {

        final String name;
        final List<SampleRecord> records;
        final List<Integer> starts = new ArrayList<>();
        final List<Integer> ends = new ArrayList<>();

        /** How far a record may say it reaches: to where the next one begins. */
        final List<Integer> limits = new ArrayList<>();

        /** How much of the object must be there for a record to count as whole. */
        final List<Integer> wholeFrom = new ArrayList<>();

        byte[] bytes = new byte[0];
        long garbageFrom = -1;

        private SampleObject(String name, List<SampleRecord> records) {
            this.name = name;
            this.records = records;
        }

        static SampleObject of(List<SampleRecord> records, String delimiter, Layout layout) {
            return build(records, delimiter, layout, null);
        }

        static SampleObject with(List<SampleRecord> records, String delimiter, String garbage) {
            return build(records, delimiter, Layout.SELF_DELIMITING, garbage);
        }

        private static SampleObject build(
                List<SampleRecord> records, String delimiter, Layout layout, @Nullable String garbage) {
            String name = records.size() == 1 ? "record " + shown(records.get(0).encoded()) : "all records";
            SampleObject object = new SampleObject(name + ", delimiter " + shown(delimiter), records);
            byte[] end = delimiter.getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < records.size(); i++) {
                if (garbage != null && i == records.size() / 2) {
                    object.garbageFrom = out.size();
                    out.writeBytes(garbage.getBytes(StandardCharsets.UTF_8));
                    out.writeBytes(end);
                }
                object.starts.add(out.size());
                out.writeBytes(records.get(i).bytes());
                object.ends.add(out.size());
                out.writeBytes(end);
                object.limits.add(out.size());
                object.wholeFrom.add(layout == Layout.TERMINATED ? out.size() : object.ends.get(i));
            }
            object.bytes = out.toByteArray();
            return object;
        }
    }
}
