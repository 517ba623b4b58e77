package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.Reduction;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SurveyRules;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** What one record costs: found, surveyed, put into a batch; each beside the naive way. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HotPathBenchmark {

    private static final SurveyRules RULES = new SurveyRules(null, null, false, 0, new Role[] {Role.LOG}, null);

    private static final int RECORDS = 2_000;
    private static final KeySchema SCHEMA = new KeySchema(new KeySchema.Attribute("pk", KeySchema.Type.S), null);

    private final ObjectMapper mapper = new ObjectMapper();
    private final BackupRecord record = new BackupRecord();
    private final KeyReader key = new KeyReader(SCHEMA);
    private final KeyReader imageKey = new KeyReader(SCHEMA);
    private final WriteBatcher batcher = new WriteBatcher("ttt");
    private byte[] lines = new byte[0];

    /** Makes the lines. */
    @Setup
    public void makeLines() {
        lines = SampleLog.lines(0, RECORDS);
    }

    private RecordReader reader() throws IOException {
        return new StreamFormat()
                .open(
                        new ByteArrayInputStream(lines),
                        new ReaderContext("s3://b/k", "k", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
    }

    /** Finds and checks the slices of each record. */
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

    /** The naive way to the same: a tree, then attribute values. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void naiveTreeToAttributeValues(Blackhole blackhole) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(new ByteArrayInputStream(lines), StandardCharsets.UTF_8));
        String line;
        while ((line = reader.readLine()) != null) {
            blackhole.consume(NaiveRestore.attributes(mapper.readTree(line).get("NewImage")));
        }
    }

    /** Finds each record, reads its key twice as the survey does, and surveys it. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void findAndSurvey(Blackhole blackhole) throws IOException, InvalidItemException {
        KeySurvey survey = new KeySurvey(
                new MemoryBudget(64 << 20),
                new SpillDirectory(Path.of("none"), java.time.Clock.systemUTC()),
                1,
                rows -> rows);
        RowWriter rows = survey.newWriter();
        RecordReader reader = reader();
        record.clear();
        int ordinal = 0;
        while (reader.next(record)) {
            key.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
            imageKey.readChecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
            if (!imageKey.matches(key)) {
                throw new IllegalStateException("two keys");
            }
            rows.add(
                    new RowWriter.Origin(0, ordinal++, RowWriter.Standing.COUNTS, false),
                    key.hashHigh(),
                    key.hashLow(),
                    record,
                    record.newDigest(),
                    record.oldDigest());
            record.clear();
        }
        rows.flush();
        Reduction reduction = survey.reduction(RULES, 1, 1);
        Reduction.Worker worker = reduction.newWorker();
        while (worker.reduceNext()) {
            // One partition after the other.
        }
        blackhole.consume(reduction.findings().keys());
        survey.close();
    }

    /** The naive way to the same: a map of the last record of each key. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void naiveSurvey(Blackhole blackhole) throws IOException {
        Map<Map<String, AttributeValue>, Map<String, AttributeValue>> last = new HashMap<>();
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(new ByteArrayInputStream(lines), StandardCharsets.UTF_8));
        String line;
        while ((line = reader.readLine()) != null) {
            JsonNode record = mapper.readTree(line);
            last.put(NaiveRestore.attributes(record.get("Keys")), NaiveRestore.attributes(record.get("NewImage")));
        }
        blackhole.consume(last);
    }

    /** Finds each record and copies its image into a batch. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void findAndFillBatch(Blackhole blackhole) throws IOException {
        RecordReader reader = reader();
        record.clear();
        int token = 0;
        while (reader.next(record)) {
            token++;
            if (!batcher.tryPut(
                    record.newImageBytes(),
                    record.newImageOffset(),
                    record.newImageLength(),
                    record.newItemSizeBytes(),
                    token,
                    token,
                    token)) {
                blackhole.consume(batcher.seal());
            }
            record.clear();
        }
    }

    /** The naive way to the same: requests of the SDK, as it would write them out. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void naiveFillBatch(Blackhole blackhole) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(new ByteArrayInputStream(lines), StandardCharsets.UTF_8));
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
}
