package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.ChangeOrder;

/** What the changes of one key can be ordered by. Sees them as {@link RowOrder#OF_STREAM} has them. */
final class OrderCheck {

    private boolean hasLatest;
    private long latestMicros;
    private boolean fall;
    private boolean anyByNumber;
    private boolean anyByTime;
    private boolean anyUntimed;

    void begin() {
        hasLatest = false;
        fall = false;
        anyByNumber = false;
        anyByTime = false;
        anyUntimed = false;
    }

    void see(long[] rows, int at) {
        boolean isTimed = SurveyRow.isTimed(rows, at);
        anyUntimed |= !isTimed;
        if (SurveyRow.basis(rows, at) != ChangeOrder.Basis.SEQUENCE_NUMBER) {
            anyByTime = true;
            return;
        }
        anyByNumber = true;
        if (isTimed) {
            long time = rows[at + SurveyRow.TIME];
            fall |= hasLatest && SurveyRow.isBefore(rows, at, latestMicros);
            latestMicros = hasLatest ? Math.max(latestMicros, time) : time;
            hasLatest = true;
        }
    }

    /** Whether the stream was made anew meanwhile: numbers fall while time goes on. */
    boolean numbersFall() {
        return fall;
    }

    /** Whether there are changes with a number and changes without, so that only time orders both. */
    boolean isMixed() {
        return anyByNumber && anyByTime;
    }

    /** Whether numbers do not order them all; equal times are then to be told apart by {@link TieOrder}. */
    boolean needsTime() {
        return anyByTime;
    }

    /** Whether nothing orders them all. */
    boolean isIncomparable() {
        return isMixed() && anyUntimed;
    }
}
