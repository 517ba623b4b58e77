package io.github.dynarestore.internal.survey;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of rows that is written from its start to its end, then read, and deleted. Used by one thread at a time. */
final class SpillFile {

    private static final int BUFFER_LONGS = 8 * 1024;

    private final Path path;
    private final FileChannel channel;

    SpillFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** A buffer for the calling thread: outside the heap, where the system takes it from without another copy. */
    static ByteBuffer newBuffer() {
        return ByteBuffer.allocateDirect(BUFFER_LONGS * Long.BYTES).order(ByteOrder.nativeOrder());
    }

    void append(long[] rows, int longs, ByteBuffer bytes) {
        try {
            for (int from = 0; from < longs; from += BUFFER_LONGS) {
                int count = Math.min(BUFFER_LONGS, longs - from);
                bytes.clear();
                bytes.asLongBuffer().put(rows, from, count);
                bytes.limit(count * Long.BYTES);
                // A disk that is nearly full takes a part and says no error.
                while (bytes.hasRemaining()) {
                    if (channel.write(bytes) == 0) {
                        throw new IOException("the file takes no more");
                    }
                }
            }
        } catch (IOException e) {
            throw SpillDirectory.failed("written", e);
        }
    }

    void read(RowPartition.Piece consumer, ByteBuffer bytes) {
        long[] rows = new long[BUFFER_LONGS];
        long at = 0;
        int longs;
        while ((longs = read(at, rows, bytes)) > 0) {
            consumer.take(rows, longs);
            at += (long) longs * Long.BYTES;
        }
    }

    /** Reads from a position until the array is full or the file ends; returns the number of longs. */
    private int read(long position, long[] rows, ByteBuffer bytes) {
        try {
            bytes.clear();
            bytes.limit((int) Math.min((long) rows.length * Long.BYTES, channel.size() - position));
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + bytes.position()) < 0) {
                    throw new EOFException("the file has become shorter");
                }
            }
            bytes.flip();
            int longs = bytes.remaining() / Long.BYTES;
            bytes.asLongBuffer().get(rows, 0, longs);
            return longs;
        } catch (IOException e) {
            throw SpillDirectory.failed("read", e);
        }
    }

    /** A way to add rows one by one; what is gathered is written when it is closed. */
    Appender appender(int blockRows, ByteBuffer bytes) {
        return new Appender(blockRows, bytes);
    }

    /** Gathers rows. */
    final class Appender implements AutoCloseable {
        private final long[] block;
        private final ByteBuffer bytes;
        private int length;

        private Appender(int blockRows, ByteBuffer bytes) {
            block = new long[blockRows * SurveyRow.LONGS];
            this.bytes = bytes;
        }

        void add(long[] rows, int at) {
            System.arraycopy(rows, at, block, length, SurveyRow.LONGS);
            length += SurveyRow.LONGS;
            if (length == block.length) {
                close();
            }
        }

        @Override
        public void close() {
            append(block, length, bytes);
            length = 0;
        }
    }

    /** Reads the rows from the first on, a block at a time. */
    Reader reader(int blockRows, ByteBuffer bytes) {
        return new Reader(blockRows, bytes);
    }

    /** Rows one after the other. */
    final class Reader implements RowCursor {
        private final long[] block;
        private final ByteBuffer bytes;
        private long position;
        private int length;
        private int at = -SurveyRow.LONGS;
        private boolean isAtEnd;

        private Reader(int blockRows, ByteBuffer bytes) {
            block = new long[Math.min(BUFFER_LONGS, blockRows * SurveyRow.LONGS)];
            this.bytes = bytes;
        }

        @Override
        public boolean next() {
            at += SurveyRow.LONGS;
            if (at == length) {
                length = read(position, block, bytes);
                position += (long) length * Long.BYTES;
                at = 0;
                isAtEnd = length == 0;
            }
            return !isAtEnd;
        }

        boolean isAtEnd() {
            return isAtEnd;
        }

        @Override
        public long[] rows() {
            return block;
        }

        @Override
        public int at() {
            return at;
        }

        @Override
        public void close() {
            // The file's owner deletes it.
        }
    }

    void delete() {
        try {
            channel.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The directory's own end deletes what is left.
            SpillDirectory.LOG.debug("a spill file is left for later: {}", e.toString());
        }
    }
}
