package io.github.dynarestore.integration;

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
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

/** What becomes of a run some of whose items DynamoDB will not have: known before the write, and only after it. */
class PoisonedRunTest {

    private static final String REFUSED_KEY = "poison-";
    private static final Fault REFUSAL = DynamoDbFaults.error(
            "com.amazon.coral.validate#ValidationException", "One or more parameter values were invalid");

    /** In place of an item that only the service refuses: every call that has one in it is refused. */
    private static final FaultProxy PROXY = FaultProxy.to(
            TestServers.dynamoDb().endpoint(),
            request -> request.operation().equals("BatchWriteItem")
                            && !request.isTrial()
                            && request.bodyText().contains(REFUSED_KEY)
                    ? REFUSAL
                    : Fault.pass());

    private static final DynamoDbAsyncClient THROUGH_PROXY = TestServers.dynamoDb()
            .asyncClientBuilder()
            .endpointOverride(PROXY.endpoint())
            .build();
    private static final DynamoDbRestoreManager RESTORES = DynamoDbRestoreManager.builder()
            .s3(Fixture.S3)
            .dynamoDb(THROUGH_PROXY)
            .build();

    @AfterAll
    static void close() {
        RESTORES.close();
        THROUGH_PROXY.close();
        PROXY.close();
    }

    private static String log(int records, Set<Integer> refused) {
        return IntStream.range(0, records)
                .mapToObj(i -> Fixture.insert((refused.contains(i) ? REFUSED_KEY : "k") + i, i + 1))
                .collect(Collectors.joining("\n"));
    }

    private static RestorePlan.Builder plan(String log, String table, List<DeadLetter> letters) {
        return Fixture.plan(Fixture.backup(List.of(log.getBytes(StandardCharsets.UTF_8))), table)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(RestoreRefusalTest.sink(letters));
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static long calls(RestorePlan.Builder plan) {
        long before = writes();
        restore(plan);
        return writes() - before;
    }

    private static long writes() {
        return PROXY.requests(request -> request.operation().equals("BatchWriteItem") && !request.isTrial())
                .size();
    }

    /** Each position of the one in its batch. */
    @Test
    void write_oneOfTwentyFiveIsRefused_isFoundInElevenCallsAndTheOthersAreWritten() {
        for (int position = 0; position < 25; position++) {
            String table = Fixture.table(TableShape.S);
            List<DeadLetter> letters = new ArrayList<>();

            long calls = calls(plan(log(25, Set.of(position)), table, letters));

            assertThat(calls).as("position %d", position).isLessThanOrEqualTo(11);
            assertThat(Fixture.items(table)).hasSize(24);
            int refused = position;
            assertThat(letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo("write.validation");
                assertThat(new String(letter.raw(), StandardCharsets.UTF_8)).contains(REFUSED_KEY + refused);
            });
            Fixture.drop(table);
        }
    }

    @Test
    void write_severalOfTwentyFiveAreRefused_eachCostsTenMoreCallsAtMost() {
        Random random = new Random(7);
        for (int round = 0; round < 25; round++) {
            String table = Fixture.table(TableShape.S);
            List<DeadLetter> letters = new ArrayList<>();
            Set<Integer> refused = new TreeSet<>();
            random.ints(1 + random.nextInt(25), 0, 25).forEach(refused::add);

            long calls = calls(plan(log(25, refused), table, letters));

            assertThat(calls).as("refused %s", refused).isLessThanOrEqualTo(1 + 10L * refused.size());
            assertThat(Fixture.items(table)).hasSize(25 - refused.size());
            assertThat(letters).hasSize(refused.size());
            Fixture.drop(table);
        }
    }

    private static Set<Integer> every(int n, int of) {
        return IntStream.range(0, of).filter(i -> i % n == 0).boxed().collect(Collectors.toSet());
    }

