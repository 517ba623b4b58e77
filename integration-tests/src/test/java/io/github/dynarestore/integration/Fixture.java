package io.github.dynarestore.integration;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.TestServers;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Tables, buckets and managers on the real servers that all tests of this module share. */
final class Fixture {

    private static final AtomicInteger NAMES = new AtomicInteger();

    static final DynamoDbAsyncClient DYNAMO_DB = TestServers.dynamoDb().asyncClient();
    static final S3AsyncClient S3 = TestServers.s3().asyncClient();

    private Fixture() {}

    static DynamoDbRestoreManager manager() {
        return DynamoDbRestoreManager.builder().s3(S3).dynamoDb(DYNAMO_DB).build();
    }

    static String table(TableShape shape) {
        return table(shape.create("named below"));
    }

    /** Makes a table as it is asked for, but on demand and under a name of its own. */
    static String table(CreateTableRequest asked) {
        String table = "table-" + NAMES.incrementAndGet();
        DYNAMO_DB
                .createTable(asked.toBuilder()
                        .tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .build())
                .join();
        return table;
    }

    static void drop(String table) {
        DYNAMO_DB.deleteTable(request -> request.tableName(table)).join();
    }

    /** Lays objects down in a bucket of their own and returns where. */
    static String backup(List<byte[]> objects) {
        String bucket = "bucket-" + NAMES.incrementAndGet();
        TestServers.s3().createBucket(bucket);
        for (int i = 0; i < objects.size(); i++) {
            TestServers.s3().put(bucket, "backup/2024/03/01/00/orders-1-" + i, objects.get(i));
        }
        return "s3://" + bucket + "/backup/";
    }

    /** A change log of inserts, one line for each key from {@code k0} on, each worth one write unit. */
    static byte[] inserts(int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(insert("k" + i, i + 1)).append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** One line of a change log of a table of the shape {@code S}. */
    static String insert(String key, int sequenceNumber) {
        String keys = "{\"pk\":{\"S\":\"" + key + "\"}}";
        return "{\"Keys\":" + keys + ",\"NewImage\":{\"pk\":{\"S\":\"" + key + "\"},\"v\":{\"N\":\"" + sequenceNumber
                + "\"}},\"SequenceNumber\":\"" + sequenceNumber
                + "\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"INSERT\"}";
    }

    /** One line of a change log of a table of the shape {@code S}. */
    static String remove(String key, int sequenceNumber) {
        return "{\"Keys\":{\"pk\":{\"S\":\"" + key + "\"}},\"SequenceNumber\":\"" + sequenceNumber
                + "\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"REMOVE\"}";
    }

    /** Asks again and again until the answer is yes. */
    static void waitUntil(String what, Duration atMost, BooleanSupplier question) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (!question.getAsBoolean()) {
            if (System.nanoTime() - deadlineNanos >= 0) {
                throw new AssertionError("not within " + atMost + ": " + what);
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** A plan that is not slowed down, since DynamoDB Local has no capacity to respect. */
    static RestorePlan.Builder plan(String location, String table) {
        return RestorePlan.builder().from(location).into(table).writeRate(WriteRate.unitsPerSecond(1_000_000));
    }

    /** The batch that a call of a client writes; none if it is another call, or only tries whether it would be allowed. */
    static Optional<BatchWriteItemRequest> written(Method method, Object[] arguments) {
        if (!method.getName().equals("batchWriteItem")) {
            return Optional.empty();
        }
        BatchWriteItemRequest batch =
                arguments[0] instanceof BatchWriteItemRequest request ? request : built(arguments[0]);
        return isTrial(batch) ? Optional.empty() : Optional.of(batch);
    }

    /** Whether a batch is none that is to be written, but tried to see whether it would be allowed. */
    static boolean isTrial(BatchWriteItemRequest batch) {
        return batch.overrideConfiguration().stream()
                .flatMap(override -> override.apiNames().stream())
                .anyMatch(name -> name.version().equals("trial"));
    }

    @SuppressWarnings("unchecked") // The two overloads of the SDK's interface.
    private static BatchWriteItemRequest built(Object argument) {
        return BatchWriteItemRequest.builder()
                .applyMutation((Consumer<BatchWriteItemRequest.Builder>) argument)
                .build();
    }

    static Map<String, Map<String, Object>> items(String table) {
        Map<String, Map<String, Object>> items = new TreeMap<>();
        List<String> keys =
                DYNAMO_DB.describeTable(request -> request.tableName(table)).join().table().keySchema().stream()
                        .map(element -> element.attributeName())
                        .toList();
        DYNAMO_DB
                .scanPaginator(request -> request.tableName(table).consistentRead(true))
                .items()
                .subscribe(item -> {
                    Map<String, AttributeValue> key = new TreeMap<>(item);
                    key.keySet().retainAll(keys);
                    synchronized (items) {
                        items.put(Values.plain(key).toString(), Values.plain(item));
                    }
                })
                .join();
        return items;
    }

    /** What a run that cannot go on says. */
    static RestoreException failure(Runnable run) {
        try {
            run.run();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RestoreException cause) {
                return cause;
            }
            throw e;
        } catch (RestoreException e) {
            return e;
        }
        throw new AssertionError("the restore was expected to fail");
    }
}
