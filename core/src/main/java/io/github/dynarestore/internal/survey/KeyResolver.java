package io.github.dynarestore.internal.survey;

import static io.github.dynarestore.internal.survey.SurveyRow.TIME;

import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.Findings.Finding;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.ChangeOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Decides one key at a time from all of its rows, in whatever order they arrived, and looks whether anything is missing
 * between them. Used by one thread.
 */
final class KeyResolver {

    private static final int NONE = -1;

    private final SurveyRules rules;
    private final RoaringBitmap condemned;
    private final Decisions.Block decisions;
    private final Findings findings;
    private final Findings.Counts counts = new Findings.Counts();

    private long[] rows = new long[0];
    /** Changes in their order, without copies; then the rows of the base. All by index of their first long. */
    private int[] changes = new int[16];

    private int changeCount;
    private int[] baseItems = new int[4];
    private int baseCount;
    private int[] runImages = new int[4];
    private int[] scratch = new int[16];
    private boolean generationConflict;

    KeyResolver(SurveyRules rules, RoaringBitmap condemned, Decisions decisions, Findings findings) {
        this.rules = rules;
        this.condemned = condemned;
        this.decisions = decisions.newBlock();
        this.findings = findings;
    }

    /** Hands over what has gathered. */
    void flush() {
        decisions.flush();
        findings.add(counts);
    }

    /** Decides a key. */
    void resolve(long[] allRows, int[] group, int count) {
        rows = allRows;
        if (changes.length < count) {
            changes = new int[count * 2];
            scratch = new int[count * 2];
        }
        changeCount = 0;
        baseCount = 0;
        int inTarget = NONE;
        for (int i = 0; i < count; i++) {
            int at = group[i];
            int object = SurveyRow.object(rows, at);
            if (SurveyRow.is(rows, at, SurveyRow.IN_TARGET)) {
                inTarget = at;
            } else if (!condemned.contains(object)) {
                take(at, object);
            }
        }
        if (changeCount + baseCount > 0) {
            counts.keys++;
        }
        inOrder();
        Action decided = rules.undoSinceMicros() == null ? restore() : undo();
        if (inTarget != NONE && decided != Action.PUT && decided != Action.PUT_OLD) {
            decisions.add(SurveyRow.place(rows, inTarget), Action.DELETE, 0);
        }
    }

    private void take(int at, int object) {
        if (SurveyRow.basis(rows, at) != ChangeOrder.Basis.SNAPSHOT) {
            changes[changeCount++] = at;
        } else if (counts(at)) {
            if (rules.roles()[object] == Role.OLDER_SNAPSHOT) {
                counts.superseded++;
            } else {
                if (baseCount == baseItems.length) {
                    baseItems = Arrays.copyOf(baseItems, baseCount * 2);
                }
                baseItems[baseCount++] = at;
            }
        }
    }

    /** Whether a row is still to end in a counter; others ended in one when they were read. */
    private boolean counts(int at) {
        return !SurveyRow.is(rows, at, SurveyRow.AFTER_CUT | SurveyRow.FILTERED);
    }

    private void inOrder() {
        sort(changes, changeCount, false);
        if (changeCount > 1 && SurveyRow.basis(rows, changes[0]) != SurveyRow.basis(rows, changes[changeCount - 1])) {
            counts.mixedOrderKeys++;
        }
        changeCount = withoutCopies(changes, changeCount);
        sort(baseItems, baseCount, false);
        baseCount = withoutCopies(baseItems, baseCount);
        generationConflict = numbersFall();
        if (generationConflict) {
            counts.generationConflicts++;
            sort(changes, changeCount, true);
        }
    }

    /** Keeps of each place in the order the first image; further copies of it and other images are counted. */
    private int withoutCopies(int[] list, int count) {
        int kept = 0;
        int i = 0;
        while (i < count) {
            int first = list[i];
            int images = 0;
            int end = i;
            while (end < count && isSamePlaceInOrder(first, list[end])) {
                images = takeIntoRun(list[end], images);
                end++;
            }
            list[kept++] = runImages[0];
            i = end;
        }
        return kept;
    }

