package io.github.dynarestore.internal.batch;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Fills batches that BatchWriteItem takes: at most 25 writes, a bounded body, no key twice. Each write is copied once,
 * into the body of the request. Not thread-safe.
 */
public final class WriteBatcher {

    /** Most writes of a batch (API reference, BatchWriteItem). */
    public static final int MAX_WRITES = 25;

    /** Longest body; the service takes 16 MB, and smaller bodies spread the load better. */
    public static final int MAX_BODY_BYTES = 4 << 20;

    private static final byte[] PUT = ascii("{\"PutRequest\":{\"Item\":");
    private static final byte[] DELETE = ascii("{\"DeleteRequest\":{\"Key\":");
    private static final byte[] COMMA = {','};
    private static final byte[] END_OF_WRITE = ascii("}}");
    private static final byte[] END = ascii("]},\"ReturnConsumedCapacity\":\"INDEXES\"}");
    private static final int BYTES_PER_UNIT = 1024;
    private static final int FIRST_CAPACITY = 16 << 10;
    private static final int CAPACITY_SHARE_TO_SPARE = 16;
    private static final byte[] NOTHING = {};

    private final byte[] beginning;
    private final int maxBodyBytes;
    private byte[] body = NOTHING;
    private int length;

    /** The next body is about as long as the last one: images are copied once, {@code HotPathBenchmark.fillBatch}. */
    private int nextCapacity = FIRST_CAPACITY;

    private final int[] offsets = new int[MAX_WRITES];
    private final int[] lengths = new int[MAX_WRITES];
    private final boolean[] deletes = new boolean[MAX_WRITES];
    private final long[] tokens = new long[MAX_WRITES];
    private final long[] hashesHigh = new long[MAX_WRITES];
    private final long[] hashesLow = new long[MAX_WRITES];
    private int count;
    private final int[] units = new int[MAX_WRITES];

    /** Creates an empty one for a table; the name holds nothing that JSON would escape. */
    public WriteBatcher(String table) {
        this(table, MAX_BODY_BYTES);
    }

    /** Creates an empty one whose bodies are bounded otherwise; a single write may be longer. */
    public WriteBatcher(String table, int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
        beginning = ascii("{\"RequestItems\":{\"" + table + "\":[");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Adds a put.
     *
     * @param token the caller's mark
     * @return false if the batch must be sealed first
     */
    public boolean tryPut(
            byte[] item, int offset, int itemLength, int itemSizeBytes, long hashHigh, long hashLow, long token) {
        int itemUnits = Math.max(1, (itemSizeBytes + BYTES_PER_UNIT - 1) / BYTES_PER_UNIT);
        return add(PUT, item, offset, itemLength, itemUnits, hashHigh, hashLow, token, false);
    }

    /** Adds a delete; see {@link #tryPut}. */
    public boolean tryDelete(byte[] key, int offset, int keyLength, long hashHigh, long hashLow, long token) {
        return add(DELETE, key, offset, keyLength, 1, hashHigh, hashLow, token, true);
    }

    private boolean add(
            byte[] verb,
            byte[] json,
            int offset,
            int jsonLength,
            int writeUnits,
            long hashHigh,
            long hashLow,
            long token,
            boolean isDelete) {
        int more = verb.length + jsonLength + END_OF_WRITE.length + 1;
        if (count == MAX_WRITES || count > 0 && length + more + END.length > maxBodyBytes || has(hashHigh, hashLow)) {
            return false;
        }
        if (count == 0) {
            body = new byte[nextCapacity];
            length = 0;
            append(beginning, 0, beginning.length);
        } else {
            append(COMMA, 0, 1);
        }
        append(verb, 0, verb.length);
        offsets[count] = length;
        lengths[count] = jsonLength;
        deletes[count] = isDelete;
        tokens[count] = token;
        hashesHigh[count] = hashHigh;
        hashesLow[count] = hashLow;
        append(json, offset, jsonLength);
        append(END_OF_WRITE, 0, END_OF_WRITE.length);
        units[count] = writeUnits;
        count++;
        return true;
    }

    private boolean has(long hashHigh, long hashLow) {
        for (int i = 0; i < count; i++) {
            if (hashesLow[i] == hashLow && hashesHigh[i] == hashHigh) {
                return true;
            }
        }
        return false;
    }

    private void append(byte[] from, int offset, int n) {
        if (body.length - length < n) {
            body = Arrays.copyOf(body, Math.max(body.length * 2, length + n));
        }
        System.arraycopy(from, offset, body, length, n);
        length += n;
    }

    /** Whether nothing has been added since the last seal. */
    public boolean isEmpty() {
        return count == 0;
    }

    /** Closes the batch and begins another. */
    public WriteBatch seal() {
        append(END, 0, END.length);
        nextCapacity = length + length / CAPACITY_SHARE_TO_SPARE;
        WriteBatch sealed = new WriteBatch(
                body,
                length,
                Arrays.copyOf(offsets, count),
                Arrays.copyOf(lengths, count),
                Arrays.copyOf(deletes, count),
                Arrays.copyOf(tokens, count),
                Arrays.copyOf(units, count));
        count = 0;
        body = NOTHING;
        return sealed;
    }
}
