package io.github.dynarestore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.Crc32MismatchException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.InternalServerErrorException;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Exception;

@Timeout(120)
class FaultProxyTest {

    @Test
    void to_addressWithoutPort_refuses() {
        assertThatThrownBy(() -> FaultProxy.to(URI.create("http://somewhere")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("http://somewhere");
    }

    @Test
    void close_clientWaiting_endsTheWait() {
        FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), FaultRule.always(Fault.hang()));
        try (DynamoDbAsyncClient client = dynamoDbClient(proxy)) {
            CompletableFuture<?> call = client.listTables();
            Polling.until(
                    "request",
                    Duration.ofSeconds(20),
                    () -> proxy.requestCount() > 0 ? Optional.of(true) : Optional.empty());

            proxy.close();
            proxy.close();

            assertThatThrownBy(() -> Calls.await(call)).isInstanceOf(SdkClientException.class);
        }
    }

    @Test
    void sometimes_sameSeed_choosesTheSame() {
        List<Boolean> first = chosen(7);

        assertThat(chosen(7)).isEqualTo(first);
        assertThat(chosen(8)).isNotEqualTo(first);
        assertThat(first.stream().filter(chosen -> chosen).count()).isBetween(200L, 300L);
    }

    private static List<Boolean> chosen(long seed) {
        FaultRule rule = FaultRule.sometimes(0.25, seed, Fault.hang());
        return LongStream.rangeClosed(1, 1_000)
                .mapToObj(i -> new ProxiedRequest(i, "GET", "/", HttpHeaders.none(), new byte[0]))
                .map(request -> !(rule.choose(request) instanceof Fault.Pass))
                .toList();
    }

