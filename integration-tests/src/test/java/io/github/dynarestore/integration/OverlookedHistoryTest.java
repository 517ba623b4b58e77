package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

/** What the documentation says of chains, cuts and coverage where no other test looks. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverlookedHistoryTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final long BEFORE = 1_709_251_200;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport run(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static Map<String, AttributeValue> item(String key, String value) {
        return value == null
                ? null
                : new TreeMap<>(Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromS(value)));
    }

    private static String change(String key, String before, String after, long second, long number) {
        return new String(
                        History.line(new History.Change(
                                Map.of("pk", AttributeValue.fromS(key)),
                                item(key, before),
                                item(key, after),
                                BigInteger.valueOf(1_000 + number),
                                BEFORE + second)),
                        StandardCharsets.UTF_8)
                + "\n";
    }

    private static String undated(String line) {
        return line.replaceAll("\"ApproximateCreationDateTime\":[0-9.E]+,?", "").replace(",}", "}");
    }

    private static String withoutOld(String line) {
        return line.replaceAll(",?\"OldImage\":\\{.*?\\}\\}", "").replace("{,", "{");
    }

    private static String laid(String... keysAndLines) {
        String bucket = TestServers.uniqueBucketName("overlooked");
        TestServers.s3().createBucket(bucket);
        for (int i = 0; i < keysAndLines.length; i += 2) {
            TestServers.s3().put(bucket, keysAndLines[i], keysAndLines[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        return "s3://" + bucket + "/";
    }

    private static String value(String table, String key) {
        Map<String, Object> item = Fixture.items(table)
                .get(Values.plain(Map.of("pk", AttributeValue.fromS(key))).toString());
        return item == null ? null : String.valueOf(item.get("v"));
    }

    /** "Pruning never changes the result": the date is that of the archive's making, which the plan names itself. */
    @Test
    void restore_copyOfALogUnderTheDateOfItsCopying_isReadWhole() {
        String bucket = laid(
                "log/2024/03/01/00/orders-1", change("a", null, "1", 10, 1),
                "copies/2025/06/01/orders-2", change("a", "1", "2", 20, 2));
        String table = Fixture.table(TableShape.S);

        run(Fixture.plan(bucket + "log/", table)
                .from(bucket + "copies/2025/06/01/")
                .asOf(Instant.ofEpochSecond(BEFORE + 60)));

        assertThat(value(table, "a")).isEqualTo("S 2");
    }

    /** "the stated uncertainty grows accordingly": delivered after the snapshot was begun, it may be from before it. */
    @Test
    void restore_undatedChangeDeliveredAfterTheSnapshotsBegin_isCountedAsUncertain() {
        String log = laid("log/orders-1", undated(withoutOld(change("a", "x", "old", 0, 1)))) + "log/";
        String bucket = TestServers.uniqueBucketName("snapshot");
        TestServers.s3().createBucket(bucket);
        new EmrExportWriter(TestServers.s3(), bucket, "base")
                .write(List.of(item("a", "later")), EmrExportWriter.Spelling.values()[0], 20);
        Instant begun = Instant.now().minus(Duration.ofHours(1));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(log, table)
                .base(Backup.at("s3://" + bucket + "/base/").takenAt(begun))
                .undatedRecords(UndatedRecords.OBJECT_TIME));

        assertThat(value(table, "a")).isEqualTo("S old");
        assertThat(report.history().uncertainKeys()).as("%s", report.history()).isEqualTo(1);
    }

    /** "Deleting any one record that has a later record of its key is found": within a stream's own generation, too. */
    @Test
    void restore_changeMissingInAKeyWhoseStreamWasMadeAnew_isFound() {
        String log = laid(
                        "log/orders-1",
                        change("a", null, "1", 10, 500)
                                // "1" to "2" is missing.
                                + change("a", "2", "3", 30, 502)
                                + change("a", "3", null, 40, 503)
                                + change("a", null, "4", 60, 7)
                                + change("a", "4", "5", 70, 8))
                + "log/";
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(log, table));

        assertThat(value(table, "a")).isEqualTo("S 5");
        assertThat(report.history().generationConflicts()).isEqualTo(1);
        assertThat(report.history().lostChanges()).as("%s", report.history()).isEqualTo(1);
    }

    /** Write units "by their key schema and projection", of several indexes of both kinds at once. */
    @Test
    void estimate_tableWithIndexesOfBothKinds_addsUpAllTheirEntries() {
        String table = TestServers.uniqueTableName("indexed");
        Fixture.DYNAMO_DB
                .createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                a -> a.attributeName("pk").attributeType("S"),
                                a -> a.attributeName("sk").attributeType("N"),
                                a -> a.attributeName("x").attributeType("S"),
                                a -> a.attributeName("y").attributeType("N"))
                        .keySchema(
                                k -> k.attributeName("pk").keyType("HASH"),
                                k -> k.attributeName("sk").keyType("RANGE"))
                        .localSecondaryIndexes(index -> index.indexName("local-x")
                                .keySchema(
                                        k -> k.attributeName("pk").keyType("HASH"),
                                        k -> k.attributeName("x").keyType("RANGE"))
                                .projection(p -> p.projectionType(ProjectionType.KEYS_ONLY)))
                        .globalSecondaryIndexes(
                                index -> index.indexName("global-xy")
                                        .keySchema(
                                                k -> k.attributeName("x").keyType("HASH"),
                                                k -> k.attributeName("y").keyType("RANGE"))
                                        .projection(p -> p.projectionType(ProjectionType.INCLUDE)
                                                .nonKeyAttributes("other")),
                                index -> index.indexName("global-y")
                                        .keySchema(k -> k.attributeName("y").keyType("HASH"))
                                        .projection(p -> p.projectionType(ProjectionType.ALL))))
                .join();
        Random random = new Random(7);
        List<History.Change> changes = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            Map<String, AttributeValue> key =
                    Map.of("pk", AttributeValue.fromS("p" + i % 5), "sk", AttributeValue.fromN(String.valueOf(i)));
            Map<String, AttributeValue> item = new TreeMap<>(key);
            if (random.nextBoolean()) {
                item.put("x", AttributeValue.fromS("x".repeat(1 + random.nextInt(900))));
            }
            if (random.nextBoolean()) {
                item.put("y", AttributeValue.fromN("1e" + random.nextInt(100)));
            }
            item.put("long", AttributeValue.fromS("l".repeat(random.nextInt(3_000))));
            item.put("other", AttributeValue.fromL(List.of(AttributeValue.fromS("o".repeat(random.nextInt(2_000))))));
            changes.add(new History.Change(key, null, item, BigInteger.valueOf(100 + i), BEFORE + i));
        }
        String location = Fixture.backup(History.deliver(changes, 2, 0.1, random));
        RestorePlan plan = Fixture.plan(location, table).build();

        RestoreEstimate estimate = RESTORES.estimate(plan).join();
        RestoreReport report = RESTORES.start(plan).completion().join();

        assertThat(estimate.indexUnits()).containsOnlyKeys("local-x", "global-xy", "global-y");
        assertThat(estimate.units())
                .as("%s", estimate)
                .isEqualTo(report.writes().units());
    }
}
