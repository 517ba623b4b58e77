package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.spi.CheckpointLog;
import java.io.IOException;
import java.io.OutputStream;

/** Appends what is written to it in part frames. Whoever writes calls {@link #flush()} in the end. */
final class PartsOutputStream extends OutputStream {

    private final CheckpointLog log;
    private final FrameType type;
    private final FrameBuffer part = new FrameBuffer(FrameBuffer.MAX_PAYLOAD_BYTES);
    private long appendedBytes;

    PartsOutputStream(CheckpointLog log, FrameType type) {
        this.log = log;
        this.type = type;
    }

    /** How much was written. */
    long writtenBytes() {
        return appendedBytes + part.payloadBytes();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int step = Math.min(part.roomBytes(), length - done);
            part.put(bytes, offset + done, step);
            done += step;
            if (part.roomBytes() == 0) {
                flush();
            }
        }
    }

    @Override
    public void flush() throws IOException {
        if (part.payloadBytes() > 0) {
            appendedBytes += part.payloadBytes();
            part.appendTo(log, type);
        }
    }
}
