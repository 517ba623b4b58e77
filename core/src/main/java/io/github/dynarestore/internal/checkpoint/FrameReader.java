package io.github.dynarestore.internal.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads the frames of a journal one after the other. Not thread-safe. */
final class FrameReader implements Closeable {

    /** The first byte is no text and the last one is a line feed, so that whatever rewrites texts is found out. */
    private static final byte[] MAGIC = "\u0089DYNACP\n".getBytes(StandardCharsets.ISO_8859_1);

    private static final int VERSION = 2;

    private static final int FIRST_WINDOW_BYTES = 1 << 16;
    /** Twice a frame, so that searching byte by byte moves each byte but once or twice. */
    private static final int LAST_WINDOW_BYTES = 2 * (FrameBuffer.MAX_PAYLOAD_BYTES + FrameBuffer.AROUND_BYTES);

    private final InputStream in;
    private final CRC32C crc = new CRC32C();
    private byte[] window = new byte[FIRST_WINDOW_BYTES];
    private int start;
    private int limit;
    /** Of {@code window[0]} in the journal. */
    private long windowOffset;

    private int payloadStart;
    private int payloadBytes;
    private @Nullable FrameType type;

    /** Creates one at the start of a journal, which it closes. */
    FrameReader(InputStream in) {
        this.in = in;
    }

    /** The header of a journal. */
    static byte[] header() {
        byte[] header = Arrays.copyOf(MAGIC, MAGIC.length + Short.BYTES);
        header[MAGIC.length] = (byte) (VERSION >>> 8);
        header[MAGIC.length + 1] = (byte) VERSION;
        return header;
    }

    /**
     * Reads the header.
     *
     * @return whether it is there; if not, there is nothing but the beginning of one
     * @throws InvalidJournalException if anything else is there
     */
    boolean readHeader() throws IOException {
        byte[] header = header();
        boolean isWhole = has(header.length);
        int there = Math.min(limit, header.length);
        int same = Arrays.mismatch(window, 0, there, header, 0, header.length);
        if (isWhole && same < 0) {
            start = header.length;
            return true;
        }
        if (isWhole && same >= MAGIC.length) {
            int version = Short.toUnsignedInt(
                    ByteBuffer.wrap(window, MAGIC.length, Short.BYTES).getShort());
            throw new InvalidJournalException("it is of version " + version + ", and this one reads " + VERSION);
        }
        if (isWhole || same < there) {
            throw new InvalidJournalException("something else lies there");
        }
        return false;
    }

    /** Reads the next frame; false if there is none or it is not whole, which leaves the position before it. */
    boolean next() throws IOException {
        if (!isFrameHere()) {
            return false;
        }
        start += FrameBuffer.AROUND_BYTES + payloadBytes;
        return true;
    }

    /** Where the next frame begins or should. */
    long offset() {
        return windowOffset + start;
    }

    /** Whether there is a byte behind the position. */
    boolean hasMore() throws IOException {
        return has(1);
    }

    /** Goes on, byte by byte, until a whole frame is found; false if there is none up to the end. */
    boolean isFrameBehind() throws IOException {
        while (has(1)) {
            start++;
            if (isFrameHere()) {
                return true;
            }
        }
        return false;
    }

    /** What the frame that was read holds. */
    FrameType type() {
        return Objects.requireNonNull(type);
    }

    /** The payload of the frame that was read; good until the next one is. */
    ByteBuffer payload() {
        return ByteBuffer.wrap(window, payloadStart, payloadBytes).slice();
    }

    private boolean isFrameHere() throws IOException {
        if (!has(FrameBuffer.AROUND_BYTES)) {
            return false;
        }
        int length = ByteBuffer.wrap(window, start, Integer.BYTES).getInt();
        FrameType found = FrameType.of(window[start + Integer.BYTES]);
        if (length < 0
                || length > FrameBuffer.MAX_PAYLOAD_BYTES
                || found == null
                || !has(FrameBuffer.AROUND_BYTES + length)) {
            return false;
        }
        int covered = FrameBuffer.HEAD_BYTES + length;
        crc.reset();
        crc.update(window, start, covered);
        if ((int) crc.getValue()
                != ByteBuffer.wrap(window, start + covered, Integer.BYTES).getInt()) {
            return false;
        }
        type = found;
        payloadStart = start + FrameBuffer.HEAD_BYTES;
        payloadBytes = length;
        return true;
    }

    /** Whether so many bytes lie behind the position; they are in the window then. */
    private boolean has(int bytes) throws IOException {
        if (limit - start >= bytes) {
            return true;
        }
        if (start + bytes > window.length) {
            byte[] target = bytes > FIRST_WINDOW_BYTES && window.length < LAST_WINDOW_BYTES
                    ? new byte[LAST_WINDOW_BYTES]
                    : window;
            System.arraycopy(window, start, target, 0, limit - start);
            windowOffset += start;
            limit -= start;
            start = 0;
            window = target;
        }
        limit += in.readNBytes(window, limit, window.length - limit);
        return limit - start >= bytes;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
