package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.spi.DeadLetterSink;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What a run refuses before its first write, and what it says then. */
class RestoreRefusalTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    private static final String A1 =
            "{\"Keys\":{\"pk\":{\"S\":\"a\"}},\"NewImage\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}},"
                    + "\"SequenceNumber\":\"100\",\"SizeBytes\":9,\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"INSERT\"}";
    private static final String B2 = A1.replace("\"a\"", "\"b\"").replace("100", "200");

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static String backup(String... lines) {
        return Fixture.backup(List.of(String.join("\n", lines).getBytes(UTF_8)));
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static RestoreException refusal(RestorePlan.Builder plan) {
        RestoreException failure = Fixture.failure(() -> restore(plan));
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        assertThat(failure.report().orElseThrow().writes().puts()).isZero();
        return failure;
    }

    @Test
    void restore_missingTable_isRefused() {
        RestoreException failure = refusal(Fixture.plan(backup(A1), "no-such-table"));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_MISSING);
        assertThat(failure).hasMessageContaining("no-such-table");
    }

    @Test
    void restore_tableWithItems_isRefusedUnlessOverwriting() {
        String table = Fixture.table(TableShape.S);
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(Map.of("pk", AttributeValue.fromS("b"))))
                .join();
        String deleteB = "{\"Keys\":{\"pk\":{\"S\":\"b\"}},\"SequenceNumber\":\"300\",\"eventName\":\"REMOVE\"}";
        String location = backup(A1, B2, deleteB);

        RestoreException failure = refusal(Fixture.plan(location, table));
        assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_NOT_EMPTY);
        assertThat(Fixture.items(table)).hasSize(1);

        RestoreReport report = restore(Fixture.plan(location, table).existingItems(ExistingItems.OVERWRITE));
        assertThat(report.writes().puts()).isEqualTo(1);
        assertThat(report.writes().deletes()).isEqualTo(1);
        assertThat(Fixture.items(table).values()).containsExactly(Map.of("pk", "S a", "v", "N 1"));
    }

    @Test
    void restore_otherKeySchema_isRefusedSayingBoth() {
        String table = Fixture.table(TableShape.NS);

        RestoreException failure = refusal(Fixture.plan(backup(A1, B2), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.KEY_SCHEMA_MISMATCH);
        assertThat(failure).hasMessageContaining("pk (N), sk (S)").hasMessageContaining("pk (S)");
    }

    @Test
    void restore_imageWithAnotherKeyThanItsRecord_isBadRecord() {
        String table = Fixture.table(TableShape.S);
        String crossed = B2.replace("\"NewImage\":{\"pk\":{\"S\":\"b\"}", "\"NewImage\":{\"pk\":{\"S\":\"c\"}");

        RestoreException failure = refusal(Fixture.plan(backup(A1, crossed), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(failure.report().orElseThrow().badRecords())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).isEqualTo("key.image-differs"))
                .satisfies(bad -> assertThat(bad.byteOffset()).isEqualTo(A1.length() + 1));
    }

    @Test
    void restore_badRecords_areAllNamedAndNothingIsWritten() {
        String table = Fixture.table(TableShape.S);
        String location = backup(A1, "[object Object]", "{\"what\":1}", B2, "{\"Keys\":{\"pk\":{\"S\":\"tr");
        List<DeadLetter> letters = new ArrayList<>();

        RestoreException failure = refusal(Fixture.plan(location, table).deadLetters(sink(letters)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(failure).hasMessageContaining("3 records");
        assertThat(failure.report().orElseThrow().badRecords()).hasSize(3);
        assertThat(letters)
                .extracting(DeadLetter::byteOffset)
                .containsExactly(A1.length() + 1L, A1.length() + 17L, A1.length() + 17L + 11 + B2.length() + 1);
        assertThat(new String(letters.get(1).raw(), UTF_8)).isEqualTo("{\"what\":1}");
        assertThat(Fixture.items(table)).isEmpty();
    }

    @Test
    void restore_badRecordsDeadLettered_restoresTheRest() {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();

        RestoreReport report = restore(Fixture.plan(backup(A1, "[object Object]", B2), table)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(sink(letters)));

        assertThat(report.records().read()).isEqualTo(3);
        assertThat(report.records().deadLettered()).isEqualTo(1);
        assertThat(report.records().applied()).isEqualTo(2);
        assertThat(letters).hasSize(1);
        assertThat(Fixture.items(table)).hasSize(2);
    }

    @Test
    void restore_sameOrderOtherImage_isRefusedNamingBothPlaces() {
        String table = Fixture.table(TableShape.S);
        String other = A1.replace("\"N\":\"1\"", "\"N\":\"2\"");

        RestoreException failure = refusal(Fixture.plan(backup(A1, other), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(failure.report().orElseThrow().badRecords())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).isEqualTo("order.contradiction"))
                .satisfies(bad -> assertThat(bad.detail()).contains("at byte 0"));
    }

    @Test
    void restore_undatedRecordsWithCut_areRefusedUnlessObjectTimeIsAllowed() {
        String table = Fixture.table(TableShape.S);
        String undated = A1.replace("\"ApproximateCreationDateTime\":1709251201,", "");
        String location = backup(undated);

        RestoreException failure = refusal(Fixture.plan(location, table).asOf(Instant.parse("2100-01-01T00:00:00Z")));
        assertThat(failure.report().orElseThrow().badRecords())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).isEqualTo("record.no-time"));

        RestoreReport report = restore(Fixture.plan(location, table)
                .asOf(Instant.parse("2100-01-01T00:00:00Z"))
                .undatedRecords(UndatedRecords.OBJECT_TIME));
        assertThat(report.records().applied()).isEqualTo(1);
    }

    @Test
    void restore_moreDifferentChangesOfOneOrderThanMemoryHolds_isRefused() {
        String table = Fixture.table(TableShape.S);
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 3_000; i++) {
            lines.append(Fixture.insert("hot", i).replaceAll("Number\":\"\\d+", "Number\":\"7"))
                    .append('\n');
        }

        RestoreException failure =
                refusal(Fixture.plan(backup(lines.toString()), table).surveyMemoryBytes(16 << 10));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.SURVEY_MEMORY);
        assertThat(failure).hasMessageContaining("same order");
    }

    @Test
    void restore_nothingThere_isRefused() {
        String table = Fixture.table(TableShape.S);

        RestoreException failure = refusal(Fixture.plan(Fixture.backup(List.of()), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BACKUP_EMPTY);
    }

    @Test
    void restore_unknownFormat_isRefusedShowingWhatIsThere() {
        String table = Fixture.table(TableShape.S);

        RestoreException failure = refusal(Fixture.plan(backup("id,name", "1,x"), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.FORMAT_UNKNOWN);
        assertThat(failure).hasMessageContaining("id,name");
    }

    @Test
    void restore_oneKeyOrderedByNumberAloneAndByTime_isRefused() {
        String table = Fixture.table(TableShape.S);
        String withoutNumber = A1.replace("\"SequenceNumber\":\"100\",", "");
        String withoutTime = A1.replaceAll("\"ApproximateCreationDateTime\":[0-9.]+,", "");
        assertThat(withoutTime).isNotEqualTo(A1);

        RestoreException failure = refusal(Fixture.plan(backup(withoutTime, withoutNumber), table));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.ORDER_MIXED);
        assertThat(Fixture.items(table)).isEmpty();
    }

    /** DynamoDB Local makes tables ACTIVE at once, so a proxy says otherwise. */
    @Test
    void restore_tableBeingCreatedForLongerThanThePatience_isRefused() {
        String table = Fixture.table(TableShape.S);
        FaultRule creating = FaultRule.always(Fault.rewrite((request, server) -> {
                    HttpReply reply = server.forward(request);
                    return HttpReply.json(
                            reply.status(), new String(reply.body(), UTF_8).replace("\"ACTIVE\"", "\"CREATING\""));
                }))
                .onlyForOperation("DescribeTable");
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), creating);
                DynamoDbAsyncClient client = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build()) {
            RestoreException failure =
                    failureThrough(client, Fixture.plan(backup(A1), table).patience(Duration.ofMillis(200)));

            assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_NOT_ACTIVE);
            assertThat(failure).hasMessageContaining("CREATING");
            assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        }
    }

    @Test
    void restore_dynamoDbDoesNotAnswer_failsAndIsNoRefusal() {
        try (DynamoDbAsyncClient client = TestServers.dynamoDb()
                .asyncClientBuilder()
                .endpointOverride(URI.create("http://127.0.0.1:1"))
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build()) {
            RestoreException failure = failureThrough(client, Fixture.plan(backup(A1), "any"));

            assertThat(failure.code()).isEqualTo(RestoreErrorCode.TARGET_UNREACHABLE);
            assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.FAILED);
        }
    }

    @Test
    void restore_sinkFails_failsBeforeAnyWrite() {
        String table = Fixture.table(TableShape.S);
        DeadLetterSink full = new DeadLetterSink() {
            @Override
            public void accept(DeadLetter letter) throws IOException {
                throw new IOException("no space left");
            }

            @Override
            public void close() {}
        };

        RestoreException failure = Fixture.failure(() -> restore(Fixture.plan(backup(A1, "[object Object]"), table)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(full)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.DEAD_LETTER_SINK_FAILED);
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.FAILED);
        assertThat(Fixture.items(table)).isEmpty();
    }

    private static RestoreException failureThrough(DynamoDbAsyncClient client, RestorePlan.Builder plan) {
        try (DynamoDbRestoreManager restores =
                DynamoDbRestoreManager.builder().s3(Fixture.S3).dynamoDb(client).build()) {
            return Fixture.failure(
                    () -> restores.start(plan.build()).completion().join());
        }
    }

    static DeadLetterSink sink(List<DeadLetter> letters) {
        return new DeadLetterSink() {
            @Override
            public void accept(DeadLetter letter) {
                letters.add(letter);
            }

            @Override
            public void close() {
                letters.sort(java.util.Comparator.comparing(DeadLetter::object).thenComparing(DeadLetter::byteOffset));
            }
        };
    }
}
