package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.survey.Decisions.Action;
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
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/** A key lives among few states with many changes of one time; what is not ambiguous must be true. */
class TieOraclePropertyTest {

    private record Change(long before, long after, long micros, TimePrecision precision, int id, boolean isNumbered) {}

    private static long state(int i) {
        return i == 0 ? 0 : (long) i << 40;
    }

    private static List<Change> live(Random random, boolean mixedPrecision, int states) {
        List<Change> changes = new ArrayList<>();
        long now = state(random.nextInt(states));
        long micros = 100_000_000;
        int count = 1 + random.nextInt(7);
        for (int i = 0; i < count; i++) {
            micros += random.nextInt(3) == 0 ? random.nextInt(900_000) : 0;
            long next;
            do {
                next = state(random.nextInt(states));
            } while (next == now);
            TimePrecision precision =
                    mixedPrecision && random.nextInt(3) == 0 ? TimePrecision.SECOND : TimePrecision.MILLISECOND;
            long step = precision.micros();
            changes.add(new Change(now, next, micros / step * step, precision, i, false));
            now = next;
        }
        return changes;
    }

    private record Result(
            long ambiguous,
            long breaks,
            List<String> decided,
            @Nullable Long restored) {}

    private static Result survey(
            List<Change> arrival, boolean identity, @Nullable Long undoSince, @Nullable Long cut, @Nullable Long base) {
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(64 << 20), new SpillDirectory(Path.of("none"), Clock.systemUTC()), 1, rows -> rows)) {
            RowWriter rows = survey.newWriter();
            for (int i = 0; i < arrival.size(); i++) {
                Change change = arrival.get(i);
                BackupRecord record = new BackupRecord();
                record.kind(change.after() == 0 ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
                if (change.isNumbered()) {
                    record.order(ChangeOrder.sequenceNumber(String.valueOf(1_000 + change.id())));
                } else
                    record.order(
                            ChangeOrder.Basis.TIME,
                            (short) 0,
                            identity ? 7 : 0,
                            identity ? 100 + new Random(change.id() * 7919L).nextInt(1 << 20) : 0);
                record.time(change.micros(), change.precision());
                record.insert(change.before() == 0);
                boolean counts = cut == null || change.micros() <= cut;
                rows.add(
                        new RowWriter.Origin(0, i, counts ? Standing.COUNTS : Standing.AFTER_CUT, false),
                        2,
                        3,
                        record,
                        change.after(),
                        change.before());
            }
            if (base != null && base != 0) {
                BackupRecord item = new BackupRecord();
                item.order(ChangeOrder.snapshot());
                rows.add(new RowWriter.Origin(1, 0, Standing.COUNTS, false), 2, 3, item, base, 0);
            }
            rows.flush();
            Reduction reduction = survey.reduction(
                    new SurveyRules(
                            cut,
                            undoSince,
                            false,
                            0,
                            new Role[] {Role.LOG, Role.BASE},
                            base == null ? null : new SurveyRules.Base(50_000_000L, 50_000_000L)),
                    2,
                    1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            Long restored = null;
            List<String> decided = new ArrayList<>();
            for (int object = 0; object < 2; object++) {
                for (Action action : Action.values()) {
                    RoaringBitmap ordinals = reduction.decisions().of(action, object);
                    if (ordinals != null) {
                        for (int at : ordinals.toArray()) {
                            decided.add(object + "/" + at + action);
                            restored = object == 1
                                    ? base
                                    : switch (action) {
                                        case PUT -> arrival.get(at).after();
                                        case DELETE -> Long.valueOf(0);
                                        case PUT_OLD -> arrival.get(at).before();
                                    };
                        }
                    }
                }
            }
            return new Result(
                    reduction.findings().ambiguousKeys(), reduction.findings().breakCount(), decided, restored);
        }
    }

    private static List<Change> delivered(List<Change> changes, Random random) {
        List<Change> arrival = new ArrayList<>(changes);
        for (Change change : changes) {
            if (random.nextInt(4) == 0) {
                arrival.add(change);
            }
        }
        Collections.shuffle(arrival, random);
        return arrival;
    }

    private static int told;
    private static int asked;

    @net.jqwik.api.lifecycle.AfterContainer
    static void say() {
        System.out.println("TieOracle: " + told + " of " + asked + " told");
    }

    private boolean mixesNumbers;

    private void check(long seed, boolean mixedPrecision, boolean identity, boolean undo, boolean hasBase) {
        Random random = new Random(seed);
        List<Change> changes = live(random, mixedPrecision, 2 + random.nextInt(4));
        Change last = changes.get(changes.size() - 1);
        Change pick = changes.get(random.nextInt(changes.size()));
        long end = pick.micros() + pick.precision().micros() - 1;
        // An instant that no change's step reaches over.
        boolean isClear = !mixesNumbers
                && changes.stream()
                        .noneMatch(c ->
                                c.micros() <= end && c.micros() + c.precision().micros() - 1 > end);
        Long since = undo ? (isClear ? end : 99_000_000L) : null;
        Long cut = !undo && isClear && random.nextBoolean() ? end : null;
        Long base = hasBase ? changes.get(0).before() : null;
        List<Change> arrival = delivered(changes, random);
        if (mixesNumbers) {
            List<Change> mixed = new ArrayList<>();
            for (Change change : changes) {
                int how = random.nextInt(5);
                long micros = change.micros();
                Change numbered = new Change(
                        change.before(),
                        change.after(),
                        micros / 1_000_000 * 1_000_000,
                        TimePrecision.SECOND,
                        change.id(),
                        true);
                if (how != 0) {
                    mixed.add(numbered);
                }
                if (how != 1) {
                    mixed.add(change);
                }
            }
            arrival = delivered(mixed, random);
        }
        asked++;
        Result result = survey(arrival, identity, since, cut, base);
        String as = "seed %d since %s cut %s base %s %s %s".formatted(seed, since, cut, base, changes, result);
        if (result.ambiguous() > 0) {
            return;
        }
        told++;
        Long instant = undo ? since : cut;
        Long expected = null;
        boolean any = false;
        long present = changes.get(0).before();
        for (Change change : changes) {
            if (instant == null || change.micros() <= instant) {
                present = change.after();
                any = true;
            }
        }
        if (undo) {
            expected = last.micros() > since ? Long.valueOf(present) : null;
        } else {
            expected = any || base != null && base != 0 ? Long.valueOf(present) : null;
        }
        assertThat(result.restored()).as(as).isEqualTo(expected);
        assertThat(result.breaks()).as(as).isZero();
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void restore_withIdentity_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, false, true, false, false);
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void restore_withoutIdentity_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, false, false, false, false);
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void restore_withIdentityBehindASnapshot_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, false, true, false, true);
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void restore_mixedPrecision_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, true, true, false, false);
    }

    /** The changes of a stream and of a Kinesis stream of the same table, each of which may lack some. */
    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void restore_numberedAndTimed_isTrueOrAmbiguous(@ForAll long seed) {
        mixesNumbers = true;
        try {
            check(seed, false, seed % 2 == 0, false, seed % 3 == 0);
        } finally {
            mixesNumbers = false;
        }
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void undo_numberedAndTimed_isTrueOrAmbiguous(@ForAll long seed) {
        mixesNumbers = true;
        try {
            check(seed, false, seed % 2 == 0, true, false);
        } finally {
            mixesNumbers = false;
        }
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void undo_withIdentity_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, false, true, true, false);
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void undo_withoutIdentity_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, false, false, true, false);
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void undo_mixedPrecision_isTrueOrAmbiguous(@ForAll long seed) {
        check(seed, true, true, true, false);
    }
}
