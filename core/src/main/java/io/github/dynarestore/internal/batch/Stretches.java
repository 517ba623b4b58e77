package io.github.dynarestore.internal.batch;

import java.util.Arrays;

/**
 * Deals objects out to lanes that are read side by side, so that what is read at the same time lies far apart in the
 * listing: exports are in the order of the keys' hashes, and each partition of a table takes only so much. Each lane has
 * a stretch of the listing, and when it is through with it, the second half of the longest that is left. Thread-safe.
 */
public final class Stretches {

    /** Bytes of the objects before each one. */
    private final long[] bytesBefore;

    private int[] next;
    private int[] end;
    private volatile int lanes;

    /**
     * Cuts a listing into stretches of about as many bytes each.
     *
     * @param sizesBytes sizes of the objects, in the order of the listing
     * @param lanes how many stretches there are
     */
    public Stretches(long[] sizesBytes, int lanes) {
        int objects = sizesBytes.length;
        bytesBefore = new long[objects + 1];
        for (int i = 0; i < objects; i++) {
            bytesBefore[i + 1] = bytesBefore[i] + Math.max(1, sizesBytes[i]);
        }
        this.lanes = lanes;
        next = new int[lanes];
        end = new int[lanes];
        int from = 0;
        for (int lane = 0; lane < lanes; lane++) {
            next[lane] = from;
            from = lane == lanes - 1 ? objects : Math.max(from, at(bytesBefore[objects] * (lane + 1.0) / lanes));
            end[lane] = from;
        }
    }

    /** The first object that begins at or behind so many bytes. */
    private int at(double bytes) {
        int low = 0;
        int high = bytesBefore.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (bytesBefore[middle] < bytes) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Adds a lane, which begins in the middle of the longest stretch that is left; -1 if there are as many already. */
    public int addUpTo(int most) {
        return lanes < most ? add(most) : -1;
    }

    private synchronized int add(int most) {
        int lane = next.length;
        if (lane >= most) {
            return -1;
        }
        next = Arrays.copyOf(next, lane + 1);
        end = Arrays.copyOf(end, lane + 1);
        lanes = lane + 1;
        return lane;
    }

    /** The index of the next object for a lane to read; -1 if there is none left. */
    public synchronized int next(int lane) {
        if (next[lane] == end[lane]) {
            takeOver(lane);
        }
        return next[lane] < end[lane] ? next[lane]++ : -1;
    }

    private void takeOver(int lane) {
        int longest = lane;
        for (int other = 0; other < next.length; other++) {
            if (bytesLeft(other) > bytesLeft(longest)) {
                longest = other;
            }
        }
        if (next[longest] == end[longest]) {
            return;
        }
        int half = at((bytesBefore[next[longest]] + bytesBefore[end[longest]]) / 2.0);
        // A single object that is left is not begun by its own lane: that is reading another.
        int from = Math.min(Math.max(half, next[longest]), end[longest] - 1);
        next[lane] = from;
        end[lane] = end[longest];
        end[longest] = from;
    }

    private long bytesLeft(int lane) {
        return bytesBefore[end[lane]] - bytesBefore[next[lane]];
    }
}
