package io.github.dynarestore.internal.source;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.xerial.snappy.Snappy;

/**
 * Hadoop's blocks of snappy: four bytes with the length of the block's content, then chunks, each with four bytes of its
 * compressed length and a snappy block, until the content is complete. Has neither magic nor checksum.
 */
final class HadoopSnappyInputStream extends InputStream {

    /** Producers write blocks of 256 KiB. */
    private static final int MAX_BLOCK_BYTES = 16 << 20;

    private static final int LENGTHS_BYTES = 8;

    private final DataInputStream in;
    private byte[] chunk = new byte[0];
    private int at;
    private int end;
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
        if (block <= 0 || block > MAX_BLOCK_BYTES || compressed <= 0 || compressed > block + block / 6 + 64) {
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
        while (at == end) {
            if (leftInBlock == 0 && !nextBlock()) {
                return -1;
            }
            if (leftInBlock > 0) {
                nextChunk();
            }
        }
        int count = Math.min(length, end - at);
        System.arraycopy(chunk, at, into, offset, count);
        at += count;
        return count;
    }

    private boolean nextBlock() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        leftInBlock = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (leftInBlock < 0 || leftInBlock > MAX_BLOCK_BYTES) {
            throw new IOException("a block of " + leftInBlock + " bytes");
        }
        return true;
    }

    private void nextChunk() throws IOException {
        int length = in.readInt();
        if (length <= 0 || length > MAX_BLOCK_BYTES) {
            throw new IOException("a chunk of " + length + " bytes");
        }
        byte[] compressed = in.readNBytes(length);
        if (compressed.length < length) {
            throw new EOFException("the data ends in a chunk");
        }
        int content = Snappy.uncompressedLength(compressed);
        if (content <= 0 || content > leftInBlock) {
            throw new IOException("a chunk of " + content + " bytes in a block that has " + leftInBlock + " left");
        }
        if (chunk.length < content) {
            chunk = new byte[content];
        }
        end = Snappy.uncompress(compressed, 0, length, chunk, 0);
        at = 0;
        leftInBlock -= end;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
