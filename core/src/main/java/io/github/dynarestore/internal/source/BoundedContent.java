package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The decompressed bytes of an object, as many as one may have and no more. */
final class BoundedContent extends InputStream {

    private final InputStream in;
    private final @Nullable DecompressedStream compressed;
    private final long maxBytes;
    private long bytes;

    /**
     * Creates it.
     *
     * @param compressed knows how much of the stored object was used; null if that is what is read
     */
    BoundedContent(InputStream in, @Nullable DecompressedStream compressed, long maxBytes) {
        this.in = in;
        this.compressed = compressed;
        this.maxBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = in.read(into, offset, length);
        bytes += Math.max(0, count);
        if (bytes > maxBytes) {
            throw new DamagedObjectException(
                    DamagedObjectException.OBJECT_TOO_LARGE,
                    compressed == null ? maxBytes : compressed.consumedBytes(),
                    "more than " + maxBytes + " bytes, decompressed");
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
