package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreHistory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;

/** A log proves by its old images that nothing is missing, and that something is. */
class ContinuityTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final String TABLE = Fixture.table(TableShape.SN);
    private static int trials;
    private static int complete;

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
        System.out.println("ContinuityTest: " + trials + " records taken out, " + complete + " complete logs");
    }

    private static RestoreHistory history(RestorePlan plan) {
        return RESTORES.estimate(plan).join().report().history();
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void estimate_anyOneRecordMissing_isFoundIfItsKeyHasALaterOne(@ForAll long seed) {
        Random random = new Random(seed);
        List<History.Change> changes = new History(TableShape.SN, seed)
                .live(10 + random.nextInt(40), 1 + random.nextInt(8))
                .changes();
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond();
        Instant cut = random.nextBoolean() ? Instant.ofEpochSecond(end) : null;
        RestorePlan.Builder all =
                Fixture.plan(new Delivery(random).log(changes), TABLE).asOf(cut);
        assertThat(history(all.build()).hasGaps()).as("seed %d", seed).isFalse();
        complete++;
        for (int missing = 0; missing < changes.size(); missing++) {
            History.Change taken = changes.get(missing);
            boolean hasLater = changes.subList(missing + 1, changes.size()).stream()
                    .anyMatch(change -> change.key().equals(taken.key()));
            if (!hasLater) {
                continue;
            }
            trials++;
            List<History.Change> log = new ArrayList<>(changes);
            log.remove(missing);
            Delivery delivery = new Delivery(random);
            RestorePlan.Builder plan = Fixture.plan(delivery.log(log), TABLE).asOf(cut);
            if (random.nextInt(3) == 0) {
                // A snapshot from before the first change: the first record of a key proves itself against it.
                plan.base(Backup.at(delivery.snapshot("base", Delivery.scan(changes, start - 10, start - 10, random)))
                        .takenAt(Instant.ofEpochSecond(start - 10)));
            } else if (changes.subList(0, missing).stream()
                    .noneMatch(change -> change.key().equals(taken.key()))) {
                // Without a snapshot, it may as well be that the log began later than the table.
                RestoreHistory history = history(plan.build());
                assertThat(history.olderKeys())
                        .as("seed %d, record %d", seed, missing)
                        .isEqualTo(1);
                assertThat(history.older()).hasSize(1);
                continue;
            }
            assertThat(history(plan.build()).lostChanges())
                    .as("seed %d, record %d", seed, missing)
                    .isPositive();
        }
    }

    /** Streams of other views say less, and nothing wrong. */
    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void estimate_logWithoutOldImages_raisesNoAlarm(@ForAll long seed) {
        Random random = new Random(seed);
        List<History.Change> changes =
                new History(TableShape.SN, seed).live(60, 8).changes();
        StringBuilder lines = new StringBuilder();
        for (History.Change change : changes) {
            History.Change withoutOld = new History.Change(
                    change.key(), null, change.image(), change.sequenceNumber(), change.epochSecond());
            String line = new String(History.line(withoutOld), StandardCharsets.UTF_8);
            lines.append(change.oldImage() == null ? line : line.replace("\"INSERT\"", "\"MODIFY\""))
                    .append('\n');
        }
        assertThat(random).isNotNull();
        String location = Fixture.backup(List.of(lines.toString().getBytes(StandardCharsets.UTF_8)));

        assertThat(history(Fixture.plan(location, TABLE).build()).lostChanges()).isZero();
    }

    @Test
    void restore_gapsRefused_writesNothingAndNamesBothRecords() {
        String first = Fixture.insert("a", 1);
        String second = Fixture.insert("b", 2);
        String third = Fixture.insert("a", 3);
        String location =
                Fixture.backup(List.of((first + "\n" + second + "\n" + third).getBytes(StandardCharsets.UTF_8)));
        String table = Fixture.table(TableShape.S);

        RestoreException failure = Fixture.failure(() -> RESTORES.start(
                        Fixture.plan(location, table).gaps(Gaps.REFUSE).build())
                .completion()
                .join());

        assertThat(failure.code()).isEqualTo(RestoreErrorCode.HISTORY_GAPS);
        assertThat(Fixture.items(table)).isEmpty();
        RestoreHistory history = failure.report().orElseThrow().history();
        assertThat(history.lost()).singleElement().satisfies(gap -> {
            assertThat(gap.before().byteOffset()).isZero();
            assertThat(gap.before().record()).isZero();
            assertThat(gap.after().byteOffset()).isEqualTo(first.length() + second.length() + 2);
            assertThat(gap.key()).as("keys are data").isNull();
        });
        RestoreHistory shown = history(Fixture.plan(location, table).showKeys().build());
        assertThat(shown.lost().get(0).key()).isEqualTo("{\"pk\":{\"S\":\"a\"}}");
    }

    @Property(tries = 80, shrinking = ShrinkingMode.OFF)
    void estimate_anyCut_countsTheKeysThatChangedInItsSecond(@ForAll long seed) {
        Random random = new Random(seed);
        List<History.Change> changes =
                new History(TableShape.SN, seed).live(40, 10).changes();
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond();
        long second = start + random.nextInt((int) (end - start) + 2);
        String location = new Delivery(random).log(changes);
        Set<String> inSecond = new HashSet<>();
        // Whole minutes may be minutes in old data only, and these are from 2024.
        changes.stream()
                .filter(change -> change.epochSecond() == second)
                .forEach(change -> inSecond.add(Values.plain(change.key()).toString()));

        for (int millis : new int[] {0, 500, 998}) {
            Instant cut = Instant.ofEpochSecond(second).plusMillis(millis);
            assertThat(history(Fixture.plan(location, TABLE).asOf(cut).build()).uncertainKeys())
                    .as("seed %d, %s", seed, cut)
                    .isEqualTo(inSecond.size());
        }
        Instant endOfSecond = Instant.ofEpochSecond(second).plusNanos(999_999_999);
        assertThat(history(Fixture.plan(location, TABLE).asOf(endOfSecond).build())
                        .uncertainKeys())
                .isZero();
    }
}
