package io.github.dynarestore.internal.source;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Hadoop's blocks of snappy: four bytes with the length of the block's content, then chunks, each with four bytes of its
 * compressed length and a snappy block, until the content is complete. Has neither magic nor checksum.
 */
final class HadoopSnappyInputStream extends InputStream {

    private static final int LENGTHS_BYTES = 8;

    private final DataInputStream in;
    private final SnappyBlock chunk = new SnappyBlock();
    private int leftInBlock;

    HadoopSnappyInputStream(InputStream in) {
        this.in = new DataInputStream(in);
    }

    /** Whether an object may begin so: two plausible lengths, and a snappy block that says a third one. */
    static boolean isBeginning(byte[] head) {
        if (head.length <= LENGTHS_BYTES) {
            return false;
        }
        int block = number(head, 0);
        int compressed = number(head, Integer.BYTES);
        if (block <= 0 || block > SnappyBlock.MAX_BYTES || compressed <= 0 || compressed > block + block / 6 + 64) {
            return false;
        }
        long content = 0;
        for (int i = LENGTHS_BYTES, shift = 0; i < head.length && shift < 28; i++, shift += 7) {
            content |= (long) (head[i] & 0x7f) << shift;
            if (head[i] >= 0) {
                return content > 0 && content <= block;
            }
        }
        return false;
    }

    private static int number(byte[] head, int at) {
        return (head[at] & 0xff) << 24 | (head[at + 1] & 0xff) << 16 | (head[at + 2] & 0xff) << 8 | head[at + 3] & 0xff;
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
        while (chunk.isUsedUp()) {
            if (leftInBlock == 0 && !nextBlock()) {
                return -1;
            }
            if (leftInBlock > 0) {
                nextChunk();
            }
        }
        return chunk.read(into, offset, length);
    }

    private boolean nextBlock() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        leftInBlock = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (leftInBlock < 0 || leftInBlock > SnappyBlock.MAX_BYTES) {
            throw new IOException("a block of " + leftInBlock + " bytes");
        }
        return true;
    }

    private void nextChunk() throws IOException {
        int length = in.readInt();
        if (length <= 0 || length > SnappyBlock.MAX_BYTES) {
            throw new IOException("a chunk of " + length + " bytes");
        }
        byte[] compressed = SnappyBlock.readFully(in, length);
        int content = chunk.decompress(compressed, 0, length, leftInBlock);
        if (content == 0) {
            throw new IOException("a chunk without content");
        }
        leftInBlock -= content;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
