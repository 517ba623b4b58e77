package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** A client that somebody has wrapped: it must see every request as the SDK's model has it. */
@Timeout(60)
class DecoratedClientTest {

    /** Hands everything on, and notes the batches. */
    private static final class Decorator {

        final List<BatchWriteItemRequest> batches = Collections.synchronizedList(new ArrayList<>());

        DynamoDbAsyncClient around(DynamoDbAsyncClient client) {
            return (DynamoDbAsyncClient) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {DynamoDbAsyncClient.class},
                    (proxy, method, arguments) -> {
                        Fixture.written(method, arguments).ifPresent(batches::add);
                        try {
                            return method.invoke(client, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        List<WriteRequest> writes(String table) {
            synchronized (batches) {
                return batches.stream()
                        .flatMap(batch -> batch.requestItems().get(table).stream())
                        .toList();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"S", "NB", "BN"})
    void restore_overExistingItems_givesTheSameTableAndTheDecoratorSeesEachWrite(TableShape shape) {
        History history = new History(shape, 71).live(500, 150);
        Map<String, Map<String, Object>> expected = history.itemsAt(Instant.ofEpochSecond(history.lastSecond()));
        String location = Fixture.backup(history.deliver(3, 0.1));
        String table = Fixture.table(shape);
        String straight = Fixture.table(shape);
        history.changes().stream()
                .limit(40)
                .forEach(change -> Fixture.DYNAMO_DB
                        .putItem(request -> request.tableName(table).item(change.key()))
                        .join());
        Decorator decorator = new Decorator();
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(decorator.around(Fixture.DYNAMO_DB))
                        .build();
                DynamoDbRestoreManager undecorated = Fixture.manager()) {
            RestoreReport report = restores.start(Fixture.plan(location, table)
                            .existingItems(ExistingItems.OVERWRITE)
                            .build())
                    .completion()
                    .join();
            undecorated
                    .start(Fixture.plan(location, straight).build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(expected).isEqualTo(Fixture.items(straight));
            List<WriteRequest> writes = decorator.writes(table);
            assertThat(writes.stream()
                            .filter(write -> write.putRequest() != null)
                            .count())
                    .isEqualTo(report.writes().puts())
                    .isEqualTo(expected.size());
            assertThat(writes.stream()
                            .filter(write -> write.deleteRequest() != null)
                            .count())
                    .isEqualTo(report.writes().deletes())
                    .isPositive();
            assertThat(report.writes().units()).isPositive();
        }
    }

    @Test
    void restore_underFaults_losesNothing() {
        History history = new History(TableShape.SN, 72).live(1_500, 500);
        String table = Fixture.table(TableShape.SN);
        FaultRule faults = FaultRule.first(2, DynamoDbFaults.internalServerErrorAfterWriting())
                .orElse(FaultRule.first(2, DynamoDbFaults.throttle()))
                .orElse(FaultRule.first(5, DynamoDbFaults.unprocessed(0.5, 4)))
                .onlyForOperation("BatchWriteItem");
        Decorator decorator = new Decorator();
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), faults);
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(decorator.around(throughProxy))
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(history.deliver(3, 0.1)), table)
                            .build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(Instant.ofEpochSecond(history.lastSecond())));
            assertThat(report.writes().throttled()).isPositive();
            assertThat(report.writes().resent()).isPositive();
            assertThat(proxy.requests(request -> request.operation().equals("BatchWriteItem") && !request.isTrial()))
                    .hasSameSizeAs(decorator.batches);
        }
    }

    @Test
    void restore_attributesOfAllTypes_reachTheDecoratorDecoded() {
        Map<String, AttributeValue> item = Map.of(
                "pk", AttributeValue.fromS("a"),
                "n", AttributeValue.fromN("-1.5E+10"),
                "l", AttributeValue.fromL(List.of(AttributeValue.fromNul(true), AttributeValue.fromBool(false))),
                "m", AttributeValue.fromM(Map.of("s", AttributeValue.fromSs(List.of("x", "y")))));
        String image =
                "{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"-1.5E+10\"},\"l\":{\"L\":[{\"NULL\":true},{\"BOOL\":false}]},"
                        + "\"m\":{\"M\":{\"s\":{\"SS\":[\"x\",\"y\"]}}}}";
        String line = Fixture.insert("a", 1).replaceFirst("\"NewImage\":.*?}},", "\"NewImage\":" + image + ",");
        String table = Fixture.table(TableShape.S);
        Decorator decorator = new Decorator();
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(decorator.around(Fixture.DYNAMO_DB))
                .build()) {
            restores.start(Fixture.plan(
                                    Fixture.backup(List.of(line.getBytes(java.nio.charset.StandardCharsets.UTF_8))),
                                    table)
                            .build())
                    .completion()
                    .join();
        }

        assertThat(decorator.writes(table))
                .singleElement()
                .satisfies(write -> assertThat(write.putRequest().item()).isEqualTo(item));
    }

    @Test
    void cancel_slowAnswers_areWaitedForAndNothingIsSentAfterwards() throws InterruptedException {
        String table = Fixture.table(TableShape.S);
        CountDownLatch lateWrite = new CountDownLatch(1);
        FaultRule slow = FaultRule.always(Fault.delay(Duration.ofSeconds(1)));
        FaultRule late = request -> {
            lateWrite.countDown();
            return Fault.pass();
        };
        Decorator decorator = new Decorator();
        try (FaultProxy proxy =
                        FaultProxy.to(TestServers.dynamoDb().endpoint(), slow.onlyForOperation("BatchWriteItem"));
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(decorator.around(throughProxy))
                        .build()) {
            RestoreHandle handle = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(500))), table)
                    .writesInFlight(4)
                    .build());
            // Not when the decorator has them: a call that is only on its way to the network is broken off.
            Fixture.waitUntil(
                    "four are sent",
                    Duration.ofSeconds(30),
                    () -> proxy.requests(request -> request.operation().equals("BatchWriteItem") && !request.isTrial())
                                    .size()
                            == 4);

            RestoreReport report =
                    handle.cancel().orTimeout(5, TimeUnit.SECONDS).join();
            proxy.rule(late.onlyForOperation("BatchWriteItem"));

            assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
            assertThat(report.writes().puts())
                    .as("what was under way has been waited for")
                    .isEqualTo(100);
            assertThat(lateWrite.await(500, TimeUnit.MILLISECONDS))
                    .as("a write comes after the end")
                    .isFalse();
            assertThat(Fixture.items(table)).hasSize(100);
        }
    }
}
