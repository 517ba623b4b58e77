package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.ChangeOrder;

/**
 * Whether a stream was made anew meanwhile: a change has a greater number than one that certainly came later. Sees the
 * changes of one key as {@link RowOrder#OF_STREAM} has them.
 */
final class GenerationCheck {

    private boolean hasLatest;
    private long latestMicros;
    private boolean fall;

    void begin() {
        hasLatest = false;
        fall = false;
    }

    void see(long[] rows, int at) {
        if (SurveyRow.basis(rows, at) == ChangeOrder.Basis.SEQUENCE_NUMBER && SurveyRow.isTimed(rows, at)) {
            long time = rows[at + SurveyRow.TIME];
            fall |= hasLatest && SurveyRow.isBefore(rows, at, latestMicros);
            latestMicros = hasLatest ? Math.max(latestMicros, time) : time;
            hasLatest = true;
        }
    }

    /** Whether numbers fall while time goes on. */
    boolean numbersFall() {
        return fall;
    }
}
