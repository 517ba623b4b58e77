package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.JsonCursor;

/**
 * Names of an object's members, in the order in which they stood in the records before: whoever wrote those has spelled them
 * all alike, and bytes that were a certain name are that name again. So are members that say nothing, such as the region.
 * Spares most of a record's envelope being looked at byte by byte ({@code FormatBenchmark} of {@code KINESIS} and {@code
 * STREAM}, small items). Not thread-safe.
 */
final class MemberNames {

    /** What says that it is not known which name stands there. */
    static final int UNKNOWN = -1;

    /** What says that a member was taken whole, which says nothing. */
    static final int IGNORED = -2;

    /** More places, and longer names, than a record has; others are found out each time. */
    private static final int PLACES = 16;

    private static final int MAX_BYTES = 64;

    private final byte[][] spelled = new byte[PLACES][MAX_BYTES];
    private final int[] lengths = new int[PLACES];
    private final int[] names = new int[PLACES];

    /** With the value, of a member that says nothing, as long as the value stays what it was; else 0. */
    private final int[] wholeLengths = new int[PLACES];

    private int places;
    private int next;

    /** Where the name begins that was learnt last, if its member has just begun; else -1. */
    private int learntFrom;

    /** Begins anew with the first member of an object. */
    void reset() {
        next = 0;
    }

    /**
     * Takes the name that is next in the order, or the one behind it, as an image may be missing, with the colon and up to its
     * value, if it stands there.
     *
     * @return the name, {@link #UNKNOWN}, or {@link #IGNORED} if the value was taken as well
     */
    int take(JsonCursor json) {
        learntFrom = -1;
        int last = Math.min(places, next + 2);
        for (int place = next; place < last; place++) {
            if (wholeLengths[place] > 0 && json.takeIf(spelled[place], wholeLengths[place])) {
                next = place + 1;
                return IGNORED;
            }
            if (json.takeIf(spelled[place], lengths[place])) {
                wholeLengths[place] = 0;
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
            wholeLengths[next] = 0;
            learntFrom = from;
            next++;
            places = Math.max(places, next);
        }
    }

    /** Remembers the value of a member that says nothing, if its name was learnt just now: a string, as its end is sure. */
    void learnValue(byte[] bytes, int to) {
        int length = to - learntFrom;
        if (learntFrom >= 0 && length <= MAX_BYTES && bytes[to - 1] == '"') {
            System.arraycopy(bytes, learntFrom, spelled[next - 1], 0, length);
            wholeLengths[next - 1] = length;
        }
    }
}
