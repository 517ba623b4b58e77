package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Severity;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.ProxiedRequest;
import io.github.dynarestore.testing.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** What is found out about a table before the first write, and that all of it is said at once. */
class PreflightTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final String DENIED = "com.amazon.coral.service#AccessDeniedException";

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static String backup(String... lines) {
        return Fixture.backup(List.of(String.join("\n", lines).getBytes(UTF_8)));
    }

    private static String table(Consumer<CreateTableRequest.Builder> details) {
        String table = TestServers.uniqueTableName("preflight");
        CreateTableRequest.Builder request = TableShape.S.create(table).toBuilder();
        details.accept(request);
        Fixture.DYNAMO_DB.createTable(request.build()).join();
        return table;
    }

    /** A whole record of DynamoDB Streams, as a Lambda function is given it. */
    private static String ofStream(String arn) {
        return "{\"eventID\":\"e0f7a5f0\",\"eventName\":\"INSERT\",\"eventVersion\":\"1.1\","
                + "\"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"eu-west-1\",\"dynamodb\":"
                + Fixture.insert("a", 1).replace(",\"eventName\":\"INSERT\"", "") + ",\"eventSourceARN\":\"" + arn
                + "\"}";
    }

    private static TableDescription describe(String table) {
        return Fixture.DYNAMO_DB
                .describeTable(request -> request.tableName(table))
                .join()
                .table();
    }

    private static void putB(String table) {
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(Map.of("pk", AttributeValue.fromS("b"))))
                .join();
    }

    private static void expireBy(String table, String attribute) {
        Fixture.DYNAMO_DB
                .updateTimeToLive(request -> request.tableName(table)
                        .timeToLiveSpecification(ttl -> ttl.enabled(true).attributeName(attribute)))
                .join();
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static RestoreException refusal(RestorePlan.Builder plan) {
        return refused(Fixture.failure(() -> restore(plan)));
    }

    private static RestoreException refused(RestoreException failure) {
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        assertThat(failure.report().orElseThrow().writes().puts()).isZero();
        return failure;
    }

    private static List<PreflightFinding> findings(RestoreReport report, Subject subject) {
        return report.preflight().stream()
                .filter(finding -> finding.subject() == subject)
                .toList();
    }

    private static PreflightFinding only(RestoreReport report, Subject subject) {
        assertThat(findings(report, subject)).hasSize(1);
        return findings(report, subject).get(0);
    }

    private static <T> T through(FaultRule rule, Function<DynamoDbRestoreManager, T> body) {
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), rule);
                DynamoDbAsyncClient client = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            return body.apply(restores);
        }
    }

    private static RestoreException failureThrough(FaultRule rule, RestorePlan.Builder plan) {
        return through(
                rule,
                restores -> Fixture.failure(
                        () -> restores.start(plan.build()).completion().join()));
    }

    private static FaultRule describedAs(String from, String to) {
        return FaultRule.always(Fault.rewrite((request, server) -> {
                    HttpReply reply = server.forward(request);
                    return HttpReply.json(reply.status(), new String(reply.body(), UTF_8).replace(from, to));
                }))
                .onlyForOperation("DescribeTable");
    }

    private static FaultRule denied(String operation, String arn) {
        return FaultRule.always(Fault.reply(HttpReply.json(
                        400,
                        "{\"__type\":\"" + DENIED
                                + "\",\"message\":\"User: arn:aws:iam::111122223333:user/restorer is not"
                                + " authorized to perform: dynamodb:" + operation + " on resource: " + arn
                                + " because no identity-based policy allows it\"}")))
                .onlyFor(request -> request.operation().equals(operation));
    }

    @Test
    void restore_severalThingsInTheWay_namesThemAllInOneAnswerAndWritesNothing() {
        String table = table(request -> request.attributeDefinitions(
                        pk -> pk.attributeName("pk").attributeType("S"),
                        v -> v.attributeName("v").attributeType("S"))
                .globalSecondaryIndexes(index -> index.indexName("by-v")
                        .keySchema(v -> v.attributeName("v").keyType("HASH"))
                        .projection(p -> p.projectionType("ALL")))
                .streamSpecification(stream -> stream.streamEnabled(true).streamViewType("NEW_AND_OLD_IMAGES")));
        putB(table);
        expireBy(table, "v");
        String ofItsStream = ofStream(describe(table).latestStreamArn());
        List<PreflightFinding> heard = Collections.synchronizedList(new ArrayList<>());
        RestoreListener listener = new RestoreListener() {
            @Override
            public void found(PreflightFinding finding) {
                heard.add(finding);
            }
        };

        RestoreException failure = refused(Fixture.failure(() -> RESTORES.start(
                        Fixture.plan(backup(ofItsStream), table).build(), listener)
                .completion()
                .join()));

        List<PreflightFinding> found = failure.report().orElseThrow().preflight();
        assertThat(found)
                .filteredOn(finding -> finding.severity() == Severity.REFUSED)
                .extracting(PreflightFinding::code)
                .containsExactly(
                        RestoreErrorCode.TARGET_NOT_EMPTY,
                        RestoreErrorCode.INDEX_KEY_MISMATCH,
                        RestoreErrorCode.STREAM_FEEDS_BACKUP);
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_NOT_EMPTY);
        assertThat(failure)
                .hasMessageContaining("3 things stand in the way")
                .hasMessageContaining("table " + table + " holds items")
                .hasMessageContaining(
                        "the key of index by-v of table " + table + " is v (S), but the records have v (N)")
                .hasMessageContaining("the records come from " + describe(table).latestStreamArn());
        assertThat(failure.hint()).contains("--existing overwrite", "disable the stream");
        assertThat(only(failure.report().orElseThrow(), Subject.TIME_TO_LIVE).severity())
                .isEqualTo(Severity.WARNING);
        assertThat(heard).isEqualTo(found);
        assertThat(Fixture.items(table)).hasSize(1);
    }

    @Test
    void restore_deniedActions_areAllNamedWithTheirResource() {
        String arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/Orders";
        FaultRule rule =
                denied("DescribeTable", arn).orElse(denied("Scan", arn)).orElse(denied("DescribeTimeToLive", arn));

        RestoreException failure =
                refused(failureThrough(rule, Fixture.plan(backup(Fixture.insert("a", 1)), "Orders")));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure)
                .hasMessageContaining("DynamoDB refused dynamodb:DescribeTable on " + arn + ": AccessDeniedException")
                .hasMessageContaining("DynamoDB refused dynamodb:Scan on " + arn + ": AccessDeniedException");
        assertThat(failure.hint()).contains("allow dynamodb:Scan on " + arn);
        // A restore does without this one.
        assertThat(findings(failure.report().orElseThrow(), Subject.PERMISSION))
                .extracting(PreflightFinding::severity)
                .containsExactly(Severity.REFUSED, Severity.REFUSED, Severity.NOTE);
    }

    private static Stream<Arguments> plansByWhatTheyNeed() {
        UnaryOperator<RestorePlan.Builder> asItIs = plan -> plan;
        UnaryOperator<RestorePlan.Builder> insertOnly = plan -> plan.existingItems(ExistingItems.INSERT_ONLY);
        UnaryOperator<RestorePlan.Builder> undo = plan -> plan.undoSince(Instant.parse("2024-01-01T00:00:00Z"));
        UnaryOperator<RestorePlan.Builder> boost = plan -> plan.boost(5_000L);
        return Stream.of(
                Arguments.of("BatchWriteItem", asItIs),
                Arguments.of("BatchWriteItem", (UnaryOperator<RestorePlan.Builder>)
                        plan -> plan.existingItems(ExistingItems.EXACT)),
                Arguments.of("BatchWriteItem", (UnaryOperator<RestorePlan.Builder>)
                        plan -> undo.apply(plan).undoForced()),
                Arguments.of("PutItem", insertOnly),
                Arguments.of("GetItem", undo),
                Arguments.of("UpdateTable", boost));
    }

    /** Of a table whose stream feeds the backup, or, in an undo, whose index does not fit the records: another thing to hear of. */
    @ParameterizedTest
    @MethodSource("plansByWhatTheyNeed")
    void restore_writeThatIsDenied_isSaidWithAllElseBeforeAnythingIsReadWhole(
            String action, UnaryOperator<RestorePlan.Builder> details) {
        String table = table(request -> request.billingMode(BillingMode.PROVISIONED)
                .provisionedThroughput(units -> units.readCapacityUnits(1L).writeCapacityUnits(50L))
                .attributeDefinitions(
                        pk -> pk.attributeName("pk").attributeType("S"),
                        v -> v.attributeName("v").attributeType("S"))
                .globalSecondaryIndexes(index -> index.indexName("by-v")
                        .keySchema(v -> v.attributeName("v").keyType("HASH"))
                        .projection(p -> p.projectionType("ALL"))
                        .provisionedThroughput(
                                units -> units.readCapacityUnits(1L).writeCapacityUnits(50L))));
        String arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/" + table;
        List<ProxiedRequest> calls = Collections.synchronizedList(new ArrayList<>());
        FaultRule noticed = request -> {
            calls.add(request);
            return Fault.pass();
        };

        RestoreException failure = refused(failureThrough(
                noticed.orElse(denied(action, arn)),
                details.apply(Fixture.plan(backup(Fixture.insert("a", 1)), table))));

        assertThat(failure.report().orElseThrow().preflight())
                .filteredOn(finding -> finding.severity() == Severity.REFUSED)
                .extracting(PreflightFinding::code)
                .containsExactly(RestoreErrorCode.INDEX_KEY_MISMATCH, RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure)
                .hasMessageContaining("DynamoDB refused dynamodb:" + action + " on " + arn + ": AccessDeniedException")
                .hasMessageContaining("the key of index by-v");
        assertThat(failure.hint()).contains("allow dynamodb:" + action + " on " + arn);
        assertThat(failure.report().orElseThrow().objects().read()).isZero();
        assertThat(calls)
                .filteredOn(call ->
                        !Set.of("DescribeTable", "DescribeTimeToLive", "Scan").contains(call.operation()))
                .isNotEmpty()
                .allMatch(ProxiedRequest::isTrial);
        assertThat(Fixture.items(table)).isEmpty();
    }

    /** Whether an undo deletes, or puts, its log says. */
    @Test
    void undo_notAllowedWhatItTurnsOutToNeed_isRefusedAndOtherwiseWarned() {
        String table = Fixture.table(TableShape.S);
        restore(Fixture.plan(backup(Fixture.insert("a", 1)), table));
        String inserted = backup(Fixture.insert("a", 1));
        String arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/" + table;
        Instant before = Instant.parse("2024-01-01T00:00:00Z");

        RestoreException failure = refused(failureThrough(
                denied("DeleteItem", arn), Fixture.plan(inserted, table).undoSince(before)));
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure).hasMessage("DynamoDB refused dynamodb:DeleteItem on " + arn + ": AccessDeniedException");
        assertThat(Fixture.items(table)).hasSize(1);

        RestoreReport report = through(
                denied("PutItem", arn),
                restores -> restores.start(
                                Fixture.plan(inserted, table).undoSince(before).build())
                        .completion()
                        .join());
        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(only(report, Subject.PERMISSION).severity()).isEqualTo(Severity.WARNING);
        assertThat(only(report, Subject.PERMISSION).message()).contains("dynamodb:PutItem on " + arn);
        assertThat(Fixture.items(table)).isEmpty();
    }

    @Test
    void restore_rightThatCannotBeTried_goesOn() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = through(
                FaultRule.always(DynamoDbFaults.throttle()).onlyFor(ProxiedRequest::isTrial),
                restores -> restores.start(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                                .build())
                        .completion()
                        .join());

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(findings(report, Subject.PERMISSION)).isEmpty();
        assertThat(Fixture.items(table)).hasSize(1);
    }

    @Test
    void estimate_triesNoWrite() {
        String table = Fixture.table(TableShape.S);
        List<String> calls = Collections.synchronizedList(new ArrayList<>());
        FaultRule noticed = request -> {
            calls.add(request.operation());
            return Fault.pass();
        };

        RestoreEstimate estimate = through(
                noticed,
                restores -> restores.estimate(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                                .build())
                        .join());

        assertThat(estimate.puts()).isEqualTo(1);
        assertThat(calls).contains("DescribeTable").isSubsetOf("DescribeTable", "DescribeTimeToLive", "Scan");
    }

    @Test
    void restore_timeToLiveNotAllowedToBeSeen_goesOnAndSaysSo() {
        String table = Fixture.table(TableShape.S);
        RestoreReport report = through(
                denied("DescribeTimeToLive", "arn:aws:dynamodb:eu-central-1:111122223333:table/Orders"),
                restores -> restores.start(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                                .build())
                        .completion()
                        .join());

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(only(report, Subject.PERMISSION).message())
                .contains("dynamodb:DescribeTimeToLive", "table/Orders", "is not known");
    }

    /** Bad records and time are known for sure when all was read; who is refused anyway hears of them as the sample has them. */
    @Test
    void restore_refusedBeforeReading_saysWhatReadingWouldProbablyShowAsWell() {
        String table = table(request -> request.billingMode(BillingMode.PROVISIONED)
                .provisionedThroughput(units -> units.readCapacityUnits(1L).writeCapacityUnits(2L)));
        putB(table);
        AwsSessionCredentials session = AwsSessionCredentials.builder()
                .accessKeyId("test")
                .secretAccessKey("test")
                .sessionToken("test")
                .expirationTime(Instant.now().plus(Duration.ofSeconds(40)))
                .build();
        String location = backup(new String(Fixture.inserts(500), UTF_8), "{\"what\":1}");

        try (DynamoDbAsyncClient client = clientWith(StaticCredentialsProvider.create(session));
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            RestoreException failure = refused(Fixture.failure(() -> restores.start(Fixture.plan(
                                    Fixture.backup(List.of("{\"what\":1}".getBytes(UTF_8), Fixture.inserts(500))),
                                    table)
                            .writeRate(WriteRate.unitsPerSecond(5))
                            .build())
                    .completion()
                    .join()));
            RestoreReport report = failure.report().orElseThrow();

            assertThat(report.preflight())
                    .filteredOn(finding -> finding.severity() == Severity.REFUSED)
                    .extracting(PreflightFinding::code)
                    .containsExactly(RestoreErrorCode.TARGET_NOT_EMPTY, RestoreErrorCode.BAD_RECORDS);
            assertThat(failure).hasMessageContaining("1 of 101 records looked at cannot be used");
            assertThat(only(report, Subject.CREDENTIALS).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(report, Subject.CREDENTIALS).message()).contains("nothing renews them");
            assertThat(only(report, Subject.CAPACITY).message()).contains("provisioned with 2 write units per second");
            assertThat(report.objects().read()).isZero();
        }

        RestoreException known = refusal(Fixture.plan(location, Fixture.table(TableShape.S)));
        assertThat(known.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(known).hasMessageContaining("1 record cannot be used");
        assertThat(known.report().orElseThrow().objects().read()).isEqualTo(1);
    }

    @Test
    void restore_mapperThatCannotBe_isSaidWithWhatTheTableShowsAndNothingIsRead() {
        String table = Fixture.table(TableShape.S);
        String arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/" + table;

        RestoreException failure = refused(failureThrough(
                denied("Scan", arn).orElse(denied("BatchWriteItem", arn)),
                Fixture.plan("s3://no-such-bucket/backup/", table)
                        .existingItems(ExistingItems.OVERWRITE)
                        .mapper("rekey", Map.of("set-partition", "t{v}"))));

        assertThat(failure.report().orElseThrow().preflight())
                .extracting(PreflightFinding::code)
                .containsExactly(
                        RestoreErrorCode.PLAN_INVALID, RestoreErrorCode.ACCESS_DENIED, RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure)
                .hasMessageContaining("gives items other keys")
                .hasMessageContaining("dynamodb:Scan on " + arn)
                .hasMessageContaining("dynamodb:BatchWriteItem on " + arn);
    }

    @Test
    void restore_missingTableAndEmptyBackup_saysBoth() {
        RestoreException failure = refusal(Fixture.plan(Fixture.backup(List.of()), "no-such-table"));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_MISSING);
        assertThat(failure)
                .hasMessageContaining("table no-such-table does not exist")
                .hasMessageContaining("no backup object lies at");
        assertThat(failure.report().orElseThrow().preflight())
                .extracting(PreflightFinding::code)
                .containsExactly(RestoreErrorCode.TARGET_MISSING, RestoreErrorCode.BACKUP_EMPTY);
    }

    @Test
    void restore_tableThatBecomesActive_isWaitedFor() {
        String table = Fixture.table(TableShape.S);
        FaultRule creating = FaultRule.first(2, Fault.rewrite((request, server) -> {
                    HttpReply reply = server.forward(request);
                    return HttpReply.json(
                            reply.status(), new String(reply.body(), UTF_8).replace("\"ACTIVE\"", "\"CREATING\""));
                }))
                .onlyForOperation("DescribeTable");

        RestoreReport report = through(
                creating,
                restores -> restores.start(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                                .build())
                        .completion()
                        .join());

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(Fixture.items(table)).hasSize(1);
    }

    @Test
    void restore_tableBeingDeleted_isRefusedAtOnce() {
        String table = Fixture.table(TableShape.S);

        RestoreException failure = refused(failureThrough(
                describedAs("\"ACTIVE\"", "\"DELETING\""), Fixture.plan(backup(Fixture.insert("a", 1)), table)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_NOT_ACTIVE);
        assertThat(failure).hasMessageContaining("table " + table + " is DELETING, not ACTIVE");
    }

    @Test
    void restore_tableUpdating_goesOnWithAWarning() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = through(
                describedAs("\"ACTIVE\"", "\"UPDATING\""),
                restores -> restores.start(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                                .build())
                        .completion()
                        .join());

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(only(report, Subject.TABLE).message()).contains("UPDATING", "may throttle");
    }

    @Test
    void restore_timeToLiveEnabled_warnsAndCountsWhatHasExpired() {
        String table = Fixture.table(TableShape.S);
        expireBy(table, "v");
        String future = Fixture.insert("b", 2).replace("\"N\":\"2\"", "\"N\":\"99999999999\"");

        RestoreReport report = restore(Fixture.plan(backup(Fixture.insert("a", 1), future), table));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        PreflightFinding warning = only(report, Subject.TIME_TO_LIVE);
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.message()).contains("enabled on v", "1 of 2 records looked at have");
        assertThat(report.toJson()).contains("\"subject\" : \"TIME_TO_LIVE\"");
    }

    @Test
    void restore_streamThatFeedsTheBackup_isRefusedButAnUndoInPlaceIsWarned() {
        String table = table(request ->
                request.streamSpecification(stream -> stream.streamEnabled(true).streamViewType("NEW_AND_OLD_IMAGES")));
        String arn = describe(table).latestStreamArn();
        String location = backup(ofStream(arn));

        RestoreException failure = refusal(Fixture.plan(location, table));
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.STREAM_FEEDS_BACKUP);
        assertThat(failure)
                .hasMessageContaining("the records come from " + arn + ", the stream of table " + table
                        + ": everything that is restored would be written to the backup, too");

        RestoreReport undone = restore(Fixture.plan(location, table).undoSince(Instant.parse("2024-01-01T00:00:00Z")));
        assertThat(undone.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(only(undone, Subject.STREAM).severity()).isEqualTo(Severity.WARNING);
    }

    @Test
    void restore_streamThatMayFeedTheBackup_isWarnedOf() {
        String table = table(request ->
                request.streamSpecification(stream -> stream.streamEnabled(true).streamViewType("NEW_AND_OLD_IMAGES")));
        String arn = describe(table).latestStreamArn();
        String earlier = arn.substring(0, arn.lastIndexOf('/') + 1) + "2001-01-01T00:00:00.000";

        assertThat(only(restore(Fixture.plan(backup(ofStream(earlier)), table)), Subject.STREAM)
                        .message())
                .contains("an earlier stream of table " + table);

        String other = "arn:aws:dynamodb:eu-west-1:111122223333:table/" + table + "/stream/2001-01-01T00:00:00.000";
        assertThat(only(
                                restore(Fixture.plan(backup(ofStream(other)), table)
                                        .existingItems(ExistingItems.OVERWRITE)),
                                Subject.STREAM)
                        .message())
                .contains("the backup is one of a table of that name");

        assertThat(only(
                                restore(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                                        .existingItems(ExistingItems.OVERWRITE)),
                                Subject.STREAM)
                        .message())
                .contains("whatever reads it is sent every restored item");
    }

    /** DynamoDB Local knows no Kinesis, so a proxy says that changes go there. */
    @Test
    void restore_changesGoToKinesisAsTheBackupCameFrom_isWarnedOf() {
        String table = Fixture.table(TableShape.S);
        FaultRule active = FaultRule.always(Fault.reply(HttpReply.json(
                        200,
                        "{\"TableName\":\"" + table
                                + "\",\"KinesisDataStreamDestinations\":[{\"StreamArn\":\"arn:aws:kinesis:x\","
                                + "\"DestinationStatus\":\"ACTIVE\"}]}")))
                .onlyForOperation("DescribeKinesisStreamingDestination");
        String line = "{\"awsRegion\":\"eu-west-1\",\"eventID\":\"e0f7a5f0-0000-4000-8000-000000000001\","
                + "\"eventName\":\"INSERT\",\"userIdentity\":null,\"recordFormat\":\"application/json\","
                + "\"tableName\":\"" + table + "\",\"dynamodb\":{\"ApproximateCreationDateTime\":1709251201000,"
                + "\"Keys\":{\"pk\":{\"S\":\"a\"}},\"NewImage\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}},"
                + "\"SizeBytes\":9},\"eventSource\":\"aws:dynamodb\"}";

        RestoreReport report = through(
                active,
                restores -> restores.start(Fixture.plan(backup(line), table).build())
                        .completion()
                        .join());

        assertThat(only(report, Subject.STREAM).message()).contains("sends its changes to Kinesis");
    }

    @Test
    void restore_indexKeyOfAnotherTypeInSomeRecords_isWarnedOf() {
        String table = table(request -> request.attributeDefinitions(
                        pk -> pk.attributeName("pk").attributeType("S"),
                        v -> v.attributeName("v").attributeType("N"))
                .globalSecondaryIndexes(index -> index.indexName("by-v")
                        .keySchema(v -> v.attributeName("v").keyType("HASH"))
                        .projection(p -> p.projectionType("ALL"))));
        String other = Fixture.insert("b", 2).replace("\"v\":{\"N\":\"2\"}", "\"v\":{\"S\":\"x\"}");

        RestoreReport report = RESTORES.estimate(Fixture.plan(backup(Fixture.insert("a", 1), other), table)
                        .build())
                .join()
                .report();

        PreflightFinding warning = only(report, Subject.INDEX);
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.message()).contains("by-v", "1 of 2 records looked at have v (S)");
    }

    @Test
    void restore_otherKeyWhereBadRecordsAreLeftOut_isLeftToTheSurvey() {
        String table = Fixture.table(TableShape.NS);

        RestoreException failure = refusal(Fixture.plan(backup(Fixture.insert("a", 1)), table)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(RestoreRefusalTest.sink(new ArrayList<>())));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.KEY_SCHEMA_MISMATCH);
        assertThat(failure.report().orElseThrow().objects().read()).isEqualTo(1);
    }

    @Test
    void restore_tooLittleProvisionedCapacity_isWarnedOfWithTheTimeThatItTakes() {
        String table = table(request -> request.billingMode(BillingMode.PROVISIONED)
                .provisionedThroughput(units -> units.readCapacityUnits(1L).writeCapacityUnits(50L))
                .attributeDefinitions(
                        pk -> pk.attributeName("pk").attributeType("S"),
                        v -> v.attributeName("v").attributeType("N"))
                .globalSecondaryIndexes(index -> index.indexName("by-v")
                        .keySchema(v -> v.attributeName("v").keyType("HASH"))
                        .projection(p -> p.projectionType("ALL"))
                        .provisionedThroughput(
                                units -> units.readCapacityUnits(1L).writeCapacityUnits(2L))));

        RestoreEstimate estimate = RESTORES.estimate(
                        Fixture.plan(Fixture.backup(List.of(Fixture.inserts(1_000))), table)
                                .writeRate(WriteRate.unitsPerSecond(200))
                                .build())
                .join();

        assertThat(findings(estimate.report(), Subject.CAPACITY))
                .extracting(PreflightFinding::message)
                .containsExactly(
                        "the table of " + table
                                + " is provisioned with 50 write units per second, but the plan wants 200"
                                + " of it: about 20 s instead of 5 s",
                        "index by-v of " + table
                                + " is provisioned with 2 write units per second, but the plan wants 200"
                                + " of it: about 8 min instead of 5 s");
    }

    /** Three locations, of which the one that is fed is neither first nor in the middle nor last. */
    @Test
    void restore_streamThatFeedsOneOfSeveralLocations_isRefused() {
        String table = table(request ->
                request.streamSpecification(stream -> stream.streamEnabled(true).streamViewType("NEW_AND_OLD_IMAGES")));
        String fed = backup(ofStream(describe(table).latestStreamArn()));
        byte[] other = Fixture.inserts(1);

        RestoreException failure = refusal(Fixture.plan(Fixture.backup(List.of(other)), table)
                .from(fed)
                .from(Fixture.backup(Collections.nCopies(5, other))));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.STREAM_FEEDS_BACKUP);
    }

    @Test
    void restore_scanDeniedWhereItemsMayBeThere_isNamedWithAllElse() {
        String table = table(request ->
                request.streamSpecification(stream -> stream.streamEnabled(true).streamViewType("NEW_AND_OLD_IMAGES")));
        String location = backup(ofStream(describe(table).latestStreamArn()));

        for (ExistingItems existing : List.of(ExistingItems.OVERWRITE, ExistingItems.EXACT)) {
            RestoreException failure = refused(failureThrough(
                    denied("Scan", "arn:aws:dynamodb:eu-west-1:111122223333:table/" + table),
                    Fixture.plan(location, table).existingItems(existing)));
            assertThat(failure).hasMessageContaining("dynamodb:Scan").hasMessageContaining("the stream of table");
        }
    }

    @Test
    void restore_deletes_countForTheTimeThatCredentialsHaveToLast() {
        String table = Fixture.table(TableShape.S);
        restore(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(200))), table));
        StringBuilder removals = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            removals.append(Fixture.remove("k" + i, 1_000 + i)).append('\n');
        }

        assertRefusedForCredentials(Fixture.plan(backup(removals.toString()), table)
                .existingItems(ExistingItems.OVERWRITE)
                .writeRate(WriteRate.unitsPerSecond(1)));
    }

    @Test
    void restore_localIndexes_countForTheTimeThatCredentialsHaveToLast() {
        String table = TestServers.uniqueTableName("preflight");
        Fixture.DYNAMO_DB
                .createTable(request -> request.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .keySchema(
                                pk -> pk.attributeName("pk").keyType("HASH"),
                                sk -> sk.attributeName("sk").keyType("RANGE"))
                        .attributeDefinitions(
                                pk -> pk.attributeName("pk").attributeType("S"),
                                sk -> sk.attributeName("sk").attributeType("S"),
                                v -> v.attributeName("v").attributeType("N"))
                        .localSecondaryIndexes(index -> index.indexName("own-v")
                                .keySchema(
                                        pk -> pk.attributeName("pk").keyType("HASH"),
                                        v -> v.attributeName("v").keyType("RANGE"))
                                .projection(all -> all.projectionType("ALL"))))
                .join();
        String lines = new String(Fixture.inserts(100), UTF_8).replace("\"pk\":", "\"sk\":{\"S\":\"x\"},\"pk\":");

        assertRefusedForCredentials(Fixture.plan(backup(lines), table).writeRate(WriteRate.unitsPerSecond(1)));
    }

    /** Of a plan that takes 200 seconds, where credentials last for 150. */
    private static void assertRefusedForCredentials(RestorePlan.Builder plan) {
        AwsSessionCredentials session = AwsSessionCredentials.builder()
                .accessKeyId("test")
                .secretAccessKey("test")
                .sessionToken("test")
                .expirationTime(Instant.now().plus(Duration.ofSeconds(150)))
                .build();
        try (DynamoDbAsyncClient client = clientWith(StaticCredentialsProvider.create(session));
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            RestoreEstimate estimate = restores.estimate(plan.build()).join();
            assertThat(estimate.writingTime()).isEqualTo(Duration.ofSeconds(200));
            RestoreException failure = refused(Fixture.failure(() -> restores.start(plan.build())
                    .completion()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join()));
            assertThat(failure.code()).isEqualTo(RestoreErrorCode.CREDENTIALS_EXPIRE);
        }
    }

    private static DynamoDbAsyncClient clientWith(AwsCredentialsProvider credentials) {
        return TestServers.dynamoDb()
                .asyncClientBuilder()
                .credentialsProvider(credentials)
                .build();
    }

    @Test
    void restore_credentialsThatExpireAndStay_isRefusedBeforeAnyWrite() {
        String table = Fixture.table(TableShape.S);
        AwsSessionCredentials session = AwsSessionCredentials.builder()
                .accessKeyId("test")
                .secretAccessKey("test")
                .sessionToken("test")
                .expirationTime(Instant.now().plus(Duration.ofMinutes(1)))
                .build();
        RestorePlan.Builder plan = Fixture.plan(Fixture.backup(List.of(Fixture.inserts(1_000))), table);

        try (DynamoDbAsyncClient client = clientWith(StaticCredentialsProvider.create(session));
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            RestoreException failure = refused(Fixture.failure(() -> restores.start(
                            plan.writeRate(WriteRate.unitsPerSecond(10)).build())
                    .completion()
                    .join()));
            assertThat(failure.code()).isEqualTo(RestoreErrorCode.CREDENTIALS_EXPIRE);
            assertThat(failure)
                    .hasMessageContaining("the credentials for DynamoDB expire at ")
                    .hasMessageContaining("the writes take about 100 s; nothing renews them");
            assertThat(Fixture.items(table)).isEmpty();

            RestoreReport quicker = restores.start(
                            plan.writeRate(WriteRate.unitsPerSecond(100_000)).build())
                    .completion()
                    .join();
            assertThat(findings(quicker, Subject.CREDENTIALS)).isEmpty();
        }
    }

    @Test
    void restore_credentialsThatTheirProviderRenews_goesOnWithANote() {
        String table = Fixture.table(TableShape.S);
        AwsCredentialsProvider renewing = () -> AwsSessionCredentials.builder()
                .accessKeyId("test")
                .secretAccessKey("test")
                .sessionToken("test")
                .expirationTime(Instant.now().plusMillis(1))
                .build();
        try (DynamoDbAsyncClient client = clientWith(renewing);
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(30))), table)
                            .writeRate(WriteRate.unitsPerSecond(1_000))
                            .build())
                    .completion()
                    .join();
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(findings(report, Subject.CREDENTIALS))
                    .isNotEmpty()
                    .allSatisfy(note -> assertThat(note.severity()).isEqualTo(Severity.NOTE))
                    .allSatisfy(note -> assertThat(note.message()).contains("their provider has to renew them"));
        }
    }

    @Test
    void estimate_whatARestoreWouldBeRefusedFor_isInTheEstimate() {
        String table = Fixture.table(TableShape.S);
        putB(table);
        String broken = "{\"what\":1}";

        RestoreEstimate estimate = RESTORES.estimate(Fixture.plan(backup(Fixture.insert("a", 1), broken), table)
                        .build())
                .join();

        assertThat(estimate.puts()).isEqualTo(1);
        assertThat(estimate.report().preflight())
                .filteredOn(finding -> finding.severity() == Severity.REFUSED)
                .extracting(PreflightFinding::code)
                .containsExactly(RestoreErrorCode.TARGET_NOT_EMPTY, RestoreErrorCode.BAD_RECORDS);
        assertThat(Set.copyOf(Fixture.items(table).keySet())).hasSize(1);
    }

    @Test
    void estimate_tableThatIsNotThere_fails() {
        RestorePlan plan =
                Fixture.plan(backup(Fixture.insert("a", 1)), "no-such-table").build();

        RestoreException failure = Fixture.failure(() -> RESTORES.estimate(plan).join());

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_MISSING);
    }
}
