package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** An undo on the live table gives the true earlier state. */
class UndoTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static int histories;

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
        System.out.println("UndoTest: " + histories + " histories");
    }

    @Property(tries = Delivery.TRIES, shrinking = ShrinkingMode.OFF)
    void undo_sinceAnyInstant_givesTheTrueEarlierState(@ForAll long seed, @ForAll TableShape shape) {
        Random random = new Random(seed);
        for (int round = 0; round < Delivery.ROUNDS; round++) {
            undo(random, shape);
        }
    }

    private static void undo(Random random, TableShape shape) {
        histories = Delivery.count("UndoTest", histories);
        List<History.Change> changes = Delivery.histories(shape, random, 70);
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond();
        long since = start - 1 + random.nextInt((int) (end - start) + 3);
        String table = Fixture.table(shape);
        putAll(table, Delivery.scan(changes, end + 1, end + 1, random));
        Delivery delivery = new Delivery(random);
        RestorePlan.Builder plan = Fixture.plan(delivery.log(changes), table).undoSince(Instant.ofEpochSecond(since));
        if (random.nextInt(4) == 0) {
            plan.undoForced();
        }
        try {
            RestoreReport report = RESTORES.start(plan.build()).completion().join();

            assertThat(Fixture.items(table))
                    .as("since %d: %s", since - start, report)
                    .isEqualTo(ChainTest.itemsAt(changes, since));
            Set<String> changed = new TreeSet<>();
            changes.stream()
                    .filter(change -> change.epochSecond() > since)
                    .forEach(change -> changed.add(Values.plain(change.key()).toString()));
            assertThat(report.records().applied()).isEqualTo(changed.size());
            assertThat(report.records().conflict()).isZero();
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.history().lostChanges()).isZero();
        } finally {
            delivery.close();
            Fixture.drop(table);
        }
    }

    private static void putAll(String table, List<Map<String, AttributeValue>> items) {
        for (int from = 0; from < items.size(); from += 25) {
            List<WriteRequest> writes = items.subList(from, Math.min(items.size(), from + 25)).stream()
                    .map(item -> WriteRequest.builder()
                            .putRequest(put -> put.item(item))
                            .build())
                    .toList();
            assertThat(Fixture.DYNAMO_DB
                            .batchWriteItem(request -> request.requestItems(Map.of(table, writes)))
                            .join()
                            .unprocessedItems())
                    .isEmpty();
        }
    }
}
