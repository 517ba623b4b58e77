package io.github.dynarestore.internal.survey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A channel to a disk that has room for so many bytes, and writes a few at a time: no disk here can be filled. */
class FullDisk extends ForwardingChannel {

    private static final int AT_ONCE = 7;

    private final long roomBytes;
    private long writtenBytes;
    private int writes;

    FullDisk(FileChannel channel, long roomBytes) {
        super(channel);
        this.roomBytes = roomBytes;
    }

    int writes() {
        return writes;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        if (writtenBytes == roomBytes) {
            throw new IOException("No space left on device");
        }
        writes++;
        int count = (int) Math.min(Math.min(AT_ONCE, source.remaining()), roomBytes - writtenBytes);
        ByteBuffer part = source.slice().limit(count);
        int written = super.write(part);
        source.position(source.position() + written);
        writtenBytes += written;
        return written;
    }
}
