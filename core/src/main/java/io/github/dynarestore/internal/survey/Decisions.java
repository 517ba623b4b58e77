package io.github.dynarestore.internal.survey;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which records are to be applied, and how: for each object and action the ordinals. Filled by several threads in blocks;
 * read by one when they are done.
 */
public final class Decisions {

    /** What becomes of a key. */
    public enum Action {
        /** Write the record's new image. */
        PUT,
        /** Delete the record's key. */
        DELETE,
        /** Write the record's old image. */
        PUT_OLD
    }

    private static final int BLOCK = 1024;
    private static final Action[] ACTIONS = Action.values();

    /** Bits by action, object and ordinal while they are gathered in no order, which a bitmap of containers takes ill. */
    private final long[][][] gathered = new long[ACTIONS.length][][];

    private final RoaringBitmap[][] ordinals = new RoaringBitmap[ACTIONS.length][];
    private final long[] counts = new long[ACTIONS.length];
    private final boolean keepsExpected;
    private final long[][] expected;
    private final int[] expectedLengths;

    /**
     * Creates empty decisions.
     *
     * @param objects how many objects there are
     * @param keepsExpected whether to keep with each record the digest of what the table is expected to hold
     */
    public Decisions(int objects, boolean keepsExpected) {
        for (int action = 0; action < ACTIONS.length; action++) {
            gathered[action] = new long[objects][];
            ordinals[action] = new RoaringBitmap[objects];
        }
        this.keepsExpected = keepsExpected;
        expected = new long[keepsExpected ? objects : 0][];
        expectedLengths = new int[keepsExpected ? objects : 0];
    }

    /** One thread's decisions that wait for the lock. */
    final class Block {
        private final long[] places = new long[BLOCK];
        private final byte[] actions = new byte[BLOCK];
        private final long[] digests = new long[keepsExpected ? BLOCK : 0];
        private int count;

        void add(long place, Action action, long expectedDigest) {
            places[count] = place;
            actions[count] = (byte) action.ordinal();
            if (keepsExpected) {
                digests[count] = expectedDigest;
            }
            if (++count == BLOCK) {
                flush();
            }
        }

        void flush() {
            take(places, actions, digests, count);
            count = 0;
        }
    }

    Block newBlock() {
        return new Block();
    }

    private synchronized void take(long[] places, byte[] actions, long[] digests, int count) {
        for (int i = 0; i < count; i++) {
            int object = (int) (places[i] >>> 32);
            int ordinal = (int) places[i];
            add(ACTIONS[actions[i]], object, ordinal);
            if (keepsExpected) {
                restoreExpected(object, ordinal, digests[i]);
            }
        }
    }

    /** Says what the table is expected to hold under a record's key. */
    public synchronized void restoreExpected(int object, int ordinal, long digest) {
        long[] pairs = expected[object] == null ? new long[8] : expected[object];
        int length = expectedLengths[object];
        if (length == pairs.length) {
            pairs = Arrays.copyOf(pairs, length * 2);
        }
        pairs[length] = ordinal;
        pairs[length + 1] = digest;
        expected[object] = pairs;
        expectedLengths[object] = length + 2;
    }

    private void add(Action action, int object, int ordinal) {
        long[][] ofAction = gathered[action.ordinal()];
        long[] bits = ofAction[object];
        int word = ordinal >>> 6;
        if (bits == null) {
            bits = new long[word + 1];
            ofAction[object] = bits;
        } else if (word >= bits.length) {
            bits = Arrays.copyOf(bits, Math.max(word + 1, bits.length + (bits.length >> 1)));
            ofAction[object] = bits;
        }
        bits[word] |= 1L << ordinal;
        counts[action.ordinal()]++;
    }

    /** Ends the gathering. */
    synchronized void seal() {
        for (int action = 0; action < ACTIONS.length; action++) {
            for (int object = 0; object < gathered[action].length; object++) {
                long[] bits = gathered[action][object];
                if (bits != null) {
                    RoaringBitmap bitmap = BitSetUtil.bitmapOf(bits);
                    bitmap.runOptimize();
                    ordinals[action][object] = bitmap;
                    gathered[action][object] = null;
                }
            }
        }
    }

    /** The part of an image's digest that the survey keeps. */
    public static long keptDigest(long digest) {
        return SurveyRow.kept(digest);
    }

    /** How many keys have an action. */
    public long count(Action action) {
        return counts[action.ordinal()];
    }

    /** Ordinals of an object's records that have an action; null for none. */
    public @Nullable RoaringBitmap of(Action action, int object) {
        return ordinals[action.ordinal()][object];
    }

    /** Ordinals of an object's records that have any action. */
    public RoaringBitmap of(int object) {
        RoaringBitmap ofObject = new RoaringBitmap();
        for (RoaringBitmap[] ofAction : ordinals) {
            if (ofAction[object] != null) {
                ofObject.or(ofAction[object]);
            }
        }
        return ofObject;
    }

    /** Forgets every record that has an action. */
    public void drop(Action action) {
        Arrays.fill(ordinals[action.ordinal()], null);
        counts[action.ordinal()] = 0;
    }

    /** Takes a restored bitmap. */
    public void restore(Action action, int object, RoaringBitmap bitmap) {
        ordinals[action.ordinal()][object] = bitmap;
        counts[action.ordinal()] += bitmap.getLongCardinality();
    }

    /** Leaves records of an object out. */
    public void leaveOut(int object, RoaringBitmap done) {
        for (int action = 0; action < ACTIONS.length; action++) {
            RoaringBitmap ofAction = ordinals[action][object];
            if (ofAction != null) {
                long before = ofAction.getLongCardinality();
                ofAction.andNot(done);
                counts[action] -= before - ofAction.getLongCardinality();
            }
        }
    }

    /** How many objects there are. */
    public int objects() {
        return ordinals[0].length;
    }

    /** Whether the table is expected to hold what the log's last change left. */
    public boolean keepsExpected() {
        return keepsExpected;
    }

    /** Digest of what the table is expected to hold under a record's key; 0 for nothing. */
    public Expected expectedOf(int object) {
        int count = expectedLengths[object] / 2;
        long[] pairs = expected[object];
        long[] order = new long[count];
        for (int i = 0; i < count; i++) {
            order[i] = pairs[i * 2] << 32 | i;
        }
        Arrays.sort(order);
        int[] sortedOrdinals = new int[count];
        long[] sortedDigests = new long[count];
        for (int i = 0; i < count; i++) {
            int from = (int) order[i];
            sortedOrdinals[i] = (int) pairs[from * 2];
            sortedDigests[i] = pairs[from * 2 + 1];
        }
        return new Expected(sortedOrdinals, sortedDigests);
    }

    /** Digests of one object's records by ordinal. */
    public record Expected(int[] ordinals, long[] digests) {
        /** Digest for a record that is decided. */
        public long of(int ordinal) {
            return digests[Arrays.binarySearch(ordinals, ordinal)];
        }
    }
}
