package io.github.dynarestore.internal.survey;

import static io.github.dynarestore.internal.survey.SurveyRow.ORDER_LOW;
import static io.github.dynarestore.internal.survey.SurveyRow.ORDER_MIDDLE;
import static io.github.dynarestore.internal.survey.SurveyRow.TIME;

/**
 * Proves of a key whose stream was made anew that within a generation nothing is missing. The changes pass by in the order
 * of time. Where the number rises from one to the next, both are of one generation; where several were made at one time
 * their order is not certain, and nothing is said of them. Nor is anything of an insert: the table may have been made anew
 * with numbers that rise. Used by one thread.
 */
final class GenerationProof {

    /** Takes a change that does not begin with what the one before it left. */
    @FunctionalInterface
    interface Taker {
        void broken(long place, long previousPlace);
    }

    private static final long NONE = -1;

    private final Taker taker;
    private long previousTop;
    private long previousMiddle;
    private long previousLow;
    private long previousPlace;
    private long previousDigest;

    /** How many changes were made at the time of the last one; 0 before the first. */
    private int atOnce;

    private long endMicros;

    /** A break that counts unless another change turns out to have been made at the same time; else none. */
    private long brokenPlace;

    private long placeBeforeBroken;

    GenerationProof(Taker taker) {
        this.taker = taker;
    }

    /** Begins a key. */
    void begin() {
        atOnce = 0;
        brokenPlace = NONE;
    }

    /**
     * Sees a change.
     *
     * @param knowsBefore whether it says what was there before it
     */
    void see(long[] rows, int at, boolean knowsBefore) {
        boolean isTimed = SurveyRow.isTimed(rows, at);
        if (!isTimed || atOnce > 0 && rows[at + TIME] < endMicros) {
            atOnce = Math.max(1, atOnce) + 1;
            brokenPlace = NONE;
        } else {
            end();
            long before = knowsBefore ? SurveyRow.before(rows, at) : 0;
            if (atOnce == 1 && before != 0 && before != previousDigest && rises(rows, at)) {
                brokenPlace = SurveyRow.place(rows, at);
                placeBeforeBroken = previousPlace;
            }
            atOnce = 1;
            endMicros = Long.MIN_VALUE;
        }
        if (isTimed) {
            endMicros = Math.max(endMicros, rows[at + TIME] + SurveyRow.stepMicros(rows, at));
        }
        previousTop = SurveyRow.orderTop(rows, at);
        previousMiddle = rows[at + ORDER_MIDDLE];
        previousLow = rows[at + ORDER_LOW];
        previousPlace = SurveyRow.place(rows, at);
        previousDigest = SurveyRow.after(rows, at);
    }

    private boolean rises(long[] rows, int at) {
        int order = Long.compare(SurveyRow.orderTop(rows, at), previousTop);
        if (order == 0) {
            order = Long.compare(rows[at + ORDER_MIDDLE], previousMiddle);
        }
        return order == 0 ? rows[at + ORDER_LOW] > previousLow : order > 0;
    }

    /** Ends a key, or the changes of one time. */
    void end() {
        if (brokenPlace != NONE) {
            taker.broken(brokenPlace, placeBeforeBroken);
            brokenPlace = NONE;
        }
    }
}
