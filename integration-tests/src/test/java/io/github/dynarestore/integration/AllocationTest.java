package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.dynarestore.format.export.DynamoDbExportFormat;
import io.github.dynarestore.format.hive.EmrExportFormat;
import io.github.dynarestore.format.stream.KinesisFormat;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What formats and batches allocate and copy for each record stays under its bounds; nothing here is timed. Whole passes
 * are in {@code PassAllocationTest}.
 */
class AllocationTest {

    private static final int RECORDS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** A put's braces and names, and a part of the request's own. */
    private static final int BODY_BYTES_BESIDE_IMAGE = 35;

    /** A reader has a buffer of 256 KiB, which is 13 bytes for each of these records. */
    private static final int READER_BYTES = 16;

    /** Where a write stands in its body, whose it is and what it takes, and a share of what holds that. */
    private static final int PLACES_BYTES = 40;

    /** A format of JSON, and what a line of it looks like. */
    enum Lines {
        STREAM(new StreamFormat(), READER_BYTES, AllocationTest::streamLine),
        /** Has binary in both images, encoded twice. */
        KINESIS(
                new KinesisFormat(),
                READER_BYTES,
                i -> "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"" + new UUID(i, ~i)
                        + "\",\"eventName\":\"MODIFY\",\"tableName\":\"orders\",\"dynamodb\":{\"ApproximateCreationDateTime\":170925120"
                        + i + ",\"Keys\":" + key(i) + ",\"NewImage\":"
                        + image(i, 2).replace("AAE=", "QUFFPQ==")
                        + ",\"OldImage\":" + image(i, 1).replace("AAE=", "QUFFPQ==")
                        + ",\"SizeBytes\":9},\"eventSource\":\"aws:dynamodb\"}"),
        EXPORT(new DynamoDbExportFormat(), READER_BYTES, i -> "{\"Item\":" + image(i, 2) + "}"),
        /** Tags are written over in a copy of the buffer. */
        EMR(
                new EmrExportFormat(),
                2 * READER_BYTES,
                i -> "{\"pk\":{\"s\":\"customer#" + i
                        + "\"},\"version\":{\"n\":\"2\"},\"tags\":{\"sS\":[\"a\",\"b\"]}}");

        private final BackupFormat format;
        private final int mostBytes;
        private final byte[] lines;

        Lines(BackupFormat format, int mostBytes, IntFunction<String> line) {
            this.format = format;
            this.mostBytes = mostBytes;
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < RECORDS; i++) {
                all.writeBytes((line.apply(i) + "\n").getBytes(StandardCharsets.UTF_8));
            }
            lines = all.toByteArray();
        }

        RecordReader open() throws IOException {
            return format.open(
                    new ByteArrayInputStream(lines),
                    new ReaderContext("", "", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        }
    }

    private static String streamLine(int i) {
        return "{\"Keys\":" + key(i) + ",\"NewImage\":" + image(i, 2) + ",\"OldImage\":" + image(i, 1)
                + ",\"SequenceNumber\":\"" + (4_000_000_000_000_000_000L + i)
                + "\",\"SizeBytes\":9,\"ApproximateCreationDateTime\":1709251200,\"eventName\":\"MODIFY\"}";
    }

    private static String key(int i) {
        return "{\"pk\":{\"S\":\"customer#" + i + "\"}}";
    }

    private static String image(int i, int version) {
        return "{\"pk\":{\"S\":\"customer#" + i + "\"},\"version\":{\"N\":\"" + version
                + "\"},\"city\":{\"S\":\"Reykjav\u00edk\"},\"tags\":{\"SS\":[\"alpha\",\"beta\"]},\"note\":{\"S\":\"a\\nb\"},"
                + "\"lines\":{\"L\":[{\"M\":{\"n\":{\"N\":\"-1.50\"}}},{\"NULL\":true},{\"BOOL\":false},{\"B\":\"AAE=\"}]}}";
    }

    /** What is measured. */
    private interface Work {
        void run() throws IOException, InvalidItemException;
    }

    /** Bytes that this thread allocates for a record, once classes are loaded and buffers have grown. */
    private static double bytesPerRecord(Work work) throws IOException, InvalidItemException {
        work.run();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) RECORDS;
    }

    @ParameterizedTest
    @EnumSource
    void next_record_allocatesNextToNothing(Lines lines) throws IOException, InvalidItemException {
        double bytes = bytesPerRecord(() -> assertThat(read(lines)).isEqualTo(RECORDS));

        assertThat(bytes).isLessThan(lines.mostBytes);
    }

    private static int read(Lines lines) throws IOException {
        RecordReader reader = lines.open();
        BackupRecord record = new BackupRecord();
        int count = 0;
        while (reader.next(record)) {
            count++;
            record.clear();
        }
        return count;
    }

    @Test
    void batch_item_isCopiedIntoTheBodyAndNowhereElse() throws IOException, InvalidItemException {
        WriteBatcher batcher = new WriteBatcher("orders");
        long[] imageBytes = new long[1];
        long[] bodyBytes = new long[1];
        Work work = () -> {
            imageBytes[0] = 0;
            bodyBytes[0] = 0;
            RecordReader reader = Lines.STREAM.open();
            BackupRecord record = new BackupRecord();
            for (int i = 0; reader.next(record); i++) {
                imageBytes[0] += record.newImageLength();
                if (!put(batcher, record, i)) {
                    bodyBytes[0] += batcher.seal().bodyLength();
                    put(batcher, record, i);
                }
                record.clear();
            }
            bodyBytes[0] += batcher.seal().bodyLength();
        };

        double bytes = bytesPerRecord(work);

        double imageOfOne = imageBytes[0] / (double) RECORDS;
        assertThat(bodyBytes[0] / (double) RECORDS).isBetween(imageOfOne, imageOfOne + BODY_BYTES_BESIDE_IMAGE);
        assertThat(bytes).isLessThan(READER_BYTES + imageOfOne + BODY_BYTES_BESIDE_IMAGE + PLACES_BYTES);
    }

    /** Room for the next body is what the last one took, and what comes on top of it must not have that copied again. */
    @Test
    void batch_unevenItems_areCopiedOnceToo() throws IOException, InvalidItemException {
        byte[] image = new byte[2_000];
        int[] lengths = new Random(1).ints(RECORDS, 100, image.length).toArray();
        WriteBatcher batcher = new WriteBatcher("orders");

        double bytes = bytesPerRecord(() -> {
            for (int i = 0; i < RECORDS; i++) {
                if (!batcher.tryPut(image, 0, lengths[i], lengths[i], i, i, i)) {
                    assertThat(batcher.seal().bodyLength()).isPositive();
                    batcher.tryPut(image, 0, lengths[i], lengths[i], i, i, i);
                }
            }
        });

        double imageOfOne = IntStream.of(lengths).average().orElseThrow();
        assertThat(bytes).isLessThan(1.15 * imageOfOne + BODY_BYTES_BESIDE_IMAGE + PLACES_BYTES);
    }

    private static boolean put(WriteBatcher batcher, BackupRecord record, int token) {
        return batcher.tryPut(
                record.newImageBytes(),
                record.newImageOffset(),
                record.newImageLength(),
                record.newItemSizeBytes(),
                token,
                token,
                token);
    }
}
