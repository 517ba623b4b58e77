package io.github.dynarestore.internal.survey;

import static io.github.dynarestore.internal.survey.SurveyRow.TIME;

import com.google.common.collect.Range;
import io.github.dynarestore.internal.survey.Decisions.Action;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides a key from its changes, which pass by in their order twice: first {@link #see} each, then {@link #decide()}, then
 * {@link #prove} each, then {@link #end()}. Keeps none of them, so that a key may have any number. Used by one thread.
 */
final class ChangeWalk {

    private static final long NONE = -1;

    /** Digest that no item has, for those rows keep digests without their last 16 bits: a conflict whatever is there. */
    private static final long NO_ITEM_AT_ALL = 1;

    private final SurveyRules rules;
    private final @Nullable Long begunMicros;
    private final @Nullable Long undoSinceMicros;
    private final Decisions.Block decisions;
    private final Findings findings;
    private final Findings.Counts counts;

    private final GenerationProof generations = new GenerationProof(this::broken);

    private boolean provesNothing;
    private boolean hasGenerations;
    private boolean isBaseLeftOut;
    private long basePlace;
    private long baseDigest;

    private long seen;
    private long firstInPlay;
    private long counted;
    private long ignored;
    private long winnerPlace;
    private Action winnerAction = Action.PUT;
    private long overtakenPlace;
    private long withoutOldImagePlace;
    private boolean isBuiltUpon;
    private long keyHash;
    private long lastDigest;
    private boolean isUncertain;

    private long proven;
    private long previousPlace;
    private long previousDigest;
    /** The first change in play while it is open whether it began with what the base holds; else none. */
    private long openPlace;

    private long openDigest;

    ChangeWalk(SurveyRules rules, Decisions.Block decisions, Findings findings, Findings.Counts counts) {
        this.rules = rules;
        this.decisions = decisions;
        this.findings = findings;
        this.counts = counts;
        SurveyRules.Base base = rules.base();
        begunMicros = base == null ? null : base.begunMicros();
        undoSinceMicros = rules.undoSinceMicros();
    }

    /**
     * Begins a key.
     *
     * @param generationConflict whether its changes stand by time, since the stream was made anew
     * @param place where the base has its item; -1 if it has none
     * @param digest digest of that item
     */
    void begin(boolean generationConflict, long place, long digest) {
        provesNothing = false;
        hasGenerations = generationConflict;
        generations.begin();
        isBaseLeftOut = false;
        basePlace = place;
        baseDigest = digest;
        seen = 0;
        firstInPlay = 0;
        counted = 0;
        ignored = 0;
        winnerPlace = NONE;
        overtakenPlace = NONE;
        withoutOldImagePlace = NONE;
        isBuiltUpon = false;
        lastDigest = 0;
        isUncertain = false;
        proven = 0;
        openPlace = NONE;
    }

    /** Says that the plan's filter leaves the base's item out: it decides nothing, and still is what was there. */
    void leavesBaseOut() {
        isBaseLeftOut = true;
    }

    /** Says that the order of the key's changes is a guess, which would raise false alarms. */
    void provesNothing() {
        provesNothing = true;
    }

    /** Sees a change. */
    void see(long[] rows, int at) {
        keyHash = rows[at + SurveyRow.HASH_HIGH];
        seen++;
        Long since = undoSinceMicros;
        if (since == null) {
            seeToRestore(rows, at);
        } else {
            seeToUndo(rows, at, since);
        }
        Long cut = since == null ? rules.cutMicros() : since;
        if (!isUncertain
                && !SurveyRow.is(rows, at, SurveyRow.FILTERED)
                && (cut != null && isUncertain(rows, at, cut) || isBesideBegin(rows, at))) {
            isUncertain = true;
            counts.uncertainKeys++;
            findings.uncertain(SurveyRow.place(rows, at), NONE, keyHash);
        }
    }

    private void seeToRestore(long[] rows, int at) {
        boolean counts = SurveyRow.counts(rows, at);
        counted += counts ? 1 : 0;
        this.counts.undatedBesideSnapshot += begunMicros != null && counts && !SurveyRow.hasTime(rows, at) ? 1 : 0;
        if (begunMicros != null && endMicros(rows, at) <= begunMicros) {
            firstInPlay = seen;
            winnerPlace = NONE;
            ignored = 0;
            if (counts) {
                overtakenPlace = SurveyRow.place(rows, at);
            }
        } else if (counts && isIgnored(rows, at)) {
            ignored++;
        } else if (counts) {
            winnerPlace = SurveyRow.place(rows, at);
            winnerAction = !SurveyRow.is(rows, at, SurveyRow.DELETE)
                    ? Action.PUT
                    : keepsItem(rows, at) ? Action.PUT_OLD : Action.DELETE;
        }
    }

    private void seeToUndo(long[] rows, int at, long since) {
        lastDigest = SurveyRow.after(rows, at);
        if (!SurveyRow.counts(rows, at)) {
            // What the filter keeps was made of what is to be undone, so that it would go with it.
            isBuiltUpon |= winnerPlace != NONE;
            return;
        }
        if (winnerPlace != NONE) {
            counts.superseded++;
        } else if (rows[at + TIME] > since) {
            // Also a removal that a restore would ignore: what was there at that instant comes back either way.
            winnerPlace = SurveyRow.place(rows, at);
            winnerAction = SurveyRow.is(rows, at, SurveyRow.INSERT) ? Action.DELETE : Action.PUT_OLD;
            if (winnerAction == Action.PUT_OLD && !SurveyRow.is(rows, at, SurveyRow.OLD_IMAGE)) {
                withoutOldImagePlace = winnerPlace;
            }
        } else {
            counts.filtered++;
        }
    }

    /** A removal that is ignored leaves what its old image says, or else what was there. */
    private boolean keepsItem(long[] rows, int at) {
        return isIgnoredExpiry(rows, at) && SurveyRow.is(rows, at, SurveyRow.OLD_IMAGE);
    }

    private boolean isIgnored(long[] rows, int at) {
        return isIgnoredExpiry(rows, at) && !SurveyRow.is(rows, at, SurveyRow.OLD_IMAGE);
    }

    private boolean isIgnoredExpiry(long[] rows, int at) {
        return rules.ignoresExpiry()
                && SurveyRow.is(rows, at, SurveyRow.EXPIRY)
                && SurveyRow.is(rows, at, SurveyRow.DELETE);
    }

    /** First microsecond at which a change was certainly made; without a time, never. */
    private static long endMicros(long[] rows, int at) {
        if (!SurveyRow.hasTime(rows, at)) {
            return Long.MAX_VALUE;
        }
        return rows[at + TIME] + (SurveyRow.isTimed(rows, at) ? SurveyRow.stepMicros(rows, at) : 0);
    }

    /** Whether the change may have been made at the cut or before, and may have been made after it. */
    private boolean isUncertain(long[] rows, int at, long cut) {
        if (!SurveyRow.hasTime(rows, at)) {
            return false;
        }
        long time = rows[at + TIME];
        if (SurveyRow.isTimed(rows, at)) {
            return time <= cut && cut < time + SurveyRow.stepMicros(rows, at) - 1;
        }
        return time > cut && time - rules.deliveryLagMicros() <= cut;
    }

    /** Whether the change was delivered after the snapshot was begun, and may have been made before. */
    private boolean isBesideBegin(long[] rows, int at) {
        return begunMicros != null
                && undoSinceMicros == null
                && !SurveyRow.isTimed(rows, at)
                && isUncertain(rows, at, begunMicros);
    }

    /** Says what becomes of the key, when all of its changes were seen; null for nothing. */
    @Nullable
    Action decide() {
        return undoSinceMicros == null ? restore() : undo();
    }

    private @Nullable Action restore() {
        boolean hasBase = basePlace != NONE && !isBaseLeftOut;
        Action action = null;
        long used = 0;
        if (winnerPlace != NONE) {
            decisions.add(winnerPlace, winnerAction, 0);
            action = winnerAction;
            used = 1;
            counts.superseded += hasBase ? 1 : 0;
        } else if (hasBase) {
            decisions.add(basePlace, Action.PUT, 0);
            action = Action.PUT;
        } else if (overtakenPlace != NONE) {
            // The snapshot is later and does not have the key.
            decisions.add(overtakenPlace, Action.DELETE, 0);
            action = Action.DELETE;
            used = 1;
        }
        counts.filtered += ignored;
        counts.superseded += counted - ignored - used;
        return action;
    }

    private @Nullable Action undo() {
        if (winnerPlace == NONE) {
            return null;
        }
        if (withoutOldImagePlace != NONE) {
            counts.withoutOldImage++;
            findings.withoutOldImage(withoutOldImagePlace, NONE, keyHash);
        }
        decisions.add(winnerPlace, winnerAction, isBuiltUpon ? NO_ITEM_AT_ALL : lastDigest);
        return winnerAction;
    }

    /** Looks whether a change began with what the one before it left, the first with the base. */
    void prove(long[] rows, int at) {
        if (provesNothing) {
            return;
        }
        boolean knowsBefore = SurveyRow.knowsBefore(rows, at) && !followsUnknown(rows, at);
        if (hasGenerations) {
            generations.see(rows, at, knowsBefore);
            return;
        }
        long before = SurveyRow.before(rows, at);
        long after = SurveyRow.after(rows, at);
        long place = SurveyRow.place(rows, at);
        if (rules.base() == null) {
            if (proven == 0 && knowsBefore && before != 0 && undoSinceMicros == null) {
                counts.olderKeys++;
                findings.older(place, NONE, keyHash);
            }
        } else if (proven == firstInPlay && knowsBefore && before != baseState()) {
            openPlace = place;
            openDigest = baseState();
        }
        if (openPlace != NONE) {
            proveFromBase(rows, at, after);
        }
        if (proven > firstInPlay && knowsBefore && before != previousDigest) {
            broken(place, previousPlace);
        }
        previousPlace = place;
        previousDigest = after;
        proven++;
    }

    /** Within a window of which only last changes are known, the change before may be one that is not. */
    private boolean followsUnknown(long[] rows, int at) {
        return !rules.windows().isEmpty()
                && SurveyRow.isTimed(rows, at)
                && rules.windows()
                        .intersects(
                                Range.closedOpen(rows[at + TIME], rows[at + TIME] + SurveyRow.stepMicros(rows, at)));
    }

    private long baseState() {
        return basePlace == NONE ? 0 : baseDigest;
    }

    /** A snapshot is not of one instant: the key may have been read before or after any change made meanwhile. */
    private void proveFromBase(long[] rows, int at, long after) {
        Long finished = Objects.requireNonNull(rules.base()).finishedMicros();
        if (finished != null && SurveyRow.hasTime(rows, at) && rows[at + TIME] > finished) {
            closeOpen();
        } else if (after == openDigest) {
            openPlace = NONE;
        }
    }

    private void closeOpen() {
        if (openPlace != NONE) {
            broken(openPlace, basePlace);
            openPlace = NONE;
        }
    }

    /** Ends a key. */
    void end() {
        closeOpen();
        generations.end();
    }

    private void broken(long place, long otherPlace) {
        counts.breaks++;
        findings.broken(place, otherPlace, keyHash);
    }
}
