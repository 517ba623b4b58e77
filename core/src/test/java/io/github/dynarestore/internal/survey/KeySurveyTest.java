package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KeySurveyTest {

    private static final long PLENTY_BYTES = 64 << 20;

    private record Change(int key, BigInteger order, boolean isDelete, int object, int ordinal) {}

    /** Equal orders of one key are copies here: the same change, delivered again. */
    @Property(tries = 2_000)
    void result_anyHistoryDeliveredAnyhow_matchesOracle(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 300) int records,
            @ForAll @IntRange(min = 1, max = 60) int keys,
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

        KeySurvey survey = new KeySurvey(new MemoryBudget(PLENTY_BYTES));
        List<Integer> arrival = new ArrayList<>();
        for (int object = 0; object < objects; object++) {
            arrival.add(random.nextInt(arrival.size() + 1), object);
        }
        for (int object : arrival) {
            SurveyRows rows = new SurveyRows(new MemoryBudget(PLENTY_BYTES));
            for (Change change : byObject.get(object)) {
                assertThat(add(rows, change.key(), change.order(), change.isDelete(), 7, change.ordinal()))
                        .isTrue();
            }
            survey.add(object, rows);
        }
        KeySurvey.Result result = survey.result(objects);

        Map<Integer, Change> winners = new HashMap<>();
        byObject.forEach(changes -> changes.forEach(change ->
                winners.merge(change.key(), change, (a, b) -> b.order().compareTo(a.order()) > 0 ? b : a)));
        long duplicates = byObject.stream()
                        .flatMap(List::stream)
                        .filter(c -> c.order().equals(winners.get(c.key()).order()))
                        .count()
                - winners.size();
        Set<String> expected = new HashSet<>();
        winners.values()
                .forEach(w -> expected.add(w.object() + "/" + w.ordinal() + (w.isDelete() ? " delete" : " put")));
        Set<String> actual = new HashSet<>();
        for (int object = 0; object < objects; object++) {
            int at = object;
            result.winners()[object].forEach((int ordinal) -> actual.add(at + "/" + ordinal + " put"));
            result.deletingWinners()[object].forEach((int ordinal) -> actual.add(at + "/" + ordinal + " delete"));
        }
        assertThat(actual).isEqualTo(expected);
        assertThat(result.duplicates()).isEqualTo(duplicates);
        assertThat(result.puts() + result.deletes()).isEqualTo(winners.size());
        assertThat(result.superseded()).isEqualTo(records - winners.size() - duplicates);
        assertThat(result.contradictions()).isEmpty();
    }

    @Test
    void result_sameOrderOtherImage_namesBothPlaces() {
        KeySurvey survey = new KeySurvey(new MemoryBudget(PLENTY_BYTES));
        SurveyRows rows = new SurveyRows(new MemoryBudget(PLENTY_BYTES));
        add(rows, 1, BigInteger.TEN, false, 111, 0);
        add(rows, 1, BigInteger.TEN, false, 222, 1);
        survey.add(0, rows);

        KeySurvey.Result result = survey.result(1);

        assertThat(result.contradictions()).containsExactly(new KeySurvey.Contradiction(0, 100, 0, 0));
        assertThat(result.puts()).isEqualTo(1);
        assertThat(result.superseded()).isZero();
    }

    @Test
    void result_contradictionOutdoneByLaterChange_isSuperseded() {
        KeySurvey survey = new KeySurvey(new MemoryBudget(PLENTY_BYTES));
        SurveyRows rows = new SurveyRows(new MemoryBudget(PLENTY_BYTES));
        add(rows, 1, BigInteger.TEN, false, 111, 0);
        add(rows, 1, BigInteger.TEN, false, 222, 1);
        add(rows, 1, BigInteger.valueOf(11), false, 333, 2);
        survey.add(0, rows);

        KeySurvey.Result result = survey.result(1);

        assertThat(result.contradictions()).isEmpty();
        assertThat(result.superseded()).isEqualTo(2);
        assertThat(result.winners()[0].toArray()).containsExactly(2);
    }

    @Test
    void hasMixedOrders_timeAndSequenceNumberOfOneKey_isTrue() {
        KeySurvey survey = new KeySurvey(new MemoryBudget(PLENTY_BYTES));
        SurveyRows rows = new SurveyRows(new MemoryBudget(PLENTY_BYTES));
        add(rows, 1, BigInteger.TEN, false, 0, 0);
        BackupRecord byTime = new BackupRecord();
        byTime.order(ChangeOrder.time());
        byTime.time(1, TimePrecision.SECOND);
        rows.add(byTime, spread(2), spread(3), 1, 0);
        survey.add(0, rows);

        assertThat(survey.hasMixedOrders()).isTrue();
    }

    @Property(tries = 25)
    void sufficientBytes_afterOverflow_isEnough(
            @ForAll long seed, @ForAll @IntRange(min = 100, max = 40_000) int records) {
        Random random = new Random(seed);
        int keys = 100 + random.nextInt(records);
        SurveyRows rows = new SurveyRows(new MemoryBudget(PLENTY_BYTES));
        for (int i = 0; i < records; i++) {
            add(rows, random.nextInt(keys), BigInteger.valueOf(i), false, 0, i);
        }
        KeySurvey tooSmall = new KeySurvey(new MemoryBudget(4096));
        tooSmall.add(0, rows);
        assertThat(tooSmall.isOverflowed()).isTrue();

        long enough = tooSmall.sufficientBytes(records, 1);
        MemoryBudget budget = new MemoryBudget(enough);
        SurveyRows again = new SurveyRows(budget);
        random = new Random(seed);
        random.nextInt(records);
        for (int i = 0; i < records; i++) {
            assertThat(add(again, random.nextInt(keys), BigInteger.valueOf(i), false, 0, i))
                    .isTrue();
        }
        KeySurvey fits = new KeySurvey(budget);
        fits.add(0, again);
        assertThat(fits.isOverflowed()).isFalse();

        fits.release();
        again.release();
        assertThat(budget.takenBytes()).isZero();
    }

    private static boolean add(
            SurveyRows rows, int key, BigInteger order, boolean isDelete, long imageHash, int ordinal) {
        BackupRecord record = new BackupRecord();
        record.kind(isDelete ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
        record.order(ChangeOrder.sequenceNumber(order.toString()));
        record.position(100L * ordinal, 100);
        return rows.add(record, spread(2L * key), spread(2L * key + 1), ordinal, imageHash);
    }

    /** A bijection of longs (SplitMix64's finisher), so that keys look like hashes. */
    private static long spread(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** Three contradicting images of one change, one of them delivered twice: what arrives first must not matter. */
    @Property(tries = 200)
    void result_contradictionsArriveInAnyOrder_giveTheSameResult(@ForAll long seed) {
        Random random = new Random(seed);
        int objects = 2 + random.nextInt(4);
        List<Long> hashes = new ArrayList<>();
        List<Integer> arrival = new ArrayList<>();
        List<Integer> inOrder = new ArrayList<>();
        for (int object = 0; object < objects; object++) {
            hashes.add((long) random.nextInt(3));
            arrival.add(random.nextInt(arrival.size() + 1), object);
            inOrder.add(object);
        }

        KeySurvey.Result expected = surveyed(hashes, inOrder);
        KeySurvey.Result actual = surveyed(hashes, arrival);

        assertThat(actual.winners()).isEqualTo(expected.winners());
        assertThat(actual.winners()[0].toArray()).containsExactly(0);
        assertThat(actual.duplicates()).isEqualTo(expected.duplicates());
        assertThat(actual.contradictions()).containsExactlyInAnyOrderElementsOf(expected.contradictions());
        assertThat(actual.superseded()).isZero();
    }

    private static KeySurvey.Result surveyed(List<Long> hashes, List<Integer> arrival) {
        KeySurvey survey = new KeySurvey(new MemoryBudget(PLENTY_BYTES));
        for (int object : arrival) {
            SurveyRows rows = new SurveyRows(new MemoryBudget(PLENTY_BYTES));
            add(rows, 1, BigInteger.TEN, false, hashes.get(object), 0);
            survey.add(object, rows);
        }
        return survey.result(hashes.size());
    }
}
