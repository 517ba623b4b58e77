package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.S3Checkpoints;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Restores that are broken off and taken up again. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResumeTest {

    @TempDir
    Path directory;

    private final DynamoDbRestoreManager restores = Fixture.manager();
    private final History history = new History(TableShape.SN, 21).live(6_000, 1_500);

    @AfterEach
    void closeManager() {
        restores.close();
    }

    private RestorePlan.Builder plan(String location, String table) {
        return Fixture.plan(location, table).checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
    }

    private RestoreReport run(RestorePlan.Builder plan) {
        return restores.start(plan.build()).completion().join();
    }

    private RestoreException refusal(RestorePlan.Builder plan) {
        return Fixture.failure(() -> run(plan));
    }

    /** Breaks a restore off when so many writes are done. */
    private long breakOff(RestorePlan.Builder plan, int writes) throws Exception {
        RestoreHandle handle =
                restores.start(plan.writeRate(WriteRate.unitsPerSecond(400)).build());
        Fixture.waitUntil(
                "writes",
                Duration.ofSeconds(30),
                () -> handle.progress().writesDone() >= writes
                        || handle.completion().isDone());
        RestoreReport report = handle.cancel().get(5, TimeUnit.SECONDS);
        assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
        return report.writes().puts();
    }

    @Test
    void start_samePlanAgain_goesOnWhereItWasAndCountsTheWhole() throws Exception {
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(6, 0.2));
        long first = breakOff(plan(location, table), 100);
        long second = breakOff(plan(location, table), (int) first + 100);
        assertThat(second).isGreaterThan(first);

        RestoreReport report = run(plan(location, table).writeRate(WriteRate.unitsPerSecond(1_000_000)));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(Instant.MAX));
        assertThat(report.records().addsUp()).isTrue();
        assertThat(report.objects().read()).isEqualTo(6);
        assertThat(report.writes().puts())
                .isEqualTo(history.itemsAt(Instant.MAX).size());

        RestoreReport again = run(plan(location, table));
        assertThat(again.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(again.records()).isEqualTo(report.records());
        assertThat(again.history().notices())
                .anySatisfy(notice -> assertThat(notice).contains("done before"));

        String other = Fixture.table(TableShape.SN);
        assertThat(run(plan(location, other)).records()).isEqualTo(report.records());
        assertThat(Fixture.items(other)).isEqualTo(Fixture.items(table));
    }

    /** A write of the first run may arrive behind the second one's: it must not bring another value. */
    @Test
    void start_mapperThatDependsOnTheTime_givesEachKeyTheValueOfTheFirstRun() throws Exception {
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(6, 0.2));
        Instant before = Instant.now();
        breakOff(stamped(location, table), 50);
        Instant brokenOff = Instant.now();

        run(stamped(location, table).writeRate(WriteRate.unitsPerSecond(1_000_000)));

        assertThat(Fixture.items(table).values().stream()
                        .map(item -> item.get("stamp"))
                        .distinct())
                .singleElement()
                .satisfies(stamp ->
                        assertThat(Instant.parse(stamp.toString().substring(2))).isBetween(before, brokenOff));
    }

    private RestorePlan.Builder stamped(String location, String table) {
        return plan(location, table).mapper("stamp", Map.of("name", "stamp", "time", ""));
    }

    /** S3 no longer takes what is acknowledged: the writes behind it are not sent, and so are not sent twice. */
    @Test
    void start_checkpointInS3Fails_sendsNothingBeyondTheWritesInFlight() throws Exception {
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(6, 0.2));
        String bucket = TestServers.uniqueBucketName("checkpoint");
        TestServers.s3().createBucket(bucket);
        int taken = 9;
        AtomicInteger segments = new AtomicInteger();
        FaultRule full = request -> segments.incrementAndGet() <= taken
                ? Fault.pass()
                : Fault.reply(HttpReply.s3Error(403, "AccessDenied"));
        try (FaultProxy proxy = FaultProxy.to(
                        TestServers.s3().endpoint(),
                        full.onlyFor(request ->
                                request.method().equals("PUT") && request.path().contains("/journal-")));
                S3AsyncClient s3 = TestServers.s3()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build()) {
            RestorePlan.Builder plan = Fixture.plan(location, table)
                    .writesInFlight(16)
                    .checkpoint(S3Checkpoints.at(s3, "s3://" + bucket + "/run/"));

            assertThat(refusal(plan).code()).isEqualTo(RestoreErrorCode.CHECKPOINT_FAILED);
        }
        int items = history.itemsAt(Instant.MAX).size();
        int sentAtFirst = Fixture.items(table).size();
        assertThat(sentAtFirst).isLessThan(items);

        AtomicLong sentAgain = new AtomicLong();
        FaultRule counting = request -> {
            sentAgain.addAndGet(request.bodyText().split("\"PutRequest\"", -1).length - 1);
            return Fault.pass();
        };
        try (FaultProxy proxy =
                        FaultProxy.to(TestServers.dynamoDb().endpoint(), counting.onlyForOperation("BatchWriteItem"));
                DynamoDbAsyncClient dynamoDb = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager next = DynamoDbRestoreManager.builder()
                        .s3(TestServers.s3().asyncClient())
                        .dynamoDb(dynamoDb)
                        .build()) {
            RestoreReport report = next.start(Fixture.plan(location, table)
                            .checkpoint(S3Checkpoints.at(TestServers.s3().asyncClient(), "s3://" + bucket + "/run/"))
                            .build())
                    .completion()
                    .join();
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        }
        assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(Instant.MAX));
        assertThat(sentAtFirst + sentAgain.get()).isBetween((long) items, items + 16L * 25);
    }

    @Test
    void start_spillOfAKilledRun_isSweptAlsoIfNothingSpills() throws IOException {
        Path abandoned = Files.createDirectory(directory.resolve("dynarestore-spill-" + "0".repeat(32)));
        Files.writeString(abandoned.resolve("00000000"), "");
        Files.writeString(abandoned.resolve("00000001"), "rows");
        String table = Fixture.table(TableShape.SN);

        run(plan(Fixture.backup(history.deliver(2, 0)), table).spillDirectory(directory));

        assertThat(abandoned).doesNotExist();
    }

    @Test
    void start_changedPlan_isRefusedWithTheDifference() throws Exception {
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(3, 0.2));
        breakOff(plan(location, table), 50);

        RestoreException failure = refusal(plan(location, table).asOf(Instant.parse("2024-03-01T00:10:00Z")));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_MISMATCH);
        assertThat(failure).hasMessageContaining("asOf").hasMessageContaining("2024-03-01T00:10:00Z");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        assertThat(refusal(plan(location, table).maxRecordBytes(4_096))).hasMessageContaining("maxRecordBytes");
    }

    @Test
    void start_changedBackupOrTable_isRefusedWithTheDifference() throws Exception {
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(3, 0.2));
        String bucket = location.substring(5, location.indexOf('/', 5));
        breakOff(plan(location, table), 50);

        TestServers.s3().put(bucket, "backup/2024/03/01/00/orders-1-9", "\n".getBytes(StandardCharsets.UTF_8));
        RestoreException added = refusal(plan(location, table));
        assertThat(added.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_MISMATCH);
        assertThat(added).hasMessageContaining("orders-1-9");

        TestServers.s3().put(bucket, "backup/2024/03/01/00/orders-1-0", "\n".getBytes(StandardCharsets.UTF_8));
        assertThat(refusal(plan(location, table))).hasMessageContaining("orders-1-0");

        Fixture.drop(table);
        Fixture.DYNAMO_DB
                .createTable(TableShape.SN.create(table).toBuilder()
                        .billingMode("PAY_PER_REQUEST")
                        .build())
                .join();
        assertThat(refusal(plan(location, table))).hasMessageContaining("table");
    }

    @Test
    void start_whileAnotherHasTheCheckpoint_isRefused() throws Exception {
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(3, 0.2));
        RestoreHandle handle = restores.start(
                plan(location, table).writeRate(WriteRate.unitsPerSecond(50)).build());
        Fixture.waitUntil(
                "writing", Duration.ofSeconds(30), () -> handle.progress().writesDone() > 0);

        assertThat(refusal(plan(location, table)).code()).isEqualTo(RestoreErrorCode.CHECKPOINT_IN_USE);

        handle.cancel().get(5, TimeUnit.SECONDS);
    }

    @Test
    void start_afterARefusal_takesAMendedPlan() {
        String table = Fixture.table(TableShape.S);
        String location =
                Fixture.backup(List.of((Fixture.insert("a", 1) + "\n{\"bad\":1}\n").getBytes(StandardCharsets.UTF_8)));
        assertThat(refusal(plan(location, table)).code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);

        RestoreReport report = run(plan(location, table)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(io.github.dynarestore.JsonLinesDeadLetters.to(directory.resolve("letters"))));

        assertThat(report.records().applied()).isEqualTo(1);
        assertThat(report.records().deadLettered()).isEqualTo(1);
    }

    @Test
    void start_withDeadLetters_keepsThemAllInTheLastRun() throws Exception {
        String table = Fixture.table(TableShape.S);
        byte[] good = Fixture.inserts(600);
        String location = Fixture.backup(List.of(good, "{\"bad\":1}\n{\"bad\":2}\n".getBytes(StandardCharsets.UTF_8)));
        Path letters = directory.resolve("letters");
        RestorePlan.Builder plan = plan(location, table).badRecords(BadRecords.DEAD_LETTER);
        breakOff(plan.deadLetters(io.github.dynarestore.JsonLinesDeadLetters.to(letters)), 100);

        RestoreReport report = run(plan.deadLetters(io.github.dynarestore.JsonLinesDeadLetters.to(letters))
                .writeRate(WriteRate.unitsPerSecond(1_000_000)));

        assertThat(report.records().applied()).isEqualTo(600);
        assertThat(report.records().deadLettered()).isEqualTo(2);
        assertThat(report.records().addsUp()).isTrue();
        assertThat(Files.readAllLines(letters)).hasSize(2);
        assertThat(Fixture.items(table)).hasSize(600);
    }

    @Test
    void start_damagedCheckpoint_isRefused() throws IOException {
        String table = Fixture.table(TableShape.S);
        Files.createDirectories(directory.resolve("checkpoint"));
        Files.writeString(directory.resolve("checkpoint/dynarestore.journal"), "something else altogether");

        RestoreException failure = refusal(plan(Fixture.backup(List.of(Fixture.inserts(5))), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_INVALID);
        assertThat(Fixture.items(table)).isEmpty();
    }
}
