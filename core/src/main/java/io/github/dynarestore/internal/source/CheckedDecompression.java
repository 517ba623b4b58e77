package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InputStream;

/** What a library decompresses, with its failures told apart from the object's, and bombs stopped. */
final class CheckedDecompression extends DecompressedStream {

    private final String name;
    private final CountedInputStream compressed;
    private final InputStream decompressed;
    private final int growthWindowMib;
    private final GrowthLimit growth;

    CheckedDecompression(String name, CountedInputStream compressed, InputStream decompressed, int growthWindowMib) {
        this.name = name;
        this.compressed = compressed;
        this.decompressed = decompressed;
        this.growthWindowMib = growthWindowMib;
        growth = new GrowthLimit(growthWindowMib);
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
        } catch (RestoreException e) {
            // The source itself, which fails the run: no fault of the object.
            throw e;
        } catch (IOException | RuntimeException e) {
            throw damage(name, compressed, e);
        }
        if (count > 0 && growth.isExceededBy(count, compressed.bytes())) {
            throw growth.exceeded(compressed.bytes());
        }
        return count;
    }

    @Override
    long consumedBytes() {
        return compressed.bytes();
    }

    @Override
    int growthWindowMib() {
        return growthWindowMib;
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
