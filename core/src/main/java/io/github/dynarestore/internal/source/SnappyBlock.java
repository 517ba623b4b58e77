package io.github.dynarestore.internal.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.xerial.snappy.Snappy;

/**
 * The content of one snappy block, in an array that the next one uses again. What lengths a block claims is not believed: the
 * library's own streams make room for up to two gigabytes on the word of four bytes.
 */
final class SnappyBlock {

    /** Producers write blocks of 32 KiB to 1 MiB. */
    static final int MAX_BYTES = 16 << 20;

    private byte[] content = new byte[0];
    private int at;
    private int end;

    /** Fails if the library is not there. */
    static void requireLibrary() throws IOException {
        if (!Snappy.isValidCompressedBuffer(new byte[] {0}, 0, 1)) {
            throw new IOException("snappy does not work here");
        }
    }

    /** Whether all of the content has been read. */
    boolean isUsedUp() {
        return at == end;
    }

    /** Hands out more of the content. */
    int read(byte[] into, int offset, int length) {
        int count = Math.min(length, end - at);
        System.arraycopy(content, at, into, offset, count);
        at += count;
        return count;
    }

    /**
     * Decompresses a block.
     *
     * @param maxBytes most content that it may have
     * @return how much content it has
     */
    int decompress(byte[] compressed, int from, int length, int maxBytes) throws IOException {
        int claimed = Snappy.uncompressedLength(compressed, from, length);
        if (claimed < 0 || claimed > maxBytes) {
            throw new IOException("a block of " + claimed + " bytes where at most " + maxBytes + " may stand");
        }
        if (content.length < claimed) {
            content = new byte[claimed];
        }
        end = Snappy.uncompress(compressed, from, length, content, 0);
        at = 0;
        return end;
    }

    /** Takes content that is not compressed. */
    void take(byte[] plain, int from, int length) {
        if (content.length < length) {
            content = new byte[length];
        }
        System.arraycopy(plain, from, content, 0, length);
        at = 0;
        end = length;
    }

    /** The content, of which {@link #decompress} has said the length. */
    byte[] content() {
        return content;
    }

    /** Reads a number of bytes that must be there. */
    static byte[] readFully(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the data ends in a chunk");
        }
        return bytes;
    }
}
