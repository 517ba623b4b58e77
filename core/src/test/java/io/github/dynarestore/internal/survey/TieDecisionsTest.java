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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** Changes of one key whose times are equal, beside a snapshot; object 0 is the log, object 1 the snapshot. */
class TieDecisionsTest {

    private static final long X = 1L << 40;
    private static final long Y = 2L << 40;
    private static final long SECOND = 1_000_000;

    /** What a survey says of the key. */
    private record Said(Set<String> decided, long ambiguous, long lost) {}

    /** A survey of one key. */
    private static final class OneKey implements AutoCloseable {
        private final KeySurvey survey = new KeySurvey(
                new MemoryBudget(64 << 20), new SpillDirectory(Path.of("none"), Clock.systemUTC()), 1, rows -> rows);
        private final RowWriter rows = survey.newWriter();
        private int ordinal;

        OneKey change(long before, long after, long micros, TimePrecision precision) {
            return change(before, after, micros, precision, false);
        }

        /** Each has an identity, as the changes of a Kinesis stream have by their eventID. */
        OneKey change(long before, long after, long micros, TimePrecision precision, boolean isExpiry) {
            BackupRecord record = new BackupRecord();
            record.kind(after == 0 ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
            record.order(ChangeOrder.Basis.TIME, (short) 0, 7, 100 + ordinal);
            record.time(micros, precision);
            record.expiry(isExpiry);
            record.insert(before == 0);
            rows.add(new RowWriter.Origin(0, ordinal++, Standing.COUNTS, false), 2, 3, record, after, before);
            return this;
        }

        OneKey numbered(long before, long after, long micros, long number) {
            BackupRecord record = new BackupRecord();
            record.kind(after == 0 ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
            record.order(ChangeOrder.sequenceNumber(String.valueOf(number)));
            record.time(micros, TimePrecision.SECOND);
            record.insert(before == 0);
            rows.add(new RowWriter.Origin(0, ordinal++, Standing.COUNTS, false), 2, 3, record, after, before);
            return this;
        }

        OneKey snapshot(long digest) {
            BackupRecord item = new BackupRecord();
            item.order(ChangeOrder.snapshot());
            rows.add(new RowWriter.Origin(1, 0, Standing.COUNTS, false), 2, 3, item, digest, 0);
            return this;
        }

        Said said(@Nullable Long undoSince, boolean ignoresExpiry, SurveyRules.@Nullable Base base) {
            rows.flush();
            Reduction reduction = survey.reduction(
                    new SurveyRules(null, undoSince, ignoresExpiry, 0, new Role[] {Role.LOG, Role.BASE}, base), 2, 1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            Set<String> decided = new TreeSet<>();
            Decisions decisions = reduction.decisions();
            for (int object = 0; object < 2; object++) {
                for (Action action : Action.values()) {
                    RoaringBitmap ordinals = decisions.of(action, object);
                    String prefix = object + "/";
                    if (ordinals != null) {
                        ordinals.forEach((int at) -> decided.add(prefix + at + " " + action));
                    }
                }
            }
            return new Said(
                    decided,
                    reduction.findings().ambiguousKeys(),
                    reduction.findings().breakCount());
        }

        @Override
        public void close() {
            survey.close();
        }
    }

    /**
     * The item is x, becomes y, is read by the snapshot, and becomes x again, all within the time that both changes say. The
     * same records are left by a snapshot that read y first. Either the second change wins or the key is ambiguous.
     */
    @Test
    void decisions_snapshotReadBetweenTwoChangesOfOneTime_isNotDecidedInSilence() {
        try (OneKey key = new OneKey()) {
            Said said = key.change(X, Y, 10 * SECOND, TimePrecision.MILLISECOND)
                    .change(Y, X, 10 * SECOND, TimePrecision.MILLISECOND)
                    .snapshot(Y)
                    .said(null, false, new SurveyRules.Base(5 * SECOND, 20 * SECOND));

            assertThat(said.ambiguous() == 1 || said.decided().equals(Set.of("0/1 PUT")))
                    .as("%s", said)
                    .isTrue();
        }
    }

    /** The same with a snapshot of unknown time. */
    @Test
    void decisions_snapshotOfUnknownTimeReadBetweenTwoChangesOfOneTime_isNotDecidedInSilence() {
        try (OneKey key = new OneKey()) {
            Said said = key.change(X, Y, 10 * SECOND, TimePrecision.MILLISECOND)
                    .change(Y, X, 10 * SECOND, TimePrecision.MILLISECOND)
                    .snapshot(Y)
                    .said(null, false, new SurveyRules.Base(null, null));

            assertThat(said.ambiguous() == 1 || said.decided().equals(Set.of("0/1 PUT")))
                    .as("%s", said)
                    .isTrue();
        }
    }

    /** x, y, x at one time, then y; then the snapshot reads y. The log is whole. */
    @Test
    void breaks_wholeLogWithChangesOfOneTimeFromBeforeTheSnapshot_areNone() {
        try (OneKey key = new OneKey()) {
            Said said = key.change(X, Y, 10 * SECOND, TimePrecision.MILLISECOND)
                    .change(Y, X, 10 * SECOND, TimePrecision.MILLISECOND)
                    .change(X, Y, 50 * SECOND, TimePrecision.MILLISECOND)
                    .snapshot(Y)
                    .said(null, false, new SurveyRules.Base(100 * SECOND, 101 * SECOND));

            assertThat(said.lost()).as("%s", said).isZero();
        }
    }

    /** Without any snapshot: x, y, x at one time, then y. The log is whole. */
    @Test
    void breaks_wholeLogThatBeginsWithARoundTripOfOneTime_areNone() {
        for (boolean isBackFirst : new boolean[] {false, true}) {
            try (OneKey key = new OneKey()) {
                Said said = key.change(isBackFirst ? Y : X, isBackFirst ? X : Y, 10 * SECOND, TimePrecision.MILLISECOND)
                        .change(isBackFirst ? X : Y, isBackFirst ? Y : X, 10 * SECOND, TimePrecision.MILLISECOND)
                        .change(X, Y, 50 * SECOND, TimePrecision.MILLISECOND)
                        .said(null, false, null);

                assertThat(said.lost()).as("%s %s", isBackFirst, said).isZero();
            }
        }
    }

    /** The item was there at the instant, expired after it, and was made anew: to undo that is to write it back. */
    @Test
    void decisions_undoOfAnInsertThatFollowsAnIgnoredExpiry_bringTheItemBack() {
        try (OneKey key = new OneKey()) {
            Said said = key.change(X, 0, 10 * SECOND, TimePrecision.MILLISECOND, true)
                    .change(0, Y, 20 * SECOND, TimePrecision.MILLISECOND)
                    .said(5 * SECOND, true, null);

            assertThat(said.decided()).as("%s", said).containsExactly("0/0 PUT_OLD");
        }
    }

    /**
     * Made, removed, made and removed within a second. The log of the stream lacks the last change, the one of Kinesis, whose
     * changes have an identity each and a millisecond each, lacks none.
     */
    @Test
    void decisions_changeOnlyInTheSecondLogThatSaysTheSameAsAnEarlierOne_isNotDecidedInSilence() {
        try (OneKey key = new OneKey()) {
            Said said = key.numbered(0, X, 10 * SECOND, 1)
                    .numbered(X, 0, 10 * SECOND, 2)
                    .numbered(0, X, 10 * SECOND, 3)
                    .change(0, X, 10 * SECOND + 100_000, TimePrecision.MILLISECOND)
                    .change(X, 0, 10 * SECOND + 200_000, TimePrecision.MILLISECOND)
                    .change(0, X, 10 * SECOND + 300_000, TimePrecision.MILLISECOND)
                    .change(X, 0, 10 * SECOND + 400_000, TimePrecision.MILLISECOND)
                    .said(null, false, null);

            assertThat(said.ambiguous() == 1 || said.decided().stream().allMatch(decided -> decided.endsWith("DELETE")))
                    .as("%s", said)
                    .isTrue();
        }
    }

    /** The same, undone to before the first change: the log of the stream begins with the third. */
    @Test
    void decisions_undoOfChangesOfWhichTheFirstAreOnlyInTheSecondLog_isNotDecidedInSilence() {
        try (OneKey key = new OneKey()) {
            Said said = key.numbered(0, X, 10 * SECOND, 2)
                    .numbered(X, 0, 10 * SECOND, 3)
                    .change(X, 0, 10 * SECOND + 100_000, TimePrecision.MILLISECOND)
                    .change(0, X, 10 * SECOND + 200_000, TimePrecision.MILLISECOND)
                    .change(X, 0, 10 * SECOND + 300_000, TimePrecision.MILLISECOND)
                    .said(5 * SECOND, false, null);

            assertThat(said.ambiguous() == 1
                            || said.decided().stream().allMatch(decided -> decided.endsWith("PUT_OLD")))
                    .as("%s", said)
                    .isTrue();
        }
    }
}
