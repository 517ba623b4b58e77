package io.github.dynarestore.internal.survey;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of rows that is written from its start to its end, read once, and deleted. Used by one thread at a time. */
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
        try {
            long at = 0;
            long size = channel.size();
            while (at < size) {
                bytes.clear();
                bytes.limit((int) Math.min(bytes.capacity(), size - at));
                while (bytes.hasRemaining()) {
                    int read = channel.read(bytes, at + bytes.position());
                    if (read < 0) {
                        throw new EOFException("the file has become shorter");
                    }
                }
                bytes.flip();
                int longs = bytes.remaining() / Long.BYTES;
                bytes.asLongBuffer().get(rows, 0, longs);
                consumer.take(rows, longs);
                at += (long) longs * Long.BYTES;
            }
        } catch (IOException e) {
            throw SpillDirectory.failed("read", e);
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
