package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.dynarestore.internal.batch.WriteBatch;
import io.github.dynarestore.internal.batch.WriteBatcher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/** The seam of decision 3, against a server that checks the signature as DynamoDB would. */
class RawBodyTransportTest {

    private static final String SECRET = "secret";

    private final List<byte[]> bodies = Collections.synchronizedList(new ArrayList<>());
    private final List<String> signatureFaults = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private DynamoDbAsyncClient callers;
    private RawBodyTransport transport;
    private volatile int status = 200;
    private volatile String answer = "{\"UnprocessedItems\":{}}";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
        callers = DynamoDbAsyncClient.builder()
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", SECRET)))
                .build();
        transport = new RawBodyTransport(callers, "orders", 4);
    }

    @AfterEach
    void stop() {
        transport.close();
        callers.close();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        bodies.add(body);
        try {
            checkSignature(exchange, body);
        } catch (GeneralSecurityException | RuntimeException e) {
            signatureFaults.add(e.toString());
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** SigV4 from its specification, over the body that arrived. */
    private void checkSignature(HttpExchange exchange, byte[] body) throws GeneralSecurityException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String scope = between(authorization, "Credential=id/", ",");
        String signed = between(authorization, "SignedHeaders=", ",");
        StringBuilder canonical = new StringBuilder("POST\n/\n\n");
        for (String header : signed.split(";")) {
            canonical
                    .append(header)
                    .append(':')
                    .append(String.join(",", exchange.getRequestHeaders().get(header))
                            .strip())
                    .append('\n');
        }
        canonical.append('\n').append(signed).append('\n').append(sha256(body));
        String toSign = "AWS4-HMAC-SHA256\n" + exchange.getRequestHeaders().getFirst("X-Amz-Date") + "\n" + scope + "\n"
                + sha256(canonical.toString().getBytes(StandardCharsets.UTF_8));
        byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/")) {
            key = hmac(key, part);
        }
        String expected = HexFormat.of().formatHex(hmac(key, toSign));
        if (!authorization.endsWith("Signature=" + expected)) {
            signatureFaults.add("the signature does not cover the body that arrived");
        }
    }

    private static String between(String text, String before, String after) {
        int from = text.indexOf(before) + before.length();
        return text.substring(from, text.indexOf(after, from));
    }

    private static String sha256(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    static OutgoingBatch batch(int size) {
        WriteBatcher batcher = new WriteBatcher("orders");
        for (int i = 0; i < size; i++) {
            byte[] item = ("{\"id\":{\"S\":\"" + i + "\"},\"v\":{\"N\":\"1\"}}").getBytes(StandardCharsets.UTF_8);
            assertThat(batcher.tryPut(item, 0, item.length, 10, i, i, i)).isTrue();
        }
        WriteBatch sealed = batcher.seal();
        return new OutgoingBatch(
                "orders",
                sealed.body(),
                sealed.offsets(),
                sealed.lengths(),
                sealed.deletes(),
                sealed.tokens(),
                sealed.units());
    }

    @Test
    void send_batch_arrivesByteForByteAndSigned() {
        OutgoingBatch batch = batch(25);

        BatchWriteItemResponse response = transport.send(batch).join();

        assertThat(response.hasUnprocessedItems()).isTrue();
        assertThat(bodies).singleElement().isEqualTo(batch.body());
        assertThat(signatureFaults).isEmpty();
    }

    @Test
    void send_unprocessedItems_areUnderstood() {
        answer =
                "{\"UnprocessedItems\":{\"orders\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"1\"},\"v\":{\"N\":\"1\"}}}}]}}";

        BatchWriteItemResponse response = transport.send(batch(2)).join();

        assertThat(response.unprocessedItems().get("orders").get(0).putRequest().item())
                .isEqualTo(batch(2).attributes(1));
    }

    @Test
    void send_emptyAnswer_doesNotLookLikeSuccess() {
        answer = "";

        assertThat(transport.send(batch(1)).join().hasUnprocessedItems()).isFalse();
    }

    @Test
    void send_serverError_isNotRetriedByTheSdk() {
        status = 500;
        answer = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\"}";

        assertThatThrownBy(() -> transport.send(batch(1)).join()).isNotNull();
        assertThat(bodies).hasSize(1);
    }

    @Test
    void fits_sdkClientAndSubclass_tellsThemApart() {
        assertThat(RawBodyTransport.fits(callers)).isTrue();
        assertThat(RawBodyTransport.fits(new DynamoDbAsyncClient() {
                    @Override
                    public String serviceName() {
                        return "dynamodb";
                    }

                    @Override
                    public void close() {}
                }))
                .isFalse();
    }
}
