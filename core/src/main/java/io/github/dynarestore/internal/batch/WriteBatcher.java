package io.github.dynarestore.internal.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fills batches that BatchWriteItem takes: at most 25 writes, a bounded body, no key twice. Each write is copied once,
 * into the body of the request: one that gets longer than was thought goes on in another part. Not thread-safe.
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

    /** A part has no more room than this share of those before it, unless one write needs it. */
    private static final int PART_SHARE = 2;

    private static final byte[] NOTHING = {};

    private final byte[] beginning;
    private final int maxBodyBytes;

    /** Parts of the body that are full, and how long they are together. */
    private final List<ByteBuffer> fullParts = new ArrayList<>();

    private int fullLength;
    private byte[] part = NOTHING;
    private int partLength;

    /** The next body is about as long as the last one, and mostly of one part. */
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
        if (count == MAX_WRITES || count > 0 && length() + more + END.length > maxBodyBytes || has(hashHigh, hashLow)) {
            return false;
        }
        if (count == 0) {
            part = new byte[Math.max(nextCapacity, beginning.length + more + END.length)];
            append(beginning, 0, beginning.length);
        } else {
            makeRoom(more + END.length);
            append(COMMA, 0, 1);
        }
        append(verb, 0, verb.length);
        offsets[count] = length();
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

    private int length() {
        return fullLength + partLength;
    }

    /** Begins another part if so much does not fit into this one: for the writes that are likely to come, within a bound. */
    private void makeRoom(int bytes) {
        if (part.length - partLength >= bytes) {
            return;
        }
        endPart();
        long likely = (long) fullLength * (MAX_WRITES - count) / count;
        part = new byte[(int) Math.max(bytes, Math.min(likely, fullLength / PART_SHARE))];
    }

    private void endPart() {
        fullParts.add(ByteBuffer.wrap(part, 0, partLength));
        fullLength += partLength;
        part = NOTHING;
        partLength = 0;
    }

    private void append(byte[] from, int offset, int n) {
        System.arraycopy(from, offset, part, partLength, n);
        partLength += n;
    }

    /** Whether nothing has been added since the last seal. */
    public boolean isEmpty() {
        return count == 0;
    }

    /** Closes the batch and begins another. */
    public WriteBatch seal() {
        append(END, 0, END.length);
        endPart();
        nextCapacity = fullLength + fullLength / CAPACITY_SHARE_TO_SPARE;
        WriteBatch sealed = new WriteBatch(
                fullParts.toArray(new ByteBuffer[0]),
                fullLength,
                Arrays.copyOf(offsets, count),
                Arrays.copyOf(lengths, count),
                Arrays.copyOf(deletes, count),
                Arrays.copyOf(tokens, count),
                Arrays.copyOf(units, count));
        count = 0;
        fullParts.clear();
        fullLength = 0;
        return sealed;
    }
}
