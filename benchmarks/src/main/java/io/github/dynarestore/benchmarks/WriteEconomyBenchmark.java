package io.github.dynarestore.benchmarks;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.FirehoseBackupWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Write units that DynamoDB Local says were consumed to bring a change log into an empty table: ours, and by writing every
 * change in its order.
 */
public final class WriteEconomyBenchmark {

    private static final Instant BEGIN = Instant.parse("2024-03-01T00:00:00Z");

    private final SampleItems sample;
    private final int keys;
    private final int changes;
    private final DynamoDbAsyncClient dynamoDb;

    private WriteEconomyBenchmark(SampleItems sample, int keys, int changes, DynamoDbAsyncClient dynamoDb) {
        this.sample = sample;
        this.keys = keys;
        this.changes = changes;
        this.dynamoDb = dynamoDb;
    }

    /** Arguments: keys (default 2,000) and changes of each (default 10). */
    public static void main(String[] args) throws Exception {
        int keys = args.length > 0 ? Integer.parseInt(args[0]) : 2_000;
        int changes = args.length > 1 ? Integer.parseInt(args[1]) : 10;
        BenchmarkResults results = BenchmarkResults.of("write-economy");
        results.condition("keys", keys);
        results.condition("changes of each key", changes);
        try (DynamoDbLocal dynamoDb = DynamoDbLocal.start()) {
            for (SampleItems sample : SampleItems.values()) {
                new WriteEconomyBenchmark(sample, keys, changes, dynamoDb.asyncClient()).run(results);
            }
        }
        results.print();
        results.write();
    }

    private void run(BenchmarkResults results) throws IOException {
        double ours = units("ours", this::restore);
        double each = units("every-change", this::writeEveryChange);
        results.add("ours, " + sample, "units", ours);
        results.add("every change, " + sample, "units", each);
        System.out.printf("%s: ours %,.0f units, every change %,.0f, ratio 1/%.2f%n", sample, ours, each, each / ours);
    }

    /** A way to fill a table; returns the units. */
    private interface Way {
        double fill(String table) throws IOException;
    }

    private double units(String name, Way way) throws IOException {
        String table = name + "-" + sample;
        SampleTable.create(dynamoDb, table);
        double units = way.fill(table);
        List<Map<String, AttributeValue>> expected = IntStream.range(0, keys)
                .mapToObj(key -> sample.item(key, changes))
                .toList();
        String verdict = new SampleTable(expected).check(dynamoDb, table);
        if (!verdict.equals(SampleTable.RIGHT)) {
            throw new IllegalStateException(table + ": " + verdict);
        }
        SampleTable.delete(dynamoDb, table);
        return units;
    }

    private double restore(String table) throws IOException {
        Path directory = Files.createTempDirectory("dynarestore-economy");
        try (DynamoDbRestoreManager restores =
                DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
            for (int version = 1; version <= changes; version++) {
                ByteArrayOutputStream lines = new ByteArrayOutputStream();
                for (int key = 0; key < keys; key++) {
                    lines.writeBytes(FirehoseBackupWriter.encode(change(key, version)));
                    lines.write('\n');
                }
                Files.write(directory.resolve("log-" + version + ".gz"), SampleLog.gzip(lines.toByteArray()));
            }
            RestoreReport report = restores.start(RestorePlan.builder()
                            .from(directory.toUri().toString())
                            .into(table)
                            .writeRate(WriteRate.unitsPerSecond(1_000_000))
                            .build())
                    .completion()
                    .join();
            return report.writes().units();
        } finally {
            WholeRunBenchmark.deleteAll(directory);
        }
    }

    private Record change(int key, int version) {
        Map<String, AttributeValue> keyAttributes = new HashMap<>(sample.item(key, version));
        keyAttributes.keySet().retainAll(List.of("pk"));
        StreamRecord.Builder record = StreamRecord.builder()
                .keys(keyAttributes)
                .newImage(sample.item(key, version))
                .sequenceNumber("4000000000000000000" + (1_000_000L + (long) version * keys + key))
                .sizeBytes(1_000L)
                .approximateCreationDateTime(BEGIN.plusSeconds(version));
        if (version > 1) {
            record.oldImage(sample.item(key, version - 1));
        }
        return Record.builder()
                .eventID(String.format("%016x%016x", key, version))
                .eventName(version == 1 ? OperationType.INSERT : OperationType.MODIFY)
                .dynamodb(record.build())
                .build();
    }

    /** All first changes, then all second ones and so on: no batch has a key twice, and no key its changes out of order. */
    private double writeEveryChange(String table) {
        double units = 0;
        for (int version = 1; version <= changes; version++) {
            for (int from = 0; from < keys; from += 25) {
                List<WriteRequest> batch = new ArrayList<>();
                for (int key = from; key < Math.min(keys, from + 25); key++) {
                    Map<String, AttributeValue> item = sample.item(key, version);
                    batch.add(WriteRequest.builder()
                            .putRequest(put -> put.item(item))
                            .build());
                }
                units += write(table, batch);
            }
        }
        return units;
    }

    private double write(String table, List<WriteRequest> batch) {
        BatchWriteItemResponse response = dynamoDb.batchWriteItem(request ->
                        request.requestItems(Map.of(table, batch)).returnConsumedCapacity(ReturnConsumedCapacity.TOTAL))
                .join();
        if (!response.unprocessedItems().isEmpty()) {
            throw new IllegalStateException("unprocessed items, which DynamoDB Local does not leave");
        }
        return response.consumedCapacity().stream()
                .mapToDouble(ConsumedCapacity::capacityUnits)
                .sum();
    }
}
