package io.github.dynarestore.internal.survey;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a part of the key hashes, in memory, in a file, or in both. Thread-safe until it is read. */
final class RowPartition {

    private record Chunk(long[] rows, int longs) {}

    private final SpillDirectory directory;
    private final List<Chunk> chunks = new ArrayList<>();
    private @Nullable SpillFile file;
    private long rows;

    RowPartition(SpillDirectory directory) {
        this.directory = directory;
    }

    synchronized void keep(long[] block, int longs) {
        chunks.add(new Chunk(block, longs));
        rows += longs / SurveyRow.LONGS;
    }

    /** Writes to the file what is in memory; returns the bytes of memory that this frees. */
    synchronized long spill() {
        long freed = 0;
        for (Chunk chunk : chunks) {
            file().append(chunk.rows(), chunk.longs());
            freed += (long) chunk.rows().length * Long.BYTES;
        }
        chunks.clear();
        return freed;
    }

    synchronized void write(long[] block, int longs) {
        file().append(block, longs);
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
    synchronized void drain(Piece consumer) {
        for (Chunk chunk : chunks) {
            consumer.take(chunk.rows(), chunk.longs());
        }
        SpillFile present = file;
        if (present != null) {
            present.read(consumer);
        }
    }

    /** Takes rows. */
    @FunctionalInterface
    interface Piece {
        void take(long[] rows, int longs);
    }

    /** All rows in one array. */
    long[] load() {
        long[] all = new long[Math.toIntExact(rows() * SurveyRow.LONGS)];
        int[] at = new int[1];
        drain((piece, longs) -> {
            System.arraycopy(piece, 0, all, at[0], longs);
            at[0] += longs;
        });
        return at[0] == all.length ? all : Arrays.copyOf(all, at[0]);
    }

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
