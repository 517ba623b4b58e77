package io.github.dynarestore.internal.survey;

import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.ChangeOrder;
import java.util.Arrays;
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
    private final CopyRemover copies;
    private final OrderCheck order = new OrderCheck();
    private final TieOrder ties;
    private final ChangeWalk walk;

    /** Changes in their order, without copies; then the rows of the base. All by index of their first long. */
    private int[] changes = new int[16];

    private int changeCount;
    private int[] baseItems = new int[4];
    private int baseCount;
    private int[] scratch = new int[16];

    KeyResolver(SurveyRules rules, RoaringBitmap condemned, Decisions decisions, Findings findings) {
        this.rules = rules;
        this.condemned = condemned;
        this.decisions = decisions.newBlock();
        this.findings = findings;
        copies = new CopyRemover(findings, counts);
        ties = new TieOrder(findings, counts);
        walk = new ChangeWalk(rules, this.decisions, findings, counts);
    }

    /** Hands over what has gathered. */
    void flush() {
        decisions.flush();
        findings.add(counts);
    }

    /** Decides a key. */
    void resolve(long[] rows, int[] group, int count) {
        if (changes.length < count) {
            changes = new int[count * 2];
            scratch = new int[count * 2];
        }
        changeCount = 0;
        baseCount = 0;
        int inTarget = NONE;
        for (int i = 0; i < count; i++) {
            int at = group[i];
            if (SurveyRow.is(rows, at, SurveyRow.IN_TARGET)) {
                inTarget = at;
            } else if (isOfUse(rows, at)) {
                take(rows, at);
            }
        }
        inOrder(rows);
        for (int i = 0; i < changeCount; i++) {
            walk.see(rows, changes[i]);
        }
        decide(
                changeCount + baseCount > 0,
                isBaseLeftOut(rows) ? 0 : baseCount,
                inTarget == NONE ? NONE : SurveyRow.place(rows, inTarget));
        for (int i = 0; i < changeCount; i++) {
            walk.prove(rows, changes[i]);
        }
        walk.end();
    }

    /** Whether a row can decide or prove anything; one that was outdone by a later snapshot is counted here. */
    boolean isOfUse(long[] rows, int at) {
        int object = SurveyRow.object(rows, at);
        if (condemned.contains(object)) {
            return false;
        }
        if (!isOfSnapshot(rows, at)) {
            return true;
        }
        if (rules.roles()[object] == Role.OLDER_SNAPSHOT) {
            counts.superseded += SurveyRow.counts(rows, at) ? 1 : 0;
            return false;
        }
        return !SurveyRow.is(rows, at, SurveyRow.AFTER_CUT);
    }

    private boolean isBaseLeftOut(long[] rows) {
        return baseCount > 0 && !SurveyRow.counts(rows, baseItems[0]);
    }

    static boolean isOfSnapshot(long[] rows, int at) {
        return SurveyRow.basis(rows, at) == ChangeOrder.Basis.SNAPSHOT;
    }

    private void take(long[] rows, int at) {
        if (!isOfSnapshot(rows, at)) {
            changes[changeCount++] = at;
            return;
        }
        if (baseCount == baseItems.length) {
            baseItems = Arrays.copyOf(baseItems, baseCount * 2);
        }
        baseItems[baseCount++] = at;
    }

    private void inOrder(long[] rows) {
        sort(RowOrder.OF_STREAM, rows, changes, changeCount);
        changeCount = copies.keepFirst(rows, changes, changeCount);
        sort(RowOrder.OF_STREAM, rows, baseItems, baseCount);
        baseCount = copies.keepFirst(rows, baseItems, baseCount);
        order.begin();
        for (int i = 0; i < changeCount; i++) {
            order.see(rows, changes[i]);
        }
        if (order.numbersFall() || order.isMixed()) {
            sort(RowOrder.OF_TIME, rows, changes, changeCount);
        }
        begin(
                order,
                baseCount == 0 ? NONE : SurveyRow.place(rows, baseItems[0]),
                baseCount == 0 ? 0 : SurveyRow.newDigest(rows, baseItems[0]));
        if (isBaseLeftOut(rows)) {
            walk.leavesBaseOut();
        }
        if (order.needsTime()) {
            changeCount = ties.order(rows, changes, changeCount);
            if (ties.isAmbiguous()) {
                walk.provesNothing();
            }
        }
    }

    private void sort(RowOrder order, long[] rows, int[] list, int count) {
        if (scratch.length < count) {
            scratch = new int[count * 2];
        }
        order.sort(rows, list, 0, count, scratch);
    }

    /** Begins the walk along the changes of a key, which can be ordered so. */
    void begin(OrderCheck seen, long basePlace, long baseDigest) {
        counts.mixedOrderKeys += seen.isIncomparable() ? 1 : 0;
        counts.generationConflicts += seen.numbersFall() ? 1 : 0;
        counts.keysByNumberAlone += seen.trustsNumbers() ? 1 : 0;
        SurveyRules.Base base = rules.base();
        Long finished = base == null ? null : base.finishedMicros();
        ties.begin(base == null ? null : Long.valueOf(baseDigest), finished == null ? Long.MAX_VALUE : finished);
        walk.begin(seen.numbersFall(), basePlace, baseDigest);
        if (seen.numbersFall() && seen.needsTime()) {
            walk.provesNothing();
        }
    }

    /** Decides the key whose changes were all seen. */
    void decide(boolean isOfBackup, int baseRows, long inTargetPlace) {
        counts.keys += isOfBackup ? 1 : 0;
        counts.filtered += rules.undoSinceMicros() == null ? 0 : baseRows;
        Action decided = walk.decide();
        if (inTargetPlace != NONE && decided != Action.PUT && decided != Action.PUT_OLD) {
            decisions.add(inTargetPlace, Action.DELETE, 0);
        }
    }

    ChangeWalk walk() {
        return walk;
    }

    TieOrder ties() {
        return ties;
    }

    CopyRemover copies() {
        return copies;
    }

    /** A further copy of a record was left out. */
    void duplicate(long[] rows, int at) {
        counts.duplicates += SurveyRow.counts(rows, at) ? 1 : 0;
    }
}
