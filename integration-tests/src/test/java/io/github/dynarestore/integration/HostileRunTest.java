package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Clients, servers and plans that do what they should not. */
@Timeout(90)
class HostileRunTest {

    /** Its first bytes are read to know the format, for the preflight's sample, by the survey, and by the apply. */
    private static final int APPLY = 4;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cancel_clientThatBlocksItsCaller_endsWithinFiveSeconds(boolean blocksTrials) throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        DynamoDbAsyncClient blocking = (DynamoDbAsyncClient) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DynamoDbAsyncClient.class}, (proxy, method, arguments) -> {
                    if (blocksTrials
                            ? method.getName().equals("batchWriteItem")
                            : Fixture.written(method, arguments).isPresent()) {
                        entered.countDown();
                        never.await();
                    }
                    try {
                        return method.invoke(Fixture.DYNAMO_DB, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(blocking)
                .build()) {
            RestoreHandle handle = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(100))), table)
                    .build());
            assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
            Thread cancelling = new Thread(() -> {
                var unused = handle.cancel();
            });
            cancelling.setDaemon(true);
            cancelling.start();
            try {
                RestoreReport report = handle.completion().get(5, TimeUnit.SECONDS);

                assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
                assertThat(Fixture.items(table)).isEmpty();
            } finally {
                never.countDown();
            }
        }
    }

    /** The survey has seen the right bytes; those that the apply gets are verified only at the object's end. */
    @Test
    void restore_bytesDamagedOnTheSecondReading_isNoSuccess() {
        StringBuilder first = new StringBuilder(Fixture.insert("a", 1)).append('\n');
        for (int i = 2; i < 6_000; i++) {
            first.append(modification("b", i)).append('\n');
        }
        String location = Fixture.backup(List.of(
                first.toString().getBytes(UTF_8), modification("b", 10_000).getBytes(UTF_8)));
        String table = Fixture.table(TableShape.S);
        AtomicInteger readings = new AtomicInteger();
        FaultRule damage = request -> request.path().contains("orders-1-0")
                        && request.headers().first("Range").orElse("").startsWith("bytes=0-")
                        && readings.incrementAndGet() == APPLY
                ? Fault.rewrite((asked, upstream) -> {
                    HttpReply reply = upstream.forward(asked);
                    return reply.withBody(new String(reply.body(), UTF_8)
                            .replaceFirst("\"v\":\\{\"N\":\"1\"", "\"v\":{\"N\":\"7\"")
                            .getBytes(UTF_8));
                })
                : Fault.pass();
        try (FaultProxy proxy = FaultProxy.to(TestServers.s3().endpoint(), damage);
                S3AsyncClient throughProxy = TestServers.s3()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(throughProxy)
                        .dynamoDb(Fixture.DYNAMO_DB)
                        .build()) {
            RestoreException failure = Fixture.failure(() -> restores.start(
                            Fixture.plan(location, table).rangeBytes(64 * 1024).build())
                    .completion()
                    .join());

            assertThat(readings).hasValueGreaterThanOrEqualTo(APPLY);
            assertThat(failure.code()).isEqualTo(RestoreErrorCode.SOURCE_CHANGED);
        }
    }

    @Test
    void restore_patienceForEver_getsPastATemporaryFault() throws Exception {
        String location = Fixture.backup(List.of(Fixture.inserts(10)));
        String table = Fixture.table(TableShape.S);
        FaultRule slowDown = FaultRule.first(6, Fault.reply(HttpReply.s3Error(503, "SlowDown")))
                .onlyFor(request -> request.path().contains("orders-1-0"));
        try (FaultProxy proxy = FaultProxy.to(TestServers.s3().endpoint(), slowDown);
                S3AsyncClient throughProxy = TestServers.s3()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(throughProxy)
                        .dynamoDb(Fixture.DYNAMO_DB)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(location, table)
                            .patience(Duration.ofSeconds(Long.MAX_VALUE))
                            .build())
                    .completion()
                    .get(40, TimeUnit.SECONDS);

            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(Fixture.items(table)).hasSize(10);
        }
    }

    /** Sequence numbers of two tables cannot be compared: whichever won would be chance. */
    @Test
    void restore_recordsOfTwoTables_isRefused() {
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreException failure = Fixture.failure(() -> restores.start(Fixture.plan(
                                    Fixture.backup(List.of(
                                            whole("orders", "a", 5).getBytes(UTF_8),
                                            whole("invoices", "a", 9).getBytes(UTF_8))),
                                    table)
                            .build())
                    .completion()
                    .join());

            assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
            assertThat(Fixture.items(table)).isEmpty();
        }
    }

    private static String whole(String table, String key, int sequenceNumber) {
        return "{\"eventID\":\"1\",\"eventName\":\"INSERT\",\"eventSourceARN\":\"arn:aws:dynamodb:eu-west-1:1:table/"
                + table + "/stream/2024\",\"dynamodb\":{\"Keys\":{\"pk\":{\"S\":\"" + key
                + "\"}},\"NewImage\":{\"pk\":{\"S\":\"" + key + "\"},\"t\":{\"S\":\"" + table
                + "\"}},\"SequenceNumber\":\"" + sequenceNumber
                + "\",\"ApproximateCreationDateTime\":1709251201}}";
    }

    /** DynamoDB refuses an item whose attribute is the key of an index and has another type. */
    @Test
    void restore_itemThatAnIndexRefuses_isFoundBeforeTheFirstWrite() {
        String table = TestServers.uniqueBucketName("indexed");
        Fixture.DYNAMO_DB
                .createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                pk -> pk.attributeName("pk").attributeType("S"),
                                v -> v.attributeName("v").attributeType("S"))
                        .keySchema(pk -> pk.attributeName("pk").keyType("HASH"))
                        .globalSecondaryIndexes(index -> index.indexName("by-v")
                                .keySchema(v -> v.attributeName("v").keyType("HASH"))
                                .projection(all -> all.projectionType("ALL"))))
                .join();
        String lines = Fixture.insert("a", 1) + Fixture.insert("b", 2).replace("\"N\":\"2\"", "\"S\":\"2\"");
        String location = Fixture.backup(List.of(lines.getBytes(UTF_8)));
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreException failure = Fixture.failure(
                    () -> restores.start(Fixture.plan(location, table).build())
                            .completion()
                            .join());

            assertThat(failure.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
            RestoreReport report = failure.report().orElseThrow();
            assertThat(report.status()).isEqualTo(RestoreStatus.REFUSED);
            assertThat(report.records().deadLettered()).isEqualTo(1);
            assertThat(Fixture.items(table)).isEmpty();
        }
    }

    /** A second INSERT would prove that a delete is missing, and the proof is a reading of its own. */
    private static String modification(String key, int sequenceNumber) {
        return Fixture.insert(key, sequenceNumber).replace("INSERT", "MODIFY");
    }
}
