package io.github.dynarestore.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexUpdate;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;

class CapacityTest {

    private static Capacity provisioned(List<Long> writes) {
        Map<String, Capacity.Units> units = new TreeMap<>();
        for (int i = 0; i < writes.size(); i++) {
            units.put(i == 0 ? "" : "by-" + i + "._-Z", new Capacity.Units(i + 1, writes.get(i)));
        }
        return new Capacity(Capacity.Mode.PROVISIONED, units);
    }

    @Property
    void changeFrom_raisedAndPutBack_namesJustWhatDiffersAndEndsWhereItBegan(
            @ForAll @Size(min = 1, max = 6) List<@LongRange(min = 1, max = 40) Long> writes,
            @ForAll @LongRange(min = 1, max = 40) long boost) {
        Capacity before = provisioned(writes);
        Capacity raised = before.raisedTo(boost);

        assertThat(Capacity.parse(before.text())).isEqualTo(before);
        raised.units().forEach((name, units) -> {
            assertThat(units.write())
                    .isEqualTo(Math.max(boost, before.units().get(name).write()));
            assertThat(units.read()).isEqualTo(before.units().get(name).read());
        });
        boolean isBelow = writes.stream().anyMatch(units -> units < boost);
        assertThat(raised.changeFrom(before, "Orders").isPresent()).isEqualTo(isBelow);
        assertThat(before.changeFrom(raised, "Orders").map(CapacityTest::changed))
                .isEqualTo(raised.changeFrom(before, "Orders").map(CapacityTest::changed));
        before.changeFrom(raised, "Orders")
                .ifPresent(change -> assertThat(applied(raised, change)).isEqualTo(before));
    }

    private static List<String> changed(UpdateTableRequest change) {
        List<String> names = new ArrayList<>(change.globalSecondaryIndexUpdates().stream()
                .map(update -> update.update().indexName())
                .toList());
        if (change.provisionedThroughput() != null) {
            names.add("");
        }
        return names;
    }

    private static Capacity applied(Capacity present, UpdateTableRequest change) {
        Map<String, Capacity.Units> units = new TreeMap<>(present.units());
        if (change.provisionedThroughput() != null) {
            units.put(
                    "",
                    new Capacity.Units(
                            change.provisionedThroughput().readCapacityUnits(),
                            change.provisionedThroughput().writeCapacityUnits()));
        }
        for (GlobalSecondaryIndexUpdate update : change.globalSecondaryIndexUpdates()) {
            units.put(
                    update.update().indexName(),
                    new Capacity.Units(
                            update.update().provisionedThroughput().readCapacityUnits(),
                            update.update().provisionedThroughput().writeCapacityUnits()));
        }
        return new Capacity(present.mode(), units);
    }

    @Test
    void changeFrom_tableOfTheOtherModeOrWithOtherIndexes_leavesWhatItDoesNotKnow() {
        Capacity before = provisioned(List.of(5L, 5L));
        assertThat(before.changeFrom(
                        new Capacity(Capacity.Mode.ON_DEMAND, Map.of("", new Capacity.Units(-1, 9))), "Orders"))
                .isEmpty();

        UpdateTableRequest change = before.changeFrom(
                        new Capacity(
                                Capacity.Mode.PROVISIONED,
                                Map.of("", new Capacity.Units(1, 9), "new", new Capacity.Units(1, 9))),
                        "Orders")
                .orElseThrow();
        assertThat(change.provisionedThroughput().writeCapacityUnits()).isEqualTo(5);
        assertThat(change.globalSecondaryIndexUpdates()).isEmpty();
    }

    @Test
    void raisedTo_onDemandWithoutMaximum_leavesItWithout() {
        Capacity free = Capacity.of(onDemand().build());

        assertThat(free.raisedTo(500)).isEqualTo(free);
        assertThat(free.spelled()).isEqualTo("the table without a maximum, index by-v without a maximum");
        assertThat(free.in(onDemand().build())).isEqualTo(onDemand().build());
    }

    private static TableDescription.Builder onDemand() {
        return TableDescription.builder()
                .tableName("Orders")
                .billingModeSummary(summary -> summary.billingMode(BillingMode.PAY_PER_REQUEST))
                .globalSecondaryIndexes(index -> index.indexName("by-v")
                        .warmThroughput(warm -> warm.readUnitsPerSecond(12_000L).writeUnitsPerSecond(4_000L)));
    }

    @Test
    void warming_coldTableOrIndex_asksForWritesAndKeepsReads() {
        UpdateTableRequest both = Capacity.warming(onDemand().build(), 9_000).orElseThrow();
        assertThat(both.warmThroughput().writeUnitsPerSecond()).isEqualTo(9_000);
        assertThat(both.warmThroughput().readUnitsPerSecond()).isNull();
        assertThat(both.globalSecondaryIndexUpdates()).singleElement().satisfies(index -> {
            assertThat(index.update().warmThroughput().writeUnitsPerSecond()).isEqualTo(9_000);
            assertThat(index.update().warmThroughput().readUnitsPerSecond()).isEqualTo(12_000);
        });

        TableDescription warm = onDemand()
                .warmThroughput(units -> units.readUnitsPerSecond(1L).writeUnitsPerSecond(4_000L))
                .build();
        assertThat(Capacity.warming(warm, 4_000)).isEmpty();
        assertThat(Capacity.warming(
                        TableDescription.builder().tableName("Orders").build(), 9_000))
                .isEmpty();
    }
}