    private int takeIntoRun(int at, int images) {
        for (int k = 0; k < images; k++) {
            if (isCopy(runImages[k], at)) {
                if (!counts(at)) {
                    return images;
                }
                if (counts(runImages[k])) {
                    counts.duplicates++;
                } else {
                    runImages[k] = at;
                }
                return images;
            }
        }
        if (images > 0 && counts(at)) {
            findings.contradiction(new Finding(
                    SurveyRow.place(rows, at), SurveyRow.place(rows, runImages[0]), rows[at + SurveyRow.HASH_HIGH]));
        }
        if (images == runImages.length) {
            runImages = Arrays.copyOf(runImages, images * 2);
        }
        runImages[images] = at;
        return images + 1;
    }

    /** Numbers of two generations of a stream may be equal by chance; their times tell them apart. */
    private boolean isSamePlaceInOrder(int left, int right) {
        return SurveyRow.compareOrder(rows, left, right) == 0 && !isBefore(left, right) && !isBefore(right, left);
    }

    private boolean isCopy(int left, int right) {
        if (SurveyRow.is(rows, left, SurveyRow.DELETE) != SurveyRow.is(rows, right, SurveyRow.DELETE)
                || SurveyRow.newDigest(rows, left) != SurveyRow.newDigest(rows, right)) {
            return false;
        }
        return !SurveyRow.is(rows, left, SurveyRow.OLD_IMAGE)
                || !SurveyRow.is(rows, right, SurveyRow.OLD_IMAGE)
                || SurveyRow.oldDigest(rows, left) == SurveyRow.oldDigest(rows, right);
    }

    /** Whether a change was certainly made before another, by the times of both. */
    private boolean isBefore(int left, int right) {
        return SurveyRow.isTimed(rows, left)
                && SurveyRow.isTimed(rows, right)
                && rows[left + TIME] + SurveyRow.stepMicros(rows, left) <= rows[right + TIME];
    }

    /** Whether the stream was made anew meanwhile: a change has a greater number than one that came later. */
    private boolean numbersFall() {
        int latest = NONE;
        for (int i = 0; i < changeCount; i++) {
            int at = changes[i];
            if (SurveyRow.basis(rows, at) == ChangeOrder.Basis.SEQUENCE_NUMBER && SurveyRow.isTimed(rows, at)) {
                if (latest != NONE && isBefore(at, latest)) {
                    return true;
                }
                if (latest == NONE || rows[at + TIME] > rows[latest + TIME]) {
                    latest = at;
                }
            }
        }
        return false;
    }

    private @Nullable Action restore() {
        int firstInPlay = 0;
        SurveyRules.Base base = rules.base();
        Long begun = base == null ? null : base.begunMicros();
        int overtaken = NONE;
        for (int i = 0; i < changeCount; i++) {
            if (begun != null && endMicros(changes[i]) <= begun) {
                firstInPlay = i + 1;
                if (counts(changes[i])) {
                    overtaken = i;
                }
            }
        }
        int winner = NONE;
        for (int i = changeCount - 1; i >= firstInPlay && winner == NONE; i--) {
            if (counts(changes[i]) && !isIgnored(changes[i])) {
                winner = i;
            }
        }
        Action action = null;
        if (winner != NONE) {
            action = decide(changes[winner]);
        } else if (baseCount > 0) {
            decisions.add(SurveyRow.place(rows, baseItems[0]), Action.PUT, 0);
            action = Action.PUT;
        } else if (overtaken != NONE) {
            // The snapshot is later and does not have the key.
            decisions.add(SurveyRow.place(rows, changes[overtaken]), Action.DELETE, 0);
            winner = overtaken;
            action = Action.DELETE;
        }
        counts.superseded += baseCount > 0 && winner != NONE ? 1 : 0;
        for (int i = 0; i < changeCount; i++) {
            if (i != winner && counts(changes[i])) {
                if (i >= firstInPlay && isIgnored(changes[i])) {
                    counts.filtered++;
                } else {
                    counts.superseded++;
                }
            }
        }
        findUncertain(rules.cutMicros());
        prove(firstInPlay);
        return action;
    }

