package io.github.dynarestore.internal.batch;

import java.nio.ByteBuffer;

/**
 * A sealed batch: the whole JSON body of a BatchWriteItem request, and where in it each write's item or key stands.
 *
 * @param body the parts of the request's body, one behind the other; each item or key stands in one of them
 * @param bodyLength length of the request's body
 * @param offsets where the item or key of each write begins in the body
 * @param lengths length of the item or key of each write
 * @param deletes whether each write is a delete
 * @param tokens the caller's mark of each write
 * @param units write units that each write is expected to take
 */
@SuppressWarnings("ArrayRecordComponent") // Handed over once; compared by nobody.
public record WriteBatch(
        ByteBuffer[] body,
        int bodyLength,
        int[] offsets,
        int[] lengths,
        boolean[] deletes,
        long[] tokens,
        int[] units) {}
