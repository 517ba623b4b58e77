package io.github.dynarestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.DeadLetterSink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanJsonTest {

    private static final DeadLetterSink NOWHERE = new DeadLetterSink() {
        @Override
        public void accept(DeadLetter letter) {}

        @Override
        public void close() {}
    };

    private static final List<TableDefinition> TABLES = List.of(
            TableDefinition.fromRecords(),
            TableDefinition.keyedBy("pk:S", "s:k:S")
                    .globalIndex("by-v=v:N;keys-only")
                    .localIndex("own=w:B"),
            TableDefinition.parse("{\"Table\":{\"KeySchema\":[{\"AttributeName\":\"i\\\"d\",\"KeyType\":\"HASH\"}],"
                            + "\"AttributeDefinitions\":[{\"AttributeName\":\"i\\\"d\",\"AttributeType\":\"S\"}],"
                            + "\"ItemCount\":7}}")
                    .globalIndex("by-v=v:N"));

    private static <T> T one(Random random, List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static Instant instant(Random random) {
        return Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
    }

    private static Backup backup(Random random) {
        Backup backup = Backup.at(one(
                random,
                List.of(
                        "s3://bucket/a b/100%/\u00e9?x#y/",
                        "s3://bucket", "file:///tmp/some%20where/", "s3://b.ucket/\"quoted\"\\")));
        if (random.nextBoolean()) {
            Instant begun = instant(random);
            backup = random.nextBoolean()
                    ? backup.takenAt(begun)
                    : backup.takenBetween(begun, random.nextBoolean() ? null : begun.plusSeconds(9));
        }
        backup = random.nextBoolean() ? backup : backup.format("stream");
        backup = random.nextBoolean() ? backup : backup.columns("a\\ b string, \u00e9 map<string,array<double>>");
        return random.nextBoolean() ? backup : backup.table("orders");
    }

    private static RestorePlan plan(Random random) {
        RestorePlan.Builder plan = RestorePlan.builder().into("orders").from(backup(random));
        boolean isUndo = random.nextInt(3) == 0;
        if (isUndo) {
            plan.undoSince(instant(random));
            if (random.nextBoolean()) {
                plan.undoForced();
            }
        } else {
            plan.base(backup(random)).asOf(random.nextBoolean() ? null : instant(random));
            ExistingItems existing = one(random, List.of(ExistingItems.values()));
            plan.existingItems(existing);
            if (existing == ExistingItems.REFUSE) {
                plan.createTable(one(random, TABLES));
            }
            if (existing == ExistingItems.EXACT) {
                plan.confirmExtras(random.nextBoolean() ? null : random.nextLong(1L << 40));
            }
        }
        if (random.nextBoolean()) {
            plan.showKeys();
        }
        if (random.nextBoolean()) {
            plan.boost(1L + random.nextInt(100_000));
        }
        if (random.nextBoolean()) {
            plan.recoverFailed();
        }
        plan.sourceOwner(random.nextBoolean() ? null : "123456789012");
        if (plan.build().existingItems() != ExistingItems.EXACT) {
            plan.mapper("rename", Map.of("a\"\\", "b\u00e9", "c", "")).mapper("keep", Map.of());
        }
        RestorePlan sofar = plan.build();
        if (sofar.undoSince().isEmpty() && sofar.existingItems() != ExistingItems.OVERWRITE) {
            plan.since(random.nextBoolean() ? null : instant(random));
        }
        return plan.lateness(Duration.ofMillis(1 + random.nextInt(1 << 30)))
                .silence(Duration.ofSeconds(1 + random.nextInt(1 << 20)))
                .ttlRemovals(one(random, List.of(TtlRemovals.values())))
                .gaps(one(random, List.of(Gaps.values())))
                .badRecords(one(random, List.of(BadRecords.values())))
                .maxBadShare(random.nextInt(11) / 10.0)
                .undatedRecords(one(random, List.of(UndatedRecords.values())))
                .writeRate(one(
                        random,
                        List.of(
                                WriteRate.unitsPerSecond(random.nextDouble() * 1e5 + 1e-3),
                                WriteRate.fractionOfTable(0.1 + random.nextDouble()),
                                WriteRate.adaptive())))
                .deadLetters(NOWHERE)
                .build();
    }

    @Property(tries = 300)
    void parse_whatAnyPlanWrote_isThatPlan(@ForAll long seed) {
        RestorePlan plan = plan(new Random(seed));

        RestorePlan read = RestorePlan.parse(plan.toJson()).deadLetters(NOWHERE).build();

        assertThat(read.toJson()).isEqualTo(plan.toJson());
        // What a checkpoint compares is what decides the outcome.
        assertThat(PlanFields.of(read)).isEqualTo(PlanFields.of(plan));
        assertThat(read.bases()).isEqualTo(plan.bases());
        assertThat(read.backups()).isEqualTo(plan.backups());
        assertThat(read.writeRate()).isEqualTo(plan.writeRate());
        assertThat(read.gaps()).isEqualTo(plan.gaps());
        assertThat(read.silence()).isEqualTo(plan.silence());
        assertThat(read.confirmedExtras()).isEqualTo(plan.confirmedExtras());
        assertThat(read.showsKeys()).isEqualTo(plan.showsKeys());
        assertThat(read.createTable().map(TableDefinition::setup))
                .isEqualTo(plan.createTable().map(TableDefinition::setup));
        assertThat(read.boost()).isEqualTo(plan.boost());
    }

    @Test
    void parse_little_leavesTheRestAsTheBuilderHasIt() {
        RestorePlan read = RestorePlan.parse("{\"from\":[{\"location\":\"s3://bucket/x/\"}],\"into\":\"orders\"}")
                .build();

        assertThat(read.toJson())
                .isEqualTo(RestorePlan.builder()
                        .from("s3://bucket/x/")
                        .into("orders")
                        .build()
                        .toJson());
    }

    @Test
    void toJson_whatOnlyJavaHas_cannotBeWritten() {
        RestorePlan.Builder plan = RestorePlan.builder().from("s3://bucket/x/").into("orders");

        assertThatThrownBy(() ->
                        plan.build().toBuilder().filter(change -> true).build().toJson())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> plan.mapper(item -> item).build().toJson()).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | a plan is a JSON object",
                "{\"into\":\"orders\" | not JSON at line 1",
                "{\"into\":\"orders\",\"into\":\"x\"} | not JSON at line 1",
                "{} x | not JSON at line 1",
                "{} {} | something stands behind",
                "{\"colour\":\"red\"} | 'colour' of the plan: there is no such field",
                "{\"into\":1} | 'into' of the plan: it is not a text",
                "{\"into\":\"a b\"} | 'into' of the plan: not the name of a table",
                "{\"asOf\":\"noon\"} | 'asOf' of the plan",
                "{\"boost\":0} | 'boost' of the plan: boost must be at least 1, not 0",
                "{\"createTable\":{\"key\":[\"id:X\"]}} | the type of key attribute id is S, N or B, not X",
                "{\"createTable\":{\"key\":[\"a\",\"b\",\"c\"]}} | a key has one or two attributes, not [a, b, c]",
                "{\"createTable\":{\"described\":{\"Table\":{}}}} | 'createTable' of the plan: it has no KeySchema",
                "{\"createTable\":{\"globalIndexes\":[\"x\"]}} | an index is name=attribute:type, not x",
                "{\"createTable\":{\"localIndexes\":[\"x=a:S,b:S\"]}} | a local index has one key attribute besides",
                "{\"createTable\":{\"globalIndexes\":[\"x=a:S;some\"]}} | an index holds keys-only or include=a,b",
                "{\"createTable\":{\"colour\":1}} | a table has no field 'colour'",
                "{\"from\":{}} | 'from' of the plan: it is not an array",
                "{\"from\":[{}]} | 'from' of the plan: a backup needs its location",
                "{\"from\":[{\"location\":\"http://x\"}]} | 'from' of the plan: a backup lies at",
                "{\"from\":[{\"place\":\"s3://bucket\"}]} | there is no field 'place'",
                "{\"existingItems\":\"INSERT_ONLY\"} | none of [refuse, overwrite, insert-only, exact]",
                "{\"writeRate\":{\"fractionOfTable\":2}} | must be 0.1 to 1.5",
                "{\"writeRate\":{\"speed\":2}} | a rate has unitsPerSecond, fractionOfTable or adaptive",
                "{\"writeRate\":{\"adaptive\":false}} | a rate is adaptive or has a number",
                "{\"writeRate\":{\"adaptive\":1}} | a rate is adaptive or has a number",
                "{\"writeRate\":500} | a rate is an object",
                "{\"mappers\":[{\"parameters\":{}}]} | a mapper needs its id",
                "{\"mappers\":[{\"id\":\"keep\",\"parameters\":{\"a\":1}}]} | it is not a text",
                "{\"undoForced\":\"yes\"} | neither true nor false",
                "{\"confirmExtras\":1.5} | not a whole number",
                "{\"silence\":\"-PT1S\"} | silence must be above zero",
            })
    void parse_whatIsNoPlan_saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> RestorePlan.parse(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
