package io.github.dynarestore.internal.checkpoint;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier run left.
 *
 * @param begin null if there was none
 * @param survey null if it was not finished
 * @param progress what had ended by then
 * @param completed whether the run had come to its end
 * @param memos what it had done besides writing items, by name
 */
public record Recovered(
        @Nullable Begin begin,
        @Nullable RecoveredSurvey survey,
        Progress progress,
        boolean completed,
        Map<String, String> memos) {

    /** Copies the map. */
    public Recovered {
        memos = Map.copyOf(memos);
    }
}
