package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.write.BatchTransport;
import io.github.dynarestore.internal.write.ManualTimer;
import io.github.dynarestore.internal.write.OutgoingBatch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.Capacity;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingReason;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * A DynamoDB in virtual time: partitions, table and indexes take so many units per second each, what comes on top is
 * unprocessed or throttled with a reason, and calls fail before, after, or long before they are done.
 */
final class SimulatedDynamoDb implements BatchTransport {

    private static final long SECOND = 1_000_000_000L;

    /** Units that flow in all the time and are kept for a while. */
    final class Bucket {
        final String reason;
        final String resource;
        private double unitsPerSecond;
        private final double most;
        private double units;
        private long filledNanos;

        Bucket(String reason, String resource, double unitsPerSecond, double burstSeconds) {
            this.reason = reason;
            this.resource = resource;
            this.unitsPerSecond = unitsPerSecond;
            most = unitsPerSecond * burstSeconds;
            units = most;
        }

        void unitsPerSecond(double changed) {
            fill();
            unitsPerSecond = changed;
        }

        private void fill() {
            units = Math.min(most, units + unitsPerSecond * (timer.nanoTime() - filledNanos) / SECOND);
            filledNanos = timer.nanoTime();
        }

        /** As the service does, which lets a write in that does not quite fit. */
        boolean has() {
            fill();
            return units > 0;
        }

        void take(double taken) {
            units -= taken;
        }
    }

