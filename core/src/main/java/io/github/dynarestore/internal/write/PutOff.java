package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.WriteLimit;
import org.jspecify.annotations.Nullable;

/**
 * Writes that DynamoDB did not take for now.
 *
 * @param tokens which they are
 * @param why what it says is full; null if it does not say, as of unprocessed items
 */
@SuppressWarnings("ArrayRecordComponent") // Handed over once; compared by nobody.
public record PutOff(long[] tokens, @Nullable WriteLimit why) {}
