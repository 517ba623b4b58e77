package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
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
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A snapshot taken at any moment, and a log that holds at least what came after it, make any later state. */
class ChainTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    /** So little that most histories spill; a key has a few changes. */
    private static final int TINY_BYTES = 24 << 10;

    private static int histories;
    private static long leftUnread;

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
        System.out.println("ChainTest: " + histories + " histories");
        assertThat(leftUnread)
                .as("objects from before snapshots that were left unread")
                .isPositive();
    }

    @Property(tries = Delivery.TRIES, shrinking = ShrinkingMode.OFF)
    void restore_snapshotOfAnyMomentAndAnyLossBeforeIt_equalsOracle(@ForAll long seed, @ForAll TableShape shape) {
        Random random = new Random(seed);
        for (int round = 0; round < Delivery.ROUNDS; round++) {
            chain(random, shape);
        }
    }

    private static void chain(Random random, TableShape shape) {
        histories = Delivery.count("ChainTest", histories);
        List<History.Change> changes = Delivery.histories(shape, random, 90);
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond() + 1;
        long begun = start + random.nextInt((int) (end - start) + 1);
        long finished = Math.min(end, begun + random.nextInt(30));
        boolean isTimeKnown = random.nextInt(4) > 0;
        List<History.Change> log = new ArrayList<>(changes);
        if (isTimeKnown) {
            double loss = random.nextDouble();
            log.removeIf(change -> change.epochSecond() < begun && random.nextDouble() < loss);
        }
        long cut = finished + random.nextInt((int) (end - finished) + 2);
        List<Map<String, AttributeValue>> snapshot = Delivery.scan(changes, begun, finished, random);
        if (snapshot.isEmpty() && log.isEmpty()) {
            // Where nothing lies there is nothing to restore, and that is refused.
            return;
        }
        Delivery delivery = new Delivery(random);
        Backup base = Backup.at(delivery.snapshot("base", snapshot));
        if (isTimeKnown) {
            base = base.takenBetween(
                    Instant.ofEpochSecond(begun), random.nextBoolean() ? Instant.ofEpochSecond(finished) : null);
        }
        String table = Fixture.table(shape);
        RestorePlan.Builder plan =
                Fixture.plan(delivery.log(log), table).base(base).asOf(Instant.ofEpochSecond(cut));
        if (random.nextInt(3) == 0 && isTimeKnown) {
            plan.since(Instant.ofEpochSecond(begun));
        }
        if (random.nextInt(3) == 0 && isTimeKnown && begun > start + 1) {
            long earlier = start + random.nextInt((int) (begun - start));
            plan.base(Backup.at(delivery.snapshot("older", Delivery.scan(changes, earlier, earlier, random)))
                    .takenAt(Instant.ofEpochSecond(earlier)));
        }
        if (random.nextBoolean()) {
            plan.surveyMemoryBytes(TINY_BYTES);
        }
        try {
            RestoreReport report = RESTORES.start(plan.build()).completion().join();

            String as = "begun %d, finished %d, cut %d, known %s: %s"
                    .formatted(begun - start, finished - start, cut - start, isTimeKnown, report);
            assertThat(Fixture.items(table)).as(as).isEqualTo(itemsAt(changes, cut));
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.history().lostChanges())
                    .as("a complete log raises no alarm: %s", as)
                    .isZero();
        } finally {
            delivery.close();
            Fixture.drop(table);
        }
    }

    static Map<String, Map<String, Object>> itemsAt(List<History.Change> changes, long cut) {
        Map<String, Map<String, Object>> items = new TreeMap<>();
        for (History.Change change : changes) {
            if (change.epochSecond() <= cut) {
                String key = Values.plain(change.key()).toString();
                if (change.image() == null) {
                    items.remove(key);
                } else {
                    items.put(key, Values.plain(change.image()));
                }
            }
        }
        return items;
    }

    /** An hour for each second of the history, so that directories differ. */
    private static List<History.Change> inHours(List<History.Change> changes) {
        return changes.stream()
                .map(change -> new History.Change(
                        change.key(),
                        change.oldImage(),
                        change.image(),
                        change.sequenceNumber(),
                        History.START.getEpochSecond()
                                + (change.epochSecond() - History.START.getEpochSecond()) * 3_600))
                .toList();
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void restore_directoriesFromBeforeTheSnapshotPruned_givesTheSameAsReadingAll(@ForAll long seed) {
        Random random = new Random(seed);
        List<History.Change> changes = inHours(
                new History(TableShape.S, random.nextLong()).live(80, 12).changes());
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond();
        long begun = start + (long) (random.nextDouble() * (end - start));
        String pruned = Fixture.table(TableShape.S);
        String whole = Fixture.table(TableShape.S);
        try (Delivery delivery = new Delivery(random)) {
            Backup base = Backup.at(delivery.snapshot("base", Delivery.scan(changes, begun, begun, random)))
                    .takenBetween(Instant.ofEpochSecond(begun), Instant.ofEpochSecond(begun));
            String location = "";
            for (int from = 0; from < changes.size(); from += 2) {
                location = delivery.log(changes.subList(from, Math.min(changes.size(), from + 2)));
            }
            RestorePlan.Builder plan = Fixture.plan(location, whole).base(base);
            RestoreReport all = RESTORES.start(plan.build()).completion().join();

            RestoreReport some = RESTORES.start(plan.into(pruned)
                            .since(Instant.ofEpochSecond(begun))
                            .build())
                    .completion()
                    .join();

            leftUnread += some.objects().skippedByReason().getOrDefault("before-since", 0L);
            assertThat(Fixture.items(pruned)).isEqualTo(itemsAt(changes, end)).isEqualTo(Fixture.items(whole));
            assertThat(some.history().lostChanges()).isZero();
            assertThat(all.history().lostChanges()).isZero();
            assertThat(some.records().addsUp()).isTrue();
        } finally {
            Fixture.drop(pruned);
            Fixture.drop(whole);
        }
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void restore_recordsDeliveredLateAndDirectoriesPruned_givesTheSameAsReadingAll(@ForAll long seed) {
        Random random = new Random(seed);
        List<History.Change> changes =
                inHours(new History(TableShape.S, seed).live(60, 12).changes());
        long end = changes.get(changes.size() - 1).epochSecond();
        long cut =
                History.START.getEpochSecond() + (long) (random.nextDouble() * (end - History.START.getEpochSecond()));
        Delivery delivery = new Delivery(random);
        String location = "";
        for (int from = 0; from < changes.size(); from += 2) {
            location = new Object() {
                String lay(int first) {
                    return delivery.log(changes.subList(first, Math.min(changes.size(), first + 2)));
                }
            }.lay(from);
        }
        String pruned = Fixture.table(TableShape.S);
        String whole = Fixture.table(TableShape.S);
        Instant at = Instant.ofEpochSecond(cut);

        RestoreReport report = RESTORES.start(
                        Fixture.plan(location, pruned).asOf(at).build())
                .completion()
                .join();
        RESTORES.start(Fixture.plan(location, whole)
                        .asOf(at)
                        .lateness(Duration.ofDays(365))
                        .build())
                .completion()
                .join();

        assertThat(Fixture.items(pruned)).isEqualTo(itemsAt(changes, cut)).isEqualTo(Fixture.items(whole));
        assertThat(report.records().addsUp()).isTrue();
        Fixture.drop(pruned);
        Fixture.drop(whole);
    }
}
