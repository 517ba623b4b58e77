package io.github.dynarestore.internal.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads what lies in the part frames of a journal that is known to hold all of them. */
final class PartsInputStream extends InputStream {

    private final FrameReader frames;
    private final FrameType partType;
    private final FrameType wholeType;
    private ByteBuffer part = ByteBuffer.allocate(0);
    private boolean started;
    private boolean ended;

    /**
     * Creates one at the start of a journal.
     *
     * @param journal is closed with this stream
     */
    PartsInputStream(InputStream journal, FrameType partType, FrameType wholeType) {
        this.frames = new FrameReader(journal);
        this.partType = partType;
        this.wholeType = wholeType;
    }

    @Override
    public int read() throws IOException {
        return hasMore() ? part.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!hasMore()) {
            return -1;
        }
        int step = Math.min(length, part.remaining());
        part.get(bytes, offset, step);
        return step;
    }

    private boolean hasMore() throws IOException {
        if (!started) {
            started = frames.readHeader();
        }
        while (!part.hasRemaining() && !ended) {
            if (!frames.next()) {
                throw new InvalidJournalException("it changed while it was read, at byte " + frames.offset());
            }
            if (frames.type() == partType) {
                part = frames.payload();
            } else {
                ended = frames.type() == wholeType;
            }
        }
        return part.hasRemaining();
    }

    @Override
    public void close() throws IOException {
        frames.close();
    }
}
