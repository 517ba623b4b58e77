package io.github.dynarestore.json;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.MalformedRecordException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Goes through a stream line by line, past empty ones and a byte order mark before all of them, and knows where each
 * begins. For formats of which each record is a line. Not thread-safe.
 */
public final class LineReader {

    /** Reason: a byte order mark where no stream begins, as files leave it that were put one behind another. */
    public static final String BYTE_ORDER_MARK = "record.byte-order-mark";

    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private static final int FIRST_BYTES = 64 * 1024;

    private final InputStream in;
    private final int maxLineBytes;
    private byte[] bytes;
    private int from;
    private int to;
    private int next;
    private int limit;
    private long offsetOfFirst;
    private boolean atEnd;
    private boolean isTerminated;
    private boolean begun;

    /**
     * Creates one.
     *
     * @param maxLineBytes longest line, without its end; a longer one is malformed
     */
    public LineReader(InputStream in, int maxLineBytes) {
        this.in = in;
        this.maxLineBytes = maxLineBytes;
        bytes = new byte[Math.min(FIRST_BYTES, maxLineBytes + 2)];
    }

    /** Array that holds the line; changes with every {@link #next()}. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where the line begins in the array. */
    public int from() {
        return from;
    }

    /** Length of the line without its end. */
    public int length() {
        return to - from;
    }

    /** Where the line begins in the stream. */
    public long byteOffset() {
        return offsetOfFirst + from;
    }

    /** Whether the line ends in a line feed, and not with the stream. */
    public boolean isTerminated() {
        return isTerminated;
    }

    /** Says that the line cannot be used. */
    public MalformedRecordException malformed(String reason, String detail) {
        return new MalformedRecordException(
                byteOffset(),
                reason,
                detail,
                Arrays.copyOfRange(bytes, from, Math.min(to, from + DeadLetter.MAX_RAW_BYTES)));
    }

    /**
     * Goes to the next line that is not empty; false at the end.
     *
     * @throws MalformedRecordException if it is too long or begins with a byte order mark; the one behind it is the next
     *     then
     */
    public boolean next() throws IOException {
        if (!begun) {
            begun = true;
            while (limit < MARK.length && read()) {
                // It may come in pieces.
            }
            next = isMarkAt(0, limit) ? MARK.length : 0;
        }
        do {
            from = next;
            if (!find()) {
                return false;
            }
        } while (to == from);
        if (isMarkAt(from, to)) {
            throw malformed(BYTE_ORDER_MARK, "a byte order mark that is not at the beginning of the object");
        }
        return true;
    }

    private boolean isMarkAt(int index, int end) {
        return end - index >= MARK.length && Arrays.equals(bytes, index, index + MARK.length, MARK, 0, MARK.length);
    }

    /** Finds the end of the line that begins at the index; false if there is none. */
    private boolean find() throws IOException {
        int searched = from;
        while (true) {
            int feed = JsonCursor.indexOf('\n', bytes, searched, limit);
            if (feed < limit) {
                isTerminated = true;
                end(feed, feed + 1);
                return true;
            }
            searched = limit;
            // One more may be the carriage return of its end.
            if (limit - from > maxLineBytes + 1) {
                throw tooLong();
            }
            int before = from;
            if (!read()) {
                if (from == limit) {
                    next = from;
                    return false;
                }
                isTerminated = false;
                end(limit, limit);
                return true;
            }
            searched -= before - from;
        }
    }

    private void end(int index, int nextFrom) throws MalformedRecordException {
        to = index > from && bytes[index - 1] == '\r' ? index - 1 : index;
        next = nextFrom;
        if (length() > maxLineBytes) {
            throw malformedForItsLength();
        }
    }

    private MalformedRecordException malformedForItsLength() {
        return malformed(RecordBuffer.TOO_LONG, "a line of more than " + maxLineBytes + " bytes");
    }

    /** Goes behind the line. */
    private MalformedRecordException tooLong() throws IOException {
        to = limit;
        MalformedRecordException malformed = malformedForItsLength();
        int at = limit;
        while (true) {
            while (at < limit && bytes[at] != '\n') {
                at++;
            }
            if (at < limit) {
                next = at + 1;
                break;
            }
            from = limit;
            if (!read()) {
                next = limit;
                break;
            }
            at = from;
        }
        return malformed;
    }

    /** Reads more behind what there is of the line, making room first; false at the end of the stream. */
    private boolean read() throws IOException {
        if (atEnd) {
            return false;
        }
        if (from > 0) {
            System.arraycopy(bytes, from, bytes, 0, limit - from);
            offsetOfFirst += from;
            limit -= from;
            from = 0;
        }
        if (limit == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(maxLineBytes + 2L, bytes.length * 2L));
        }
        int n = in.read(bytes, limit, bytes.length - limit);
        if (n < 0) {
            atEnd = true;
            return false;
        }
        limit += n;
        return true;
    }
}
