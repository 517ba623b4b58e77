package io.github.dynarestore.internal.write;

import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Under which condition a write may go ahead. */
public sealed interface ItemGuard {

    /** Digest of no item. */
    long ABSENT = 0;

    /** Digest of an item, the same for items that mean the same, and not {@link #ABSENT}. */
    ToLongFunction<Map<String, AttributeValue>> digest();

    /** Whether an item that equals a write's may be of that write, though no attempt at it in this run was open. */
    boolean mayBeOurs(long token);

    /**
     * The table does not hold an item of the key.
     *
     * @param doneBefore whether an earlier run may have done the write of a token
     */
    record IsAbsent(ToLongFunction<Map<String, AttributeValue>> digest, LongPredicate doneBefore) implements ItemGuard {

        /** Of a run before which there was none. */
        public IsAbsent(ToLongFunction<Map<String, AttributeValue>> digest) {
            this(digest, token -> false);
        }

        @Override
        public boolean mayBeOurs(long token) {
            return doneBefore.test(token);
        }
    }

    /**
     * The table holds what it is expected to, or what the write would leave.
     *
     * @param expected digest of what is expected for a write's token
     */
    record IsUnchanged(ToLongFunction<Map<String, AttributeValue>> digest, LongUnaryOperator expected)
            implements ItemGuard {

        @Override
        public boolean mayBeOurs(long token) {
            return true;
        }
    }
}
