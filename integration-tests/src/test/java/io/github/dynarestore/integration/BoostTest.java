package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.TableDefinition;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.ProxiedRequest;
import io.github.dynarestore.testing.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** Capacity that is raised for a restore and put back however it ends. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BoostTest {

    @TempDir
    Path directory;

    private final String table = TestServers.uniqueTableName("boost");
    private final FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint());
    private final DynamoDbAsyncClient client = TestServers.dynamoDb()
            .asyncClientBuilder()
            .endpointOverride(proxy.endpoint())
            .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
            .build();
    private final DynamoDbRestoreManager restores =
            DynamoDbRestoreManager.builder().s3(Fixture.S3).dynamoDb(client).build();

    @AfterEach
    void close() {
        restores.close();
        client.close();
        proxy.close();
    }

    /** A table of 5 write units with an index of 7. */
    private void createProvisioned() {
        Fixture.DYNAMO_DB
                .createTable(TableShape.S.create(table).toBuilder()
                        .billingMode(BillingMode.PROVISIONED)
                        .provisionedThroughput(
                                units -> units.readCapacityUnits(3L).writeCapacityUnits(5L))
                        .attributeDefinitions(
                                pk -> pk.attributeName("pk").attributeType("S"),
                                v -> v.attributeName("v").attributeType("N"))
                        .globalSecondaryIndexes(index -> index.indexName("by-v")
                                .keySchema(v -> v.attributeName("v").keyType("HASH"))
                                .projection(p -> p.projectionType("ALL"))
                                .provisionedThroughput(
                                        units -> units.readCapacityUnits(4L).writeCapacityUnits(7L)))
                        .build())
                .join();
    }

    private TableDescription description() {
        return Fixture.DYNAMO_DB
                .describeTable(request -> request.tableName(table))
                .join()
                .table();
    }

    private List<Long> writeUnits() {
        TableDescription described = description();
        return List.of(
                described.provisionedThroughput().writeCapacityUnits(),
                described
                        .globalSecondaryIndexes()
                        .get(0)
                        .provisionedThroughput()
                        .writeCapacityUnits());
    }

    private List<Long> readUnits() {
        TableDescription described = description();
        return List.of(
                described.provisionedThroughput().readCapacityUnits(),
                described
                        .globalSecondaryIndexes()
                        .get(0)
                        .provisionedThroughput()
                        .readCapacityUnits());
    }

    private RestorePlan.Builder plan(int items) {
        return Fixture.plan(Fixture.backup(List.of(Fixture.inserts(items))), table)
                .boost(500L);
    }

    private RestoreReport restore(RestorePlan.Builder plan) {
        return restores.start(plan.build()).completion().join();
    }

    private List<String> updates() {
        return proxy.requests(request -> request.operation().equals("UpdateTable") && !request.isTrial()).stream()
                .map(ProxiedRequest::bodyText)
                .toList();
    }

    private static List<String> said(RestoreReport report) {
        return report.preflight().stream()
                .filter(finding -> finding.subject() == Subject.CAPACITY)
                .map(PreflightFinding::message)
                .toList();
    }

    @Test
    void restore_provisionedTable_isRaisedWithItsIndexesAndPutBack() {
        createProvisioned();
        List<List<Long>> whileWriting = Collections.synchronizedList(new ArrayList<>());
        proxy.rule(((FaultRule) request -> {
                    whileWriting.add(writeUnits());
                    return Fault.pass();
                })
                .onlyForOperation("BatchWriteItem"));

        RestoreReport report = restore(plan(60));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(whileWriting).isNotEmpty().allMatch(units -> units.equals(List.of(500L, 500L)));
        assertThat(writeUnits()).containsExactly(5L, 7L);
        assertThat(readUnits()).containsExactly(3L, 4L);
        assertThat(said(report))
                .containsExactly(
                        "write capacity of table " + table
                                + " was raised for the restore: the table 500 write units per second,"
                                + " index by-v 500 write units per second",
                        "write capacity of table " + table
                                + " was put back: the table 5 write units per second, index by-v 7 write units per second");
        assertThat(Fixture.items(table)).hasSize(60);
    }

    @Test
    void restore_shareOfTheCapacity_isOfTheRaisedOne() {
        createProvisioned();

        RestoreEstimate estimate = restores.estimate(
                        plan(10).writeRate(WriteRate.fractionOfTable(0.5)).build())
                .join();

        assertThat(estimate.unitsPerSecond()).isEqualTo(250);
        assertThat(said(estimate.report())).isEmpty();
        assertThat(updates()).isEmpty();
        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    @Test
    void restore_capacityThatIsHighEnough_isLeftAlone() {
        createProvisioned();

        RestoreReport report = restore(plan(10).boost(6L));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(updates()).hasSize(2).allSatisfy(update -> assertThat(update).doesNotContain("by-v"));
        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    @Test
    void restore_thatFails_putsBack() {
        createProvisioned();
        proxy.rule(FaultRule.always(
                        DynamoDbFaults.error("com.amazon.coral.service#AccessDeniedException", "not authorized"))
                .onlyForOperation("BatchWriteItem"));

        RestoreException failure = Fixture.failure(() -> restore(plan(60)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.FAILED);
        assertThat(updates()).hasSize(2);
        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    @Test
    void restore_thatIsCancelled_putsBackWithinItsFiveSeconds() throws Exception {
        createProvisioned();
        RestoreHandle handle = restores.start(
                plan(4_000).writeRate(WriteRate.unitsPerSecond(100)).build());
        Fixture.waitUntil(
                "writes", Duration.ofSeconds(30), () -> handle.progress().writesDone() >= 25);
        assertThat(writeUnits()).containsExactly(500L, 500L);

        assertThat(handle.cancel().get(5, TimeUnit.SECONDS).status()).isEqualTo(RestoreStatus.CANCELLED);

        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    /** DynamoDB Local changes tables at once, so a proxy says that it is still about it, and what it was before. */
    private FaultRule updatingUntil(BooleanSupplier isOver) {
        FaultRule described = FaultRule.always(Fault.rewrite((request, server) -> {
                    HttpReply reply = server.forward(request);
                    return isOver.getAsBoolean()
                            ? reply
                            : HttpReply.json(
                                    reply.status(),
                                    new String(reply.body(), UTF_8)
                                            .replace("\"TableStatus\":\"ACTIVE\"", "\"TableStatus\":\"UPDATING\"")
                                            .replace("\"WriteCapacityUnits\":500", "\"WriteCapacityUnits\":5"));
                }))
                .onlyForOperation("DescribeTable");
        FaultRule busy = ((FaultRule) request -> isOver.getAsBoolean()
                        ? Fault.pass()
                        : DynamoDbFaults.error(
                                "com.amazonaws.dynamodb.v20120810#ResourceInUseException", "it is being updated"))
                .onlyForOperation("UpdateTable");
        return described.orElse(busy);
    }

    /** A restore whose raise DynamoDB has taken, and is still about. */
    private RestoreHandle startedAndRaisingUntil(BooleanSupplier isOver) {
        AtomicBoolean isRaised = new AtomicBoolean();
        FaultRule raising = ((FaultRule) request -> {
                    isRaised.set(true);
                    return Fault.pass();
                })
                .onlyForOperation("UpdateTable");
        FaultRule updating = updatingUntil(isOver);
        proxy.rule(request -> isRaised.get() ? updating.choose(request) : raising.choose(request));
        RestoreHandle handle = restores.start(plan(60).build());
        Fixture.waitUntil(
                "the capacity is raised",
                Duration.ofSeconds(30),
                () -> writeUnits().equals(List.of(500L, 500L)));
        return handle;
    }

    /** As the table is seen, nothing was raised yet: 3 seconds long, more than a cancelled restore waits for an answer. */
    @Test
    void restore_thatIsCancelledWhileItIsStillBeingRaised_waitsUntilItCanPutBack() throws Exception {
        createProvisioned();
        AtomicLong overNanos = new AtomicLong(Long.MAX_VALUE);
        RestoreHandle handle = startedAndRaisingUntil(() -> System.nanoTime() - overNanos.get() >= 0);

        overNanos.set(System.nanoTime() + Duration.ofSeconds(3).toNanos());
        CompletableFuture<RestoreReport> cancelled = handle.cancel();
        RestoreReport report = cancelled.get(30, TimeUnit.SECONDS);

        assertThat(System.nanoTime() - overNanos.get()).isPositive();
        assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
        assertThat(report.writes().puts()).isZero();
        assertThat(writeUnits()).containsExactly(5L, 7L);
        assertThat(said(report)).anySatisfy(message -> assertThat(message).contains("was put back"));
    }

    /** Another change is under way until the restore is cancelled: the raise that waits for it must not come behind the end. */
    @Test
    void restore_thatIsCancelledBeforeItCouldRaise_raisesNothingAnyMore() throws Exception {
        createProvisioned();
        AtomicBoolean isOver = new AtomicBoolean();
        proxy.rule(((FaultRule) request -> isOver.get()
                        ? Fault.pass()
                        : DynamoDbFaults.error(
                                "com.amazonaws.dynamodb.v20120810#ResourceInUseException", "it is being updated"))
                .onlyForOperation("UpdateTable"));
        RestoreHandle handle = restores.start(plan(60).build());
        Fixture.waitUntil(
                "it tries to raise", Duration.ofSeconds(30), () -> !updates().isEmpty());

        isOver.set(true);
        int before = updates().size();
        RestoreReport report = handle.cancel().get(10, TimeUnit.SECONDS);

        assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
        assertThat(writeUnits()).containsExactly(5L, 7L);
        // One that was sent at that very moment is put back.
        assertThat(updates().size() - before).isLessThanOrEqualTo(2);
        assertThat(said(report)).anySatisfy(message -> assertThat(message).contains("was put back"));
    }

    @Test
    void close_whileCapacityCannotBePutBackYet_waitsItsFiveSecondsAndSaysWhatWasThere() throws Exception {
        createProvisioned();
        RestoreHandle handle = startedAndRaisingUntil(() -> false);

        long startNanos = System.nanoTime();
        restores.close();

        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(7));
        RestoreReport report = handle.completion().get(5, TimeUnit.SECONDS);
        assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
        assertThat(said(report))
                .anySatisfy(message -> assertThat(message)
                        .startsWith("the write capacity of table " + table
                                + " could not be put back to the table 5 write units per second, index by-v 7"));
    }

    /** Of each change the answer is lost, once before it was taken and once after. */
    @Test
    void restore_answersToTheChangesAreLost_makesThemOnceMoreOnlyIfTheyWereNotTaken() {
        createProvisioned();
        proxy.rule(FaultRule.first(1, Fault.resetBeforeForwarding())
                .onlyForOperation("UpdateTable")
                .orElse(FaultRule.first(1, Fault.resetAfterForwarding()).onlyForOperation("UpdateTable")));

        RestoreReport report = restore(plan(60));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        // Raised: lost, and taken though its answer was lost; put back.
        assertThat(updates()).hasSize(3);
        assertThat(updates().subList(0, 2)).allMatch(update -> update.contains("\"WriteCapacityUnits\":500"));
        assertThat(updates().get(2)).contains("\"WriteCapacityUnits\":5}");
        assertThat(writeUnits()).containsExactly(5L, 7L);
        assertThat(Fixture.items(table)).hasSize(60);
    }

    @Test
    void restore_noMoreDecreasesToday_saysSoAtOnce() {
        createProvisioned();
        AtomicBoolean isRaised = new AtomicBoolean();
        proxy.rule(((FaultRule) request -> isRaised.getAndSet(true)
                        ? DynamoDbFaults.error(
                                "com.amazonaws.dynamodb.v20120810#LimitExceededException",
                                "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given"
                                        + " UTC day.")
                        : Fault.pass())
                .onlyForOperation("UpdateTable"));

        RestoreException failure = Fixture.failure(() -> restore(plan(10)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TABLE_CHANGE_FAILED);
        assertThat(failure).hasMessageContaining("Provisioned throughput decreases are limited");
        assertThat(updates()).hasSize(2);
    }

    /** The client tries each call once only. */
    @Test
    void restore_tableCannotBeSeenForAMomentWhenItIsDone_putsBackAllTheSame() {
        createProvisioned();
        AtomicBoolean isWriting = new AtomicBoolean();
        FaultRule outage = FaultRule.first(2, Fault.reply(HttpReply.json(500, "{}")))
                .onlyFor(request -> isWriting.get() && request.operation().equals("DescribeTable"));
        FaultRule noticed = request -> {
            // What asks how many calls the client makes comes before, and goes on without an answer.
            isWriting.compareAndSet(false, request.operation().equals("BatchWriteItem") && !request.isTrial());
            return Fault.pass();
        };
        proxy.rule(noticed.orElse(outage));

        RestoreReport report = restore(plan(60));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    /** A killed process puts nothing back; here its calls that would are swallowed. */
    @Test
    void restore_afterACrash_putsBackTheOriginalAndNotTheBoosted() throws Exception {
        createProvisioned();
        RestorePlan.Builder plan = plan(2_000).checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        AtomicBoolean isDead = new AtomicBoolean();
        proxy.rule(request -> isDead.get() ? Fault.resetBeforeForwarding() : Fault.pass());
        RestoreHandle handle =
                restores.start(plan.writeRate(WriteRate.unitsPerSecond(200)).build());
        Fixture.waitUntil(
                "writes", Duration.ofSeconds(30), () -> handle.progress().writesDone() >= 25);
        isDead.set(true);
        RestoreReport killed = handle.cancel().get(10, TimeUnit.SECONDS);
        assertThat(writeUnits()).containsExactly(500L, 500L);
        assertThat(said(killed))
                .anySatisfy(message -> assertThat(message)
                        .startsWith("the write capacity of table " + table
                                + " could not be put back to the table 5 write units per second, index by-v 7"));
        isDead.set(false);

        RestoreReport report = restore(plan.writeRate(WriteRate.unitsPerSecond(1_000_000)));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(writeUnits()).containsExactly(5L, 7L);
        assertThat(Fixture.items(table)).hasSize(2_000);
        int updates = updates().size();
        restore(plan);
        assertThat(updates()).hasSize(updates);
    }

    @Test
    void restore_afterACrashAndThenRefused_putsBackAllTheSame() throws Exception {
        createProvisioned();
        RestorePlan.Builder plan = plan(2_000).checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        AtomicBoolean isDead = new AtomicBoolean();
        proxy.rule(request -> isDead.get() ? Fault.resetBeforeForwarding() : Fault.pass());
        RestoreHandle handle =
                restores.start(plan.writeRate(WriteRate.unitsPerSecond(200)).build());
        Fixture.waitUntil(
                "writes", Duration.ofSeconds(30), () -> handle.progress().writesDone() >= 25);
        isDead.set(true);
        assertThat(handle.cancel().get(10, TimeUnit.SECONDS).status()).isEqualTo(RestoreStatus.CANCELLED);
        isDead.set(false);

        RestoreException failure = Fixture.failure(
                () -> restore(plan(1).checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")))));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_MISMATCH);
        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    @Test
    void restore_notAllowedToRaise_isRefusedAndNothingIsWritten() {
        createProvisioned();
        proxy.rule(FaultRule.always(DynamoDbFaults.error(
                        "com.amazon.coral.service#AccessDeniedException",
                        "User: arn:aws:iam::1:user/x is not authorized to perform: dynamodb:UpdateTable on resource:"
                                + " arn:aws:dynamodb:eu-west-1:1:table/Orders"))
                .onlyForOperation("UpdateTable"));

        RestoreException failure = Fixture.failure(() -> restore(plan(10)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure)
                .hasMessage("DynamoDB refused dynamodb:UpdateTable on arn:aws:dynamodb:eu-west-1:1:table/Orders:"
                        + " AccessDeniedException");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        assertThat(Fixture.items(table)).isEmpty();
    }

    @Test
    void restore_anotherChangeUnderWay_triesAgain() {
        createProvisioned();
        proxy.rule(FaultRule.first(
                        2,
                        DynamoDbFaults.error(
                                "com.amazonaws.dynamodb.v20120810#ResourceInUseException", "it is being updated"))
                .onlyForOperation("UpdateTable"));

        assertThat(restore(plan(10)).status()).isEqualTo(RestoreStatus.COMPLETED);

        assertThat(updates()).hasSize(4);
        assertThat(writeUnits()).containsExactly(5L, 7L);
    }

    @Test
    void restore_putBackRefused_failsSayingWhatWasThere() {
        createProvisioned();
        AtomicBoolean isRaised = new AtomicBoolean();
        proxy.rule(((FaultRule) request -> isRaised.getAndSet(true)
                        ? DynamoDbFaults.error(
                                "com.amazonaws.dynamodb.v20120810#LimitExceededException", "too many decreases today")
                        : Fault.pass())
                .onlyForOperation("UpdateTable"));

        RestoreException failure = Fixture.failure(() -> restore(plan(10).patience(Duration.ofSeconds(2))));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TABLE_CHANGE_FAILED);
        assertThat(failure)
                .hasMessage("all items are written, but the write capacity of table " + table
                        + " could not be put back to the table 5 write units per second, index by-v 7 write units per"
                        + " second: DynamoDB would not do dynamodb:UpdateTable on table " + table
                        + ": LimitExceededException: too many decreases today");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.FAILED);
        assertThat(Fixture.items(table)).hasSize(10);
    }

    /** DynamoDB Local neither warms nor keeps a table UPDATING, so a proxy stands in for that. */
    @Test
    void restore_tableOnDemand_isWarmedAndItsMaximumRaisedAndPutBack() {
        Fixture.DYNAMO_DB
                .createTable(TableShape.S.create(table).toBuilder()
                        .onDemandThroughput(
                                most -> most.maxReadRequestUnits(90L).maxWriteRequestUnits(80L))
                        .build())
                .join();
        AtomicBoolean isWarm = new AtomicBoolean();
        FaultRule warming = FaultRule.always(Fault.rewrite((request, server) -> {
            if (request.operation().equals("UpdateTable")
                    && !request.isTrial()
                    && request.bodyText().contains("WarmThroughput")) {
                isWarm.set(true);
                return HttpReply.json(200, "{}");
            }
            HttpReply reply = server.forward(request);
            return request.operation().equals("DescribeTable") && isWarm.get()
                    ? HttpReply.json(
                            reply.status(),
                            new String(reply.body(), UTF_8)
                                    .replace(
                                            "\"TableName\"",
                                            "\"WarmThroughput\":{\"ReadUnitsPerSecond\":12000,"
                                                    + "\"WriteUnitsPerSecond\":500,\"Status\":\"ACTIVE\"},\"TableName\""))
                    : reply;
        }));
        proxy.rule(warming);

        RestoreReport report = restore(plan(30));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(updates())
                .containsExactly(
                        "{\"TableName\":\"" + table
                                + "\",\"OnDemandThroughput\":{\"MaxReadRequestUnits\":90,\"MaxWriteRequestUnits\":500}}",
                        "{\"TableName\":\"" + table + "\",\"WarmThroughput\":{\"WriteUnitsPerSecond\":500}}",
                        "{\"TableName\":\"" + table
                                + "\",\"OnDemandThroughput\":{\"MaxReadRequestUnits\":90,\"MaxWriteRequestUnits\":80}}");
        assertThat(said(report))
                .contains("table " + table
                        + " was warmed for 500 write units per second, which DynamoDB does not take back");
        assertThat(description().onDemandThroughput().maxWriteRequestUnits()).isEqualTo(80);

        // It is warm now.
        restore(plan(30).existingItems(ExistingItems.OVERWRITE));
        assertThat(updates()).hasSize(5);
    }

    @Test
    void restore_intoATableThatItCreates_boostsThat() {
        String described = "{\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],"
                + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
                + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":3,\"WriteCapacityUnits\":4}}";

        RestoreReport report = restore(plan(30).createTable(TableDefinition.parse(described)));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(updates()).hasSize(2);
        assertThat(updates().get(0)).contains("\"WriteCapacityUnits\":500");
        assertThat(description().provisionedThroughput().writeCapacityUnits()).isEqualTo(4);
    }
}
