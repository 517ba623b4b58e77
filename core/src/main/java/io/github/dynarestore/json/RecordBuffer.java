package io.github.dynarestore.json;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.MalformedRecordException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks a stream of JSON objects that stand one behind another, with or without line ends between them, and finds its way
 * back after damage. A reader loops:
 *
 * <pre>{@code
 * if (!buffer.nextStart()) {
 *     return false;
 * }
 * while (true) {
 *     try {
 *         int end = parse(buffer.bytes(), buffer.start(), buffer.limit());
 *         buffer.accept(record, end);
 *         return true;
 *     } catch (InvalidItemException e) {
 *         buffer.fillOrThrow(e);
 *     }
 * }
 * }</pre>
 *
 * Every byte belongs to a record, to a malformed record, or to the white space between. Not thread-safe.
 */
public final class RecordBuffer {

    /** Reason: what JavaScript prints for an object that nobody serialised. */
    public static final String OBJECT_OBJECT = "record.object-object";

    /** Reason: a record longer than the reader may accept. */
    public static final String TOO_LONG = "record.too-long";

    private static final byte[] OBJECT_OBJECT_TEXT = "[object Object]".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST_BYTES = 256 * 1024;

    /** How much of a stream may be read for nothing, in times of what has been read of it, and besides. */
    private static final long MAX_TIMES_IN_VAIN = 4;

    private static final long MAX_READ_IN_VAIN = 1 << 20;

    private final InputStream in;
    private final int maxRecordBytes;
    private final byte[] signature;
    private final JsonCursor lexer = new JsonCursor();
    private byte[] bytes;
    private int start;
    private int limit;
    private long offsetOfFirst;
    private boolean atEnd;
    private boolean begun;
    private long bytesReadInVain;

    /**
     * Creates one.
     *
     * @param signature bytes that only the beginning of a record has, such as <code>{"Keys":</code>; empty if there are
     *     none. With it, a record that was cut off and runs into the next one takes only itself along.
     */
    public RecordBuffer(InputStream in, int maxRecordBytes, byte[] signature) {
        this(in, maxRecordBytes, signature, Math.min(FIRST_BYTES, maxRecordBytes));
    }

    RecordBuffer(InputStream in, int maxRecordBytes, byte[] signature, int firstBytes) {
        this.in = in;
        this.maxRecordBytes = maxRecordBytes;
        this.signature = signature.clone();
        bytes = new byte[Math.max(16, firstBytes)];
    }

    /** Begins anew with what the stream gives now, though it had ended. */
    public void restart() {
        start = 0;
        limit = 0;
        offsetOfFirst = 0;
        atEnd = false;
        begun = false;
        bytesReadInVain = 0;
    }

    /** The buffer; changes with every call of a method that may read. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where the present record begins in {@link #bytes()}. */
    public int start() {
        return start;
    }

    /** Index behind the last byte that has been read and may still belong to the present record. */
    public int limit() {
        return (int) Math.min(limit, (long) start + maxRecordBytes);
    }

    /** Where the present record begins in the stream. */
    public long byteOffset() {
        return offsetOfFirst + start;
    }

