package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import java.util.Arrays;

/**
 * Names of an object's members, in the order in which they stood in the records before: whoever wrote those has spelled them
 * all alike, and bytes that were a certain name are that name again. So are members that say nothing, such as the region. No
 * name may stand twice in an object, whether it says something or not.
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

    /** Without escapes, of as many bytes as {@link #textLengths} says. */
    private final byte[][] texts = new byte[PLACES][MAX_BYTES];

    private final int[] textLengths = new int[PLACES];
    private final byte[] text = new byte[MAX_BYTES];

    private int places;
    private int next;

    /** Whether the object has a name without a place; the names of all places differ. */
    private boolean hasUnplaced;

    /** Where the name begins that was learnt last, if its member has just begun; else -1. */
    private int learntFrom;

    /** Begins anew with the first member of an object. */
    void reset() {
        next = 0;
        hasUnplaced = false;
    }

    /** Refuses the object, which begins at an index and has been taken, if a name stands twice in it. */
    void requireDistinct(JsonCursor json, int brace) throws InvalidItemException {
        if (hasUnplaced) {
            json.requireDistinctNames(brace);
        }
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

    /** Remembers the name that was found out just now and is the cursor's text, as it is spelled up to its value. */
    void learn(int name, JsonCursor json, byte[] bytes, int from) {
        int length = json.position() - from;
        if (next == PLACES || length > MAX_BYTES) {
            hasUnplaced = true;
            return;
        }
        json.copyText(text, 0);
        int same = placeOf(text, json.textUtf8Length());
        if (same < next) {
            // It may have stood there in this object, or not.
            hasUnplaced = true;
            return;
        }
        places = Math.max(Math.min(places, same), next + 1);
        System.arraycopy(bytes, from, spelled[next], 0, length);
        System.arraycopy(text, 0, texts[next], 0, json.textUtf8Length());
        textLengths[next] = json.textUtf8Length();
        lengths[next] = length;
        names[next] = name;
        wholeLengths[next] = 0;
        learntFrom = from;
        next++;
    }

    /** Place that a name has already; one behind all places if it has none. */
    private int placeOf(byte[] name, int length) {
        int place = 0;
        while (place < places && !Arrays.equals(texts[place], 0, textLengths[place], name, 0, length)) {
            place++;
        }
        return place < places ? place : PLACES;
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
