package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.github.dynarestore.internal.batch.WriteBatch;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.model.WriteLimit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.Crc32MismatchException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;
import software.amazon.awssdk.utils.AttributeMap;

/** Against a server that checks the signature as DynamoDB would. */
class DirectTransportTest {

    private static final String SECRET = "secret";
    private static final AwsBasicCredentials CREDENTIALS = AwsBasicCredentials.create("id", SECRET);
    private static final String NOTHING_UNPROCESSED = "{\"UnprocessedItems\":{}}";

    private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
    private final List<Headers> headers = new CopyOnWriteArrayList<>();
    private final List<String> signatureFaults = new CopyOnWriteArrayList<>();
    private final Set<Integer> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger tables = new AtomicInteger();
    private HttpServer server;
    private DynamoDbAsyncClient callers;
    private volatile int status = 200;
    private volatile String answer = NOTHING_UNPROCESSED;
    private volatile Map<String, String> answerHeaders = Map.of();
    private volatile boolean breaksOff;
    private volatile boolean givesAnotherTableEachTime;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
        callers = client().build();
    }

    private DynamoDbAsyncClientBuilder client() {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(CREDENTIALS));
    }

    @AfterEach
    void stop() {
        callers.close();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        try {
            checkSignature(exchange, body);
        } catch (GeneralSecurityException | RuntimeException e) {
            signatureFaults.add(e.toString());
        }
        if (exchange.getRequestHeaders().getFirst("X-Amz-Target").endsWith("DescribeTable")) {
            int table = givesAnotherTableEachTime ? tables.incrementAndGet() : 0;
            reply(exchange, 200, "{\"Table\":{\"TableName\":\"orders\",\"TableId\":\"" + table + "\"}}");
            return;
        }
        bodies.add(body);
        headers.add(exchange.getRequestHeaders());
        connections.add(exchange.getRemoteAddress().getPort());
        answerHeaders.forEach(exchange.getResponseHeaders()::set);
        if (breaksOff) {
            exchange.sendResponseHeaders(status, 1_000);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            exchange.close();
        } else {
            reply(exchange, status, answer);
        }
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private DirectTransport open() {
        DirectTransport transport = DirectTransport.open(callers, "orders").join();
        assertThat(transport).isNotNull();
        return transport;
    }

    private static Throwable failureOf(DirectTransport transport) {
        return assertThatThrownBy(() -> transport.send(batch(1), () -> {}).join())
                .isInstanceOf(CompletionException.class)
                .actual()
                .getCause();
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
        return outgoing(batcher.seal());
    }

    static OutgoingBatch outgoing(WriteBatch sealed) {
        return new OutgoingBatch(
                "orders",
                sealed.body(),
                sealed.bodyLength(),
                sealed.offsets(),
                sealed.lengths(),
                sealed.deletes(),
                sealed.tokens(),
                sealed.units());
    }

    static byte[] bytes(OutgoingBatch batch) {
        ByteBuffer all = ByteBuffer.allocate(batch.bodyLength());
        for (ByteBuffer part : batch.body()) {
            all.put(part.duplicate());
        }
        assertThat(all.hasRemaining()).isFalse();
        return all.array();
    }

    @Test
    void send_bodyOfSeveralParts_arrivesWholeAndSigned() {
        OutgoingBatch batch = unevenBatch();
        assertThat(batch.body()).hasSizeGreaterThan(1);
        try (DirectTransport transport = open()) {
            assertThat(transport.send(batch, () -> {}).join().hasUnprocessedItems())
                    .isTrue();
        }

        assertThat(bodies).singleElement().isEqualTo(bytes(batch));
        assertThat(batch.attributes(24)).containsEntry("id", AttributeValue.fromN("24"));
        assertThat(new String(batch.json(24), StandardCharsets.UTF_8)).startsWith("{\"id\":{\"N\":\"24\"}");
        OutgoingBatch subset = batch.subset(new int[] {0, 24});
        assertThat(subset.json(1)).isEqualTo(batch.json(24));
    }

    /** Takes more than a body has room for that is the first of its batcher. */
    private static OutgoingBatch unevenBatch() {
        WriteBatcher batcher = new WriteBatcher("orders");
        for (int i = 0; i < 25; i++) {
            byte[] item = ("{\"id\":{\"N\":\"" + i + "\"},\"v\":{\"S\":\"" + "x".repeat(200 * i) + "\"}}")
                    .getBytes(StandardCharsets.UTF_8);
            assertThat(batcher.tryPut(item, 0, item.length, 10, i, i, i)).isTrue();
        }
        return outgoing(batcher.seal());
    }

    @Test
    void send_batch_arrivesByteForByteAndSigned() {
        OutgoingBatch batch = batch(25);
        AtomicInteger departed = new AtomicInteger();
        try (DirectTransport transport = open()) {
            BatchWriteItemResponse response =
                    transport.send(batch, departed::incrementAndGet).join();

            assertThat(response.hasUnprocessedItems()).isTrue();
        }
        assertThat(departed).hasValue(1);
        assertThat(bodies).singleElement().isEqualTo(bytes(batch));
        assertThat(signatureFaults).isEmpty();
    }

    @Test
    void send_temporaryCredentials_sendTheirToken() {
        callers.close();
        callers = client().credentialsProvider(
                        StaticCredentialsProvider.create(AwsSessionCredentials.create("id", SECRET, "token")))
                .build();
        try (DirectTransport transport = open()) {
            var unused = transport.send(batch(1), () -> {}).join();
        }
        assertThat(headers)
                .singleElement()
                .satisfies(sent ->
                        assertThat(sent.getFirst("X-Amz-Security-Token")).isEqualTo("token"));
        assertThat(signatureFaults).isEmpty();
    }

    @Test
    void concurrency_ordinaryClient_isWhatItsHttpClientSays() {
        callers.close();
        callers = client().httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(7))
                .build();

        assertThat(ClientConcurrency.of(callers, "orders").join()).hasValue(7);
    }

    @Test
    void concurrency_clientThatDoesNotSayOrFails_isUnknown() {
        DynamoDbAsyncClient standIn = new FakeTable();

        assertThat(ClientConcurrency.of(standIn, "orders").join()).isEmpty();

        server.stop(0);
        assertThat(ClientConcurrency.of(callers, "orders").join()).isNotNull();
    }

    @Test
    void send_manyInARow_useOneConnection() {
        try (DirectTransport transport = open()) {
            for (int i = 0; i < 20; i++) {
                var unused = transport.send(batch(1), () -> {}).join();
            }
        }
        assertThat(connections).hasSize(1);
    }

    @Test
    void send_serverClosesAfterEachAnswer_opensAnother() {
        answerHeaders = Map.of("Connection", "close");
        try (DirectTransport transport = open()) {
            for (int i = 0; i < 3; i++) {
                assertThat(transport.send(batch(1), () -> {}).join().hasUnprocessedItems())
                        .isTrue();
            }
        }
        assertThat(connections).hasSize(3);
    }

    @Test
    void send_unprocessedItemsAndCapacity_areUnderstood() {
        answer = "{\"Else\":[null],\"UnprocessedItems\":{\"orders\":["
                + "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"1\"},\"v\":{\"N\":\"1\"}}}},"
                + "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"2\"}}}}]},"
                + "\"ConsumedCapacity\":[{\"TableName\":\"orders\",\"CapacityUnits\":2.5,"
                + "\"GlobalSecondaryIndexes\":{\"by-date\":{\"CapacityUnits\":1.5}}},{\"CapacityUnits\":1E1}]}";
        try (DirectTransport transport = open()) {
            BatchWriteItemResponse response = transport.send(batch(2), () -> {}).join();

            List<WriteRequest> back = response.unprocessedItems().get("orders");
            assertThat(back.get(0).putRequest().item()).isEqualTo(batch(2).attributes(1));
            assertThat(back.get(1).deleteRequest().key()).isEqualTo(Map.of("id", AttributeValue.fromS("2")));
            assertThat(response.consumedCapacity())
                    .extracting(ConsumedCapacity::capacityUnits)
                    .containsExactly(2.5, 10.0);
            assertThat(Consumed.of(response.consumedCapacity()))
                    .isEqualTo(new Consumed(12.5, 11, Map.of("by-date", 1.5)));
        }
    }

    @Test
    void send_emptyAnswer_doesNotLookLikeSuccess() {
        answer = "";
        try (DirectTransport transport = open()) {
            assertThat(transport.send(batch(1), () -> {}).join().hasUnprocessedItems())
                    .isFalse();
        }
    }

    @Test
    void send_answerWithoutUnprocessedItems_doesNotLookLikeSuccess() {
        answer = "{}";
        try (DirectTransport transport = open()) {
            assertThat(transport.send(batch(1), () -> {}).join().hasUnprocessedItems())
                    .isFalse();
        }
    }

    @Test
    void send_error_tellsCodeAndStatusAndIsSentOnce() {
        status = 400;
        answer = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ValidationException\",\"message\":\"m\"}";
        try (DirectTransport transport = open()) {
            assertThat(failureOf(transport)).isInstanceOfSatisfying(DynamoDbException.class, e -> {
                assertThat(e.statusCode()).isEqualTo(400);
                assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
            });
        }
        assertThat(bodies).hasSize(1);
    }

    /** As the service spells them, which is not alike in all errors; the SDK's own reading is asked as well. */
    @ParameterizedTest
    @CsvSource({
        "ThrottlingException, throttlingReasons, TableWriteKeyRangeThroughputExceeded, table/orders, key ranges",
        "ThrottlingException, throttlingReasons, TableWriteMaxOnDemandThroughputExceeded, table/orders,"
                + " the on-demand maximum",
        "ThrottlingException, throttlingReasons, IndexWriteMaxOnDemandThroughputExceeded, table/orders/index/by-date,"
                + " the on-demand maximum of GSI by-date",
        "ThrottlingException, throttlingReasons, IndexWriteKeyRangeThroughputExceeded, table/orders/index/by-date,"
                + " key ranges of GSI by-date",
        "ProvisionedThroughputExceededException, ThrottlingReasons, IndexWriteProvisionedThroughputExceeded,"
                + " table/orders/index/by-date, GSI by-date",
        "ProvisionedThroughputExceededException, ThrottlingReasons, TableWriteProvisionedThroughputExceeded,"
                + " table/orders, the table",
        "RequestLimitExceeded, ThrottlingReasons, TableWriteAccountLimitExceeded, table/orders, the account's quota"
    })
    void send_throttled_tellsWhy(String code, String reasons, String reason, String resource, String limit) {
        status = 400;
        answer = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + code + "\",\"" + reasons + "\":[{\"reason\":\""
                + reason + "\",\"resource\":\"arn:aws:dynamodb:eu-west-1:1:" + resource + "\"}],\"message\":\"m\"}";
        try (DirectTransport transport = open();
                AttributeValueTransport throughTheSdk = new AttributeValueTransport(callers)) {
            assertThat(ThrottleReasons.limit(failureOf(transport))).hasToString(limit);
            assertThat(CallFailure.of(failureOf(transport)).kind()).isEqualTo(CallFailure.Kind.THROTTLED);
            assertThatThrownBy(() -> throughTheSdk.send(batch(1), () -> {}).join())
                    .extracting(failure -> ThrottleReasons.limit(failure.getCause()))
                    .hasToString(limit);
        }
    }

    @Test
    void send_accountThrottledWithoutAReason_tellsSo() {
        status = 400;
        answer = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#RequestLimitExceeded\",\"message\":\"m\"}";
        try (DirectTransport transport = open();
                AttributeValueTransport throughTheSdk = new AttributeValueTransport(callers)) {
            assertThat(ThrottleReasons.limit(failureOf(transport))).isEqualTo(WriteLimit.of(WriteLimit.Kind.ACCOUNT));
            assertThatThrownBy(() -> throughTheSdk.send(batch(1), () -> {}).join())
                    .extracting(failure -> ThrottleReasons.limit(failure.getCause()))
                    .isEqualTo(WriteLimit.of(WriteLimit.Kind.ACCOUNT));
        }
    }

    @Test
    void limit_severalReasons_isTheOneToWaitLongestFor() {
        status = 400;
        answer = "{\"__type\":\"ThrottlingException\",\"throttlingReasons\":["
                + "{\"reason\":\"TableWriteKeyRangeThroughputExceeded\",\"resource\":\"t\"},"
                + "{\"reason\":\"TableWriteAccountLimitExceeded\"},{\"reason\":null},{},"
                + "{\"reason\":\"SomethingNewExceeded\",\"more\":{}}]}";
        try (DirectTransport transport = open()) {
            assertThat(ThrottleReasons.limit(failureOf(transport))).isEqualTo(WriteLimit.of(WriteLimit.Kind.ACCOUNT));
        }
    }

    @Test
    void send_errorOfSomethingInBetween_tellsTheStatus() {
        status = 503;
        answer = "<html>";
        try (DirectTransport transport = open()) {
            assertThat(failureOf(transport))
                    .isInstanceOfSatisfying(
                            DynamoDbException.class,
                            e -> assertThat(e.statusCode()).isEqualTo(503));
        }
    }

    @Test
    void send_answerThatIsNoJson_fails() {
        answer = "{\"UnprocessedItems\":{";
        try (DirectTransport transport = open()) {
            assertThat(failureOf(transport)).isInstanceOf(SdkClientException.class);
        }
    }

    @Test
    void send_answerDamagedOnItsWay_fails() {
        answerHeaders = Map.of("x-amz-crc32", "1");
        try (DirectTransport transport = open()) {
            assertThat(failureOf(transport)).isInstanceOf(Crc32MismatchException.class);
        }
    }

    @Test
    void send_answerWithItsChecksum_isTaken() {
        CRC32 crc = new CRC32();
        crc.update(NOTHING_UNPROCESSED.getBytes(StandardCharsets.UTF_8));
        answerHeaders = Map.of("x-amz-crc32", Long.toString(crc.getValue()));
        try (DirectTransport transport = open()) {
            assertThat(transport.send(batch(1), () -> {}).join().hasUnprocessedItems())
                    .isTrue();
        }
    }

    @Test
    void send_connectionBreaksOff_failsAndTheNextOneWorks() {
        breaksOff = true;
        try (DirectTransport transport = open()) {
            assertThat(failureOf(transport)).isInstanceOf(IOException.class);
            breaksOff = false;
            assertThat(transport.send(batch(1), () -> {}).join().hasUnprocessedItems())
                    .isTrue();
        }
    }

    @Test
    void send_afterServerIsGone_fails() {
        try (DirectTransport transport = open()) {
            server.stop(0);
            assertThat(failureOf(transport)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void close_requestUnderWay_failsIt() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            HttpConnections toSilent =
                    new HttpConnections(URI.create("http://127.0.0.1:" + silent.getLocalPort()), null, 1, 60_000);
            CompletableFuture<HttpAnswer> waiting =
                    toSilent.post("/", Map.of(), new ByteBuffer[] {ByteBuffer.allocate(1)}, () -> {});
            try (Socket accepted = silent.accept()) {
                assertThat(accepted.getInputStream().read()).isPositive();
                toSilent.close();
                assertThatThrownBy(waiting::join).hasCauseInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void post_noAnswerInTime_fails() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpConnections toSilent =
                        new HttpConnections(URI.create("http://127.0.0.1:" + silent.getLocalPort()), null, 1, 50)) {
            assertThatThrownBy(() -> toSilent.post("/", Map.of(), new ByteBuffer[] {ByteBuffer.allocate(1)}, () -> {})
                            .orTimeout(10, TimeUnit.SECONDS)
                            .join())
                    .hasCauseInstanceOf(IOException.class)
                    .hasMessageContaining("no answer within 50 ms");
        }
    }

    @Test
    void open_decoratedClient_isLeftAlone() {
        DynamoDbAsyncClient decorated = new DynamoDbAsyncClient() {
            @Override
            public String serviceName() {
                return "dynamodb";
            }

            @Override
            public void close() {}
        };
        assertThat(DirectTransport.open(decorated, "orders").join()).isNull();
    }

    @Test
    void open_clientWithInterceptorOrHeader_isLeftAlone() {
        try (DynamoDbAsyncClient intercepted = client().overrideConfiguration(
                                override -> override.addExecutionInterceptor(new ExecutionInterceptor() {}))
                        .build();
                DynamoDbAsyncClient withHeader = client().overrideConfiguration(
                                override -> override.putHeader("X-Tenant", "t"))
                        .build()) {
            assertThat(DirectTransport.open(intercepted, "orders").join()).isNull();
            assertThat(DirectTransport.open(withHeader, "orders").join()).isNull();
        }
    }

    @Test
    void open_leadsToAnotherTable_isNotTaken() {
        givesAnotherTableEachTime = true;

        assertThat(DirectTransport.open(callers, "orders").join()).isNull();
    }

    @Test
    void open_serverIsGone_isNoFailure() {
        server.stop(0);
        try (DynamoDbAsyncClient once = client().overrideConfiguration(
                        override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
            assertThat(DirectTransport.open(once, "orders").join()).isNull();
        }
    }

    @Test
    void open_certificateOfTheServer_mustBeTrustedAndBeTheHosts() throws Exception {
        Path right = keyStore("right", "ip:127.0.0.1");
        Path wrongHost = keyStore("wrong", "dns:dynamodb.example.org");

        assertThat(opens(right, null)).as("not trusted").isFalse();
        assertThat(opens(right, right)).as("trusted").isTrue();
        assertThat(opens(wrongHost, wrongHost)).as("trusted, of another host").isFalse();
    }

    private Path keyStore(String name, String subject) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "san=" + subject,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "password",
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        return store;
    }

    /** Whether a client that trusts everyone finds a direct way to a server with this key, trusting only {@code trusted}. */
    private boolean opens(Path key, Path trusted) throws Exception {
        KeyStore keys = KeyStore.getInstance(key.toFile(), "password".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "password".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(tls));
        https.createContext("/", this::handle);
        https.start();
        String before = System.getProperty("javax.net.ssl.trustStore");
        if (trusted != null) {
            System.setProperty("javax.net.ssl.trustStore", trusted.toString());
            System.setProperty("javax.net.ssl.trustStorePassword", "password");
        }
        try (SdkAsyncHttpClient trusting = NettyNioAsyncHttpClient.builder()
                        .buildWithDefaults(AttributeMap.builder()
                                .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
                                .build());
                DynamoDbAsyncClient client = client().endpointOverride(URI.create(
                                "https://127.0.0.1:" + https.getAddress().getPort()))
                        .httpClient(trusting)
                        .build();
                DirectTransport transport =
                        DirectTransport.open(client, "orders").join()) {
            return transport != null
                    && transport.send(batch(1), () -> {}).join().hasUnprocessedItems();
        } finally {
            https.stop(0);
            System.clearProperty("javax.net.ssl.trustStorePassword");
            if (before == null) {
                System.clearProperty("javax.net.ssl.trustStore");
            } else {
                System.setProperty("javax.net.ssl.trustStore", before);
            }
        }
    }

    /** Interim answers may precede the answer; taken for it, they would let the next request have another's answer. */
    @Test
    void post_interimAnswerFirst_waitsForTheAnswerItself() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                HttpConnections connections =
                        new HttpConnections(URI.create("http://127.0.0.1:" + server.getLocalPort()), null, 1, 5_000)) {
            CompletableFuture<HttpAnswer> first =
                    connections.post("/", Map.of(), new ByteBuffer[] {ByteBuffer.allocate(1)}, () -> {});
            try (Socket accepted = server.accept()) {
                readRequest(accepted);
                accepted.getOutputStream().write("HTTP/1.1 102 Processing\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                accepted.getOutputStream().flush();
                accepted.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1".getBytes(StandardCharsets.US_ASCII));
                accepted.getOutputStream().flush();

                assertThat(first.get(5, TimeUnit.SECONDS).body()).containsExactly('1');
                assertThat(first.join().status()).isEqualTo(200);

                CompletableFuture<HttpAnswer> second =
                        connections.post("/", Map.of(), new ByteBuffer[] {ByteBuffer.allocate(1)}, () -> {});
                readRequest(accepted);
                accepted.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2".getBytes(StandardCharsets.US_ASCII));
                accepted.getOutputStream().flush();
                assertThat(second.get(5, TimeUnit.SECONDS).body()).containsExactly('2');
            }
        }
    }

    /** Reads a request with a body of one byte. */
    private static void readRequest(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).isNotNegative();
            head.append((char) next);
        }
        assertThat(socket.getInputStream().read()).isNotNegative();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void open_credentialsFailBetweenTheTwoDescriptions_leavesNothingOpen() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        callers.close();
        callers = client().credentialsProvider(() -> {
                    if (asked.incrementAndGet() > 1) {
                        throw SdkClientException.create("no credentials just now");
                    }
                    return CREDENTIALS;
                })
                .build();
        assertThat(callers.describeTable(r -> r.tableName("orders")).join()).isNotNull();
        long before = openSelectors();
        asked.set(0);

        assertThat(DirectTransport.open(callers, "orders").join()).isNull();

        assertThat(openSelectors()).isEqualTo(before);
    }

    private static long openSelectors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString().contains("eventpoll");
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .count();
        }
    }
}
