package io.github.dynarestore.internal.source;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.ZipInputStream;

/** Zip archives, whose files are read one behind the other. The platform compares their checksums. */
final class ZipCodec implements Codec {

    /** Behind the directory stands its end: a signature, sixteen bytes, and a comment, which is seldom there. */
    private static final byte[] END = {'P', 'K', 5, 6};

    private static final int END_BYTES = 22;
    private static final int MAX_COMMENT_BYTES = 1_024;

    @Override
    public boolean recognises(byte[] head, int headBytes) {
        return headBytes >= 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4;
    }

    @Override
    public DecompressedStream open(InputStream compressed) {
        CountedInputStream counted = new CountedInputStream(compressed);
        Tail tail = new Tail(counted);
        return new CheckedDecompression(
                "zip", counted, new Entries(new ZipInputStream(tail), tail), GrowthLimit.STANDARD_WINDOW_MIB);
    }

    /** Keeps the last bytes of a stream. */
    private static final class Tail extends FilterInputStream {
        private byte[] last = new byte[0];

        Tail(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = in.read(into, offset, length);
            if (count > 0) {
                int kept = Math.min(last.length, Math.max(0, END_BYTES + MAX_COMMENT_BYTES - count));
                byte[] joined = Arrays.copyOfRange(last, last.length - kept, last.length + count);
                System.arraycopy(into, offset, joined, kept, count);
                last = joined;
            }
            return count;
        }

        /** Reads to the end, which must be that of an archive. */
        void requireEnd() throws IOException {
            byte[] rest = new byte[8192];
            while (read(rest, 0, rest.length) >= 0) {
                // Only the last of it matters.
            }
            for (int at = last.length - END_BYTES; at >= 0; at--) {
                if (Arrays.equals(last, at, at + END.length, END, 0, END.length)) {
                    return;
                }
            }
            throw new EOFException("the archive has no end");
        }
    }

    /** All entries of an archive. */
    private static final class Entries extends InputStream {
        private final ZipInputStream zip;
        private final Tail tail;
        private boolean isInEntry;
        private boolean isAtEnd;

        Entries(ZipInputStream zip, Tail tail) {
            this.zip = zip;
            this.tail = tail;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            while (!isAtEnd) {
                int count = isInEntry ? zip.read(into, offset, length) : -1;
                if (count >= 0) {
                    return count;
                }
                isInEntry = zip.getNextEntry() != null;
                if (!isInEntry) {
                    // An archive that was cut short between two files looks like one that ends there.
                    tail.requireEnd();
                    isAtEnd = true;
                }
            }
            return -1;
        }

        @Override
        public void close() throws IOException {
            zip.close();
        }
    }
}
