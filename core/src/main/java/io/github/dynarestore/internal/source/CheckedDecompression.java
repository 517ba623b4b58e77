package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;

/** What a library decompresses, with its failures told apart from the object's, and bombs stopped. */
final class CheckedDecompression extends InputStream {

    /** Logs shrink 5 to 20 times. */
    private static final long MAX_RATIO = 200;

    private static final long WINDOW_BYTES = 8L << 20;

    private final String name;
    private final CountedInputStream compressed;
    private final InputStream decompressed;
    private long produced;
    private long producedAtWindow;
    private long consumedAtWindow;

    CheckedDecompression(String name, CountedInputStream compressed, InputStream decompressed) {
        this.name = name;
        this.compressed = compressed;
        this.decompressed = decompressed;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count;
        try {
            count = decompressed.read(into, offset, length);
        } catch (IOException | RuntimeException e) {
            throw damage(name, compressed, e);
        }
        if (count > 0) {
            checkRatio(count);
        }
        return count;
    }

    /** A library reads ahead, so that a window's input may have been counted in the one before. */
    private void checkRatio(int count) throws DamagedObjectException {
        produced += count;
        if (produced - producedAtWindow < WINDOW_BYTES) {
            return;
        }
        long consumed = compressed.bytes();
        boolean isBomb = (consumed - consumedAtWindow) * MAX_RATIO < produced - producedAtWindow
                && consumed * MAX_RATIO < produced;
        if (isBomb) {
            throw new DamagedObjectException(
                    DamagedObjectException.CODEC_RATIO,
                    consumed,
                    "8 MiB came out of less than a two-hundredth of that");
        }
        producedAtWindow = produced;
        consumedAtWindow = consumed;
    }

    /** What to throw for what a library threw. */
    static IOException damage(String name, CountedInputStream compressed, Exception e) {
        IOException ofObject = compressed.failure();
        if (ofObject != null) {
            return ofObject;
        }
        DamagedObjectException damaged = new DamagedObjectException(
                DamagedObjectException.CODEC_DATA, compressed.bytes(), "not whole " + name + " data");
        damaged.initCause(e);
        return damaged;
    }

    @Override
    public void close() throws IOException {
        try {
            decompressed.close();
        } finally {
            compressed.close();
        }
    }
}
