package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.ChangeOrder;

/** What the changes of one key can be ordered by. Sees them as {@link RowOrder#OF_STREAM} has them. */
final class OrderCheck {

    private boolean hasLatest;
    private boolean hasNumber;
    private long numberTop;
    private long numberMiddle;
    private long numberLow;
    private long latestMicros;
    private boolean fall;
    private boolean anyByNumber;
    private boolean anyByTime;
    private boolean anyUntimed;
    private long numbered;
    private boolean anyNumberUntimed;

    void begin() {
        hasLatest = false;
        hasNumber = false;
        numbered = 0;
        anyNumberUntimed = false;
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
        numbered++;
        anyNumberUntimed |= !isTimed;
        // Of one time they would have been copies or contradictions, so two generations of the stream numbered alike.
        fall |= hasNumber && isNumberedAs(rows, at);
        hasNumber = true;
        numberTop = SurveyRow.orderTop(rows, at);
        numberMiddle = rows[at + SurveyRow.ORDER_MIDDLE];
        numberLow = rows[at + SurveyRow.ORDER_LOW];
        if (isTimed) {
            long time = rows[at + SurveyRow.TIME];
            fall |= hasLatest && SurveyRow.isBefore(rows, at, latestMicros);
            latestMicros = hasLatest ? Math.max(latestMicros, time) : time;
            hasLatest = true;
        }
    }

    private boolean isNumberedAs(long[] rows, int at) {
        return numberTop == SurveyRow.orderTop(rows, at)
                && numberMiddle == rows[at + SurveyRow.ORDER_MIDDLE]
                && numberLow == rows[at + SurveyRow.ORDER_LOW];
    }

    /** Whether only numbers order some of them: that the stream was made anew meanwhile would not show. */
    boolean trustsNumbers() {
        return numbered > 1 && anyNumberUntimed;
    }

    /**
     * Whether the stream was made anew meanwhile: numbers fall while time goes on, or are equal at two times.
     */
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