    private Action decide(int at) {
        Action action = Action.PUT;
        if (SurveyRow.is(rows, at, SurveyRow.DELETE)) {
            action = keepsItem(at) ? Action.PUT_OLD : Action.DELETE;
        }
        decisions.add(SurveyRow.place(rows, at), action, 0);
        return action;
    }

    /** A removal that is ignored leaves what its old image says, or else what was there. */
    private boolean keepsItem(int at) {
        return rules.ignoresExpiry()
                && SurveyRow.is(rows, at, SurveyRow.EXPIRY)
                && SurveyRow.is(rows, at, SurveyRow.DELETE)
                && SurveyRow.is(rows, at, SurveyRow.OLD_IMAGE);
    }

    private boolean isIgnored(int at) {
        return rules.ignoresExpiry()
                && SurveyRow.is(rows, at, SurveyRow.EXPIRY)
                && SurveyRow.is(rows, at, SurveyRow.DELETE)
                && !SurveyRow.is(rows, at, SurveyRow.OLD_IMAGE);
    }

    /** First microsecond at which a change was certainly made; without a time, never. */
    private long endMicros(int at) {
        if (!SurveyRow.hasTime(rows, at)) {
            return Long.MAX_VALUE;
        }
        return rows[at + TIME] + (SurveyRow.isTimed(rows, at) ? SurveyRow.stepMicros(rows, at) : 0);
    }

    private @Nullable Action undo() {
        long since = Objects.requireNonNull(rules.undoSinceMicros());
        int winner = NONE;
        for (int i = 0; i < changeCount; i++) {
            int at = changes[i];
            if (winner == NONE && counts(at) && rows[at + TIME] > since && !isExpiryIgnored(at)) {
                winner = i;
            }
        }
        for (int i = 0; i < changeCount; i++) {
            int at = changes[i];
            if (i == winner || !counts(at)) {
                continue;
            }
            if (winner != NONE && i > winner && !isExpiryIgnored(at)) {
                counts.superseded++;
            } else {
                counts.filtered++;
            }
        }
        counts.filtered += baseCount;
        findUncertain(since);
        prove(0);
        if (winner == NONE) {
            return null;
        }
        int first = changes[winner];
        int last = changes[changeCount - 1];
        long expected = SurveyRow.is(rows, last, SurveyRow.DELETE) ? 0 : SurveyRow.newDigest(rows, last);
        Action action = SurveyRow.is(rows, first, SurveyRow.INSERT) ? Action.DELETE : Action.PUT_OLD;
        if (action == Action.PUT_OLD && !SurveyRow.is(rows, first, SurveyRow.OLD_IMAGE)) {
            counts.withoutOldImage++;
            findings.withoutOldImage(
                    new Finding(SurveyRow.place(rows, first), NONE, rows[first + SurveyRow.HASH_HIGH]));
        }
        decisions.add(SurveyRow.place(rows, first), action, expected);
        return action;
    }

    private boolean isExpiryIgnored(int at) {
        return rules.ignoresExpiry() && SurveyRow.is(rows, at, SurveyRow.EXPIRY);
    }

    private void findUncertain(@Nullable Long cut) {
        if (cut == null) {
            return;
        }
        for (int i = 0; i < changeCount; i++) {
            int at = changes[i];
            if (!SurveyRow.is(rows, at, SurveyRow.FILTERED) && isUncertain(at, cut)) {
                counts.uncertainKeys++;
                findings.uncertain(new Finding(SurveyRow.place(rows, at), NONE, rows[at + SurveyRow.HASH_HIGH]));
                return;
            }
        }
    }

    /** Whether the change may have been made at the cut or before, and may have been made after it. */
    private boolean isUncertain(int at, long cut) {
        if (!SurveyRow.hasTime(rows, at)) {
            return false;
        }
        long time = rows[at + TIME];
        if (SurveyRow.isTimed(rows, at)) {
            return time <= cut && cut < time + SurveyRow.stepMicros(rows, at) - 1;
        }
        return time > cut && time - rules.deliveryLagMicros() <= cut;
    }

