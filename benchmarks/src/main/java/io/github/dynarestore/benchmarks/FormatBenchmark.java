package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.management.ThreadMXBean;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What the records of each format cost to read as the survey reads them, every image found, checked, measured and digested,
 * beside Jackson that takes the tokens of the same bytes and does nothing with them. Of bytes that are no JSON, Jackson takes
 * the tokens of the same items as lines of JSON.
 *
 * <p>Both take turns within each invocation, and what counts is the time that the thread ran: on a machine that is shared,
 * a minute later or on the clock on the wall all is different. {@link #main} prints the table.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(2)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 8, time = 1)
public class FormatBenchmark {

    /** So much that the buffers of a reader, which are new for each object, do not count. */
    private static final int OBJECT_BYTES = 2 << 20;

    /** Who wrote the backup. */
    @Param
    public SampleBackup backup = SampleBackup.STREAM;

    /** What the items are like. */
    @Param
    public SampleItems items = SampleItems.MID;

    private final JsonFactory jackson = new JsonFactory();
    private final ItemScanner scanner = new ItemScanner();
    private final BackupRecord record = new BackupRecord();
    private int records;
    private byte[] bytes = {};
    private byte[] json = {};

    /** What both did, by the second on the clock. */
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Work {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        /** Records that were read. */
        public double records;

        /** Megabytes, of a million bytes each, that they are. */
        public double megabytes;

        /** Seconds that the thread ran for them. */
        public double cpuSeconds;

        /** Bytes that it allocated. */
        public double allocatedBytes;

        /** Megabytes that Jackson was given. */
        public double tokenMegabytes;

        /** Seconds that the thread ran for its tokens. */
        public double tokenCpuSeconds;

        /** Begins anew. */
        @Setup(Level.Iteration)
        public void clear() {
            records = 0;
            megabytes = 0;
            cpuSeconds = 0;
            allocatedBytes = 0;
            tokenMegabytes = 0;
            tokenCpuSeconds = 0;
        }
    }

    /** Makes the backup. */
    @Setup
    public void makeBackup() {
        records = OBJECT_BYTES / backup.bytes(items, 1).length;
        bytes = backup.bytes(items, records);
        json = backup.json(items, records);
    }

    /** Reads each record, and takes each token. */
    @Benchmark
    public void recordsBesideTokens(Blackhole blackhole, Work work) throws IOException, InvalidItemException {
        long allocated = work.threads.getCurrentThreadAllocatedBytes();
        long begun = work.threads.getCurrentThreadCpuTime();
        readRecords(blackhole);
        long between = work.threads.getCurrentThreadCpuTime();
        work.allocatedBytes += work.threads.getCurrentThreadAllocatedBytes() - allocated;
        takeTokens(blackhole);
        work.tokenCpuSeconds += (work.threads.getCurrentThreadCpuTime() - between) / 1e9;
        work.cpuSeconds += (between - begun) / 1e9;
        work.records += records;
        work.megabytes += bytes.length / 1e6;
        work.tokenMegabytes += json.length / 1e6;
    }

    private void readRecords(Blackhole blackhole) throws IOException, InvalidItemException {
        RecordReader reader = backup.format(items)
                .open(
                        new ByteArrayInputStream(bytes),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        int count = 0;
        record.clear();
        while (reader.next(record)) {
            blackhole.consume(sizeAndDigests());
            count++;
            record.clear();
        }
        if (count != records) {
            throw new IllegalStateException("read " + count + " records");
        }
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

    private void takeTokens(Blackhole blackhole) throws IOException {
        try (JsonParser parser = jackson.createParser(json)) {
            JsonToken token;
            while ((token = parser.nextToken()) != null) {
                blackhole.consume(token);
            }
        }
    }

    /**
     * Prints a row for each backup, and writes the ratios. Takes JMH's own options, such as {@code -p backup=STREAM -f 3}.
     *
     * @throws IOException if the ratios cannot be written
     * @throws RunnerException if a benchmark fails
     * @throws CommandLineOptionException if there is no such option
     */
    public static void main(String[] args) throws IOException, RunnerException, CommandLineOptionException {
        BenchmarkResults results = BenchmarkResults.of("formats");
        List<String> rows = new ArrayList<>();
        new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(args))
                        .include(FormatBenchmark.class.getSimpleName())
                        .build())
                .run()
                .forEach(result -> rows.add(row(result, results)));
        System.out.println(
                "| backup | items | MB/s | records/s | bytes a record | Jackson MB/s | records/s | ratio (all) |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        rows.forEach(System.out::println);
        results.write();
    }

    private static String row(RunResult result, BenchmarkResults results) {
        BenchmarkParams params = result.getParams();
        List<Double> ratios = sorted(result, work -> of(work, "tokenCpuSeconds") / of(work, "cpuSeconds"));
        for (double ratio : ratios) {
            results.add(
                    params.getParam("backup") + ", " + params.getParam("items"),
                    "records beside Jackson's tokens",
                    ratio);
        }
        return String.format(
                Locale.ROOT,
                "| %s | %s | %,.0f | %,.0f | %,.0f | %,.0f | %,.0f | %.2f (%.2f to %.2f) |",
                params.getParam("backup"),
                params.getParam("items"),
                median(sorted(result, work -> of(work, "megabytes") / of(work, "cpuSeconds"))),
                median(sorted(result, work -> of(work, "records") / of(work, "cpuSeconds"))),
                median(sorted(result, work -> of(work, "allocatedBytes") / of(work, "records"))),
                median(sorted(result, work -> of(work, "tokenMegabytes") / of(work, "tokenCpuSeconds"))),
                median(sorted(result, work -> of(work, "records") / of(work, "tokenCpuSeconds"))),
                median(ratios),
                ratios.get(0),
                ratios.get(ratios.size() - 1));
    }

    private static List<Double> sorted(RunResult result, ToDoubleFunction<IterationResult> figure) {
        List<Double> figures = new ArrayList<>();
        result.getBenchmarkResults()
                .forEach(fork ->
                        fork.getIterationResults().forEach(iteration -> figures.add(figure.applyAsDouble(iteration))));
        Collections.sort(figures);
        return figures;
    }

    private static double of(IterationResult work, String counter) {
        return Objects.requireNonNull(work.getSecondaryResults().get(counter), counter)
                .getScore();
    }

    private static double median(List<Double> sorted) {
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }
}
