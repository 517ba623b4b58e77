package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.survey.RowWriter.Standing;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/** A key whose stream was made anew, with its table, any number of times. */
class GenerationProofPropertyTest {

    private static final long START = 1_700_000_000;
    private static final int MOST_GENERATIONS = 4;

    private static int conflicts;
    private static int found;

    /** One change; 0 for no item. */
    private record Change(int generation, long second, long number, long before, long after, boolean isMinute) {}

    @AfterContainer
    static void bothWereTried() {
        assertThat(conflicts).isGreaterThan(500);
        assertThat(found).isGreaterThan(100);
    }

    /** Nothing is missing in it: each table begins without the item, whatever the one before it ended with. */
    @Property(tries = 2_000)
    void breaks_wholeLogOfAnyGenerations_areNoneOnceTheyShow(@ForAll long seed) {
        Random random = new Random(seed);
        List<Change> changes = changes(random);
        Collections.shuffle(changes, random);

        Findings findings = survey(changes);

        if (findings.generationConflicts() > 0) {
            conflicts++;
            assertThat(findings.breakCount()).as("%s", changes).isZero();
        }
    }

    @Property(tries = 6_000)
    void breaks_oneMissingWithinAGeneration_isFound(@ForAll long seed) {
        Random random = new Random(seed);
        List<Change> changes = changes(random);
        int missing = random.nextInt(changes.size());
        if (!isProvable(changes, missing)) {
            return;
        }
        changes.remove(missing);
        Collections.shuffle(changes, random);

        Findings findings = survey(changes);

        if (findings.generationConflicts() > 0) {
            found++;
            assertThat(findings.breakCount()).as("%d of %s", missing, changes).isEqualTo(1);
        }
    }

    /** Those around it are of its generation and stand alone at their times; what follows begins with what it left. */
    private static boolean isProvable(List<Change> changes, int missing) {
        return missing > 1
                && missing + 2 < changes.size()
                && changes.subList(missing - 1, missing + 2).stream()
                        .allMatch(change ->
                                change.generation() == changes.get(missing).generation() && !change.isMinute())
                && changes.get(missing + 1).before() != 0
                && changes.get(missing + 1).before() != changes.get(missing - 1).after()
                && isAlone(changes, missing - 1)
                && isAlone(changes, missing + 1);
    }

    private static boolean isAlone(List<Change> changes, int at) {
        return changes.stream()
                        .filter(other -> overlaps(other, changes.get(at)))
                        .count()
                == 1;
    }

    private static boolean overlaps(Change left, Change right) {
        long leftStep = left.isMinute() ? 60 : 1;
        long rightStep = right.isMinute() ? 60 : 1;
        return left.second() < right.second() + rightStep && right.second() < left.second() + leftStep;
    }

    private static List<Change> changes(Random random) {
        List<Change> changes = new ArrayList<>();
        long second = START;
        boolean hasMinutes = random.nextInt(4) == 0;
        int generations = 2 + random.nextInt(MOST_GENERATIONS - 1);
        for (int generation = 0; generation < generations; generation++) {
            long number = random.nextInt(1_000);
            long image = 0;
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                second += random.nextInt(3) * (random.nextInt(5) == 0 ? 50 : 1);
                number += 1 + random.nextInt(30);
                long next = image != 0 && random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(1 << 20);
                boolean isMinute = hasMinutes && random.nextInt(3) == 0;
                // No two generations have a number in common: those would be two records of one change that differ.
                changes.add(new Change(
                        generation,
                        isMinute ? second / 60 * 60 : second,
                        number * MOST_GENERATIONS + generation,
                        image,
                        next,
                        isMinute));
                image = next;
            }
        }
        return changes;
    }

    private static Findings survey(List<Change> changes) {
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(64 << 20), new SpillDirectory(Path.of("none"), Clock.systemUTC()), 1, rows -> rows)) {
            RowWriter rows = survey.newWriter();
            for (int i = 0; i < changes.size(); i++) {
                Change change = changes.get(i);
                BackupRecord record = new BackupRecord();
                record.kind(change.after() == 0 ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
                record.insert(change.before() == 0);
                record.order(ChangeOrder.sequenceNumber(String.valueOf(change.number())));
                record.time(
                        change.second() * 1_000_000L, change.isMinute() ? TimePrecision.MINUTE : TimePrecision.SECOND);
                rows.add(
                        new RowWriter.Origin(0, i, Standing.COUNTS, false),
                        1,
                        2,
                        record,
                        digest(change.after()),
                        digest(change.before()));
            }
            rows.flush();
            Reduction reduction =
                    survey.reduction(new SurveyRules(null, null, false, 0, new Role[] {Role.LOG}, null), 1, 1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            return reduction.findings();
        }
    }

    private static long digest(long image) {
        return image << 20;
    }
}
