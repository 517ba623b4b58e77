package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.TableDefinition;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** Restores into tables that they create. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CreateTableTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    private static final String NOT_FOUND =
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
                    + "\"message\":\"Requested resource not found\"}";

    private static final String DESCRIBED = """
            {"Table":{"TableName":"Orders","TableStatus":"ACTIVE","ItemCount":7,
              "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"v","AttributeType":"N"},
                                      {"AttributeName":"sk","AttributeType":"S"}],
              "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
              "ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":3,"WriteCapacityUnits":400},
              "GlobalSecondaryIndexes":[{"IndexName":"by-v","IndexStatus":"ACTIVE",
                "KeySchema":[{"AttributeName":"v","KeyType":"HASH"}],
                "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["w"]},
                "ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":300}}],
              "LocalSecondaryIndexes":[{"IndexName":"own-v",
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"v","KeyType":"RANGE"}],
                "Projection":{"ProjectionType":"KEYS_ONLY"}}],
              "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
              "TableClassSummary":{"TableClass":"STANDARD"},
              "DeletionProtectionEnabled":true},
             "TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"},
             "Tags":[{"Key":"team","Value":"orders"},{"Key":"aws:cloudformation:stack-name","Value":"x"}],
             "ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",
               "PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED","RecoveryPeriodInDays":7}}}
            """;

    @TempDir
    Path directory;

    private final String table = TestServers.uniqueTableName("created");

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static String backup(String... lines) {
        return Fixture.backup(List.of(String.join("\n", lines).getBytes(UTF_8)));
    }

    /** A change log of a table with two key attributes. */
    private static String sorted(int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(Fixture.insert("k" + i, i + 1).replace("\"pk\":", "\"sk\":{\"S\":\"x\"},\"pk\":"))
                    .append('\n');
        }
        return Fixture.backup(List.of(lines.toString().getBytes(UTF_8)));
    }

    private RestorePlan.Builder plan(String location, TableDefinition definition) {
        return Fixture.plan(location, table).createTable(definition);
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static RestoreException refusal(RestorePlan.Builder plan) {
        RestoreException failure = Fixture.failure(() -> restore(plan));
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        return failure;
    }

    private TableDescription description() {
        return Fixture.DYNAMO_DB
                .describeTable(request -> request.tableName(table))
                .join()
                .table();
    }

    private boolean exists() {
        try {
            return description().tableName().equals(table);
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(ResourceNotFoundException.class);
            return false;
        }
    }

    private List<String> key() {
        return description().keySchema().stream()
                .map(KeySchemaElement::attributeName)
                .toList();
    }

    @Test
    void restore_recordsThatSayTheKey_createsTheTableOnDemand() {
        RestoreReport report = restore(plan(backup(Fixture.insert("a", 1)), TableDefinition.fromRecords()));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(report.preflight())
                .extracting(PreflightFinding::message)
                .contains("table " + table + " was created");
        assertThat(key()).containsExactly("pk");
        assertThat(description().billingModeSummary().billingMode()).isEqualTo(BillingMode.PAY_PER_REQUEST);
        assertThat(Fixture.items(table)).hasSize(1);
    }

    @Test
    void restore_twoKeyAttributes_wantsToKnowWhichIsThePartitionKey() {
        String location = sorted(2);

        RestoreException failure = refusal(plan(location, TableDefinition.fromRecords()));
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.PLAN_INVALID);
        assertThat(failure)
                .hasMessage(
                        "the key of the records is [pk, sk], but they do not say which of the two is the partition key");
        assertThat(failure.hint()).contains("--table-key");
        assertThat(exists()).isFalse();

        restore(plan(location, TableDefinition.keyedBy("sk")));
        assertThat(key()).containsExactly("sk", "pk");
    }

    @Test
    void restore_snapshotWithoutKeys_wantsTheKeyNamedAndFindsItsTypes() {
        String location =
                backup("{\"id\":{\"s\":\"a\"},\"at\":{\"n\":\"1\"}}", "{\"id\":{\"s\":\"b\"},\"at\":{\"n\":\"2\"}}");

        RestoreException failure = refusal(plan(location, TableDefinition.fromRecords()));
        assertThat(failure).hasMessage("the records do not say what the key of the table is that is to be created");
        assertThat(refusal(plan(location, TableDefinition.keyedBy("id", "when"))))
                .hasMessageContaining("the records have no when that can be a key");

        restore(plan(location, TableDefinition.keyedBy("id", "at")));
        assertThat(key()).containsExactly("id", "at");
        assertThat(description().attributeDefinitions())
                .anySatisfy(at -> assertThat(at.attributeTypeAsString()).isEqualTo("N"));
        assertThat(Fixture.items(table)).hasSize(2);
    }

    @Test
    void restore_givenIndexes_createsThem() {
        restore(plan(
                sorted(3),
                TableDefinition.keyedBy("pk:S", "sk:S")
                        .globalIndex("by-v=v:N,pk:S;keys-only")
                        .globalIndex("all-v=v:N")
                        .localIndex("own-v=v:N;include=a,b")));

        TableDescription made = description();
        assertThat(made.globalSecondaryIndexes()).hasSize(2).anySatisfy(index -> {
            assertThat(index.indexName()).isEqualTo("by-v");
            assertThat(index.projection().projectionType()).isEqualTo(ProjectionType.KEYS_ONLY);
            assertThat(index.keySchema())
                    .extracting(KeySchemaElement::attributeName)
                    .containsExactly("v", "pk");
        });
        assertThat(made.localSecondaryIndexes())
                .singleElement()
                .satisfies(index ->
                        assertThat(index.projection().nonKeyAttributes()).containsExactlyInAnyOrder("a", "b"));
        assertThat(Fixture.items(table)).hasSize(3);
    }

    @Test
    void restore_attributeOfTwoTypes_isRefused() {
        RestoreException failure = refusal(plan(
                backup(Fixture.insert("a", 1)), TableDefinition.fromRecords().globalIndex("by=pk:N")));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.PLAN_INVALID);
        assertThat(failure)
                .hasMessage("table " + table + " cannot be created: the attribute pk is S in one key and N in another");
    }

    /** DynamoDB Local knows no point-in-time recovery, so a proxy takes that call. */
    @Test
    void restore_describedTable_isCreatedLikeItAndSwitchesOnTheRestWhenItIsFull() {
        FaultRule recovery =
                FaultRule.always(Fault.reply(HttpReply.json(200, "{}"))).onlyForOperation("UpdateContinuousBackups");
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), recovery);
                DynamoDbAsyncClient client = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            RestoreReport report = restores.start(
                            plan(sorted(60), TableDefinition.parse(DESCRIBED)).build())
                    .completion()
                    .join();

            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            List<String> changes = proxy
                    .requests(request -> !request.isTrial()
                            && List.of(
                                            "CreateTable",
                                            "BatchWriteItem",
                                            "UpdateTimeToLive",
                                            "UpdateContinuousBackups",
                                            "UpdateTable")
                                    .contains(request.operation()))
                    .stream()
                    .map(request -> request.operation())
                    .distinct()
                    .toList();
            assertThat(changes)
                    .containsExactly(
                            "CreateTable",
                            "BatchWriteItem",
                            "UpdateContinuousBackups",
                            "UpdateTimeToLive",
                            "UpdateTable");
            assertThat(proxy.requests(
                            request -> !request.isTrial() && request.operation().equals("UpdateContinuousBackups")))
                    .singleElement()
                    .satisfies(request -> assertThat(request.bodyText())
                            .contains("\"PointInTimeRecoveryEnabled\":true", "\"RecoveryPeriodInDays\":7"));
            assertThat(proxy.requests(
                            request -> !request.isTrial() && request.operation().equals("CreateTable")))
                    .singleElement()
                    .satisfies(request -> assertThat(request.bodyText())
                            .contains(
                                    "{\"Key\":\"team\",\"Value\":\"orders\"}",
                                    "\"TableClass\":\"STANDARD\"",
                                    "\"DeletionProtectionEnabled\":true")
                            .doesNotContain("cloudformation", "StreamSpecification"));
        }
        TableDescription made = description();
        assertThat(made.provisionedThroughput().writeCapacityUnits()).isEqualTo(400);
        assertThat(made.globalSecondaryIndexes()).singleElement().satisfies(index -> {
            assertThat(index.provisionedThroughput().writeCapacityUnits()).isEqualTo(300);
            assertThat(index.projection().nonKeyAttributes()).containsExactly("w");
        });
        assertThat(made.localSecondaryIndexes()).hasSize(1);
        assertThat(made.streamSpecification().streamViewTypeAsString()).isEqualTo("NEW_AND_OLD_IMAGES");
        assertThat(Fixture.DYNAMO_DB
                        .describeTimeToLive(request -> request.tableName(table))
                        .join()
                        .timeToLiveDescription())
                .satisfies(ttl -> assertThat(ttl.timeToLiveStatus()).isEqualTo(TimeToLiveStatus.ENABLED))
                .satisfies(ttl -> assertThat(ttl.attributeName()).isEqualTo("expires"));
        assertThat(Fixture.items(table)).hasSize(60);
    }

    @Test
    void restore_settingsThatCannotBeMade_failsSayingThatTheItemsAreThere() {
        String location = backup(Fixture.insert("a", 1));
        FaultRule denied = FaultRule.always(Fault.reply(HttpReply.json(
                        400, "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"message\":\"no\"}")))
                .onlyForOperation("UpdateTimeToLive");
        String described = DESCRIBED
                .replaceAll("(?s),\\s*\\{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"}", "")
                .replaceAll(",\\{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}", "")
                .replaceAll("(?s)\"LocalSecondaryIndexes.*?\"StreamSpecification", "\"StreamSpecification")
                .replaceAll("(?s),\\s*\"ContinuousBackupsDescription.*", "}")
                .replace("\"DeletionProtectionEnabled\":true", "\"DeletionProtectionEnabled\":false");
        RestorePlan.Builder plan = plan(location, TableDefinition.parse(described))
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));

        RestoreException failure = failureThrough(denied, plan);

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TABLE_CHANGE_FAILED);
        assertThat(failure)
                .hasMessageContaining("all items are written, but the table is not as it is to be: DynamoDB refused"
                        + " dynamodb:UpdateTimeToLive");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.FAILED);
        assertThat(Fixture.items(table)).hasSize(1);
        assertThat(description().streamSpecification()).isNull();

        assertThat(restore(plan).status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(description().streamSpecification().streamEnabled()).isTrue();
    }

    /** What DynamoDB answers of a table that it has just created, since a description may be older than the table. */
    @Test
    void restore_createdTableIsNotSeenAtOnce_isWaitedFor() {
        AtomicBoolean created = new AtomicBoolean();
        FaultRule notYet = FaultRule.first(2, Fault.reply(HttpReply.json(400, NOT_FOUND)))
                .onlyFor(request -> created.get() && request.operation().equals("DescribeTable"));
        FaultRule noticed = request -> {
            created.compareAndSet(
                    false, !request.isTrial() && request.operation().equals("CreateTable"));
            return Fault.pass();
        };

        RestoreReport report =
                through(noticed.orElse(notYet), plan(backup(Fixture.insert("a", 1)), TableDefinition.fromRecords()));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(Fixture.items(table)).hasSize(1);
    }

    /** Backups of a table are not to be had for a while after it was created. */
    @Test
    void restore_recoveryNotYetToBeHad_triesAgain() {
        String described =
                DESCRIBED.replace("\"DeletionProtectionEnabled\":true", "\"DeletionProtectionEnabled\":false");
        FaultRule recovery = FaultRule.first(
                        1,
                        Fault.reply(HttpReply.json(
                                400,
                                "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException\","
                                        + "\"message\":\"Backups are being enabled for the table\"}")))
                .orElse(FaultRule.always(Fault.reply(HttpReply.json(200, "{}"))))
                .onlyForOperation("UpdateContinuousBackups");

        RestoreReport report = through(recovery, plan(sorted(5), TableDefinition.parse(described)));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(description().streamSpecification().streamEnabled()).isTrue();
    }

    @Test
    void restore_timeToLiveOfTheTableToCreate_isWarnedOf() {
        String described = DESCRIBED
                .replaceAll("(?s),\\s*\"ContinuousBackupsDescription.*", "}")
                .replace("\"DeletionProtectionEnabled\":true", "\"DeletionProtectionEnabled\":false")
                .replace("\"AttributeName\":\"expires\"", "\"AttributeName\":\"v\"");

        RestoreReport report = restore(plan(sorted(5), TableDefinition.parse(described)));

        assertThat(report.preflight())
                .filteredOn(finding -> finding.subject() == PreflightFinding.Subject.TIME_TO_LIVE)
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(PreflightFinding.Severity.WARNING))
                .satisfies(finding -> assertThat(finding.message()).contains("5 of 5 records looked at have"));
    }

    private static RestoreReport through(FaultRule rule, RestorePlan.Builder plan) {
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), rule);
                DynamoDbAsyncClient client = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            return restores.start(plan.build()).completion().join();
        }
    }

    private static RestoreException failureThrough(FaultRule rule, RestorePlan.Builder plan) {
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), rule);
                DynamoDbAsyncClient client = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(client)
                        .build()) {
            return Fixture.failure(
                    () -> restores.start(plan.build()).completion().join());
        }
    }

    @Test
    void restore_tableOfThatName_isRefused() {
        String other = Fixture.table(TableShape.S);

        RestoreException failure =
                refusal(Fixture.plan(backup(Fixture.insert("a", 1)), other).createTable(TableDefinition.fromRecords()));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_EXISTS);
        assertThat(failure).hasMessage("table " + other + " is to be created, but exists");
        assertThat(Fixture.items(other)).isEmpty();
    }

    @Test
    void restore_notAllowedToCreate_isRefusedNamingTheAction() {
        FaultRule denied = FaultRule.always(Fault.reply(HttpReply.json(
                        400,
                        "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"message\":\"User: arn:aws:iam::1:user/x"
                                + " is not authorized to perform: dynamodb:CreateTable on resource:"
                                + " arn:aws:dynamodb:eu-west-1:1:table/Orders\"}")))
                .onlyForOperation("CreateTable");

        RestoreException failure =
                failureThrough(denied, plan(backup(Fixture.insert("a", 1)), TableDefinition.fromRecords()));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
        assertThat(failure)
                .hasMessage("DynamoDB refused dynamodb:CreateTable on arn:aws:dynamodb:eu-west-1:1:table/Orders:"
                        + " AccessDeniedException");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
    }

    @Test
    void restore_badRecords_createsNothing() {
        RestoreException failure =
                refusal(plan(backup(Fixture.insert("a", 1), "{\"what\":1}"), TableDefinition.fromRecords()));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(exists()).isFalse();
    }

    @Test
    void estimate_tableThatIsToBeCreated_isReckonedWithoutIt() {
        RestoreEstimate estimate = RESTORES.estimate(
                        plan(sorted(5), TableDefinition.keyedBy("pk").globalIndex("by-v=v:N"))
                                .writeRate(WriteRate.fractionOfTable(0.5))
                                .build())
                .join();

        assertThat(estimate.puts()).isEqualTo(5);
        assertThat(estimate.indexUnits()).containsEntry("by-v", 5.0);
        assertThat(estimate.unitsPerSecond()).isEqualTo(2_000);
        assertThat(estimate.report().preflight()).isEmpty();
        assertThat(exists()).isFalse();
    }

    @Test
    void restore_brokenOff_isTakenUpWithTheTableThatItHasCreated() throws Exception {
        String location = Fixture.backup(List.of(Fixture.inserts(2_000)));
        RestorePlan.Builder plan = plan(location, TableDefinition.fromRecords())
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        RestoreHandle handle =
                RESTORES.start(plan.writeRate(WriteRate.unitsPerSecond(200)).build());
        Fixture.waitUntil(
                "writes",
                Duration.ofSeconds(30),
                () -> handle.progress().writesDone() >= 50
                        || handle.completion().isDone());
        assertThat(handle.cancel().get(5, TimeUnit.SECONDS).status()).isEqualTo(RestoreStatus.CANCELLED);
        assertThat(exists()).isTrue();

        RestoreReport report = restore(plan.writeRate(WriteRate.unitsPerSecond(1_000_000)));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(Fixture.items(table)).hasSize(2_000);
        assertThat(restore(plan).history().notices())
                .anySatisfy(notice -> assertThat(notice).contains("done before"));

        Fixture.drop(table);
        RestoreException gone = refusal(plan);
        assertThat(gone.code()).isEqualTo(RestoreErrorCode.TARGET_MISSING);
        assertThat(gone).hasMessage("table " + table + ", which this restore had created, is gone");

        Fixture.DYNAMO_DB.createTable(TableShape.S.create(table)).join();
        assertThat(refusal(plan).code()).isEqualTo(RestoreErrorCode.TARGET_EXISTS);
    }

    /** As if it had been killed between the creation and the note of it. */
    @Test
    void restore_answerToTheCreationLost_isTakenUpWithThatTable() {
        String location = backup(Fixture.insert("a", 1));
        RestorePlan.Builder plan = plan(location, TableDefinition.fromRecords())
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        FaultRule lost = FaultRule.always(Fault.resetAfterForwarding()).onlyForOperation("CreateTable");

        assertThat(failureThrough(lost, plan).code()).isEqualTo(RestoreErrorCode.TARGET_UNREACHABLE);
        assertThat(exists()).isTrue();
        assertThat(refusal(plan(location, TableDefinition.fromRecords())).code())
                .isEqualTo(RestoreErrorCode.TARGET_EXISTS);

        assertThat(restore(plan).status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(Fixture.items(table)).hasSize(1);
    }

    @Test
    void build_createTableWithItemsThatAreThere_isRefused() {
        RestorePlan.Builder overwriting =
                plan("s3://bucket/p/", TableDefinition.fromRecords()).existingItems(ExistingItems.OVERWRITE);

        assertThatThrownBy(overwriting::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("createTable(…) cannot be combined with existingItems(…): a table that was created holds"
                        + " nothing");
    }
}
