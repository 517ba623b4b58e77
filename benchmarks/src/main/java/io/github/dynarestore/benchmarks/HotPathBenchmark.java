package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.spi.RecordReader;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * What one record costs in each step of the hot path, beside Jackson. {@code -prof gc} adds what is allocated. Read times
 * as ratios within one run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HotPathBenchmark {

    private static final int RECORDS = 2_000;
    private static final KeySchema SCHEMA = new KeySchema(new KeySchema.Attribute("pk", KeySchema.Type.S), null);

    /** What the items are like. */
    @Param
    public SampleItems items = SampleItems.MID;

    private final ObjectMapper mapper = new ObjectMapper();
    private final ReadPath readPath = new ReadPath();
    private final BackupRecord record = new BackupRecord();
    private final KeyReader key = new KeyReader(SCHEMA);
    private final ItemScanner scanner = new ItemScanner();
    private final WriteBatcher batcher = new WriteBatcher("ttt");
    private byte[] lines = {};
    private final List<BackupRecord> records = new ArrayList<>();
    private final long[] hashes = new long[2 * RECORDS];

    /** Makes the lines, and keeps what stands in them. */
    @Setup
    public void makeLines() throws IOException, InvalidItemException {
        lines = SampleBackup.STREAM.bytes(items, RECORDS);
        RecordReader reader = reader();
        for (int i = 0; i < RECORDS; i++) {
            BackupRecord found = new BackupRecord();
            reader.next(found);
            keep(found);
            key.readExactly(found.keysBytes(), found.keysOffset(), found.keysLength());
            hashes[2 * i] = key.hashHigh();
            hashes[2 * i + 1] = key.hashLow();
            records.add(found);
        }
    }

    /** What a reader has found is gone with the next record. */
    private static void keep(BackupRecord found) {
        byte[] keys =
                Arrays.copyOfRange(found.keysBytes(), found.keysOffset(), found.keysOffset() + found.keysLength());
        byte[] image = Arrays.copyOfRange(
                found.newImageBytes(), found.newImageOffset(), found.newImageOffset() + found.newImageLength());
        found.keys(keys, 0, keys.length);
        found.newImage(image, 0, image.length, found.newItemSizeBytes(), found.newDigest());
    }

    private RecordReader reader() throws IOException {
        return ReadPath.reader(new ByteArrayInputStream(lines));
    }

    /** Finds, checks, measures and digests both images of each record. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void findSlices(Blackhole blackhole) throws IOException {
        RecordReader reader = reader();
        record.clear();
        while (reader.next(record)) {
            blackhole.consume(record.newImageLength());
            record.clear();
        }
    }

    /** Takes the tokens of each record, and does nothing with them. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void jacksonTokens(Blackhole blackhole) throws IOException {
        try (JsonParser parser = mapper.createParser(lines)) {
            JsonToken token;
            while ((token = parser.nextToken()) != null) {
                blackhole.consume(token);
            }
        }
    }

    /** Makes a tree of each record. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void jacksonTree(Blackhole blackhole) throws IOException {
        BufferedReader reader = naiveLines();
        String line;
        while ((line = reader.readLine()) != null) {
            blackhole.consume(mapper.readTree(line));
        }
    }

    /** Makes a tree of each record, and attribute values of its new image. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void naiveTreeToAttributeValues(Blackhole blackhole) throws IOException {
        BufferedReader reader = naiveLines();
        String line;
        while ((line = reader.readLine()) != null) {
            blackhole.consume(NaiveRestore.attributes(mapper.readTree(line).get("NewImage")));
        }
    }

    /** Finds each record, reads its key twice as the survey does, and surveys it. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long findAndSurvey() throws IOException, InvalidItemException {
        return readPath.survey(new ByteArrayInputStream(lines));
    }

    /** Surveys rows of which all is known. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long surveyRow() throws IOException, InvalidItemException {
        return ReadPath.survey(rows -> {
            for (int i = 0; i < RECORDS; i++) {
                ReadPath.add(rows, i, hashes[2 * i], hashes[2 * i + 1], records.get(i));
            }
        });
    }

    /** Brings the key of each record into its canonical form, and hashes it. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void keyHash(Blackhole blackhole) throws InvalidItemException {
        for (BackupRecord found : records) {
            key.readExactly(found.keysBytes(), found.keysOffset(), found.keysLength());
            blackhole.consume(key.hashHigh());
            blackhole.consume(key.hashLow());
        }
    }

    /** Checks, measures and digests each new image. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void itemSize(Blackhole blackhole) throws InvalidItemException {
        for (BackupRecord found : records) {
            blackhole.consume(scanner.scan(found.newImageBytes(), 0, found.newImageLength()));
            blackhole.consume(scanner.itemSizeBytes());
        }
    }

    /** Copies each new image into a batch. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void fillBatch(Blackhole blackhole) {
        int token = 0;
        for (BackupRecord found : records) {
            put(found, ++token, blackhole);
        }
    }

    /** Finds each record and copies its image into a batch. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void findAndFillBatch(Blackhole blackhole) throws IOException {
        RecordReader reader = reader();
        record.clear();
        int token = 0;
        while (reader.next(record)) {
            put(record, ++token, blackhole);
            record.clear();
        }
    }

    private void put(BackupRecord found, int token, Blackhole blackhole) {
        while (!batcher.tryPut(
                found.newImageBytes(),
                found.newImageOffset(),
                found.newImageLength(),
                found.newItemSizeBytes(),
                token,
                token,
                token)) {
            blackhole.consume(batcher.seal());
        }
    }

    /** The naive way to the same: requests of the SDK, as it would write them out. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void naiveFillBatch(Blackhole blackhole) throws IOException {
        BufferedReader reader = naiveLines();
        List<WriteRequest> batch = new ArrayList<>();
        String line;
        while ((line = reader.readLine()) != null) {
            Map<String, AttributeValue> item =
                    NaiveRestore.attributes(mapper.readTree(line).get("NewImage"));
            batch.add(WriteRequest.builder().putRequest(put -> put.item(item)).build());
            if (batch.size() == 25) {
                blackhole.consume(BatchWriteItemRequest.builder()
                        .requestItems(Map.of("ttt", batch))
                        .build());
                batch = new ArrayList<>();
            }
        }
    }

    private BufferedReader naiveLines() {
        return new BufferedReader(new InputStreamReader(new ByteArrayInputStream(lines), StandardCharsets.UTF_8));
    }

    /**
     * Runs all with {@code -prof gc}, and writes what each record costs. Takes JMH's own options, such as {@code -p
     * items=MID}.
     *
     * @throws IOException if the figures cannot be written
     * @throws RunnerException if a benchmark fails
     * @throws CommandLineOptionException if there is no such option
     */
    public static void main(String[] args) throws IOException, RunnerException, CommandLineOptionException {
        BenchmarkResults results = BenchmarkResults.of("hot-path");
        new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(args))
                        .include(HotPathBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run()
                .forEach(result -> add(results, result));
        results.print();
        results.write();
    }

    private static void add(BenchmarkResults results, RunResult result) {
        String step =
                result.getPrimaryResult().getLabel() + ", " + result.getParams().getParam("items");
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                results.add(step, "ns a record", iteration.getPrimaryResult().getScore());
                iteration.getSecondaryResults().forEach((name, allocated) -> {
                    if (name.endsWith("gc.alloc.rate.norm")) {
                        results.add(step, "bytes a record", allocated.getScore());
                    }
                });
            }
        }
    }
}