    private static DynamoDbAsyncClient dynamoDbClient(FaultProxy proxy) {
        return TestServers.dynamoDb()
                .asyncClientBuilder()
                .endpointOverride(proxy.endpoint())
                .overrideConfiguration(configuration -> configuration.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
    }

    @Nested
    class BeforeDynamoDb {

        private FaultProxy proxy;
        private DynamoDbAsyncClient client;
        private DynamoDbAsyncClient direct;
        private String table;

        @BeforeEach
        void makeTable() {
            direct = TestServers.dynamoDb().asyncClient();
            table = TestTables.create(direct, "Faults");
            proxy = FaultProxy.to(TestServers.dynamoDb().endpoint());
            client = dynamoDbClient(proxy);
        }

        @AfterEach
        void close() {
            client.close();
            proxy.close();
        }

        @Test
        void pass_manyWrites_allArriveOverFewConnections() {
            for (int i = 0; i < 20; i++) {
                BatchWriteItemResponse response = Calls.await(client.batchWriteItem(TestTables.puts(table, 25)));
                assertThat(response.unprocessedItems()).isEmpty();
            }

            assertThat(TestTables.scan(client, table)).hasSize(25);
            assertThat(proxy.requestCount()).isEqualTo(21);
            assertThat(proxy.connectionCount()).isBetween(1, 5);
            assertThat(proxy.requests(request -> request.operation().equals("BatchWriteItem")))
                    .hasSize(20)
                    .allSatisfy(request -> {
                        assertThat(request.method()).isEqualTo("POST");
                        assertThat(request.headers().first("host").orElseThrow())
                                .endsWith(":" + proxy.endpoint().getPort());
                        assertThat(request.headers().first("Authorization")).isPresent();
                        assertThat(request.bodyText()).contains(table);
                    });
        }

        @Test
        void pass_concurrentWrites_allArrive() {
            List<CompletableFuture<BatchWriteItemResponse>> calls = IntStream.range(0, 40)
                    .mapToObj(i -> client.batchWriteItem(TestTables.puts(table, 25)))
                    .toList();

            calls.forEach(Calls::await);

            assertThat(proxy.requestCount()).isEqualTo(40);
            assertThat(proxy.requests().stream().map(ProxiedRequest::ordinal)).doesNotHaveDuplicates();
        }

        @Test
        void pass_largeAnswer_isWhole() {
            String text = "x".repeat(300_000);
            Calls.await(client.putItem(put -> put.tableName(table)
                    .item(Map.of("id", AttributeValue.fromS("big"), "text", AttributeValue.fromS(text)))));

            assertThat(TestTables.scan(client, table).values())
                    .singleElement()
                    .satisfies(item -> assertThat(item).containsEntry("text", AttributeValue.fromS(text)));
        }

        @Test
        void internalServerError_once_isSeenAndNothingIsWritten() {
            proxy.rule(FaultRule.first(1, DynamoDbFaults.internalServerError()));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(InternalServerErrorException.class);
            assertThat(TestTables.scan(direct, table)).isEmpty();

            Calls.await(client.batchWriteItem(TestTables.puts(table, 3)));
            assertThat(TestTables.scan(direct, table)).hasSize(3);
        }

        @Test
        void internalServerErrorAfterWriting_batch_isWrittenAllTheSame() {
            proxy.rule(FaultRule.always(DynamoDbFaults.internalServerErrorAfterWriting()));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(InternalServerErrorException.class);

            assertThat(TestTables.scan(direct, table)).hasSize(3);
        }

        @Test
        void throttle_oneOperation_leavesOthersAlone() {
            proxy.rule(FaultRule.always(DynamoDbFaults.throttle()).onlyForOperation("BatchWriteItem"));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(ProvisionedThroughputExceededException.class);
            assertThat(TestTables.scan(client, table)).isEmpty();
        }

        @Test
        void error_ofAType_isThatException() {
            proxy.rule(FaultRule.always(
                    DynamoDbFaults.error("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "gone")));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(ResourceNotFoundException.class)
                    .hasMessageContaining("gone");
        }

        @Test
        void unprocessed_resentUntilNoneIsLeft_writesEachItemOnce() {
            proxy.rule(FaultRule.always(DynamoDbFaults.unprocessed(0.5, 1)));
            BatchWriteItemRequest all = TestTables.puts(table, 25);
            Map<String, List<WriteRequest>> left = all.requestItems();
            int rounds = 0;
            while (!left.isEmpty()) {
                assertThat(rounds++).isLessThan(50);
                Map<String, List<WriteRequest>> sent = left;
                int before = TestTables.scan(direct, table).size();
                left = Calls.await(client.batchWriteItem(batch -> batch.requestItems(sent)))
                        .unprocessedItems();
                int unprocessed = left.values().stream().mapToInt(List::size).sum();
                assertThat(TestTables.scan(direct, table)).hasSize(25 - unprocessed);
                assertThat(TestTables.scan(direct, table).size() - before)
                        .isEqualTo(sent.getOrDefault(table, List.of()).size() - unprocessed);
            }

            assertThat(rounds).isGreaterThan(1);
            assertThat(TestTables.scan(direct, table).get("7")).isEqualTo(TestTables.item("7", 1));
        }

        @Test
        void unprocessed_all_comesBackWhole() {
            proxy.rule(FaultRule.always(DynamoDbFaults.unprocessed(1, 1)));
            BatchWriteItemRequest all = TestTables.puts(table, 25);

            BatchWriteItemResponse response = Calls.await(client.batchWriteItem(all));

            assertThat(response.unprocessedItems()).isEqualTo(all.requestItems());
            assertThat(TestTables.scan(direct, table)).isEmpty();
        }

        @Test
        void reset_beforeForwarding_failsWithoutWriting() {
            proxy.rule(FaultRule.always(Fault.resetBeforeForwarding()));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(SdkClientException.class);
            assertThat(TestTables.scan(direct, table)).isEmpty();
        }

        @Test
        void reset_afterForwarding_failsThoughWritten() {
            proxy.rule(FaultRule.always(Fault.resetAfterForwarding()));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(SdkClientException.class);
            assertThat(TestTables.scan(direct, table)).hasSize(3);
        }

        @Test
        void close_beforeAndAfterForwarding_fails() {
            proxy.rule(FaultRule.first(1, Fault.closeBeforeForwarding())
                    .orElse(FaultRule.first(1, Fault.closeAfterForwarding())));

            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(SdkClientException.class);
            assertThat(TestTables.scan(direct, table)).isEmpty();
            assertThatThrownBy(() -> Calls.await(client.batchWriteItem(TestTables.puts(table, 3))))
                    .isInstanceOf(SdkClientException.class);
            assertThat(TestTables.scan(direct, table)).hasSize(3);
        }

        @Test
        void delay_longerThanTheAttempt_timesOut() {
            proxy.rule(FaultRule.first(1, Fault.delay(Duration.ofSeconds(30))));

            assertThatThrownBy(() -> Calls.await(client.listTables(list -> list.overrideConfiguration(
                            configuration -> configuration.apiCallAttemptTimeout(Duration.ofMillis(300))))))
                    .isInstanceOf(ApiCallAttemptTimeoutException.class);
        }

        @Test
        void delay_short_passesAfterwards() {
            proxy.rule(FaultRule.always(Fault.delay(Duration.ofMillis(200))));
            long beganNanos = System.nanoTime();

            Calls.await(client.listTables());

            assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isGreaterThan(Duration.ofMillis(190));
        }

        @Test
        void flipByte_answer_failsItsChecksum() {
            proxy.rule(FaultRule.always(Fault.flipByte(3)));

            assertThatThrownBy(() -> Calls.await(client.listTables())).isInstanceOf(Crc32MismatchException.class);
        }

        @Test
        void rewrite_answer_passesItsChecksum() {
            proxy.rule(FaultRule.always(Fault.rewrite((request, upstream) -> {
                HttpReply reply = upstream.forward(request);
                return reply.withBody("{\"TableNames\":[\"made-up\"]}".getBytes(StandardCharsets.UTF_8));
            })));

            assertThat(Calls.await(client.listTables()).tableNames()).containsExactly("made-up");
        }

        @Test
        void withBody_answerWithChecksum_reckonsItAnew() {
            CRC32 crc = new CRC32();
            crc.update(new byte[] {1, 2});

            HttpReply reply =
                    HttpReply.json(200, "{}").withHeader("X-Amz-Crc32", "1").withBody(new byte[] {1, 2});

            assertThat(reply.headers().first("x-amz-crc32")).hasValue(Long.toString(crc.getValue()));
        }

        @Test
        void rule_throws_failsTheRequestOnly() {
            proxy.rule(FaultRule.first(1, Fault.rewrite((request, upstream) -> {
                throw new IllegalStateException("a mistake in a test");
            })));

            assertThatThrownBy(() -> Calls.await(client.listTables())).isInstanceOf(SdkClientException.class);
            assertThat(Calls.await(client.listTables()).tableNames()).contains(table);
        }
    }

    @Nested
    class BeforeS3 {

        private final byte[] object = new byte[400_000];
        private FaultProxy proxy;
        private S3AsyncClient client;
        private String bucket;

        @BeforeEach
        void makeObject() {
            new Random(1).nextBytes(object);
            bucket = TestServers.uniqueBucketName("faults");
            TestServers.s3().createBucket(bucket);
            TestServers.s3().put(bucket, "key", object);
            proxy = FaultProxy.to(TestServers.s3().endpoint());
            client = TestServers.s3()
                    .asyncClientBuilder()
                    .endpointOverride(proxy.endpoint())
                    .httpClientBuilder(NettyNioAsyncHttpClient.builder().readTimeout(Duration.ofSeconds(1)))
                    .overrideConfiguration(configuration -> configuration.retryStrategy(AwsRetryStrategy.doNotRetry()))
                    .build();
        }

        @AfterEach
        void close() {
            client.close();
            proxy.close();
        }

        private byte[] get() {
            return Calls.await(
                            client.getObject(get -> get.bucket(bucket).key("key"), AsyncResponseTransformer.toBytes()))
                    .asByteArray();
        }

        @Test
        void pass_objectsOfAllSizes_areWhole() {
            for (int size : new int[] {0, 1, 70_000, 5_000_000}) {
                byte[] bytes = Arrays.copyOf(object, size);
                Calls.await(client.putObject(put -> put.bucket(bucket).key("new"), AsyncRequestBody.fromBytes(bytes)));

                assertThat(TestServers.s3().get(bucket, "new")).isEqualTo(bytes);
                assertThat(Calls.await(client.headObject(
                                        head -> head.bucket(bucket).key("new")))
                                .contentLength())
                        .isEqualTo(size);
            }
            assertThat(get()).isEqualTo(object);
            assertThat(Calls.await(client.listObjectsV2(list -> list.bucket(bucket)))
                            .keyCount())
                    .isEqualTo(2);
            Calls.await(client.deleteObject(delete -> delete.bucket(bucket).key("new")));
            assertThat(Calls.await(client.listObjectsV2(list -> list.bucket(bucket)))
                            .keyCount())
                    .isEqualTo(1);
        }

        @Test
        void pass_chunkedRequestThatExpectsToContinue_isAskedForAndForwarded() throws IOException {
            try (Socket socket =
                    new Socket(proxy.endpoint().getHost(), proxy.endpoint().getPort())) {
                socket.setSoTimeout(20_000);
                String head = "PUT /" + bucket + "/chunked HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                String goOn = "HTTP/1.1 100 Continue\r\n\r\n";
                assertThat(socket.getInputStream().readNBytes(goOn.length()))
                        .asString(StandardCharsets.US_ASCII)
                        .isEqualTo(goOn);

                String body = "5\r\nfirst\r\n7;name=value\r\n second\r\n0\r\nTrailer: x\r\n\r\n";
                socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));

                assertThat(socket.getInputStream().readAllBytes())
                        .asString(StandardCharsets.US_ASCII)
                        .startsWith("HTTP/1.1 200");
            }
            assertThat(TestServers.s3().get(bucket, "chunked"))
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("first second");
        }

        @Test
        void cutBody_byFin_fails() {
            proxy.rule(FaultRule.first(1, Fault.cutBody(100_000, Fault.Ending.FIN)));

            assertThatThrownBy(this::get).isInstanceOf(SdkClientException.class);
            assertThat(get()).isEqualTo(object);
        }

        @Test
        void cutBody_byRst_fails() {
            proxy.rule(FaultRule.always(Fault.cutBody(100_000, Fault.Ending.RST)));

            assertThatThrownBy(this::get).isInstanceOf(SdkClientException.class);
        }

        @Test
        void cutBody_bySilence_runsIntoTheReadTimeout() {
            proxy.rule(FaultRule.always(Fault.cutBody(100_000, Fault.Ending.SILENCE)));

            assertThatThrownBy(this::get).isInstanceOf(SdkClientException.class);
        }

        @Test
        void flipByte_body_changesThatByteOnly() {
            proxy.rule(FaultRule.always(Fault.flipByte(399_999)));
            byte[] expected = object.clone();
            expected[399_999] ^= 1;

            assertThat(get()).isEqualTo(expected);
        }

        @Test
        void reply_slowDown_isThatError() {
            proxy.rule(FaultRule.always(Fault.reply(HttpReply.s3Error(503, "SlowDown"))));

            assertThatThrownBy(this::get).isInstanceOfSatisfying(S3Exception.class, e -> {
                assertThat(e.statusCode()).isEqualTo(503);
                assertThat(e.awsErrorDetails().errorCode()).isEqualTo("SlowDown");
            });
        }
    }
}
