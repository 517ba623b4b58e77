package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.PriceBook;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

/** What an estimate says beside what the restore then does. */
class EstimateTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void estimate_anyHistoryIntoAnEmptyTable_saysExactlyWhatTheRestoreConsumes(
            @ForAll long seed, @ForAll TableShape shape, @ForAll ExistingItems existing) {
        History history = new History(shape, seed).live(300, 60);
        Instant cut = Instant.ofEpochSecond(history.changes().get(200).epochSecond());
        String table = Fixture.table(shape);
        RestorePlan plan = Fixture.plan(Fixture.backup(history.deliver(3, 0.2)), table)
                .asOf(cut)
                .existingItems(existing)
                .writeRate(WriteRate.unitsPerSecond(10))
                .build();

        RestoreEstimate estimate = RESTORES.estimate(plan).join();
        assertThat(Fixture.items(table)).isEmpty();
        RestoreReport report = RESTORES.start(plan.toBuilder()
                        .writeRate(WriteRate.unitsPerSecond(1_000_000))
                        .build())
                .completion()
                .join();

        assertThat(estimate.units()).isEqualTo(report.writes().units());
        assertThat(estimate.puts()).isEqualTo(report.writes().puts());
        assertThat(estimate.deletes()).isZero();
        assertThat(estimate.report().records()).isEqualTo(report.records());
        assertThat(estimate.writingTime())
                .isEqualTo(Duration.ofMillis((long) (report.writes().units() * 100)));
        Fixture.drop(table);
    }

    private static String indexed(ProjectionType projection, String... included) {
        String table = TestServers.uniqueTableName("indexed");
        Fixture.DYNAMO_DB
                .createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                pk -> pk.attributeName("pk").attributeType("S"),
                                v -> v.attributeName("v").attributeType("N"))
                        .keySchema(pk -> pk.attributeName("pk").keyType("HASH"))
                        .globalSecondaryIndexes(index -> index.indexName("by-v")
                                .keySchema(v -> v.attributeName("v").keyType("HASH"))
                                .projection(p -> p.projectionType(projection)
                                        .nonKeyAttributes(included.length == 0 ? null : List.of(included)))))
                .join();
        return table;
    }

    private static String backupOfItems(int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String line = Fixture.insert("k" + i, i + 1)
                    .replace("\"NewImage\":{", "\"NewImage\":{\"long\":{\"S\":\"" + "x".repeat(i * 130) + "\"},");
            // Every third is not in the index.
            lines.append(i % 3 == 0 ? line.replace("\"v\":", "\"w\":") : line).append('\n');
        }
        return Fixture.backup(List.of(lines.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void estimate_tableWithAnIndex_addsItsEntriesByTheirProjection() {
        String location = backupOfItems(30);
        for (Map.Entry<ProjectionType, String[]> index : Map.of(
                        ProjectionType.ALL, new String[0],
                        ProjectionType.KEYS_ONLY, new String[0],
                        ProjectionType.INCLUDE, new String[] {"long"})
                .entrySet()) {
            String table = indexed(index.getKey(), index.getValue());
            RestorePlan plan = Fixture.plan(location, table).build();

            RestoreEstimate estimate = RESTORES.estimate(plan).join();
            RestoreReport report = RESTORES.start(plan).completion().join();

            assertThat(estimate.units())
                    .as("%s", index.getKey())
                    .isEqualTo(report.writes().units());
            double entries = estimate.indexUnits().get("by-v");
            if (index.getKey() == ProjectionType.KEYS_ONLY) {
                assertThat(entries).isEqualTo(20);
            } else {
                assertThat(entries).isGreaterThan(20).isLessThan(estimate.tableUnits());
            }
        }
    }

    @Test
    void estimate_fullTableBadRecordsAndGaps_saysThemAndRefusesNothing() throws IOException {
        String table = Fixture.table(TableShape.S);
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(Map.of("pk", AttributeValue.fromS("extra"))))
                .join();
        String lines =
                Fixture.insert("a", 1) + "\n" + Fixture.insert("a", 2) + "\n{\"bad\":1}\n" + Fixture.insert("b", 3);
        String location = Fixture.backup(List.of(lines.getBytes(StandardCharsets.UTF_8)));

        RestoreEstimate estimate = RESTORES.estimate(
                        Fixture.plan(location, table)
                                .existingItems(ExistingItems.EXACT)
                                .build(),
                        PriceBook.read(
                                new StringReader("perMillionWriteUnits=1000000\nperMillionGets=0\nperThousandLists=0")))
                .join();

        assertThat(estimate.extras()).isEqualTo(1);
        assertThat(estimate.puts()).isEqualTo(2);
        assertThat(estimate.deletes()).isEqualTo(1);
        assertThat(estimate.dollars()).isEqualByComparingTo(new BigDecimal("3"));
        assertThat(estimate.report().badRecords()).hasSize(1);
        assertThat(estimate.report().history().lostChanges()).isEqualTo(1);
        assertThat(estimate.toJson()).contains("\"lostChanges\" : 1", "\"extras\" : 1");
        assertThat(Fixture.items(table)).hasSize(1);
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
            changes.add(new History.Change(key, null, item, BigInteger.valueOf(100 + i), 1_709_251_200 + i));
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
