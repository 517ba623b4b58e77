package io.github.dynarestore.internal.survey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A channel to a file whose end is gone when it is read. */
final class Shrinking extends ForwardingChannel {

    Shrinking(FileChannel channel) {
        super(channel);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return -1;
    }
}
