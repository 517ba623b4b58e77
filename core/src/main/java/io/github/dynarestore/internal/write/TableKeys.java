package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * Reads the keys of all items of a table, page by page, at a rate. Blocks the calling thread, which must not be the SDK's.
 */
public final class TableKeys {

    private static final long PAGE_TIMEOUT_SECONDS = 60;
    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long MAX_DELAY_MILLIS = 20_000;
    private static final int MAX_DOUBLINGS = 10;

    private final DynamoDbAsyncClient dynamoDb;
    private final String table;
    private final List<String> keyNames;
    private final BatchWriter.Pace pace;
    private final Duration patience;
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;

    /**
     * Creates one.
     *
     * @param pace holds the rate, in read units
     * @param patience longest time without a page
     * @param nanoTime monotonic clock
     * @param random jitter, 0 to 1
     */
    public TableKeys(
            DynamoDbAsyncClient dynamoDb,
            String table,
            List<String> keyNames,
            BatchWriter.Pace pace,
            Duration patience,
            LongSupplier nanoTime,
            DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.keyNames = List.copyOf(keyNames);
        this.pace = pace;
        this.patience = patience;
        this.random = random;
    }

    /** Takes the keys of a page. */
    @FunctionalInterface
    public interface Page {
        /** May block. */
        void take(List<Map<String, AttributeValue>> keys) throws InterruptedException;
    }

    /** Reads all keys, each once. */
    public void read(Page page) throws InterruptedException {
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < keyNames.size(); i++) {
            names.put("#" + i, keyNames.get(i));
        }
        Map<String, AttributeValue> from = Map.of();
        do {
            ScanRequest.Builder request = ScanRequest.builder()
                    .tableName(table)
                    .consistentRead(true)
                    .projectionExpression(String.join(",", names.keySet()))
                    .expressionAttributeNames(names)
                    .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                    .overrideConfiguration(AttributeValueTransport.SENT_ONCE);
            if (!from.isEmpty()) {
                request.exclusiveStartKey(from);
            }
            ScanResponse response = page(request.build());
            page.take(response.items());
            from = response.lastEvaluatedKey();
            Double units = response.consumedCapacity() == null
                    ? null
                    : response.consumedCapacity().capacityUnits();
            TimeUnit.NANOSECONDS.sleep(pace.reserveNanos(units == null ? 1 : units));
        } while (!from.isEmpty());
    }

    private ScanResponse page(ScanRequest request) throws InterruptedException {
        long startNanos = nanoTime.getAsLong();
        for (int failures = 1; ; failures++) {
            try {
                return dynamoDb.scan(request).get(PAGE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (isDenied(cause)) {
                    throw new RestoreException(
                            RestoreErrorCode.ACCESS_DENIED,
                            "DynamoDB refused dynamodb:Scan on table " + table,
                            "allow dynamodb:Scan to these credentials, and check that they are valid",
                            cause,
                            null);
                }
                if (nanoTime.getAsLong() - startNanos > patience.toNanos()) {
                    throw new RestoreException(
                            RestoreErrorCode.TARGET_UNREACHABLE,
                            "DynamoDB did not answer dynamodb:Scan on table " + table + " for " + patience,
                            "check region, endpoint and network",
                            cause,
                            null);
                }
                long longest = Math.min(MAX_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(failures, MAX_DOUBLINGS));
                TimeUnit.MILLISECONDS.sleep((long) (longest * random.getAsDouble()));
            }
        }
    }

    private static boolean isDenied(@Nullable Throwable cause) {
        return cause instanceof AwsServiceException service
                && service.statusCode() >= 400
                && service.statusCode() < 500
                && !service.isThrottlingException()
                && !service.isRetryableException();
    }
}
