package io.github.dynarestore.testing;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;

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

    private final URI endpoint;
    private final DynamoDbAsyncClient asyncClient;
    private final DynamoDbClient client;
    private final FixtureRestorer restorer;
    private final Set<TestTable> tables = new HashSet<>();
    private boolean closed;

    private TestDynamoDb(URI endpoint) {
        this.endpoint = endpoint;
        StaticCredentialsProvider credentials =
                StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake"));
        asyncClient = DynamoDbAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(DynamoDbLocal.CALLS_AT_ONCE))
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .build();
        client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .build();
        restorer = new FixtureRestorer(asyncClient);
    }

    /**
     * Returns a way to the one server of this JVM, {@link TestServers#dynamoDb}, which is started if it does not run yet
     * and goes on when this is closed.
     *
     * @throws IllegalStateException if it does not start
     */
    public static TestDynamoDb start() {
        return at(TestServers.dynamoDb().endpoint());
    }

    /**
     * Returns a way to a server that runs already, such as LocalStack; it is asked with the region {@code us-east-1} and
     * the credentials {@code fake}, {@code fake}.
     *
     * @throws IllegalArgumentException if this is not the address of an HTTP server
     */
    public static TestDynamoDb at(URI endpoint) {
        boolean isHttp = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
        if (!isHttp || endpoint.getHost() == null) {
            throw new IllegalArgumentException("an endpoint is http://host:port, not '" + endpoint + "'");
        }
        return new TestDynamoDb(endpoint);
    }

    /** Where the server listens. */
    public URI endpoint() {
        return endpoint;
    }

    /** A client of this server; it is closed with this. */
    public DynamoDbClient client() {
        return client;
    }

    /** An asynchronous client of this server; it is closed with this. */
    public DynamoDbAsyncClient asyncClient() {
        return asyncClient;
    }

    /**
     * Makes a table of a unique name and restores the fixture into it.
     *
     * @return the table; deleted when it or this is closed
     * @throws FixtureException if the fixture is missing or damaged, its format or its table's key is not known, or the
     *     server does not take it
     * @throws IllegalStateException if this is closed
     */
    public TestTable restore(TableFixture fixture) {
        synchronized (tables) {
            checkOpen();
        }
        TestTable table;
        try {
            CreateTableRequest request = restorer.describe(fixture).toBuilder()
                    .tableName(TestServers.uniqueTableName(fixture.name()))
                    .build();
            table = TestTable.create(client, asyncClient, request, name -> restorer.fill(fixture, name), this::forget);
        } catch (FixtureException e) {
            throw failure(fixture, String.valueOf(e.getMessage()), e);
        } catch (SdkException e) {
            throw failure(fixture, "the server at " + endpoint + " said: " + e.getMessage(), e);
        }
        synchronized (tables) {
            if (!closed) {
                tables.add(table);
                return table;
            }
        }
        table.close();
        throw new IllegalStateException("this TestDynamoDb is closed");
    }

    private static FixtureException failure(TableFixture fixture, String why, RuntimeException cause) {
        return new FixtureException(
                "the table '" + fixture.name() + "' cannot be made from " + fixture.from() + ": " + why, cause);
    }

    private void forget(TestTable table) {
        synchronized (tables) {
            tables.remove(table);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this TestDynamoDb is closed");
        }
    }

    /** Deletes the tables that were made here and closes the clients. The server goes on. */
    @Override
    public void close() {
        List<TestTable> left;
        synchronized (tables) {
            if (closed) {
                return;
            }
            closed = true;
            left = List.copyOf(tables);
        }
        try {
            left.forEach(TestTable::close);
        } finally {
            restorer.close();
            client.close();
            asyncClient.close();
        }
    }
}