    @Test
    void write_moreThanTheShareIsRefused_stopsAsASchemaMismatch() {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();

        RestoreException failure = Fixture.failure(() -> restore(plan(log(4_000, every(4, 4_000)), table, letters)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.SCHEMA_MISMATCH);
        assertThat(failure).hasMessageContaining("write.validation").hasMessageContaining("0.1");
        RestoreReport report = failure.report().orElseThrow();
        assertThat(report.status()).isEqualTo(RestoreStatus.FAILED);
        // It stopped long before all thousand had cost their calls, and lost none of those that it found.
        assertThat(letters).hasSizeBetween(100, 500);
        assertThat(report.records().deadLettered()).isEqualTo(letters.size());
    }

    @Test
    void write_lessThanTheShareIsRefused_goesOn() {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();

        RestoreReport report =
                restore(plan(log(1_200, every(6, 1_200)), table, letters).maxBadShare(0.4));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(letters).hasSize(200);
        assertThat(Fixture.items(table)).hasSize(1_000);
    }

    @Test
    void survey_moreThanTheShareIsBad_isRefusedBeforeTheFirstWrite() {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();
        String log = log(880, Set.of()) + "\n[object Object]".repeat(120);

        RestoreException failure = Fixture.failure(() -> restore(plan(log, table, letters)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.SCHEMA_MISMATCH);
        assertThat(failure).hasMessageContaining("120 of 1000").hasMessageContaining("nothing was written");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        assertThat(Fixture.items(table)).isEmpty();
        assertThat(letters).hasSize(120);
    }

    @Test
    void survey_fewAreBadThoughALargeShare_isNoMismatch() {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();
        String log = log(10, Set.of()) + "\n[object Object]".repeat(99);

        RestoreReport report = restore(plan(log, table, letters));

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(Fixture.items(table)).hasSize(10);
        assertThat(letters).hasSize(99);
    }

    private static String indexedTable() {
        return Fixture.table(CreateTableRequest.builder()
                .keySchema(key("pk", KeyType.HASH))
                .attributeDefinitions(type("pk", "S"), type("g", "N"), type("r", "S"))
                .globalSecondaryIndexes(index -> index.indexName("by-g")
                        .keySchema(key("g", KeyType.HASH), key("r", KeyType.RANGE))
                        .projection(projection -> projection.projectionType(ProjectionType.ALL)))
                .build());
    }

    private static KeySchemaElement key(String name, KeyType type) {
        return KeySchemaElement.builder().attributeName(name).keyType(type).build();
    }

    private static AttributeDefinition type(String name, String type) {
        return AttributeDefinition.builder()
                .attributeName(name)
                .attributeType(type)
                .build();
    }

    private static String change(String key, int number, String attributes) {
        String keys = "{\"pk\":{\"S\":\"" + key + "\"}}";
        return "{\"Keys\":" + keys + ",\"NewImage\":{\"pk\":{\"S\":\"" + key + "\"}" + attributes
                + "},\"SequenceNumber\":\"" + number
                + "\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"MODIFY\"}";
    }

    private static final String INDEXED_LOG = String.join(
            "\n",
            change("fits", 1, ",\"g\":{\"N\":\"1\"},\"r\":{\"S\":\"x\"}"),
            change("without", 2, ""),
            change("was-bad", 3, ",\"g\":{\"S\":\"x\"}"),
            change("was-bad", 4, ",\"g\":{\"N\":\"2\"}"),
            change("is-bad", 5, ",\"g\":{\"N\":\"3\"}"),
            change("is-bad", 6, ",\"g\":{\"N\":\"4\"},\"r\":{\"S\":\"\"}"),
            Fixture.remove("gone", 8),
            change("gone", 7, ",\"g\":{\"NULL\":true}"));

    @Test
    void restore_itemDoesNotFitAnIndex_isRefusedBeforeTheFirstWrite() {
        String table = indexedTable();
        long before = writes();

        RestoreException failure = Fixture.failure(
                () -> restore(plan(INDEXED_LOG, table, new ArrayList<>()).badRecords(BadRecords.REFUSE)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(failure.report().orElseThrow().badRecords()).singleElement().satisfies(bad -> {
            assertThat(bad.reason()).isEqualTo("index.empty");
            assertThat(bad.byteOffset()).isPositive();
        });
        assertThat(writes()).isEqualTo(before);
    }

    /** An older record must not win because the one that decides cannot be written. */
    @ParameterizedTest
    @EnumSource(names = {"REFUSE", "OVERWRITE", "INSERT_ONLY"})
    void restore_itemDoesNotFitAnIndex_becomesADeadLetterAndNoOlderOneIsWritten(ExistingItems existing) {
        String table = indexedTable();
        List<DeadLetter> letters = new ArrayList<>();

        RestoreReport report = restore(plan(INDEXED_LOG, table, letters).existingItems(existing));

        assertThat(Fixture.items(table).keySet())
                .containsExactlyInAnyOrder("{pk=S fits}", "{pk=S without}", "{pk=S was-bad}");
        assertThat(report.records().addsUp()).isTrue();
        assertThat(report.records().deadLettered()).isEqualTo(1);
        assertThat(letters).singleElement().satisfies(letter -> {
            assertThat(letter.reason()).isEqualTo("index.empty");
            assertThat(new String(letter.raw(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"pk\":{\"S\":\"is-bad\"},\"g\":{\"N\":\"4\"},\"r\":{\"S\":\"\"}}");
        });
    }

    @Test
    void restore_tooManyItemsDoNotFitAnIndex_isRefusedBeforeTheFirstWrite() {
        String table = indexedTable();
        List<DeadLetter> letters = new ArrayList<>();
        String log = IntStream.range(0, 500)
                .mapToObj(i -> change("k" + i, i + 1, i % 4 == 0 ? ",\"g\":{\"S\":\"x\"}" : ""))
                .collect(Collectors.joining("\n"));

        RestoreException failure = Fixture.failure(() -> restore(plan(log, table, letters)));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.SCHEMA_MISMATCH);
        assertThat(failure).hasMessageContaining("125 of 500").hasMessageContaining("index.*");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
        assertThat(Fixture.items(table)).isEmpty();
        assertThat(RESTORES.estimate(plan(log, table, letters).build()).join().puts())
                .isEqualTo(375);
    }

    @Test
    void restore_mappedItemDoesNotFitAnIndex_becomesADeadLetter() {
        String table = indexedTable();
        List<DeadLetter> letters = new ArrayList<>();

        RestoreReport report = restore(plan(INDEXED_LOG, table, letters).mapper("drop", Map.of("r", "")));

        assertThat(report.records().deadLettered()).isZero();
        assertThat(letters).isEmpty();
        assertThat(Fixture.items(table)).hasSize(4);

        String other = indexedTable();
        restore(plan(INDEXED_LOG, other, letters).mapper("rename", Map.of("g", "r", "r", "g")));
        assertThat(letters)
                .extracting(DeadLetter::reason)
                .containsOnly("mapper.invalid-item")
                .hasSize(3);
        assertThat(Fixture.items(other).keySet()).containsExactly("{pk=S without}");
    }

    @Test
    void undo_oldImageDoesNotFitAnIndex_isRefusedBeforeTheFirstWrite() {
        String table = indexedTable();
        Instant since = Instant.ofEpochSecond(1_709_251_200);
        String log = "{\"Keys\":{\"pk\":{\"S\":\"a\"}},\"OldImage\":{\"pk\":{\"S\":\"a\"},\"g\":{\"S\":\"x\"}},"
                + "\"SequenceNumber\":\"1\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"REMOVE\"}";

        RestoreException failure = Fixture.failure(() -> restore(plan(log, table, new ArrayList<>())
                .badRecords(BadRecords.REFUSE)
                .undoSince(since)));

        assertThat(failure.report().orElseThrow().badRecords())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).isEqualTo("index.type"));
        assertThat(Fixture.items(table)).isEmpty();
    }
}