    /** Looks whether each change began with what the one before it left, the first with the base. */
    private void prove(int firstInPlay) {
        if (generationConflict || changeCount == 0) {
            return;
        }
        if (rules.base() != null && firstInPlay < changeCount) {
            proveFromBase(firstInPlay);
        } else if (rules.base() == null && knowsBefore(changes[0]) && before(changes[0]) != 0) {
            counts.olderKeys++;
        }
        for (int i = firstInPlay + 1; i < changeCount; i++) {
            int at = changes[i];
            if (knowsBefore(at) && before(at) != after(changes[i - 1])) {
                broken(at, SurveyRow.place(rows, changes[i - 1]));
            }
        }
    }

    /** A snapshot is not of one instant: the key may have been read before or after any change made meanwhile. */
    private void proveFromBase(int firstInPlay) {
        int first = changes[firstInPlay];
        if (!knowsBefore(first)) {
            return;
        }
        long state = baseCount == 0 ? 0 : SurveyRow.newDigest(rows, baseItems[0]);
        boolean fits = state == before(first);
        SurveyRules.Base base = Objects.requireNonNull(rules.base());
        Long finished = base.finishedMicros();
        for (int i = firstInPlay; i < changeCount && !fits; i++) {
            int at = changes[i];
            if (finished != null && SurveyRow.hasTime(rows, at) && rows[at + TIME] > finished) {
                break;
            }
            fits = state == after(at);
        }
        if (!fits) {
            broken(first, baseCount == 0 ? NONE : SurveyRow.place(rows, baseItems[0]));
        }
    }

    private void broken(int at, long otherPlace) {
        counts.breaks++;
        findings.broken(new Finding(SurveyRow.place(rows, at), otherPlace, rows[at + SurveyRow.HASH_HIGH]));
    }

    private boolean knowsBefore(int at) {
        return SurveyRow.is(rows, at, SurveyRow.INSERT | SurveyRow.OLD_IMAGE);
    }

    private long before(int at) {
        return SurveyRow.is(rows, at, SurveyRow.INSERT) ? 0 : SurveyRow.oldDigest(rows, at);
    }

    private long after(int at) {
        return SurveyRow.is(rows, at, SurveyRow.DELETE) ? 0 : SurveyRow.newDigest(rows, at);
    }

    /** Most keys have a few rows, for which insertion is fastest; halves of longer lists are merged. */
    private void sort(int[] list, int count, boolean byTime) {
        sort(list, 0, count, byTime);
    }

    private void sort(int[] list, int from, int to, boolean byTime) {
        if (to - from <= 24) {
            for (int i = from + 1; i < to; i++) {
                int at = list[i];
                int k = i;
                while (k > from && compare(list[k - 1], at, byTime) > 0) {
                    list[k] = list[k - 1];
                    k--;
                }
                list[k] = at;
            }
            return;
        }
        int middle = (from + to) >>> 1;
        sort(list, from, middle, byTime);
        sort(list, middle, to, byTime);
        if (scratch.length < middle - from) {
            scratch = new int[list.length];
        }
        System.arraycopy(list, from, scratch, 0, middle - from);
        int left = 0;
        int right = middle;
        int out = from;
        while (left < middle - from) {
            if (right == to || compare(scratch[left], list[right], byTime) <= 0) {
                list[out++] = scratch[left++];
            } else {
                list[out++] = list[right++];
            }
        }
    }

    private int compare(int left, int right, boolean byTime) {
        if (byTime && rows[left + TIME] != rows[right + TIME]) {
            return Long.compare(rows[left + TIME], rows[right + TIME]);
        }
        int order = SurveyRow.compareOrder(rows, left, right);
        if (order != 0) {
            return order;
        }
        // Two generations of a stream by their time; copies by place, whichever arrived first, so that two runs write
        // from
        // the same objects.
        int times = Long.compare(knownTime(left), knownTime(right));
        return times != 0 ? times : Long.compare(SurveyRow.place(rows, left), SurveyRow.place(rows, right));
    }

    private long knownTime(int at) {
        return SurveyRow.isTimed(rows, at) ? rows[at + TIME] : Long.MIN_VALUE;
    }
}