    /** How often a call fails, and how, 0 to 1 each. */
    record Faults(
            double unprocessed, double throttled, double lostBefore, double lostAfter, double late, double empty) {
        static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0);
    }

    final List<Bucket> buckets = new ArrayList<>();
    final Map<String, Double> indexUnitsPerUnit = new TreeMap<>();
    final Map<Object, Map<String, AttributeValue>> items = new HashMap<>();
    final Map<Object, Set<Object>> sentByKey = new HashMap<>();
    final Deque<double[]> done = new ArrayDeque<>();
    Faults faults = Faults.NONE;
    Function<OutgoingBatch, @Nullable String> throttledFor = batch -> null;
    double unitsDone;
    long calls;
    long writesSent;
    long writesDone;

    private final ManualTimer timer;
    private final Random random;
    private final LongToIntFunction partition;
    private final Bucket[] partitions;
    private final boolean keepsItems;
    private final long callNanos;

    /**
     * Creates one.
     *
     * @param partition partition of a write's token
     */
    SimulatedDynamoDb(
            ManualTimer timer,
            Random random,
            int partitions,
            LongToIntFunction partition,
            double burstSeconds,
            long callNanos,
            boolean keepsItems) {
        this.timer = timer;
        this.random = random;
        this.partition = partition;
        this.callNanos = callNanos;
        this.keepsItems = keepsItems;
        this.partitions = new Bucket[partitions];
        for (int i = 0; i < partitions; i++) {
            this.partitions[i] = new Bucket(
                    "TableWriteKeyRangeThroughputExceeded", "arn:aws:dynamodb:x:1:table/t", 1_000, burstSeconds);
        }
    }

    Bucket partition(int number) {
        return partitions[number];
    }

    Bucket table(double unitsPerSecond, double burstSeconds) {
        Bucket bucket = new Bucket(
                "TableWriteProvisionedThroughputExceeded",
                "arn:aws:dynamodb:x:1:table/t",
                unitsPerSecond,
                burstSeconds);
        buckets.add(bucket);
        return bucket;
    }

    Bucket index(String name, double unitsPerUnit, double unitsPerSecond, double burstSeconds) {
        Bucket bucket = new Bucket(
                "IndexWriteProvisionedThroughputExceeded",
                "arn:aws:dynamodb:x:1:table/t/index/" + name,
                unitsPerSecond,
                burstSeconds);
        buckets.add(bucket);
        indexUnitsPerUnit.put(name, unitsPerUnit);
        return bucket;
    }

    private long after(double factor) {
        return Math.max(1, (long) (callNanos * factor * (0.5 + random.nextDouble())));
    }

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
        departed.run();
        calls++;
        writesSent += batch.size();
        if (keepsItems) {
            note(batch);
        }
        CompletableFuture<BatchWriteItemResponse> answer = new CompletableFuture<>();
        double fate = random.nextDouble();
        if ((fate -= faults.lostBefore()) < 0) {
            later(after(0.5), () -> answer.completeExceptionally(new IOException("reset")));
        } else if ((fate -= faults.lostAfter()) < 0) {
            later(after(0.5), () -> {
                var unused = answered(batch);
                later(after(0.5), () -> answer.completeExceptionally(new IOException("reset")));
            });
        } else if ((fate -= faults.late()) < 0) {
            // The caller has long given up when it is done.
            later(10 * SECOND, () -> answer.completeExceptionally(new IOException("timeout")));
            later((long) (random.nextDouble() * 60 * SECOND), () -> {
                var unused = answered(batch);
            });
        } else if ((fate -= faults.empty()) < 0) {
            later(after(0.5), () -> {
                var unused = answered(batch);
                later(
                        after(0.5),
                        () -> answer.complete(BatchWriteItemResponse.builder().build()));
            });
        } else {
            later(after(0.5), () -> {
                Object said = answered(batch);
                later(after(0.5), () -> {
                    if (said instanceof BatchWriteItemResponse response) {
                        answer.complete(response);
                    } else {
                        answer.completeExceptionally((Throwable) said);
                    }
                });
            });
        }
        return answer;
    }

    private void later(long nanos, Runnable task) {
        var unused = timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    private void note(OutgoingBatch batch) {
        Set<Object> keys = new HashSet<>();
        for (int i = 0; i < batch.size(); i++) {
            Map<String, AttributeValue> attributes = batch.attributes(i);
            Object key = attributes.get("pk");
            if (!keys.add(key)) {
                throw new AssertionError("a key twice in a batch");
            }
            sentByKey.computeIfAbsent(key, first -> new HashSet<>()).add(batch.deletes()[i] ? "deleted" : attributes);
        }
    }

    /** Does what there is room for. */
    private Object answered(OutgoingBatch batch) {
        String refusal = throttledFor.apply(batch);
        if (refusal == null && random.nextDouble() < faults.throttled()) {
            refusal = random.nextBoolean() ? "TableWriteProvisionedThroughputExceeded" : "none";
        }
        if (refusal != null) {
            return throttling(refusal, "arn:aws:dynamodb:x:1:table/t");
        }
        List<WriteRequest> back = new ArrayList<>();
        Bucket full = null;
        double units = 0;
        for (int i = 0; i < batch.size(); i++) {
            Bucket lacking = lacking(batch.tokens()[i]);
            if (lacking != null || random.nextDouble() < faults.unprocessed()) {
                full = lacking;
                back.add(request(batch, i));
            } else {
                take(batch, i);
                units += batch.units()[i];
            }
        }
        if (back.size() == batch.size()) {
            return full == null ? throttling("none", "") : throttling(full.reason, full.resource);
        }
        unitsDone += units;
        writesDone += batch.size() - back.size();
        done.add(new double[] {timer.nanoTime(), units});
        return BatchWriteItemResponse.builder()
                .unprocessedItems(back.isEmpty() ? Map.of() : Map.of("t", back))
                .consumedCapacity(consumed(units))
                .build();
    }

    private ConsumedCapacity consumed(double units) {
        Map<String, Capacity> indexes = new HashMap<>();
        double all = units;
        for (Map.Entry<String, Double> index : indexUnitsPerUnit.entrySet()) {
            double ofIndex = units * index.getValue();
            all += ofIndex;
            indexes.put(
                    index.getKey(), Capacity.builder().capacityUnits(ofIndex).build());
        }
        return ConsumedCapacity.builder()
                .capacityUnits(all)
                .globalSecondaryIndexes(indexes)
                .build();
    }

    private @Nullable Bucket lacking(long token) {
        for (Bucket bucket : buckets) {
            if (!bucket.has()) {
                return bucket;
            }
        }
        Bucket own = partitions[partition.applyAsInt(token)];
        return own.has() ? null : own;
    }

    private void take(OutgoingBatch batch, int write) {
        int units = batch.units()[write];
        partitions[partition.applyAsInt(batch.tokens()[write])].take(units);
        for (Bucket bucket : buckets) {
            int at = bucket.resource.indexOf("/index/");
            bucket.take(at < 0 ? units : units * indexUnitsPerUnit.get(bucket.resource.substring(at + 7)));
        }
        if (keepsItems) {
            Map<String, AttributeValue> attributes = batch.attributes(write);
            if (batch.deletes()[write]) {
                items.remove(attributes.get("pk"));
            } else {
                items.put(attributes.get("pk"), attributes);
            }
        }
    }

    private static WriteRequest request(OutgoingBatch batch, int write) {
        Map<String, AttributeValue> attributes = batch.attributes(write);
        return batch.deletes()[write]
                ? WriteRequest.builder()
                        .deleteRequest(delete -> delete.key(attributes))
                        .build()
                : WriteRequest.builder().putRequest(put -> put.item(attributes)).build();
    }

    private static DynamoDbException throttling(String reason, String resource) {
        ThrottlingException.Builder exception = ThrottlingException.builder();
        if (!reason.equals("none")) {
            exception.throttlingReasons(
                    ThrottlingReason.builder().reason(reason).resource(resource).build());
        }
        return (DynamoDbException) exception
                .statusCode(400)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("ThrottlingException")
                        .build())
                .build();
    }

    /** The most units that were done in any second. */
    double mostInASecond() {
        Deque<double[]> window = new ArrayDeque<>();
        double inWindow = 0;
        double most = 0;
        for (double[] one : done) {
            window.add(one);
            inWindow += one[1];
            while (window.element()[0] <= one[0] - SECOND) {
                inWindow -= window.remove()[1];
            }
            most = Math.max(most, inWindow);
        }
        return most;
    }

    @Override
    public void close() {}
}
