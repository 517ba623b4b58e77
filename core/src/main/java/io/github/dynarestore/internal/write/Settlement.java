package io.github.dynarestore.internal.write;

import org.jspecify.annotations.Nullable;

/**
 * What became of the units that were taken for a call.
 *
 * @param taken what was taken
 * @param expected of these, what was taken for the writes that were done
 * @param consumed what DynamoDB says the call consumed; null if that is not known
 */
public record Settlement(
        double taken, double expected, @Nullable Consumed consumed) {}
