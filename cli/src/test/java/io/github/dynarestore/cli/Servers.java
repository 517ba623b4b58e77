package io.github.dynarestore.cli;

import io.github.dynarestore.testing.TestServers;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The servers that all tests share, as the command line reaches them. */
final class Servers {

    static final Clients SERVERS = new Clients() {
        @Override
        public S3AsyncClient s3() {
            return TestServers.s3().asyncClientBuilder().build();
        }

        @Override
        public DynamoDbAsyncClient dynamoDb() {
            return TestServers.dynamoDb().asyncClientBuilder().build();
        }
    };

    private Servers() {}

    /** Creates a table whose only key attribute is a string. */
    static void createTable(String name, String key) {
        TestServers.dynamoDb()
                .asyncClient()
                .createTable(request -> request.tableName(name)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                attribute -> attribute.attributeName(key).attributeType(ScalarAttributeType.S))
                        .keySchema(element -> element.attributeName(key).keyType(KeyType.HASH)))
                .join();
    }

    /** What the items of a table have as {@code version}, by their {@code id}. */
    static Map<String, String> versions(String table) {
        Map<String, String> versions = new TreeMap<>();
        TestServers.dynamoDb()
                .asyncClient()
                .scan(scan -> scan.tableName(table).consistentRead(true))
                .join()
                .items()
                .forEach(item ->
                        versions.put(item.get("id").s(), item.get("version").n()));
        return versions;
    }
}
