package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Mappers on the way from a real backup to a real table. */
class MapperTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static RestorePlan.Builder plan(String table, int items) {
        return Fixture.plan(Fixture.backup(List.of(Fixture.inserts(items))), table);
    }

    private static Map<String, AttributeValue> with(Map<String, AttributeValue> item, String name, String text) {
        Map<String, AttributeValue> changed = new HashMap<>(item);
        changed.put(name, AttributeValue.fromS(text));
        return changed;
    }

    private static boolean isKey(Map<String, AttributeValue> item, String key) {
        return item.get("pk").s().equals(key);
    }

    @Test
    void map_factoryFoundByServiceLoader_isMadeWithParametersAndTable() {
        String table = Fixture.table(TableShape.S);

        restore(plan(table, 2).mapper("stamp", Map.of("name", "by")));

        assertThat(Fixture.items(table).values())
                .hasSize(2)
                .allSatisfy(item -> assertThat(item).containsEntry("by", "S " + table + " [pk]"));
    }

    @Test
    void map_registeredFactoryOfTheSameId_beatsTheDiscoveredOne() {
        String table = Fixture.table(TableShape.S);
        AttributeMapperFactory registered = new AttributeMapperFactory() {
            @Override
            public String id() {
                return "stamp";
            }

            @Override
            public AttributeMapper create(MapperContext context) {
                return item -> with(item, "by", "registered");
            }
        };
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(Fixture.DYNAMO_DB)
                .mapperFactory(registered)
                .build()) {
            restores.start(plan(table, 1).mapper("stamp", Map.of()).build())
                    .completion()
                    .join();
        }

        assertThat(Fixture.items(table).values())
                .singleElement()
                .satisfies(item -> assertThat(item).containsEntry("by", "S registered"));
    }

    @Test
    void start_missingFactory_isRefusedNamingThoseThatAreThere() {
        RestoreException failure =
                Fixture.failure(() -> restore(plan("some-table", 1).mapper("no-such-mapper", Map.of())));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.PLAN_INVALID);
        assertThat(failure).hasMessageContaining("no-such-mapper");
        assertThat(failure.hint()).contains("stamp");
    }

    @Test
    void start_factoryRefusesItsParameters_isRefusedSayingWhy() {
        String table = Fixture.table(TableShape.S);

        RestoreException failure = Fixture.failure(() -> restore(plan(table, 1).mapper("stamp", Map.of())));

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.PLAN_INVALID);
        assertThat(failure).hasMessageContaining("the parameter 'name' is missing");
        assertThat(failure.report().orElseThrow().status()).isEqualTo(RestoreStatus.REFUSED);
    }

    @Test
    void map_shippedMappersInAChain_areAppliedInTheirOrder() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(plan(table, 12)
                .mapper("rename", Map.of("v", "version"))
                .mapper("filter", Map.of("attribute", "pk", "prefix", "k1"))
                .mapper("cast", Map.of("version", "S"))
                .mapper("default", Map.of("status", "S:restored")));

        assertThat(report.records().filtered()).isEqualTo(9);
        assertThat(report.records().addsUp()).isTrue();
        assertThat(Fixture.items(table))
                .hasSize(3)
                .containsEntry("{pk=S k1}", Map.of("pk", "S k1", "version", "S 2", "status", "S restored"));
    }

    @Test
    void map_oneOfSeveralFails_isNamedInTheDeadLetter() {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();

        restore(plan(table, 2)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(RestoreRefusalTest.sink(letters))
                .mapper("rename", Map.of("v", "version"))
                .mapper(item -> isKey(item, "k0") ? with(item, "large", "x".repeat(410 * 1024)) : item)
                .mapper("cast", Map.of("version", "BOOL")));

        assertThat(letters.stream().map(letter -> letter.reason() + ": " + letter.detail()))
                .containsExactlyInAnyOrder(
                        "mapper.failed: mapper cast threw io.github.dynarestore.mapper.CannotMapException",
                        "mapper.failed: mapper cast threw io.github.dynarestore.mapper.CannotMapException");
        letters.clear();
        String other = Fixture.table(TableShape.S);
        restore(plan(other, 2)
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(RestoreRefusalTest.sink(letters))
                .mapper("rename", Map.of("v", "version"))
                .mapper(item -> isKey(item, "k0") ? with(item, "large", "x".repeat(410 * 1024)) : item)
                .mapper("default", Map.of("status", "S:restored")));
        assertThat(letters).singleElement().satisfies(letter -> {
            assertThat(letter.reason()).isEqualTo("mapper.invalid-item");
            assertThat(letter.detail()).isEqualTo("mapper number 2 returned an item with item.too-large");
        });
    }

    @Test
    void map_null_leavesTheItemOutAndCountsIt() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(plan(table, 10).mapper(item -> isKey(item, "k3") ? null : item));

        assertThat(report.records().filtered()).isEqualTo(1);
        assertThat(report.records().applied()).isEqualTo(9);
        assertThat(report.records().addsUp()).isTrue();
        assertThat(Fixture.items(table)).hasSize(9).doesNotContainKey("{pk=S k3}");
    }

    /** What a mapper can do wrong, and the reason that its dead letter then says. */
    enum Mistake {
        KEY_CHANGED("mapper.key-changed") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                return with(item, "pk", "other");
            }
        },
        THROWS("mapper.failed") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                throw new IllegalStateException("a value that must not be shown");
            }
        },
        KEY_LEFT_OUT("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                return Map.of("v", item.get("v"));
            }
        },
        KEY_OF_ANOTHER_TYPE("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                Map<String, AttributeValue> changed = new HashMap<>(item);
                changed.put("pk", AttributeValue.fromN("1"));
                return changed;
            }
        },
        NOT_A_NUMBER("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                Map<String, AttributeValue> changed = new HashMap<>(item);
                changed.put("v", AttributeValue.fromN("one"));
                return changed;
            }
        },
        EMPTY_SET("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                Map<String, AttributeValue> changed = new HashMap<>(item);
                changed.put("v", AttributeValue.fromSs(List.of()));
                return changed;
            }
        },
        NO_TYPE("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                Map<String, AttributeValue> changed = new HashMap<>(item);
                changed.put("v", AttributeValue.builder().build());
                return changed;
            }
        },
        NULL_VALUE("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                Map<String, AttributeValue> changed = new HashMap<>(item);
                changed.put("v", null);
                return changed;
            }
        },
        TOO_LARGE("mapper.invalid-item") {
            @Override
            Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
                return with(item, "large", "x".repeat(410 * 1024));
            }
        };

        final String reason;

        Mistake(String reason) {
            this.reason = reason;
        }

        abstract Map<String, AttributeValue> map(Map<String, AttributeValue> item);
    }

    @ParameterizedTest
    @EnumSource
    void map_mistake_isOneDeadLetterWithTheRecordAndTheRestIsRestored(Mistake mistake) {
        String table = Fixture.table(TableShape.S);
        List<DeadLetter> letters = new ArrayList<>();

        RestoreReport report = restore(plan(table, 5)
                .mapper(item -> isKey(item, "k2") ? mistake.map(item) : item)
                .deadLetters(RestoreRefusalTest.sink(letters)));

        String k2 = Fixture.insert("k2", 3);
        assertThat(letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.reason()).isEqualTo(mistake.reason))
                .satisfies(letter -> assertThat(letter.byteOffset()).isEqualTo(2L * (k2.length() + 1)))
                .satisfies(letter -> assertThat(letter.detail()).doesNotContain("must not be shown", "other"))
                .satisfies(letter -> assertThat(new String(letter.raw(), StandardCharsets.UTF_8))
                        .isEqualTo(k2));
        assertThat(report.records().deadLettered()).isEqualTo(1);
        assertThat(report.records().applied()).isEqualTo(4);
        assertThat(report.records().addsUp()).isTrue();
        assertThat(Fixture.items(table)).hasSize(4).doesNotContainKeys("{pk=S k2}", "{pk=S other}");
    }

    @Test
    void map_severalMappers_areCalledInTheirOrderUntilOneSaysNull() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(plan(table, 4)
                .mapper(item -> with(item, "steps", "1"))
                .mapper("stamp", Map.of("name", "by"))
                .mapper(item -> isKey(item, "k1") ? null : item)
                .mapper(item -> with(item, "steps", item.get("steps").s() + "," + item.containsKey("by"))));

        assertThat(report.records().filtered()).isEqualTo(1);
        assertThat(Fixture.items(table).values())
                .hasSize(3)
                .allSatisfy(item -> assertThat(item).containsEntry("steps", "S 1,true"));
    }

    @Test
    void map_deletes_doNotPass() {
        String table = Fixture.table(TableShape.S);
        String log = Fixture.insert("a", 1) + Fixture.insert("b", 2) + Fixture.remove("b", 3);
        // Nothing is deleted from a table that is empty.
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(Map.of("pk", AttributeValue.fromS("b"))))
                .join();

        RestoreReport report =
                restore(Fixture.plan(Fixture.backup(List.of(log.getBytes(StandardCharsets.UTF_8))), table)
                        .existingItems(io.github.dynarestore.model.ExistingItems.OVERWRITE)
                        .mapper(item -> isKey(item, "b") ? null : item));

        assertThat(report.records().filtered()).isZero();
        assertThat(report.writes().deletes()).isEqualTo(1);
        assertThat(report.writes().puts()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void map_sameMap_everyTypeAndKeySurvives(TableShape shape) {
        History history = new History(shape, 41).live(400, 150);
        String table = Fixture.table(shape);

        RestoreReport report = restore(
                Fixture.plan(Fixture.backup(history.deliver(2, 0.1)), table).mapper(item -> item));

        assertThat(report.records().deadLettered()).isZero();
        assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(Instant.ofEpochSecond(history.lastSecond())));
    }
}
