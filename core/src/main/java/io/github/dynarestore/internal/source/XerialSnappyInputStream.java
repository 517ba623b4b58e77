package io.github.dynarestore.internal.source;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * What snappy-java's {@code SnappyOutputStream} writes: a header of sixteen bytes, then chunks, each with four bytes of its
 * length and a snappy block. Streams may stand one behind another. Has no checksum.
 */
final class XerialSnappyInputStream extends InputStream {

    private static final int MAGIC_BEGINS = 0x82534e41;
    private static final int MAGIC_ENDS = 0x50505900;
    private static final int LEAST_VERSION = 1;

    private final DataInputStream in;
    private final SnappyBlock block = new SnappyBlock();

    XerialSnappyInputStream(InputStream in) {
        this.in = new DataInputStream(in);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (block.isUsedUp()) {
            if (!nextChunk()) {
                return -1;
            }
        }
        return block.read(into, offset, length);
    }

    /** Takes a chunk or a header; false at the end. */
    private boolean nextChunk() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (length == MAGIC_BEGINS) {
            header();
            return true;
        }
        if (length <= 0 || length > SnappyBlock.MAX_BYTES) {
            throw new IOException("a chunk of " + length + " bytes");
        }
        block.decompress(SnappyBlock.readFully(in, length), 0, length, SnappyBlock.MAX_BYTES);
        return true;
    }

    private void header() throws IOException {
        if (in.readInt() != MAGIC_ENDS) {
            throw new IOException("not the header of a stream");
        }
        in.readInt(); // The version that wrote it.
        int compatible = in.readInt();
        if (compatible < LEAST_VERSION) {
            throw new IOException("a stream for readers of version " + compatible);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
