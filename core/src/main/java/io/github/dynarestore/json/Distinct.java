package io.github.dynarestore.json;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds whether two of a group of byte strings are equal. Groups nest: one may begin while another is open. Of few members
 * those are compared whose hashes share six bits, many are sorted by hash, so that a hostile item of thousands of names stays
 * cheap. Not thread-safe.
 */
final class Distinct {

    private static final int FEW = 32;

    private long[] hashes = new long[64];

    /** Where each member stands, above its length; the indices of the arena are kept negated. */
    private long[] places = new long[64];

    private byte[] source = {};
    private int count;

    /** Of the group that began last: its first member, a bit for six bits of each hash, and whether two are equal. */
    private int first;

    private long filter;
    private boolean isRepeated;

    /** Of the groups around it. */
    private long[] outer = new long[96];

    private int outerUsed;
    private byte[] arena = new byte[256];
    private int arenaUsed;
    private long[] sorted = new long[64];

    /** Begins anew, with members that may stand in an array. */
    void reset(byte[] newSource) {
        source = newSource;
        count = 0;
        arenaUsed = 0;
        outerUsed = 0;
    }

    /** Begins a group within the one that is open. */
    void begin() {
        if (outer.length - outerUsed < 3) {
            outer = Arrays.copyOf(outer, outer.length * 2);
        }
        outer[outerUsed++] = first;
        outer[outerUsed++] = filter;
        outer[outerUsed++] = isRepeated ? 1 : 0;
        first = count;
        filter = 0;
        isRepeated = false;
    }

    /** Adds a member that stands in the source. */
    void add(int from, int length, long hash) {
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, count * 2);
            places = Arrays.copyOf(places, count * 2);
        }
        hashes[count] = hash;
        places[count] = (long) from << Integer.SIZE | length;
        // Shifts by the lowest six bits.
        long bit = 1L << hash;
        if ((filter & bit) != 0 && count - first < FEW) {
            isRepeated |= isThere(hash);
        }
        filter |= bit;
        count++;
    }

    /** Adds a member that stands in the arena. */
    void addOfArena(int at, int length, long hash) {
        add(~at, length, hash);
    }

    private boolean isThere(long hash) {
        for (int i = first; i < count; i++) {
            if (hashes[i] == hash && areEqual(i, count)) {
                return true;
            }
        }
        return false;
    }

    /** Makes room for a member that the caller writes, at the returned index of {@link #arena()}. */
    int room(int length) {
        if (arena.length - arenaUsed < length) {
            arena = Arrays.copyOf(arena, Math.max(arena.length * 2, arenaUsed + length));
        }
        int at = arenaUsed;
        arenaUsed += length;
        return at;
    }

    byte[] arena() {
        return arena;
    }

    /** Ends the group that began last; returns whether all its members differ. */
    boolean end() {
        boolean distinct = !isRepeated && (count - first <= FEW || manyAreDistinct(first));
        count = first;
        isRepeated = outer[--outerUsed] != 0;
        filter = outer[--outerUsed];
        first = (int) outer[--outerUsed];
        if (count == 0) {
            arenaUsed = 0;
        }
        return distinct;
    }

    private boolean manyAreDistinct(int begin) {
        int members = count - begin;
        if (sorted.length < members) {
            sorted = new long[Math.max(members, sorted.length * 2)];
        }
        System.arraycopy(hashes, begin, sorted, 0, members);
        Arrays.sort(sorted, 0, members);
        for (int i = 1; i < members; i++) {
            if (sorted[i] == sorted[i - 1]) {
                return manyAreDistinctByContent(begin);
            }
        }
        return true;
    }

    /** A set of buffers stays fast when somebody has made all hashes collide: its buckets turn into trees. */
    private boolean manyAreDistinctByContent(int begin) {
        Set<ByteBuffer> members = new HashSet<>();
        for (int i = begin; i < count; i++) {
            if (!members.add(ByteBuffer.wrap(array(i), from(i), length(i)))) {
                return false;
            }
        }
        return true;
    }

    private byte[] array(int member) {
        return places[member] < 0 ? arena : source;
    }

    private int from(int member) {
        int from = (int) (places[member] >> Integer.SIZE);
        return from < 0 ? ~from : from;
    }

    private int length(int member) {
        return (int) places[member];
    }

    private boolean areEqual(int i, int j) {
        return Arrays.equals(array(i), from(i), from(i) + length(i), array(j), from(j), from(j) + length(j));
    }
}
