package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;

/**
 * What is compressed within something compressed. Counts growth from the stored object on, since two layers that each keep
 * to the limit may grow by its square, and says of damage where in the stored object it was noticed.
 */
final class InnerLayer extends InputStream {

    private final CountedInputStream between;
    private final DecompressedStream outermost;
    private final DecompressedStream inner;
    private final GrowthLimit growth;

    InnerLayer(Codec codec, InputStream compressed, DecompressedStream outermost) throws IOException {
        between = new CountedInputStream(compressed);
        this.outermost = outermost;
        try {
            inner = codec.open(between);
        } catch (DamagedObjectException e) {
            throw placed(e);
        }
        growth = new GrowthLimit(Math.max(outermost.growthWindowMib(), inner.growthWindowMib()));
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
            count = inner.read(into, offset, length);
        } catch (DamagedObjectException e) {
            throw placed(e);
        }
        if (count > 0 && growth.isExceededBy(count, outermost.consumedBytes())) {
            throw growth.exceeded(outermost.consumedBytes());
        }
        return count;
    }

    /** What the outer layer threw has its place already. */
    private DamagedObjectException placed(DamagedObjectException e) {
        return e.equals(between.failure()) ? e : e.at(outermost.consumedBytes());
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}
