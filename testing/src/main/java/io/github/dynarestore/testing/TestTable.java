package io.github.dynarestore.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DeleteRequest;
import software.amazon.awssdk.services.dynamodb.model.PutRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** A table that was filled for a test. Not for several tests at once that change it. */
public final class TestTable implements AutoCloseable {

    private static final int MOST_WRITES = 25;

    private final String name;
    private final List<String> keyNames;
    private final DynamoDbClient client;
    private final DynamoDbAsyncClient asyncClient;
    private final Map<Map<String, AttributeValue>, Map<String, AttributeValue>> restored;

    TestTable(String name, List<String> keyNames, DynamoDbClient client, DynamoDbAsyncClient asyncClient) {
        this.name = name;
        this.keyNames = keyNames;
        this.client = client;
        this.asyncClient = asyncClient;
        restored = items();
    }

    /** Its real name, which no other table has. */
    public String name() {
        return name;
    }

    /** A client of its server; not to be closed. */
    public DynamoDbClient client() {
        return client;
    }

    /** A client of its server; not to be closed. */
    public DynamoDbAsyncClient asyncClient() {
        return asyncClient;
    }

    /** The items that it holds now, by their keys. */
    public Map<Map<String, AttributeValue>, Map<String, AttributeValue>> items() {
        Map<Map<String, AttributeValue>, Map<String, AttributeValue>> items = new HashMap<>();
        client.scanPaginator(scan -> scan.tableName(name).consistentRead(true))
                .items()
                .forEach(item -> items.put(key(item), item));
        return items;
    }

    private Map<String, AttributeValue> key(Map<String, AttributeValue> item) {
        return keyNames.stream().collect(Collectors.toMap(attribute -> attribute, item::get));
    }

    /** Brings back what was restored: writes what differs, deletes what came since. */
    public void reset() {
        Map<Map<String, AttributeValue>, Map<String, AttributeValue>> present = items();
        List<WriteRequest> writes = new ArrayList<>();
        restored.forEach((key, item) -> {
            if (!item.equals(present.remove(key))) {
                writes.add(WriteRequest.builder()
                        .putRequest(PutRequest.builder().item(item).build())
                        .build());
            }
        });
        present.keySet()
                .forEach(key -> writes.add(WriteRequest.builder()
                        .deleteRequest(DeleteRequest.builder().key(key).build())
                        .build()));
        for (int from = 0; from < writes.size(); from += MOST_WRITES) {
            write(writes.subList(from, Math.min(writes.size(), from + MOST_WRITES)));
        }
    }

    private void write(List<WriteRequest> writes) {
        Map<String, List<WriteRequest>> left = Map.of(name, writes);
        while (!left.isEmpty()) {
            Map<String, List<WriteRequest>> sent = left;
            left = client.batchWriteItem(request -> request.requestItems(sent)).unprocessedItems();
        }
    }

    /** Deletes the table. */
    @Override
    public void close() {
        client.deleteTable(request -> request.tableName(name));
    }
}
