package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestoreProgress;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

/** What a restore says keeps it from writing faster. */
class LimitsTest {

    private static String indexed() {
        String table = TestServers.uniqueTableName("limited");
        Fixture.DYNAMO_DB
                .createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                pk -> pk.attributeName("pk").attributeType("S"),
                                v -> v.attributeName("v").attributeType("N"))
                        .keySchema(pk -> pk.attributeName("pk").keyType("HASH"))
                        .globalSecondaryIndexes(index -> index.indexName("by-date")
                                .keySchema(v -> v.attributeName("v").keyType("HASH"))
                                .projection(p -> p.projectionType(ProjectionType.ALL))))
                .join();
        return table;
    }

    private static double millis(RestoreReport report, WriteLimit limit) {
        return report.limits().stream()
                .filter(limited -> limited.limit().equals(limit))
                .mapToLong(limited -> limited.time().toMillis())
                .sum();
    }

    @Test
    void restore_slowRate_isLimitedByTheRateAskedAndTheProgressSaysSo() {
        Set<String> said = new ConcurrentSkipListSet<>();
        RestoreListener listener = new RestoreListener() {
            @Override
            public void progressed(RestoreProgress progress) {
                if (progress.limit() != null) {
                    said.add(progress.limit().toString());
                }
            }
        };
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreReport report = restores.start(
                            Fixture.plan(Fixture.backup(List.of(Fixture.inserts(1_500))), Fixture.table(TableShape.S))
                                    .writeRate(WriteRate.unitsPerSecond(500))
                                    .build(),
                            listener)
                    .completion()
                    .join();

            assertThat(said).contains("the rate asked");
            assertThat(millis(report, WriteLimit.of(WriteLimit.Kind.RATE)))
                    .isGreaterThan(report.duration().toMillis() / 4.0);
            assertThat(report.toJson()).contains("\"limitedBy\" : \"the rate asked\"");
        }
    }

    @Test
    void restore_indexIsFull_writesAllAndNamesTheIndex() {
        String table = indexed();
        FaultRule full = FaultRule.sometimes(
                        0.5,
                        7,
                        DynamoDbFaults.throttle(
                                "IndexWriteProvisionedThroughputExceeded",
                                "arn:aws:dynamodb:eu-west-1:1:table/" + table + "/index/by-date"))
                .onlyForOperation("BatchWriteItem");
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), full);
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(400))), table)
                            .writeRate(WriteRate.unitsPerSecond(1_000))
                            .build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).hasSize(400);
            assertThat(report.writes().throttled()).isPositive();
            assertThat(millis(report, new WriteLimit(WriteLimit.Kind.CAPACITY, "by-date")))
                    .isPositive();
        }
    }

    @Test
    void restore_adaptive_findsARateAndWritesAll() {
        String table = Fixture.table(TableShape.S);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(3_000))), table)
                            .writeRate(WriteRate.adaptive())
                            .build())
                    .completion()
                    .join();

            assertThat(report.records().applied()).isEqualTo(3_000);
            assertThat(Fixture.items(table)).hasSize(3_000);
        }
    }

    /** No call is answered before so many are under way. */
    private static FaultRule answeredTogether(String operation, int calls, AtomicInteger most) {
        AtomicInteger underWay = new AtomicInteger();
        CountDownLatch together = new CountDownLatch(calls);
        return FaultRule.always(Fault.rewrite((request, server) -> {
                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                    together.countDown();
                    try {
                        together.await(9, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    underWay.decrementAndGet();
                    return server.forward(request);
                }))
                .onlyForOperation(operation);
    }

    @ParameterizedTest
    @CsvSource({"direct, 50, 40", "direct, 20, 20", "observed, 20, 20"})
    void changeRate_upwards_hasAsManyCallsUnderWayAsTheNewRateNeedsAndTheClientSends(
            String way, int connections, int expected) {
        String table = Fixture.table(TableShape.S);
        AtomicInteger most = new AtomicInteger();
        var builder = TestServers.dynamoDb()
                .asyncClientBuilder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(connections));
        if (way.equals("observed")) {
            builder.overrideConfiguration(override -> override.addExecutionInterceptor(new ExecutionInterceptor() {}));
        }
        try (FaultProxy proxy = FaultProxy.to(
                        TestServers.dynamoDb().endpoint(), answeredTogether("BatchWriteItem", expected, most));
                DynamoDbAsyncClient client =
                        builder.endpointOverride(proxy.endpoint()).build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            RestoreHandle handle = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(2_000))), table)
                    .writeRate(WriteRate.unitsPerSecond(2_000))
                    .build());
            Fixture.waitUntil("the calls of the first rate", Duration.ofSeconds(30), () -> most.get() == 16);
            assertThat(handle.progress().writesDone()).isZero();

            handle.changeRate(WriteRate.unitsPerSecond(20_000));
            RestoreReport report = handle.completion().join();

            assertThat(most).hasValue(expected);
            assertThat(report.writes().resent()).isZero();
            assertThat(Fixture.items(table)).hasSize(2_000);
        }
    }

    /** Each call of a plan that only inserts has one write, so the SDK's 50 connections would not do. */
    @Test
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void restore_clientOfItsOwn_sendsAsManyCallsAsTheRateNeeds() {
        String table = Fixture.table(TableShape.S);
        AtomicInteger most = new AtomicInteger();
        try (FaultProxy proxy =
                        FaultProxy.to(TestServers.dynamoDb().endpoint(), answeredTogether("PutItem", 100, most));
                DynamoDbRestoreManager restores =
                        DynamoDbRestoreManager.builder().s3(Fixture.S3).build()) {
            Map<String, String> environment = Map.of(
                    "aws.endpointUrlDynamoDb", proxy.endpoint().toString(),
                    "aws.region", "eu-west-1",
                    "aws.accessKeyId", "a",
                    "aws.secretAccessKey", "b");
            environment.forEach(System::setProperty);
            RestoreReport report;
            try {
                report = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(300))), table)
                                .existingItems(ExistingItems.INSERT_ONLY)
                                .writeRate(WriteRate.unitsPerSecond(2_000))
                                .build())
                        .completion()
                        .join();
            } finally {
                environment.keySet().forEach(System::clearProperty);
            }

            assertThat(most).hasValue(100);
            assertThat(report.history().notices()).noneMatch(notice -> notice.contains("maxConcurrency"));
            assertThat(report.writes().puts()).isEqualTo(300);
        }
    }

    @Test
    void restore_clientWithFewConnections_keepsToThemAndSaysThatTheyAreTooFew() {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        // It also keeps writes from going past the client.
        ExecutionInterceptor counting = new ExecutionInterceptor() {
            @Override
            public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
                if (context.request() instanceof BatchWriteItemRequest batch && !Fixture.isTrial(batch)) {
                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                }
            }

            @Override
            public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
                if (context.request() instanceof BatchWriteItemRequest batch && !Fixture.isTrial(batch)) {
                    underWay.decrementAndGet();
                }
            }
        };
        String table = Fixture.table(TableShape.S);
        try (DynamoDbAsyncClient narrow = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(3))
                        .overrideConfiguration(override -> override.addExecutionInterceptor(counting))
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(narrow)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(3_000))), table)
                            .writeRate(WriteRate.unitsPerSecond(20_000))
                            .build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).hasSize(3_000);
            assertThat(most.get()).isBetween(1, 3);
            assertThat(report.history().notices())
                    .anySatisfy(notice -> assertThat(notice)
                            .contains("3 calls under way", "20,000 write units", "a maxConcurrency of 40"));
        }
        assertThat(underWay).hasValue(0);
    }
}
