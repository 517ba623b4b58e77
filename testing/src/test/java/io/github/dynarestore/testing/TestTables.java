package io.github.dynarestore.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.StreamViewType;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** Tables with the key {@code id}, and items for them. */
final class TestTables {

    private TestTables() {}

    static String create(DynamoDbAsyncClient client, String beginning) {
        String name = TestServers.uniqueTableName(beginning);
        Calls.await(client.createTable(table -> table.tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(List.of(AttributeDefinition.builder()
                        .attributeName("id")
                        .attributeType(ScalarAttributeType.S)
                        .build()))
                .keySchema(List.of(KeySchemaElement.builder()
                        .attributeName("id")
                        .keyType(KeyType.HASH)
                        .build()))
                .streamSpecification(
                        stream -> stream.streamEnabled(true).streamViewType(StreamViewType.NEW_AND_OLD_IMAGES))));
        return name;
    }

    static Map<String, AttributeValue> item(String id, int version) {
        return Map.of(
                "id",
                AttributeValue.fromS(id),
                "version",
                AttributeValue.fromN(Integer.toString(version)),
                "text",
                AttributeValue.fromS("quote \" and ü and \n"));
    }

    /** A batch of puts of {@code 0, 1, 2 ...}. */
    static BatchWriteItemRequest puts(String table, int count) {
        List<WriteRequest> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, AttributeValue> item = item(Integer.toString(i), 1);
            writes.add(WriteRequest.builder().putRequest(put -> put.item(item)).build());
        }
        return BatchWriteItemRequest.builder()
                .requestItems(Map.of(table, writes))
                .build();
    }

    static Map<String, Map<String, AttributeValue>> scan(DynamoDbAsyncClient client, String table) {
        Map<String, Map<String, AttributeValue>> items = new HashMap<>();
        Calls.await(client.scan(scan -> scan.tableName(table).consistentRead(true)))
                .items()
                .forEach(item -> items.put(
                        item.getOrDefault("id", AttributeValue.fromS("")).s(), item));
        return items;
    }
}
