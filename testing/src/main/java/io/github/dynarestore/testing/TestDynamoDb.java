package io.github.dynarestore.testing;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.WriteRate;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/**
 * A DynamoDB for tests that need tables full of data: the one that all tests of the JVM share, or one that runs elsewhere.
 * Tables have names of their own, so that tests may run at once. Thread-safe.
 *
 * <pre>{@code
 * try (TestDynamoDb dynamoDb = TestDynamoDb.start();
 *         TestTable orders = dynamoDb.restore(TableFixture.of("orders", "classpath:orders/"))) {
 *     orders.client().getItem(...);
 * }
 * }</pre>
 */
public final class TestDynamoDb implements AutoCloseable {

    private final DynamoDbAsyncClient asyncClient;
    private final DynamoDbClient client;
    private final boolean ownsAsyncClient;
    private final DynamoDbRestoreManager restores;
    private final Queue<TestTable> tables = new ConcurrentLinkedQueue<>();

    private TestDynamoDb(URI endpoint, @Nullable DynamoDbAsyncClient shared) {
        StaticCredentialsProvider credentials =
                StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake"));
        client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .build();
        ownsAsyncClient = shared == null;
        asyncClient = shared != null
                ? shared
                : DynamoDbAsyncClient.builder()
                        .endpointOverride(endpoint)
                        .region(Region.US_EAST_1)
                        .credentialsProvider(credentials)
                        .build();
        restores = DynamoDbRestoreManager.builder().dynamoDb(asyncClient).build();
    }

    /** Uses the server that all tests of this JVM share, see {@link TestServers#dynamoDb()}. */
    public static TestDynamoDb start() {
        DynamoDbLocal server = TestServers.dynamoDb();
        return new TestDynamoDb(server.endpoint(), server.asyncClient());
    }

    /** Uses a server that runs elsewhere, such as LocalStack. */
    public static TestDynamoDb at(URI endpoint) {
        return new TestDynamoDb(endpoint, null);
    }

    /** A client of the server; closed with this. */
    public DynamoDbClient client() {
        return client;
    }

    /** A client of the server; not to be closed. */
    public DynamoDbAsyncClient asyncClient() {
        return asyncClient;
    }

    /**
     * Makes a table and restores a fixture into it.
     *
     * @throws IllegalArgumentException if there is no such fixture, or nothing says what its key is
     * @throws java.util.concurrent.CompletionException with the reason if it cannot be restored
     */
    public TestTable restore(TableFixture fixture) {
        try (FixtureFiles files = FixtureFiles.copy(fixture.from())) {
            Map<String, String> key = FixtureKeys.of(fixture, files);
            String name = TestServers.uniqueTableName(fixture.name());
            create(name, key);
            RestorePlan plan = RestorePlan.builder()
                    .from(files.directory().toUri().toString())
                    .into(name)
                    .asOf(fixture.asOf())
                    .writeRate(WriteRate.unitsPerSecond(1_000_000))
                    .build();
            var unused = restores.start(plan).completion().join();
            TestTable table = new TestTable(name, List.copyOf(key.keySet()), client, asyncClient);
            tables.add(table);
            return table;
        }
    }

    private void create(String name, Map<String, String> key) {
        List<String> attributes = new ArrayList<>(key.keySet());
        CreateTableRequest.Builder request = CreateTableRequest.builder()
                .tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(attributes.stream()
                        .map(attribute -> AttributeDefinition.builder()
                                .attributeName(attribute)
                                .attributeType(key.get(attribute))
                                .build())
                        .toList())
                .keySchema(attributes.stream()
                        .map(attribute -> KeySchemaElement.builder()
                                .attributeName(attribute)
                                .keyType(attribute.equals(attributes.get(0)) ? KeyType.HASH : KeyType.RANGE)
                                .build())
                        .toList());
        try {
            client.createTable(request.build());
        } catch (ResourceInUseException sentTwice) {
            // The name is nobody else's: the first attempt got there and only its answer was lost.
            var unused = client.describeTable(describe -> describe.tableName(name));
        }
        client.waiter().waitUntilTableExists(describe -> describe.tableName(name));
    }

    /** Ends what is its own; tables that were not closed are deleted, the shared server goes on. */
    @Override
    public void close() {
        for (TestTable table = tables.poll(); table != null; table = tables.poll()) {
            TestTable left = table;
            try {
                left.close();
            } catch (ResourceNotFoundException closedBefore) {
                continue;
            }
        }
        restores.close();
        client.close();
        if (ownsAsyncClient) {
            asyncClient.close();
        }
    }
}
