package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.RekeyingMapper;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Items that get other keys on their way into the table. */
class RekeyTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final int HISTORIES = 40;
    private static final int TINY_BYTES = 64 * 1024;

    @TempDir
    private static Path directory;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    /** Key {@code k17} becomes {@code g2} of three groups. */
    private static Map<String, AttributeValue> grouped(Map<String, AttributeValue> item) {
        Map<String, AttributeValue> mapped = new HashMap<>(item);
        int number = Integer.parseInt(item.get("pk").s().substring(1));
        mapped.put("from", item.get("pk"));
        mapped.put("pk", AttributeValue.fromS("g" + number % 3));
        return mapped;
    }

    private static RekeyingMapper grouping() {
        return RekeyTest::grouped;
    }

    /** A change; of a put its sequence number is the item's value. */
    private record Change(int key, int number, boolean isDelete) {
        String line() {
            String keys = "{\"pk\":{\"S\":\"k" + key + "\"}}";
            return "{\"Keys\":" + keys
                    + (isDelete
                            ? ""
                            : ",\"NewImage\":{\"pk\":{\"S\":\"k" + key + "\"},\"v\":{\"N\":\"" + number + "\"}}")
                    + ",\"SequenceNumber\":\"" + number + "\",\"ApproximateCreationDateTime\":"
                    + (1_709_251_200 + number / 2) + ",\"eventName\":\"" + (isDelete ? "REMOVE" : "MODIFY") + "\"}";
        }
    }

    /** What of each key is last, and of the keys of one group what of these is last; group by item. */
    private static Map<String, String> oracle(List<Change> changes) {
        Map<Integer, Change> last = new TreeMap<>();
        changes.stream().sorted(Comparator.comparing(Change::number)).forEach(change -> last.put(change.key(), change));
        Map<String, Change> groups = new TreeMap<>();
        last.values().stream()
                .filter(change -> !change.isDelete())
                .forEach(change -> groups.merge(
                        "g" + change.key() % 3, change, (one, other) -> one.number() > other.number() ? one : other));
        Map<String, String> items = new TreeMap<>();
        groups.forEach((group, change) -> items.put(group, "k" + change.key() + " " + change.number()));
        return items;
    }

    private static Map<String, String> items(String table) {
        Map<String, String> items = new TreeMap<>();
        Fixture.items(table)
                .values()
                .forEach(item -> items.put(
                        item.get("pk").toString().substring(2),
                        item.get("from").toString().substring(2) + " "
                                + new BigDecimal(item.get("v").toString().substring(2)).intValueExact()));
        return items;
    }

    private static byte[] lines(List<Change> changes) {
        StringBuilder lines = new StringBuilder();
        changes.forEach(change -> lines.append(change.line()).append('\n'));
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    @Test
    void restore_anyHistory_leavesTheLastOfTheKeysThatBecomeOne() {
        for (int seed = 0; seed < HISTORIES; seed++) {
            Random random = new Random(seed);
            List<Change> changes = new ArrayList<>();
            for (int number = 1; number <= 1 + random.nextInt(60); number++) {
                changes.add(new Change(random.nextInt(8), number, random.nextInt(4) == 0));
            }
            Map<String, String> expected = oracle(changes);
            Collections.shuffle(changes, random);
            int half = changes.size() / 2;
            String location = Fixture.backup(
                    List.of(lines(changes.subList(0, half)), lines(changes.subList(half, changes.size()))));
            String table = Fixture.table(TableShape.S);

            RestoreReport report = restore(Fixture.plan(location, table)
                    .surveyMemoryBytes(random.nextBoolean() ? TINY_BYTES : TINY_BYTES << 8)
                    .mapper(grouping()));

            assertThat(items(table)).as("history %s", seed).isEqualTo(expected);
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.records().read()).isEqualTo(changes.size());
            Fixture.drop(table);
        }
    }

    @Test
    void restore_keysThatBecomeOne_areCountedAndSaid() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(10))), table)
                .mapper(grouping())
                .mapper("filter", Map.of("attribute", "pk", "prefix", "g")));

        assertThat(items(table)).isEqualTo(Map.of("g0", "k9 10", "g1", "k7 8", "g2", "k8 9"));
        assertThat(report.records().applied()).isEqualTo(3);
        assertThat(report.records().superseded()).isEqualTo(7);
        assertThat(report.history().notices())
                .anyMatch(notice -> notice.startsWith("7 items have the key of another one"));
    }

    @Test
    void estimate_keysThatBecomeOne_agreesWithTheRun() {
        String location = Fixture.backup(List.of(Fixture.inserts(10)));
        String table = Fixture.table(TableShape.S);
        RestorePlan plan = Fixture.plan(location, table).mapper(grouping()).build();

        RestoreEstimate estimate = RESTORES.estimate(plan).join();

        assertThat(estimate.puts()).isEqualTo(3);
        assertThat(RESTORES.start(plan).completion().join().records().applied()).isEqualTo(3);
    }

    @Test
    void restore_snapshotAndLogIntoATableOfAnotherKey_takesTheNewKeyFromAnAttribute() {
        String table = Fixture.table(TableShape.SN);
        String base = Fixture.backup(List.of(("{\"id\":{\"s\":\"a\"},\"email\":{\"s\":\"x\"},\"n\":{\"n\":\"1\"}}\n"
                        + "{\"id\":{\"s\":\"b\"},\"email\":{\"s\":\"y\"},\"n\":{\"n\":\"1\"}}\n")
                .getBytes(StandardCharsets.UTF_8)));
        String log = Fixture.backup(
                List.of(("{\"Keys\":{\"id\":{\"S\":\"c\"}},\"NewImage\":{\"id\":{\"S\":\"c\"},\"email\":{\"S\":\"x\"},"
                                + "\"n\":{\"N\":\"1\"}},\"SequenceNumber\":\"1\",\"ApproximateCreationDateTime\":1709251201,"
                                + "\"eventName\":\"INSERT\"}\n"
                                + "{\"Keys\":{\"id\":{\"S\":\"b\"}},\"SequenceNumber\":\"2\","
                                + "\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"REMOVE\"}\n")
                        .getBytes(StandardCharsets.UTF_8)));

        RestoreReport report = restore(RestorePlan.builder()
                .base(Backup.at(base).takenAt(Instant.parse("2024-02-01T00:00:00Z")))
                .from(log)
                .into(table)
                .writeRate(WriteRate.unitsPerSecond(1_000_000))
                .mapper("rekey", Map.of("partition", "id:S", "set-partition", "mail#{email}#{n}", "set-sort", "{n}")));

        assertThat(Fixture.items(table).values())
                .singleElement()
                .satisfies(item -> assertThat(item)
                        .containsEntry("pk", "S mail#x#1")
                        .containsEntry("sk", "N 1")
                        .containsEntry("id", "S c"));
        assertThat(report.records().superseded()).isEqualTo(2);
    }

    @Test
    void restore_itemsOfASnapshotThatBecomeOneKey_areBadRecordsForNothingOrdersThem() {
        String base =
                Fixture.backup(List.of("{\"pk\":{\"s\":\"k1\"}}\n{\"pk\":{\"s\":\"k4\"}}\n{\"pk\":{\"s\":\"k2\"}}\n"
                        .getBytes(StandardCharsets.UTF_8)));
        List<DeadLetter> letters = new ArrayList<>();
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(Fixture.plan(base, table)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(RestoreRefusalTest.sink(letters))
                .mapper((RekeyingMapper) item -> {
                    Map<String, AttributeValue> mapped = new HashMap<>(grouped(item));
                    mapped.put("v", AttributeValue.fromN("0"));
                    return mapped;
                }));

        assertThat(letters).extracting(DeadLetter::reason).containsExactly("mapper.key-collision");
        assertThat(report.records().addsUp()).isTrue();
        assertThat(items(table)).containsEntry("g2", "k2 0").hasSize(2);
    }

    @Test
    void restore_itemThatGetsNoKey_isFoundBeforeTheFirstWrite() {
        String table = Fixture.table(TableShape.S);

        RestoreException refused =
                Fixture.failure(() -> restore(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(10))), table)
                        .mapper((RekeyingMapper) item -> Map.of("other", item.get("pk")))));

        assertThat(refused.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
        assertThat(Fixture.items(table)).isEmpty();
    }

    @Test
    void restore_anotherMapperThatChangesTheKey_isStillNamed() {
        List<DeadLetter> letters = new ArrayList<>();

        restore(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(1))), Fixture.table(TableShape.S))
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(RestoreRefusalTest.sink(letters))
                .mapper(grouping())
                .mapper(item -> Map.of("pk", AttributeValue.fromS("mine"))));

        assertThat(letters)
                .extracting(letter -> letter.reason() + ": " + letter.detail())
                .containsExactly("mapper.key-changed: mapper number 2 changed the item's key");
    }

    @ParameterizedTest
    @EnumSource(names = {"OVERWRITE", "INSERT_ONLY"})
    void restore_intoATableThatHoldsItems_onlyAdds(ExistingItems existing) {
        String table = Fixture.table(TableShape.S);
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table)
                        .item(Map.of(
                                "pk",
                                AttributeValue.fromS("g1"),
                                "from",
                                AttributeValue.fromS("old"),
                                "v",
                                AttributeValue.fromN("0"))))
                .join();
        RestorePlan.Builder plan = Fixture.plan(Fixture.backup(List.of(Fixture.inserts(10))), table)
                .existingItems(existing)
                .mapper(grouping());

        if (existing == ExistingItems.OVERWRITE) {
            assertThat(Fixture.failure(() -> restore(plan)).getMessage())
                    .contains("mapper number 1 gives items other keys, under which nothing can be deleted");
        } else {
            RestoreReport report = restore(plan);
            assertThat(items(table)).isEqualTo(Map.of("g0", "k9 10", "g1", "old 0", "g2", "k8 9"));
            assertThat(report.records().conflict()).isEqualTo(1);
        }
    }

    @Test
    void restore_doneBefore_writesNothingAgain() {
        String table = Fixture.table(TableShape.S);
        RestorePlan.Builder plan = Fixture.plan(Fixture.backup(List.of(Fixture.inserts(10))), table)
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")))
                .mapper("rekey", Map.of("set-partition", "t{v}"));

        restore(plan);
        RestoreReport again = restore(plan);

        assertThat(Fixture.items(table)).hasSize(10).containsKey("{pk=S t10}");
        assertThat(again.records().applied()).isEqualTo(10);
        assertThat(again.records().addsUp()).isTrue();
    }
}
