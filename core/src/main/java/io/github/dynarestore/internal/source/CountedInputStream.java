package io.github.dynarestore.internal.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is taken from an object, and remembers what failed there, so that it is not taken for damage. Hands out
 * little at a time: a library that reads ahead would have the count say more than what it has used.
 */
final class CountedInputStream extends FilterInputStream {

    /** A fifth of what 8 MiB may come from at the least. */
    private static final int MAX_BYTES_AT_ONCE = 8 * 1024;

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
            int count = super.read(into, offset, Math.min(length, MAX_BYTES_AT_ONCE));
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
