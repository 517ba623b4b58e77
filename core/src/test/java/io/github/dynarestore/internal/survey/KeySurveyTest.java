package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.RowWriter.Standing;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class KeySurveyTest {

    private static final long PLENTY_BYTES = 64 << 20;

    private static Path spillParent;

    private record Change(int key, BigInteger order, boolean isDelete, int object, int ordinal) {}

    /** What a survey decided, in a form that can be compared. */
    private record Outcome(Set<String> decided, long superseded, long duplicates, int contradictions, boolean spilled) {
        boolean isSameAs(Outcome other) {
            return decided.equals(other.decided)
                    && superseded == other.superseded
                    && duplicates == other.duplicates
                    && contradictions == other.contradictions;
        }
    }

    @BeforeContainer
    static void makeSpillParent() throws IOException {
        spillParent = Files.createTempDirectory("survey-test");
    }

    @AfterContainer
    static void nothingIsLeft() throws IOException {
        try (var left = Files.list(spillParent)) {
            assertThat(left).isEmpty();
        }
        Files.delete(spillParent);
    }

    /** Equal orders of one key are copies here: the same change, delivered again. */
    @Property(tries = 2_000)
    void reduction_anyHistoryDeliveredAnyhow_matchesOracleInMemoryAndSpilled(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 300) int records,
            @ForAll @IntRange(min = 25, max = 60) int keys,
            @ForAll @IntRange(min = 1, max = 7) int objects) {
        Random random = new Random(seed);
        BigInteger spread = BigInteger.TEN.pow(1 + random.nextInt(39));
        List<List<Change>> byObject = new ArrayList<>();
        for (int object = 0; object < objects; object++) {
            byObject.add(new ArrayList<>());
        }
        for (int i = 0; i < records; i++) {
            int object = random.nextInt(objects);
            BigInteger order = random.nextInt(3) == 0
                    ? BigInteger.valueOf(random.nextInt(12))
                    : new BigInteger(133, random).mod(spread);
            int key = random.nextInt(keys);
            // What a change does follows from key and order, so that equal ones are copies.
            boolean isDelete = (order.hashCode() + key) % 4 == 0;
            byObject.get(object)
                    .add(new Change(
                            key, order, isDelete, object, byObject.get(object).size()));
        }
        List<Integer> arrival = new ArrayList<>();
        for (int object = 0; object < objects; object++) {
            arrival.add(random.nextInt(arrival.size() + 1), object);
        }

        Outcome inMemory = survey(byObject, arrival, PLENTY_BYTES);
        Outcome spilled = survey(byObject, arrival, 4096);

        Map<Integer, Change> winners = new HashMap<>();
        byObject.forEach(changes -> changes.forEach(change ->
                winners.merge(change.key(), change, (a, b) -> b.order().compareTo(a.order()) > 0 ? b : a)));
        Set<String> distinct = new HashSet<>();
        byObject.forEach(changes -> changes.forEach(change -> distinct.add(change.key() + " " + change.order())));
        Set<String> expected = new TreeSet<>();
        winners.values()
                .forEach(w -> expected.add(w.object() + "/" + w.ordinal() + (w.isDelete() ? " DELETE" : " PUT")));
        assertThat(inMemory.decided()).isEqualTo(expected);
        assertThat(inMemory.duplicates()).isEqualTo(records - distinct.size());
        assertThat(inMemory.superseded()).isEqualTo(distinct.size() - winners.size());
        assertThat(inMemory.contradictions()).isZero();
        assertThat(inMemory.spilled()).isFalse();
        assertThat(spilled.isSameAs(inMemory))
                .as("%s and %s", spilled, inMemory)
                .isTrue();
        assertThat(spilled.spilled() || records <= 64).isTrue();
    }

    private static Outcome survey(List<List<Change>> byObject, List<Integer> arrival, long budgetBytes) {
        MemoryBudget budget = new MemoryBudget(budgetBytes);
        Outcome outcome;
        try (KeySurvey survey =
                new KeySurvey(budget, new SpillDirectory(spillParent, Clock.systemUTC()), 1, rows -> rows)) {
            RowWriter rows = survey.newWriter();
            for (int object : arrival) {
                for (Change change : byObject.get(object)) {
                    add(rows, change.key(), change.order(), change.isDelete(), 7, object, change.ordinal());
                }
            }
            outcome = outcome(survey, rows, byObject.size());
        }
        assertThat(budget.takenBytes()).isZero();
        return outcome;
    }

    private static Outcome outcome(KeySurvey survey, RowWriter rows, int objects) {
        Reduction reduction = reduce(survey, rows, objects);
        Findings findings = reduction.findings();
        return new Outcome(
                decided(reduction.decisions()),
                findings.superseded(),
                findings.duplicates(),
                findings.contradictions().size(),
                survey.hasSpilled());
    }

    private static Reduction reduce(KeySurvey survey, RowWriter rows, int objects) {
        rows.flush();
        Role[] roles = new Role[objects];
        Arrays.fill(roles, Role.LOG);
        Reduction reduction = survey.reduction(new SurveyRules(null, null, false, 0, roles, null), objects, 1);
        Reduction.Worker worker = reduction.newWorker();
        int partitions = 0;
        while (worker.reduceNext()) {
            partitions++;
        }
        assertThat(partitions).isPositive();
        return reduction;
    }

    private static Set<String> decided(Decisions decisions) {
        Set<String> decided = new TreeSet<>();
        for (int object = 0; object < decisions.objects(); object++) {
            for (Action action : Action.values()) {
                RoaringBitmap ordinals = decisions.of(action, object);
                String prefix = object + "/";
                if (ordinals != null) {
                    ordinals.forEach((int ordinal) -> decided.add(prefix + ordinal + " " + action));
                }
            }
        }
        return decided;
    }

    private static KeySurvey inMemory() {
        return new KeySurvey(
                new MemoryBudget(PLENTY_BYTES),
                new SpillDirectory(Path.of("none"), Clock.systemUTC()),
                1,
                rows -> rows);
    }

    @Test
    void contradictions_sameOrderOtherImage_nameBothPlaces() {
        try (KeySurvey survey = inMemory()) {
            RowWriter rows = survey.newWriter();
            add(rows, 1, BigInteger.TEN, false, 111, 0, 0);
            add(rows, 1, BigInteger.TEN, false, 222, 0, 1);
            add(rows, 1, BigInteger.valueOf(11), false, 333, 0, 2);

            Reduction reduction = reduce(survey, rows, 1);

            assertThat(reduction.findings().contradictions()).singleElement().satisfies(finding -> {
                assertThat(finding.place()).isEqualTo(1);
                assertThat(finding.otherPlace()).isZero();
            });
            assertThat(decided(reduction.decisions())).containsExactly("0/2 PUT");
            assertThat(reduction.findings().superseded()).isEqualTo(1);
        }
    }

    @Test
    void mixedOrderKeys_timeAndNumberWithoutTimeOfOneKey_areCounted() {
        try (KeySurvey survey = inMemory()) {
            RowWriter rows = survey.newWriter();
            BackupRecord byNumber = new BackupRecord();
            byNumber.order(ChangeOrder.sequenceNumber("10"));
            rows.add(new RowWriter.Origin(0, 0, Standing.COUNTS, false), spread(2), spread(3), byNumber, 1, 0);
            BackupRecord byTime = new BackupRecord();
            byTime.order(ChangeOrder.time());
            byTime.time(1, TimePrecision.SECOND);
            rows.add(new RowWriter.Origin(0, 1, Standing.COUNTS, false), spread(2), spread(3), byTime, 1, 0);

            assertThat(reduce(survey, rows, 1).findings().mixedOrderKeys()).isEqualTo(1);
        }
    }

    /** Three contradicting images of one change, one of them delivered twice: what arrives first must not matter. */
    @Property(tries = 200)
    void contradictions_arrivingInAnyOrder_giveTheSameResult(@ForAll long seed) {
        Random random = new Random(seed);
        int objects = 2 + random.nextInt(4);
        List<Long> digests = new ArrayList<>();
        List<Integer> arrival = new ArrayList<>();
        List<Integer> inOrder = new ArrayList<>();
        for (int object = 0; object < objects; object++) {
            digests.add(1L + random.nextInt(3));
            arrival.add(random.nextInt(arrival.size() + 1), object);
            inOrder.add(object);
        }

        Outcome expected = surveyed(digests, inOrder);
        Outcome actual = surveyed(digests, arrival);

        assertThat(actual.isSameAs(expected)).as("%s and %s", actual, expected).isTrue();
        assertThat(actual.decided()).containsExactly("0/0 PUT");
        assertThat(actual.contradictions() + actual.duplicates()).isEqualTo(objects - 1);
        assertThat(actual.superseded()).isZero();
    }

    private static Outcome surveyed(List<Long> digests, List<Integer> arrival) {
        try (KeySurvey survey = inMemory()) {
            RowWriter rows = survey.newWriter();
            for (int object : arrival) {
                add(rows, 1, BigInteger.TEN, false, digests.get(object) << 40, object, 0);
            }
            return outcome(survey, rows, digests.size());
        }
    }

    @Test
    void condemn_object_takesItsRecordsBack() {
        try (KeySurvey survey = inMemory()) {
            RowWriter rows = survey.newWriter();
            add(rows, 1, BigInteger.TEN, false, 5, 0, 0);
            add(rows, 1, BigInteger.valueOf(11), false, 6, 1, 0);
            survey.condemn(1);

            Outcome outcome = outcome(survey, rows, 2);

            assertThat(outcome.decided()).containsExactly("0/0 PUT");
            assertThat(outcome.superseded()).isZero();
        }
    }

    /** Delivered after the snapshot was begun, but followed by a change from before it: the snapshot is later than both. */
    @Test
    void decisions_lateDeliveryFollowedByAChangeFromBeforeTheSnapshot_loseToTheSnapshot() {
        try (KeySurvey survey = inMemory()) {
            RowWriter rows = survey.newWriter();
            BackupRecord first = new BackupRecord();
            first.order(ChangeOrder.sequenceNumber("1"));
            first.time(9_000_000, TimePrecision.SECOND);
            rows.add(new RowWriter.Origin(0, 0, Standing.COUNTS, true), spread(2), spread(3), first, 1L << 40, 0);
            BackupRecord second = new BackupRecord();
            second.order(ChangeOrder.sequenceNumber("2"));
            second.time(3_000_000, TimePrecision.SECOND);
            rows.add(new RowWriter.Origin(0, 1, Standing.COUNTS, false), spread(2), spread(3), second, 2L << 40, 0);
            BackupRecord item = new BackupRecord();
            item.order(ChangeOrder.snapshot());
            rows.add(new RowWriter.Origin(1, 0, Standing.COUNTS, false), spread(2), spread(3), item, 3L << 40, 0);
            rows.flush();
            Reduction reduction = survey.reduction(
                    new SurveyRules(
                            null,
                            null,
                            false,
                            0,
                            new Role[] {Role.LOG, Role.BASE},
                            new SurveyRules.Base(5_000_000L, null)),
                    2,
                    1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }

            assertThat(decided(reduction.decisions())).containsExactly("1/0 PUT");
            assertThat(reduction.findings().superseded()).isEqualTo(2);
        }
    }

    private static void add(
            RowWriter rows, int key, BigInteger order, boolean isDelete, long digest, int object, int ordinal) {
        BackupRecord record = new BackupRecord();
        record.kind(isDelete ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
        record.order(ChangeOrder.sequenceNumber(order.toString()));
        rows.add(
                new RowWriter.Origin(object, ordinal, Standing.COUNTS, false),
                spread(2L * key),
                spread(2L * key + 1),
                record,
                isDelete ? 0 : digest << 20 | 1L << 50,
                isDelete ? digest << 20 | 1L << 49 : 0);
    }

    /** A bijection of longs (SplitMix64's finisher), so that keys look like hashes. */
    private static long spread(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
