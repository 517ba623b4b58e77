package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;

/** A stream whose first bytes were read already, and are put back in front. */
final class RejoinedInputStream extends InputStream {

    private final byte[] head;
    private final int headBytes;
    private final InputStream rest;
    private int headPosition;

    RejoinedInputStream(byte[] head, int headBytes, InputStream rest) {
        this.head = head;
        this.headBytes = headBytes;
        this.rest = rest;
    }

    @Override
    public int read() throws IOException {
        return headPosition < headBytes ? head[headPosition++] & 0xff : rest.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (headPosition == headBytes || length == 0) {
            return rest.read(buffer, offset, length);
        }
        int count = Math.min(length, headBytes - headPosition);
        System.arraycopy(head, headPosition, buffer, offset, count);
        headPosition += count;
        return count;
    }

    @Override
    public void close() throws IOException {
        rest.close();
    }
}
