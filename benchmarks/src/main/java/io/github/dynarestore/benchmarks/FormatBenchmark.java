package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the records of each format cost to read as the survey reads them, every image found, checked, measured and digested,
 * beside Jackson that takes the tokens of the same bytes and does nothing with them. Of bytes that are no JSON, Jackson takes
 * the tokens of the same items as lines of JSON. An operation is a record.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FormatBenchmark {

    private static final int RECORDS = 1_000;

    /** Who wrote the backup. */
    @Param
    public SampleBackup backup = SampleBackup.STREAM;

    /** What the items are like. */
    @Param
    public SampleItems items = SampleItems.MID;

    private final JsonFactory jackson = new JsonFactory();
    private final ItemScanner scanner = new ItemScanner();
    private final BackupRecord record = new BackupRecord();
    private byte[] bytes = {};
    private byte[] json = {};

    /** What was read, and what it took of the processor: on a machine that is shared, time says little. */
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Work {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

        /** Megabytes, of a million bytes each. */
        public double megabytes;

        /** Seconds that this thread ran. */
        public double cpuSeconds;

        /** Begins anew. */
        @Setup(Level.Iteration)
        public void clear() {
            megabytes = 0;
            cpuSeconds = 0;
        }

        private long cpuNanos() {
            return threads.getCurrentThreadCpuTime();
        }

        private void add(byte[] read, long fromCpuNanos) {
            megabytes += read.length / 1e6;
            cpuSeconds += (cpuNanos() - fromCpuNanos) / 1e9;
        }
    }

    /** Makes the backup. */
    @Setup
    public void makeBackup() {
        bytes = backup.bytes(items, RECORDS);
        json = backup.json(items, RECORDS);
    }

    /** Reads each record. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void records(Blackhole blackhole, Work work) throws IOException, InvalidItemException {
        long begun = work.cpuNanos();
        BackupFormat format = backup.format(items);
        RecordReader reader = format.open(
                new ByteArrayInputStream(bytes),
                new ReaderContext("s3://b/k", "k", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        int count = 0;
        record.clear();
        while (reader.next(record)) {
            blackhole.consume(sizeAndDigests());
            count++;
            record.clear();
        }
        if (count != RECORDS) {
            throw new IllegalStateException("read " + count + " records");
        }
        work.add(bytes, begun);
    }

    /** What the reader does not say of an image, the survey looks up itself. */
    private long sizeAndDigests() throws InvalidItemException {
        long sum = record.newItemSizeBytes() + record.newDigest();
        if (record.newDigest() == 0) {
            sum += scanned(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
        }
        if (record.hasOldImage() && record.oldDigest() == 0) {
            sum += scanned(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength());
        }
        return sum;
    }

    private long scanned(byte[] image, int offset, int length) throws InvalidItemException {
        scanner.scan(image, offset, offset + length);
        return scanner.itemSizeBytes() + scanner.digest();
    }

    /** Takes the tokens. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void jacksonTokens(Blackhole blackhole, Work work) throws IOException {
        long begun = work.cpuNanos();
        try (JsonParser parser = jackson.createParser(json)) {
            JsonToken token;
            while ((token = parser.nextToken()) != null) {
                blackhole.consume(token);
            }
        }
        work.add(json, begun);
    }
}
