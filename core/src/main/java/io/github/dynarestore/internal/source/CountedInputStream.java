package io.github.dynarestore.internal.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Counts what is taken from an object, and remembers what failed there, so that it is not taken for damage. */
final class CountedInputStream extends FilterInputStream {

    private long bytes;
    private @Nullable IOException failure;

    CountedInputStream(InputStream in) {
        super(in);
    }

    long bytes() {
        return bytes;
    }

    /** What the object's own stream threw; null if it did not. */
    @Nullable
    IOException failure() {
        return failure;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        try {
            int count = super.read(into, offset, length);
            bytes += Math.max(0, count);
            return count;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
