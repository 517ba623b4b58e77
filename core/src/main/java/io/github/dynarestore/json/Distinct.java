package io.github.dynarestore.json;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds whether two of a group of byte strings are equal. Groups nest: one may begin while another is open. Few members
 * are compared with each other, many are sorted by hash, so that a hostile item of thousands of names stays cheap. Not
 * thread-safe.
 */
final class Distinct {

    private static final int FEW = 12;

    private long[] hashes = new long[64];
    private int[] froms = new int[64];
    private int[] lengths = new int[64];
    private byte[][] arrays = new byte[64][];
    private int count;
    private byte[] arena = new byte[256];
    private int arenaUsed;
    private long[] sorted = new long[64];

    void reset() {
        count = 0;
        arenaUsed = 0;
    }

    /** Begins a group; what it returns ends it. */
    int begin() {
        return count;
    }

    /** Adds a member that stays where it is; returns its hash. */
    long add(byte[] bytes, int from, int length) {
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, count * 2);
            froms = Arrays.copyOf(froms, count * 2);
            lengths = Arrays.copyOf(lengths, count * 2);
            arrays = Arrays.copyOf(arrays, count * 2);
        }
        long hash = ByteHash.of(bytes, from, length);
        hashes[count] = hash;
        froms[count] = from;
        lengths[count] = length;
        arrays[count] = bytes;
        count++;
        return hash;
    }

    /** Makes room for a member that the caller writes, at the returned index of {@link #arena()}. */
    int room(int length) {
        if (arena.length - arenaUsed < length) {
            byte[] larger = Arrays.copyOf(arena, Math.max(arena.length * 2, arenaUsed + length));
            for (int i = 0; i < count; i++) {
                if (arrays[i] == arena) {
                    arrays[i] = larger;
                }
            }
            arena = larger;
        }
        int at = arenaUsed;
        arenaUsed += length;
        return at;
    }

    byte[] arena() {
        return arena;
    }

    /** Ends a group; returns whether all its members differ. */
    boolean end(int begin) {
        boolean distinct = count - begin <= FEW ? fewAreDistinct(begin) : manyAreDistinct(begin);
        count = begin;
        if (begin == 0) {
            arenaUsed = 0;
        }
        return distinct;
    }

    private boolean fewAreDistinct(int begin) {
        for (int i = begin + 1; i < count; i++) {
            for (int j = begin; j < i; j++) {
                if (hashes[i] == hashes[j] && areEqual(i, j)) {
                    return false;
                }
            }
        }
        return true;
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
            if (!members.add(ByteBuffer.wrap(arrays[i], froms[i], lengths[i]))) {
                return false;
            }
        }
        return true;
    }

    private boolean areEqual(int i, int j) {
        return Arrays.equals(arrays[i], froms[i], froms[i] + lengths[i], arrays[j], froms[j], froms[j] + lengths[j]);
    }
}
