package io.github.dynarestore.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** The items of a small table at one time, in memory, to bring the table back to. */
final class KeptItems {

    /** A page is at most 1 MB (DynamoDB developer guide, Scan). */
    private static final int MAX_PAGES = 16;

    private static final int BATCH_WRITES = 25;
    private static final int MAX_ATTEMPTS = 20;

    private final DynamoDbAsyncClient dynamoDb;
    private final String table;
    private final List<String> keyNames;
    private final Map<Map<String, AttributeValue>, Map<String, AttributeValue>> byKey = new HashMap<>();

    private KeptItems(DynamoDbAsyncClient dynamoDb, String table, List<String> keyNames) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.keyNames = keyNames;
    }

    /** Reads a table; null if it is too large to be kept, which is beyond 16 pages of a scan. */
    static @Nullable KeptItems of(DynamoDbAsyncClient dynamoDb, String table, List<String> keyNames) {
        KeptItems kept = new KeptItems(dynamoDb, table, keyNames);
        Map<String, AttributeValue> start = Map.of();
        for (int page = 0; page < MAX_PAGES; page++) {
            ScanResponse scanned = kept.scan(start);
            scanned.items().forEach(item -> kept.byKey.put(kept.key(item), item));
            start = scanned.lastEvaluatedKey();
            if (start.isEmpty()) {
                return kept;
            }
        }
        return null;
    }

    /**
     * Writes what is no longer as it was, and deletes what was not there.
     *
     * @throws ResourceNotFoundException if there is no such table any more
     */
    void bringBack() {
        List<WriteRequest> writes = new ArrayList<>();
        Set<Map<String, AttributeValue>> missing = new HashSet<>(byKey.keySet());
        Map<String, AttributeValue> start = Map.of();
        do {
            ScanResponse page = scan(start);
            for (Map<String, AttributeValue> item : page.items()) {
                Map<String, AttributeValue> key = key(item);
                Map<String, AttributeValue> before = byKey.get(key);
                missing.remove(key);
                if (before == null) {
                    add(
                            writes,
                            WriteRequest.builder()
                                    .deleteRequest(delete -> delete.key(key))
                                    .build());
                } else if (!before.equals(item)) {
                    add(writes, put(before));
                }
            }
            start = page.lastEvaluatedKey();
        } while (!start.isEmpty());
        for (Map<String, AttributeValue> key : missing) {
            add(writes, put(byKey.getOrDefault(key, key)));
        }
        flush(writes);
    }

    private ScanResponse scan(Map<String, AttributeValue> start) {
        return Calls.await(dynamoDb.scan(
                scan -> scan.tableName(table).consistentRead(true).exclusiveStartKey(start.isEmpty() ? null : start)));
    }

    private Map<String, AttributeValue> key(Map<String, AttributeValue> item) {
        Map<String, AttributeValue> key = new HashMap<>(item);
        key.keySet().retainAll(keyNames);
        return key;
    }

    private static WriteRequest put(Map<String, AttributeValue> item) {
        return WriteRequest.builder().putRequest(put -> put.item(item)).build();
    }

    private void add(List<WriteRequest> writes, WriteRequest write) {
        writes.add(write);
        if (writes.size() == BATCH_WRITES) {
            flush(writes);
        }
    }

    private void flush(List<WriteRequest> writes) {
        if (writes.isEmpty()) {
            return;
        }
        Map<String, List<WriteRequest>> rest = Map.of(table, List.copyOf(writes));
        for (int attempt = 0; attempt < MAX_ATTEMPTS && !rest.isEmpty(); attempt++) {
            BatchWriteItemRequest batch =
                    BatchWriteItemRequest.builder().requestItems(rest).build();
            rest = Calls.await(dynamoDb.batchWriteItem(batch)).unprocessedItems();
        }
        if (!rest.isEmpty()) {
            throw new IllegalStateException(
                    "DynamoDB took back writes to " + table + " " + MAX_ATTEMPTS + " times in a row");
        }
        writes.clear();
    }
}
