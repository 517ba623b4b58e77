package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.JsonCursor;

/**
 * Names of an object's members, in the order in which they stood in the records before: whoever wrote those has spelled them
 * all alike, and bytes that were a certain name are that name again. Spares most names of a record being looked at byte by
 * byte ({@code FormatBenchmark} of {@code KINESIS} and {@code STREAM}, small items). Not thread-safe.
 */
final class MemberNames {

    /** What says that it is not known which name stands there. */
    static final int UNKNOWN = -1;

    /** More places, and longer names, than a record has; others are found out each time. */
    private static final int PLACES = 16;

    private static final int MAX_BYTES = 64;

    private final byte[][] spelled = new byte[PLACES][MAX_BYTES];
    private final int[] lengths = new int[PLACES];
    private final int[] names = new int[PLACES];
    private int places;
    private int next;

    /** Begins anew with the first member of an object. */
    void reset() {
        next = 0;
    }

    /**
     * Takes the name that is next in the order, or the one behind it, as an image may be missing, with the colon and up to its
     * value, if it stands there.
     */
    int take(JsonCursor json) {
        int last = Math.min(places, next + 2);
        for (int place = next; place < last; place++) {
            if (json.takeIf(spelled[place], lengths[place])) {
                next = place + 1;
                return names[place];
            }
        }
        return UNKNOWN;
    }

    /** Remembers the name that was found out just now, as it is spelled up to its value. */
    void learn(int name, byte[] bytes, int from, int to) {
        if (next < PLACES && to - from <= MAX_BYTES) {
            System.arraycopy(bytes, from, spelled[next], 0, to - from);
            lengths[next] = to - from;
            names[next] = name;
            next++;
            places = Math.max(places, next);
        }
    }
}
