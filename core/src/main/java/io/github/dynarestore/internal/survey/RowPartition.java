package io.github.dynarestore.internal.survey;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a part of the key hashes, in memory, in a file, or in both. Thread-safe until it is read. */
final class RowPartition {

    private static final int BUCKET_BITS = 6;
    private static final int BUCKETS = 1 << BUCKET_BITS;

    private record Chunk(long[] rows, int longs) {}

    private final SpillDirectory directory;
    private final List<Chunk> chunks = new ArrayList<>();
    private @Nullable SpillFile file;
    private final int[] rowsOfBucket = new int[BUCKETS];
    private long rows;

    RowPartition(SpillDirectory directory) {
        this.directory = directory;
    }

    synchronized void keep(long[] block, int longs) {
        chunks.add(new Chunk(block, longs));
        count(block, longs);
        rows += longs / SurveyRow.LONGS;
    }

    /** Writes to the file what is in memory; returns the bytes of memory that this frees. */
    synchronized long spill(ByteBuffer buffer) {
        long freed = 0;
        for (Chunk chunk : chunks) {
            file().append(chunk.rows(), chunk.longs(), buffer);
            freed += (long) chunk.rows().length * Long.BYTES;
        }
        chunks.clear();
        return freed;
    }

    synchronized void write(long[] block, int longs, ByteBuffer buffer) {
        file().append(block, longs, buffer);
        count(block, longs);
        rows += longs / SurveyRow.LONGS;
    }

    private SpillFile file() {
        SpillFile present = file;
        if (present == null) {
            present = directory.newFile();
            file = present;
        }
        return present;
    }

    synchronized long rows() {
        return rows;
    }

    /** Hands the rows to a consumer in pieces that are valid until it returns, and then forgets them. */
    synchronized void drain(Piece consumer, ByteBuffer buffer) {
        for (Chunk chunk : chunks) {
            consumer.take(chunk.rows(), chunk.longs());
        }
        SpillFile present = file;
        if (present != null) {
            present.read(consumer, buffer);
        }
    }

    /** Takes rows. */
    @FunctionalInterface
    interface Piece {
        void take(long[] rows, int longs);
    }

    private void count(long[] block, int longs) {
        for (int at = 0; at < longs; at += SurveyRow.LONGS) {
            rowsOfBucket[bucket(block, at)]++;
        }
    }

    private static int bucket(long[] block, int at) {
        return (int) (block[at + SurveyRow.HASH_LOW] >>> Long.SIZE - BUCKET_BITS);
    }

    /**
     * All rows in one array, bucket by bucket: the rows of a key then lie close enough to each other for the processor's
     * cache, which {@code SurveyBenchmark} needs at 50 million records.
     */
    Loaded load(ByteBuffer buffer) {
        long[] all = new long[Math.toIntExact(rows() * SurveyRow.LONGS)];
        int[] starts = new int[BUCKETS + 1];
        for (int i = 0; i < BUCKETS; i++) {
            starts[i + 1] = starts[i] + rowsOfBucket[i] * SurveyRow.LONGS;
        }
        int[] next = starts.clone();
        drain(
                (piece, longs) -> {
                    for (int at = 0; at < longs; at += SurveyRow.LONGS) {
                        int bucket = bucket(piece, at);
                        System.arraycopy(piece, at, all, next[bucket], SurveyRow.LONGS);
                        next[bucket] += SurveyRow.LONGS;
                    }
                },
                buffer);
        return new Loaded(all, starts);
    }

    /** Rows, and where each bucket begins among them; all rows of a key are in one bucket. */
    record Loaded(long[] rows, int[] starts) {}

    /** Gives up memory and file; returns the bytes of memory that this frees. */
    synchronized long release() {
        long freed = 0;
        for (Chunk chunk : chunks) {
            freed += (long) chunk.rows().length * Long.BYTES;
        }
        chunks.clear();
        if (file != null) {
            file.delete();
            file = null;
        }
        rows = 0;
        return freed;
    }
}
