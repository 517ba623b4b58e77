package io.github.dynarestore.internal.write;

import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Under which condition a write may go ahead. */
public sealed interface ItemGuard {

    /** Digest of no item. */
    long ABSENT = 0;

    /** Digest of an item, the same for items that mean the same, and not {@link #ABSENT}. */
    ToLongFunction<Map<String, AttributeValue>> digest();

    /** The table does not hold an item of the key. */
    record IsAbsent(ToLongFunction<Map<String, AttributeValue>> digest) implements ItemGuard {}

    /**
     * The table holds what it is expected to, or what the write would leave.
     *
     * @param expected digest of what is expected for a write's token
     */
    record IsUnchanged(ToLongFunction<Map<String, AttributeValue>> digest, LongUnaryOperator expected)
            implements ItemGuard {}
}
