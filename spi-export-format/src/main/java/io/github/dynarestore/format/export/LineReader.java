package io.github.dynarestore.format.export;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.MalformedRecordException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Goes through a stream line by line, past empty ones, and knows where each begins. Not thread-safe. */
final class LineReader {

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

    LineReader(InputStream in, int maxLineBytes) {
        this.in = in;
        this.maxLineBytes = maxLineBytes;
        bytes = new byte[Math.min(FIRST_BYTES, maxLineBytes + 2)];
    }

    /** Array that holds the line. */
    byte[] bytes() {
        return bytes;
    }

    /** Where the line begins in the array. */
    int from() {
        return from;
    }

    /** Length of the line without its end. */
    int length() {
        return to - from;
    }

    /** Where the line begins in the stream. */
    long byteOffset() {
        return offsetOfFirst + from;
    }

    /**
     * Goes to the next line that is not empty; false at the end.
     *
     * @throws MalformedRecordException if it is too long; the one behind it is the next then
     */
    boolean next() throws IOException {
        do {
            from = next;
            if (!find()) {
                return false;
            }
        } while (to == from);
        return true;
    }

    /** Finds the end of the line that begins at the index; false if there is none. */
    private boolean find() throws IOException {
        int searched = from;
        while (true) {
            for (int i = searched; i < limit; i++) {
                if (bytes[i] == '\n') {
                    end(i, i + 1);
                    return true;
                }
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
            throw malformed();
        }
    }

    private MalformedRecordException malformed() {
        return new MalformedRecordException(
                byteOffset(),
                "record.too-long",
                "a line of more than " + maxLineBytes + " bytes",
                Arrays.copyOfRange(bytes, from, Math.min(limit, from + DeadLetter.MAX_RAW_BYTES)));
    }

    /** Goes behind the line. */
    private MalformedRecordException tooLong() throws IOException {
        MalformedRecordException malformed = malformed();
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
