package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** However a restore ends: no thread, no connection and no write of it is left. */
@Timeout(60)
class LeavesNothingTest {

    private static final Duration CANCEL_AT_MOST = Duration.ofSeconds(5);
    private static final Duration CLEARED_AT_MOST = Duration.ofSeconds(10);
    private static final String WRITE = "BatchWriteItem";

    private final CountDownLatch firstWrite = new CountDownLatch(1);
    private FaultProxy toDynamoDb;
    private FaultProxy toS3;
    private DynamoDbAsyncClient dynamoDb;
    private S3AsyncClient s3;
    private DynamoDbRestoreManager restores;

    @BeforeEach
    void start() {
        toDynamoDb = FaultProxy.to(TestServers.dynamoDb().endpoint(), tellingFirstWrite(FaultRule.pass()));
        toS3 = FaultProxy.to(TestServers.s3().endpoint());
        dynamoDb = TestServers.dynamoDb()
                .asyncClientBuilder()
                .endpointOverride(toDynamoDb.endpoint())
                .build();
        s3 = TestServers.s3()
                .asyncClientBuilder()
                .endpointOverride(toS3.endpoint())
                .build();
        restores = DynamoDbRestoreManager.builder().s3(s3).dynamoDb(dynamoDb).build();
    }

    @AfterEach
    void stop() {
        restores.close();
        dynamoDb.close();
        s3.close();
        toDynamoDb.close();
        toS3.close();
    }

    private FaultRule tellingFirstWrite(FaultRule rule) {
        return request -> {
            if (request.operation().equals(WRITE) && !request.isTrial()) {
                firstWrite.countDown();
            }
            return rule.choose(request);
        };
    }

