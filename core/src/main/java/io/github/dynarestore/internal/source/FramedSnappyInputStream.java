package io.github.dynarestore.internal.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Snappy's own framing (google/snappy, framing_format.txt): chunks of a type, three bytes of length, and four of a checksum
 * of the content.
 */
final class FramedSnappyInputStream extends InputStream {

    private static final int COMPRESSED = 0x00;
    private static final int PLAIN = 0x01;
    private static final int PADDING = 0xfe;
    private static final int IDENTIFIER = 0xff;
    private static final byte[] IDENTITY = {'s', 'N', 'a', 'P', 'p', 'Y'};

    private static final int CHECKSUM_BYTES = Integer.BYTES;
    private static final int MAX_CONTENT_BYTES = 65_536;
    private static final int CHECKSUM_MASK = 0xa282ead8;

    private final InputStream in;
    private final SnappyBlock block = new SnappyBlock();

    FramedSnappyInputStream(InputStream in) {
        this.in = in;
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

    private boolean nextChunk() throws IOException {
        int type = in.read();
        if (type < 0) {
            return false;
        }
        byte[] size = SnappyBlock.readFully(in, 3);
        int length = size[0] & 0xff | (size[1] & 0xff) << 8 | (size[2] & 0xff) << 16;
        if (type == IDENTIFIER) {
            if (!Arrays.equals(SnappyBlock.readFully(in, Math.min(length, IDENTITY.length + 1)), IDENTITY)) {
                throw new IOException("not the identity of a framed stream");
            }
        } else if (type == COMPRESSED || type == PLAIN) {
            content(type, SnappyBlock.readFully(in, length));
        } else if (type == PADDING) {
            in.skipNBytes(length);
        } else {
            // Some of these may be skipped, but nobody writes them, and one flipped bit makes one of a chunk of data.
            throw new IOException("a chunk of the type " + type);
        }
        return true;
    }

    private void content(int type, byte[] chunk) throws IOException {
        int length = chunk.length - CHECKSUM_BYTES;
        if (length < 0) {
            throw new EOFException("a chunk without a checksum");
        }
        int content = length;
        if (type == COMPRESSED) {
            content = block.decompress(chunk, CHECKSUM_BYTES, length, MAX_CONTENT_BYTES);
        } else if (length <= MAX_CONTENT_BYTES) {
            block.take(chunk, CHECKSUM_BYTES, length);
        } else {
            throw new IOException("a chunk of " + length + " bytes");
        }
        CRC32C crc = new CRC32C();
        crc.update(block.content(), 0, content);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + CHECKSUM_MASK;
        int said = chunk[0] & 0xff | (chunk[1] & 0xff) << 8 | (chunk[2] & 0xff) << 16 | (chunk[3] & 0xff) << 24;
        if (masked != said) {
            throw new IOException("a chunk's content does not match its checksum");
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
