package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.dynarestore.model.ItemImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

class AttributeValueTransportTest {

    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private DynamoDbAsyncClient client;
    private AttributeValueTransport transport;
    private volatile int status = 200;
    private volatile String answer = "{\"UnprocessedItems\":{}}";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        client = DynamoDbAsyncClient.builder()
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .build();
        transport = new AttributeValueTransport(client);
    }

    @AfterEach
    void stop() {
        transport.close();
        client.close();
        server.stop(0);
    }

    private static OutgoingBatch batch() {
        return DirectTransportTest.batch(2);
    }

    @Test
    void send_batch_spellsTheSameRequestAsTheBody() {
        BatchWriteItemResponse response = transport.send(batch(), () -> {}).join();

        assertThat(response.hasUnprocessedItems()).isTrue();
        assertThat(bodies).containsExactly(new String(DirectTransportTest.bytes(batch()), StandardCharsets.UTF_8));
    }

    @Test
    void send_serverErrorAndThrottle_areNotRetriedByTheSdk() {
        status = 500;
        answer = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\"}";
        assertThatThrownBy(() -> transport.send(batch(), () -> {}).join()).isNotNull();
        status = 400;
        answer = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\"}";
        assertThatThrownBy(() -> transport.send(batch(), () -> {}).join()).isNotNull();

        assertThat(bodies).hasSize(2);
    }

    @Test
    void send_emptyHttpAnswer_doesNotLookLikeSuccess() {
        answer = "";

        assertThat(transport.send(batch(), () -> {}).join().hasUnprocessedItems())
                .isFalse();
    }

    @Test
    void send_standInSaysNothing_isSuccess() {
        BatchWriteItemRequest[] seen = new BatchWriteItemRequest[1];
        DynamoDbAsyncClient standIn = new DynamoDbAsyncClient() {
            @Override
            public CompletableFuture<BatchWriteItemResponse> batchWriteItem(BatchWriteItemRequest request) {
                seen[0] = request;
                return CompletableFuture.completedFuture(
                        BatchWriteItemResponse.builder().build());
            }

            @Override
            public String serviceName() {
                return "dynamodb";
            }

            @Override
            public void close() {}
        };

        try (AttributeValueTransport other = new AttributeValueTransport(standIn)) {
            assertThat(other.send(batch(), () -> {}).join().hasUnprocessedItems())
                    .isTrue();
        }
        assertThat(seen[0].returnConsumedCapacity()).isEqualTo(ReturnConsumedCapacity.INDEXES);
    }

    @Test
    void cancel_answer_isToldToTheClient() {
        CompletableFuture<BatchWriteItemResponse> call = new CompletableFuture<>();
        DynamoDbAsyncClient standIn = new DynamoDbAsyncClient() {
            @Override
            public CompletableFuture<BatchWriteItemResponse> batchWriteItem(BatchWriteItemRequest request) {
                return call;
            }

            @Override
            public String serviceName() {
                return "dynamodb";
            }

            @Override
            public void close() {}
        };

        try (AttributeValueTransport other = new AttributeValueTransport(standIn)) {
            other.send(batch(), () -> {}).cancel(true);
        }

        assertThat(call).isCancelled();
    }

    @Test
    void send_delete_goesAsKey() {
        byte[] key = ItemImage.of(Map.of("id", AttributeValue.fromS("ü"))).toByteArray();
        OutgoingBatch delete = new OutgoingBatch(
                        "orders",
                        new ByteBuffer[] {ByteBuffer.wrap(key)},
                        key.length,
                        new int[1],
                        new int[] {key.length},
                        new boolean[] {true},
                        new long[1],
                        new int[] {1})
                .subset(new int[] {0});

        var unused = transport.send(delete, () -> {}).join();

        assertThat(bodies)
                .containsExactly(
                        "{\"RequestItems\":{\"orders\":[{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"ü\"}}}}]},"
                                + "\"ReturnConsumedCapacity\":\"INDEXES\"}");
    }
}