    private RestoreHandle begin(int items, WriteRate rate, String table) {
        return restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(items))), table)
                .writeRate(rate)
                .build());
    }

    private RestoreHandle begin(int items) {
        return begin(items, WriteRate.unitsPerSecond(1_000_000), Fixture.table(TableShape.S));
    }

    private static List<String> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("dynarestore-"))
                .toList();
    }

    private static void assertNoThreads() {
        long deadlineNanos = System.nanoTime() + CLEARED_AT_MOST.toNanos();
        while (!ourThreads().isEmpty() && System.nanoTime() - deadlineNanos < 0) {
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(ourThreads()).as("our threads that have not ended").isEmpty();
    }

    private static long openFiles() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private RestoreReport cancel(RestoreHandle handle) {
        long startNanos = System.nanoTime();
        RestoreReport report = handle.cancel().orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(CANCEL_AT_MOST);
        assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
        return report;
    }

    private void assertNoLateWrite() throws InterruptedException {
        CountDownLatch lateWrite = new CountDownLatch(1);
        toDynamoDb.rule(request -> {
            if (request.operation().equals(WRITE) && !request.isTrial()) {
                lateWrite.countDown();
            }
            return Fault.pass();
        });
        assertThat(lateWrite.await(500, TimeUnit.MILLISECONDS))
                .as("a write comes after the end")
                .isFalse();
    }

    @Test
    void completed_manyTimes_leavesNoThreadAndNoFile() {
        begin(100).completion().join();
        assertNoThreads();
        long before = openFiles();

        for (int i = 0; i < 6; i++) {
            begin(200).completion().join();
        }

        assertNoThreads();
        // The callers' clients and the proxies keep a few connections; each restore's own client has several.
        Fixture.waitUntil("files are closed", CLEARED_AT_MOST, () -> openFiles() <= before + 10);
    }

    @Test
    void failed_whileWriting_leavesNoThreadAndWritesNoMore() throws InterruptedException {
        toDynamoDb.rule(tellingFirstWrite(request -> request.operation().equals(WRITE) && !request.isTrial()
                ? firstWrite.getCount() == 0 && request.ordinal() > 12
                        ? DynamoDbFaults.error(
                                "com.amazon.coral.service#AccessDeniedException", "not authorized on purpose")
                        : Fault.pass()
                : Fault.pass()));

        RestoreException failure =
                Fixture.failure(() -> begin(2_000).completion().join());

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
        assertNoThreads();
        assertNoLateWrite();
    }

    @Test
    void failed_beforeWriting_leavesNoThread() {
        Fixture.failure(() -> begin(10, WriteRate.unitsPerSecond(100), "no-such-table")
                .completion()
                .join());

        assertNoThreads();
    }

    @Test
    void cancel_whileWriting_reportsWhatTheTableHolds() throws InterruptedException {
        String table = Fixture.table(TableShape.S);
        RestoreHandle handle = begin(3_000, WriteRate.unitsPerSecond(500), table);
        assertThat(firstWrite.await(30, TimeUnit.SECONDS)).isTrue();

        RestoreReport report = cancel(handle);

        assertNoLateWrite();
        assertThat(Fixture.items(table)).hasSize((int) report.writes().puts());
        assertNoThreads();
        assertThat(handle.cancel().join()).isEqualTo(report);
    }

    @Test
    void cancel_slowAnswers_areWaitedFor() throws InterruptedException {
        toDynamoDb.rule(tellingFirstWrite(
                FaultRule.always(Fault.delay(Duration.ofSeconds(1))).onlyForOperation(WRITE)));
        String table = Fixture.table(TableShape.S);
        RestoreHandle handle = begin(50, WriteRate.unitsPerSecond(1_000_000), table);
        assertThat(firstWrite.await(30, TimeUnit.SECONDS)).isTrue();

        RestoreReport report = cancel(handle);

        assertThat(report.writes().puts()).isPositive();
        assertNoLateWrite();
        assertThat(Fixture.items(table)).hasSize((int) report.writes().puts());
    }

    @Test
    void cancel_noAnswerToWrites_endsInTime() throws InterruptedException {
        toDynamoDb.rule(tellingFirstWrite(FaultRule.always(Fault.hang()).onlyForOperation(WRITE)));
        RestoreHandle handle = begin(2_000);
        assertThat(firstWrite.await(30, TimeUnit.SECONDS)).isTrue();

        cancel(handle);

        assertNoLateWrite();
        assertNoThreads();
    }

    @Test
    void cancel_noAnswerFromS3_endsInTime() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        toS3.rule(request -> {
            asked.countDown();
            return Fault.hang();
        });
        RestoreHandle handle = begin(100);
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

        cancel(handle);

        assertNoThreads();
    }

    @Test
    void cancel_bodyOfAnObjectHangs_endsInTime() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        toS3.rule(request -> {
            if (!request.path().contains("orders-1-0")) {
                return Fault.pass();
            }
            asked.countDown();
            return Fault.cutBody(10, Fault.Ending.SILENCE);
        });
        RestoreHandle handle = begin(100);
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

        cancel(handle);

        assertNoThreads();
    }

    @Test
    void cancel_noAnswerAboutTheTable_endsInTime() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        toDynamoDb.rule(request -> {
            asked.countDown();
            return Fault.hang();
        });
        RestoreHandle handle = begin(100);
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

        cancel(handle);

        assertNoThreads();
    }

    @Test
    void cancel_rightAfterTheStart_endsInTime() {
        cancel(begin(100));

        assertNoThreads();
    }

    @Test
    void close_restoreUnderWay_cancelsItAndLeavesTheCallersClientsOpen() throws InterruptedException {
        RestoreHandle handle = begin(3_000, WriteRate.unitsPerSecond(500), Fixture.table(TableShape.S));
        assertThat(firstWrite.await(30, TimeUnit.SECONDS)).isTrue();

        restores.close();

        assertThat(handle.completion()).isDone();
        assertThat(handle.completion().join().status()).isEqualTo(RestoreStatus.CANCELLED);
        assertNoLateWrite();
        assertNoThreads();
        assertThat(dynamoDb.listTables().join().tableNames()).isNotEmpty();
        assertThat(s3.listBuckets().join().buckets()).isNotEmpty();
    }
}