    /**
     * Goes to the beginning of the next record.
     *
     * @return false at the end of the stream
     */
    public boolean nextStart() throws IOException {
        if (!begun) {
            begun = true;
            while (limit < 3 && read()) {
                // A byte order mark may come in pieces.
            }
            if (limit >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf) {
                start = 3;
            }
        }
        while (true) {
            while (start < limit) {
                byte c = bytes[start];
                if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
                    return true;
                }
                start++;
            }
            if (!read()) {
                return false;
            }
        }
    }

    /** Ends the present record, which was read up to this index, and tells it where it stood. */
    public void accept(BackupRecord record, int end) {
        record.position(byteOffset(), bytes, start, end - start);
        start = end;
    }

    /**
     * Deals with a record that could not be read: reads on if it only was not there yet, and then returns to have it tried
     * again; else goes behind it.
     *
     * @throws MalformedRecordException if the record is malformed
     */
    public void fillOrThrow(InvalidItemException e) throws IOException {
        int error = e.position() - start;
        if (e.reason().equals(JsonCursor.TRUNCATED)) {
            if (isFull()) {
                throw tooLong();
            }
            if (read()) {
                return;
            }
        }
        while (limit - start < OBJECT_OBJECT_TEXT.length && read()) {
            // The text may lie across the end of what has been read.
        }
        if (startsWith(OBJECT_OBJECT_TEXT)) {
            MalformedRecordException malformed =
                    malformed(OBJECT_OBJECT, "the text [object Object] instead of a record", OBJECT_OBJECT_TEXT.length);
            start += OBJECT_OBJECT_TEXT.length;
            throw malformed;
        }
        throw e.reason().startsWith("json.") ? lexical(e, start + error) : semantic(e);
    }

    private boolean isFull() {
        return limit - start >= maxRecordBytes;
    }

    private MalformedRecordException tooLong() throws IOException {
        String detail = "a record of more than " + maxRecordBytes + " bytes";
        return lexical(new InvalidItemException(TOO_LONG, limit(), detail), limit());
    }

    /** A record that is JSON but cannot be used ends where its JSON ends. */
    private MalformedRecordException semantic(InvalidItemException e) throws IOException {
        while (true) {
            lexer.reset(bytes, start, limit());
            try {
                lexer.skipValue();
                int end = lexer.position();
                MalformedRecordException malformed = malformed(e.reason(), e.detail(), end - start);
                start = end;
                return malformed;
            } catch (InvalidItemException lexical) {
                boolean isTruncated = lexical.reason().equals(JsonCursor.TRUNCATED);
                if (isTruncated && isFull()) {
                    return tooLong();
                }
                if (!isTruncated || !read()) {
                    return lexical(lexical, lexical.position());
                }
            }
        }
    }

    /** A record that is no JSON ends at the next place where another one may begin. */
    private MalformedRecordException lexical(InvalidItemException e, int position) throws IOException {
        int from = start;
        int error = Math.min(limit, Math.max(from, position));
        long offset = byteOffset();
        int markFrom = isWorthALookWithin() ? from + 1 : Math.max(from + 1, error);
        bytesReadInVain += error - from;
        int lineFrom = lineEndBefore(error, from);
        byte[] raw = {};
        int rawFrom = from;
        while (true) {
            int end = nextBeginning(markFrom, lineFrom);
            raw = append(raw, rawFrom, end);
            if (end < limit) {
                start = end;
                break;
            }
            // What has been searched is let go, but for what a signature across the seam needs, and a byte before it.
            int searched = Math.max(markFrom, limit - signature.length + 1);
            lineFrom = Math.max(lineFrom, limit);
            start = searched - 1;
            int dropped = start;
            rawFrom = limit - start;
            if (!read()) {
                start = limit;
                break;
            }
            markFrom = searched - dropped;
            lineFrom -= dropped;
        }
        int length = (int) Math.min(raw.length, byteOffset() - offset);
        return new MalformedRecordException(
                offset, e.reason(), e.detail(), length < raw.length ? Arrays.copyOf(raw, length) : raw);
    }

    /**
     * Whether the next record may be looked for among bytes that were read as a part of this one. Each of those is read
     * again then, which must not go on for ever: nested beginnings would have every record read a hundred more.
     */
    private boolean isWorthALookWithin() {
        return bytesReadInVain <= MAX_READ_IN_VAIN + MAX_TIMES_IN_VAIN * byteOffset();
    }

    /**
     * Adds what stands between two indices, as far as a dead letter keeps it. No more is ever copied than the record has:
     * damage may make a record of every few bytes.
     */
    private byte[] append(byte[] raw, int from, int to) {
        int more = Math.max(0, Math.min(to - from, DeadLetter.MAX_RAW_BYTES - raw.length));
        byte[] longer = Arrays.copyOf(raw, raw.length + more);
        System.arraycopy(bytes, from, longer, raw.length, more);
        return longer;
    }

    /** A damaged record often ends at a line end which the grammar only stumbles over behind it. */
    private int lineEndBefore(int error, int from) {
        int i = error;
        while (i > from + 1) {
            byte c = bytes[i - 1];
            if (c == '\n') {
                return i - 1;
            }
            if (c != ' ' && c != '\r' && c != '\t') {
                break;
            }
            i--;
        }
        return error;
    }

    /**
     * Index of the first signature from one index on, or of the first line end from another on; the limit if there is
     * neither. Both in one go: what lies behind the first of them must not be searched again for every damaged record.
     */
    private int nextBeginning(int markFrom, int lineFrom) {
        for (int i = Math.min(markFrom, lineFrom); i < limit; i++) {
            if (bytes[i] == '\n' ? i >= lineFrom : i >= markFrom && isSignature(i)) {
                return i;
            }
        }
        return limit;
    }

    /** Behind a colon it is a member of a larger record. */
    private boolean isSignature(int i) {
        return signature.length > 0
                && bytes[i] == signature[0]
                && bytes[i - 1] != ':'
                && i <= limit - signature.length
                && Arrays.equals(bytes, i, i + signature.length, signature, 0, signature.length);
    }

    private boolean startsWith(byte[] text) {
        return limit - start >= text.length && Arrays.equals(bytes, start, start + text.length, text, 0, text.length);
    }

    private MalformedRecordException malformed(String reason, String detail, int length) {
        int kept = Math.min(length, DeadLetter.MAX_RAW_BYTES);
        return new MalformedRecordException(
                byteOffset(), reason, detail, Arrays.copyOfRange(bytes, start, start + kept));
    }

    /** Fills the buffer as far as the stream gives, making room first; false at the end of the stream. */
    private boolean read() throws IOException {
        if (atEnd) {
            return false;
        }
        if (start > 0) {
            System.arraycopy(bytes, start, bytes, 0, limit - start);
            offsetOfFirst += start;
            limit -= start;
            start = 0;
        }
        if (limit == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, bytes.length * 2L));
        }
        int before = limit;
        while (limit < bytes.length) {
            int n = in.read(bytes, limit, bytes.length - limit);
            if (n < 0) {
                atEnd = true;
                break;
            }
            limit += n;
        }
        return limit > before;
    }
}
