package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Writes that are only done if the table holds what they expect. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardedRestoreTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final long BEFORE = 1_709_251_200;
    private static final Instant SINCE = Instant.ofEpochSecond(BEFORE);

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static Map<String, AttributeValue> item(String key, String value) {
        Map<String, AttributeValue> item = new TreeMap<>();
        item.put("pk", AttributeValue.fromS(key));
        item.put("v", AttributeValue.fromN(value));
        item.put("set", AttributeValue.fromNs(List.of("1", "2", value + "9")));
        item.put("bytes", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {0, (byte) 200})));
        return item;
    }

    private static byte[] change(String key, String before, String after, long sequence) {
        return change(
                key, before == null ? null : item(key, before), after == null ? null : item(key, after), sequence);
    }

    private static byte[] change(
            String key, Map<String, AttributeValue> before, Map<String, AttributeValue> after, long sequence) {
        Map<String, AttributeValue> keys = Map.of("pk", AttributeValue.fromS(key));
        byte[] line = History.line(
                new History.Change(keys, before, after, java.math.BigInteger.valueOf(sequence), BEFORE + sequence));
        byte[] withEnd = java.util.Arrays.copyOf(line, line.length + 1);
        withEnd[line.length] = '\n';
        return withEnd;
    }

    private static void put(String table, Map<String, AttributeValue> item) {
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(item))
                .join();
    }

    private static String value(String table, String key) {
        Map<String, Object> item = Fixture.items(table)
                .get(Values.plain(Map.of("pk", AttributeValue.fromS(key))).toString());
        return item == null ? null : String.valueOf(item.get("v"));
    }

    private static RestoreReport run(RestorePlan plan) {
        return RESTORES.start(plan).completion().join();
    }

    private static RestorePlan.Builder undo(List<byte[]> log, String table) {
        return Fixture.plan(Fixture.backup(log), table).undoSince(SINCE).patience(Duration.ofSeconds(20));
    }

    @Test
    void undo_itemsAsTheLogLeftThem_getBackWhatTheyWere() {
        String table = Fixture.table(TableShape.S);
        Map<String, AttributeValue> spelledOtherwise = item("changed", "3");
        spelledOtherwise.put("v", AttributeValue.fromN("3.0"));
        put(table, spelledOtherwise);
        put(table, item("inserted", "1"));
        put(table, item("untouched", "7"));

        RestoreReport report = run(undo(
                        List.of(
                                change("changed", "1", "2", 10),
                                change("changed", "2", "3", 20),
                                change("inserted", null, "1", 11),
                                change("removed", "5", null, 12)),
                        table)
                .build());

        assertThat(value(table, "changed")).isEqualTo("N 1");
        assertThat(value(table, "inserted")).isNull();
        assertThat(value(table, "removed")).isEqualTo("N 5");
        assertThat(value(table, "untouched")).isEqualTo("N 7");
        assertThat(report.writes().puts()).isEqualTo(2);
        assertThat(report.writes().deletes()).isEqualTo(1);
        assertThat(report.records().conflict()).isZero();
        assertThat(report.records().addsUp()).isTrue();
    }

    @Test
    void undo_itemsChangedSinceTheLogsEnd_areConflictsAndStay() {
        String table = Fixture.table(TableShape.S);
        put(table, item("altered", "99"));
        put(table, item("recreated", "98"));
        Map<String, AttributeValue> more = item("grown", "2");
        more.put("added", AttributeValue.fromBool(true));
        put(table, more);
        Map<String, Map<String, Object>> before = Fixture.items(table);
        List<byte[]> log = List.of(
                change("altered", "1", "2", 10),
                change("recreated", "3", null, 11),
                change("vanished", "4", "5", 12),
                change("grown", "1", "2", 13));

        RestoreReport report = run(undo(log, table).build());

        assertThat(Fixture.items(table)).isEqualTo(before);
        assertThat(report.records().conflict()).isEqualTo(4);
        assertThat(report.conflicts()).hasSize(4);
        assertThat(report.records().applied()).isZero();
        assertThat(report.records().addsUp()).isTrue();

        RestoreReport forced = run(undo(log, table).undoForced().build());

        assertThat(forced.records().conflict()).isZero();
        assertThat(value(table, "altered")).isEqualTo("N 1");
        assertThat(value(table, "vanished")).isEqualTo("N 4");
    }

    @Test
    void undo_itemOfVeryManyAttributes_isUndone() {
        String table = Fixture.table(TableShape.S);
        Map<String, AttributeValue> before = item("wide", "1");
        Map<String, AttributeValue> after = item("wide", "2");
        for (int i = 0; i < 400; i++) {
            before.put("attribute-with-a-long-name-" + i, AttributeValue.fromN(String.valueOf(i)));
            after.put("attribute-with-a-long-name-" + i, AttributeValue.fromN(String.valueOf(i + 1)));
        }
        put(table, after);

        RestoreReport report =
                run(undo(List.of(change("wide", before, after, 10)), table).build());

        assertThat(report.writes().puts()).isEqualTo(1);
        assertThat(Fixture.items(table).values()).containsExactly(Values.plain(before));
    }

    @Test
    void undo_withoutOldImages_isRefusedBeforeAnyWrite() {
        String table = Fixture.table(TableShape.S);
        put(table, item("a", "2"));
        String line = Fixture.insert("a", 2).replace("INSERT", "MODIFY");

        RestoreException failure =
                Fixture.failure(() -> run(undo(List.of(line.getBytes(java.nio.charset.StandardCharsets.UTF_8)), table)
                        .build()));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.OLD_IMAGES_MISSING);
        assertThat(value(table, "a")).isEqualTo("N 2");
    }

    @Test
    void restore_insertOnly_leavesAndCountsWhatIsThere() {
        String table = Fixture.table(TableShape.S);
        put(table, item("k1", "101"));
        put(table, item("mine", "5"));
        put(table, item("k5", "7"));
        String log =
                new String(Fixture.inserts(50), java.nio.charset.StandardCharsets.UTF_8) + Fixture.remove("k5", 60);

        RestoreReport report =
                run(Fixture.plan(Fixture.backup(List.of(log.getBytes(java.nio.charset.StandardCharsets.UTF_8))), table)
                        .existingItems(ExistingItems.INSERT_ONLY)
                        .build());

        assertThat(report.writes().puts()).isEqualTo(48);
        assertThat(report.records().applied()).isEqualTo(48);
        assertThat(report.records().conflict()).isEqualTo(1);
        assertThat(report.records().filtered())
                .as("the removal, which an insert-only plan has no use for")
                .isEqualTo(1);
        assertThat(report.records().addsUp()).isTrue();
        assertThat(value(table, "k1")).isEqualTo("N 101");
        assertThat(value(table, "k5")).isEqualTo("N 7");
        assertThat(value(table, "mine")).isEqualTo("N 5");
        assertThat(Fixture.items(table)).hasSize(51);
    }

    @Test
    void restore_exact_deletesWhatIsNotInTheBackupOnceItIsConfirmed() {
        String table = Fixture.table(TableShape.S);
        put(table, item("k1", "101"));
        put(table, item("k5", "102"));
        for (int i = 0; i < 40; i++) {
            put(table, item("extra" + i, "1"));
        }
        Map<String, Map<String, Object>> before = Fixture.items(table);
        String log =
                new String(Fixture.inserts(50), java.nio.charset.StandardCharsets.UTF_8) + Fixture.remove("k5", 60);
        String location = Fixture.backup(List.of(log.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        RestorePlan.Builder plan = Fixture.plan(location, table).existingItems(ExistingItems.EXACT);

        RestoreException unconfirmed = Fixture.failure(() -> run(plan.build()));
        assertThat(unconfirmed.code()).isEqualTo(RestoreErrorCode.EXTRAS_UNCONFIRMED);
        assertThat(unconfirmed.hint()).contains("--confirm 41");
        assertThat(Fixture.items(table)).isEqualTo(before);

        assertThat(Fixture.failure(() -> run(plan.confirmExtras(7L).build())).code())
                .isEqualTo(RestoreErrorCode.EXTRAS_UNCONFIRMED);

        RestoreReport report = run(plan.confirmExtras(41L).build());
        assertThat(Fixture.items(table)).hasSize(49);
        assertThat(value(table, "k1")).isEqualTo("N 2");
        assertThat(value(table, "k5")).isNull();
        assertThat(report.writes().puts()).isEqualTo(49);
        assertThat(report.writes().deletes()).isEqualTo(41);
        assertThat(report.writes().extras()).isEqualTo(41);
        assertThat(report.records().addsUp()).isTrue();
    }

    /** The write was done and its answer lost: sent again, its condition fails on what it wrote itself. */
    @Test
    void guardedWrites_answersLostAfterTheWrite_areNoConflicts() {
        FaultRule faults = FaultRule.sometimes(0.3, 5, DynamoDbFaults.internalServerErrorAfterWriting());
        try (FaultProxy proxy = FaultProxy.to(
                        TestServers.dynamoDb().endpoint(),
                        faults.onlyFor(request -> request.headers()
                                .first("X-Amz-Target")
                                .orElse("")
                                .matches(".*(PutItem|DeleteItem)")));
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            String inserted = Fixture.table(TableShape.S);
            RestoreReport insertOnly = restores.start(
                            Fixture.plan(Fixture.backup(List.of(Fixture.inserts(300))), inserted)
                                    .existingItems(ExistingItems.INSERT_ONLY)
                                    .build())
                    .completion()
                    .join();
            assertThat(insertOnly.records().conflict()).isZero();
            assertThat(insertOnly.writes().resent()).isPositive();
            assertThat(insertOnly.writes().puts()).isEqualTo(300);
            assertThat(Fixture.items(inserted)).hasSize(300);

            String undone = Fixture.table(TableShape.S);
            IntStream.range(0, 300).filter(i -> i % 3 != 2).forEach(i -> put(undone, item("k" + i, "2")));
            List<byte[]> log = IntStream.range(0, 300)
                    .mapToObj(i -> switch (i % 3) {
                        case 0 -> change("k" + i, "1", "2", 10 + i);
                        case 1 -> change("k" + i, null, "2", 10 + i);
                        default -> change("k" + i, "1", null, 10 + i);
                    })
                    .toList();
            RestoreReport undo = restores.start(undo(log, undone)
                            .writeRate(WriteRate.unitsPerSecond(100_000))
                            .build())
                    .completion()
                    .join();
            assertThat(undo.records().conflict()).isZero();
            assertThat(undo.writes().puts()).isEqualTo(200);
            assertThat(undo.writes().deletes()).isEqualTo(100);
            Map<String, String> left = new HashMap<>();
            Fixture.items(undone).forEach((key, item) -> left.put(key, String.valueOf(item.get("v"))));
            assertThat(left)
                    .hasSize(200)
                    .allSatisfy((key, value) -> assertThat(value).isEqualTo("N 1"));
        }
    }
}
