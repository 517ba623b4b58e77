package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.progress.RestoreProgress;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

class RestoreUnderFaultsTest {

    @Test
    void restore_tenThousandChanges_equalsOracle() {
        History history = new History(TableShape.SN, 11).live(10_000, 1_000);
        Instant cut = Instant.ofEpochSecond(history.changes().get(7_000).epochSecond());
        String table = Fixture.table(TableShape.SN);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(history.deliver(12, 0.2)), table)
                            .asOf(cut)
                            .build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(cut));
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.records().read()).isGreaterThan(10_000);
        }
    }

    @Test
    void restore_serverErrorsAndUnprocessedItems_losesNothing() {
        History history = new History(TableShape.SN, 12).live(4_000, 1_000);
        String table = Fixture.table(TableShape.SN);
        FaultRule faults = FaultRule.first(3, DynamoDbFaults.internalServerError())
                .orElse(FaultRule.first(3, DynamoDbFaults.internalServerErrorAfterWriting()))
                .orElse(FaultRule.first(2, DynamoDbFaults.throttle()))
                .orElse(FaultRule.sometimes(0.5, 3, DynamoDbFaults.unprocessed(0.5, 4)))
                .onlyForOperation("BatchWriteItem");
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), faults);
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(history.deliver(6, 0.1)), table)
                            .build())
                    .completion()
                    .join();

            Map<String, Map<String, Object>> expected = history.itemsAt(Instant.ofEpochSecond(history.lastSecond()));
            assertThat(Fixture.items(table)).isEqualTo(expected);
            assertThat(report.writes().puts()).isEqualTo(expected.size());
            assertThat(report.writes().throttled()).isPositive();
            assertThat(report.writes().resent()).isPositive();
        }
    }

    /** Of the calls half are throttled; of all of them, a twentieth each is reset, and answered with 500 though it was done. */
    @Test
    void restore_halfThrottledSomeResetSomeWrittenWithAnError_equalsOracle() {
        History history = new History(TableShape.SN, 15).live(30_000, 20_000);
        Map<String, Map<String, Object>> expected = history.itemsAt(Instant.ofEpochSecond(history.lastSecond()));
        assertThat(expected).hasSizeGreaterThan(12_000);
        String table = Fixture.table(TableShape.SN);
        LongAdder throttled = new LongAdder();
        LongAdder reset = new LongAdder();
        LongAdder written = new LongAdder();
        FaultRule faults = counted(FaultRule.sometimes(0.5, 31, DynamoDbFaults.throttle()), throttled)
                .orElse(counted(FaultRule.sometimes(0.1, 32, Fault.resetBeforeForwarding()), reset))
                .orElse(counted(
                        FaultRule.sometimes(0.11, 33, DynamoDbFaults.internalServerErrorAfterWriting()), written))
                .onlyForOperation("BatchWriteItem");
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), faults);
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(history.deliver(12, 0.1)), table)
                            .build())
                    .completion()
                    .join();

            assertThat(Fixture.items(table)).isEqualTo(expected);
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.writes().puts()).isEqualTo(expected.size());
            double calls = proxy.requests(request -> request.operation().equals("BatchWriteItem") && !request.isTrial())
                    .size();
            assertThat(throttled.sum() / calls).isBetween(0.4, 0.6);
            assertThat(reset.sum() / calls).isBetween(0.03, 0.07);
            assertThat(written.sum() / calls).isBetween(0.03, 0.07);
            // A call fails with a chance of 0.6, so that 1 / (1 - 0.6) of them are to be expected, and a tenth more.
            assertThat(calls).isLessThanOrEqualTo(Math.ceil(expected.size() / 25.0 + 32) * 2.5 * 1.1);
        }
    }

    private static FaultRule counted(FaultRule rule, LongAdder count) {
        return request -> {
            Fault fault = rule.choose(request);
            if (!(fault instanceof Fault.Pass)) {
                count.increment();
            }
            return fault;
        };
    }

    @Test
    void cancel_halfWay_endsWithinFiveSecondsAndWritesNothingAfter() throws InterruptedException {
        History history = new History(TableShape.S, 13).live(3_000, 2_500);
        String table = Fixture.table(TableShape.S);
        String location = Fixture.backup(history.deliver(4, 0));
        Set<String> threadsBefore = ourThreads();
        CountDownLatch someWritten = new CountDownLatch(1);
        RestoreListener watch = new RestoreListener() {
            @Override
            public void progressed(RestoreProgress progress) {
                if (progress.phase() == RestorePhase.APPLYING && progress.writesDone() > 100) {
                    someWritten.countDown();
                }
            }
        };
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint());
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            RestoreHandle handle = restores.start(
                    Fixture.plan(location, table)
                            .writeRate(WriteRate.unitsPerSecond(200))
                            .build(),
                    watch);
            assertThat(someWritten.await(30, TimeUnit.SECONDS)).isTrue();

            Instant cancelledAt = Instant.now();
            RestoreReport report = handle.cancel().join();

            assertThat(Duration.between(cancelledAt, Instant.now())).isLessThan(Duration.ofSeconds(5));
            long requests = proxy.requestCount();
            assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
            assertThat(Fixture.items(table)).hasSize((int) report.writes().puts());
            assertThat(report.writes().puts()).isBetween(100L, 2_400L);
            assertThat(handle.completion().join()).isEqualTo(report);
            assertThat(proxy.requestCount()).isEqualTo(requests);
        }
        assertThat(ourThreads()).isEqualTo(threadsBefore);
    }

    private static Set<String> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("dynarestore-"))
                .filter(name -> List.of("proxy").stream().noneMatch(name::contains))
                .collect(Collectors.toSet());
    }
}
