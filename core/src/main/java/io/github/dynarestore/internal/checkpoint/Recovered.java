package io.github.dynarestore.internal.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * What an earlier run left.
 *
 * @param begin null if there was none
 * @param survey null if it was not finished
 * @param progress what had ended by then
 * @param completed whether the run had come to its end
 */
public record Recovered(
        @Nullable Begin begin, @Nullable RecoveredSurvey survey, Progress progress, boolean completed) {}
