package io.github.dynarestore.internal.survey;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The survey's rows, parted by key hash: in memory as long as the budget lasts, in one file a partition from then on.
 * Thread-safe.
 */
final class RowStore implements Closeable {

    private static final int MAX_PARTITIONS = 256;
    private static final int MAX_BLOCK_ROWS = 128;

    /** Writers' blocks are not taken from the budget; together they may have this share of it. */
    private static final int BLOCKS_SHARE = 8;

    private final MemoryBudget budget;
    private final SpillDirectory directory;
    private final LongUnaryOperator totalRows;
    private final RowPartition[] partitions;
    private final int blockRows;
    private final LongAdder rows = new LongAdder();
    private final AtomicInteger next = new AtomicInteger();
    private volatile boolean spilling;

    /**
     * Creates an empty store.
     *
     * @param writers threads that add rows at once
     * @param totalRows guesses from the rows so far how many there will be in all
     */
    RowStore(MemoryBudget budget, SpillDirectory directory, int writers, LongUnaryOperator totalRows) {
        this.budget = budget;
        this.directory = directory;
        this.totalRows = totalRows;
        long rowsOfBlocks = Math.max(1, budget.limitBytes() / BLOCKS_SHARE / SurveyRow.BYTES / writers);
        int count = (int) Math.min(MAX_PARTITIONS, Long.highestOneBit(Math.max(4, rowsOfBlocks / 4)));
        blockRows = (int) Math.max(1, Math.min(MAX_BLOCK_ROWS, rowsOfBlocks / count));
        partitions = new RowPartition[count];
        for (int i = 0; i < count; i++) {
            partitions[i] = new RowPartition(directory);
        }
    }

    int partitions() {
        return partitions.length;
    }

    int blockRows() {
        return blockRows;
    }

    long rows() {
        return rows.sum();
    }

    boolean isSpilling() {
        return spilling;
    }

    /** Takes rows; true if the array is the store's from now on, false if the caller may use it again. */
    boolean take(int index, long[] block, int longs, ByteBuffer buffer) {
        rows.add(longs / SurveyRow.LONGS);
        RowPartition partition = partitions[index];
        if (!spilling && budget.take((long) block.length * Long.BYTES)) {
            partition.keep(block, longs);
            return true;
        }
        startSpilling(buffer);
        budget.giveBack(partition.spill(buffer));
        partition.write(block, longs, buffer);
        return false;
    }

    private synchronized void startSpilling(ByteBuffer buffer) {
        if (spilling) {
            return;
        }
        directory.open(totalRows.applyAsLong(rows.sum()) * SurveyRow.BYTES);
        spilling = true;
        for (RowPartition partition : partitions) {
            budget.giveBack(partition.spill(buffer));
        }
    }

    /** The next partition that nobody has taken yet; null when there is none left. */
    @Nullable
    RowPartition nextPartition() {
        int index = next.getAndIncrement();
        return index < partitions.length ? partitions[index] : null;
    }

    /** Bits of the key hash that tell the partitions apart. */
    int partitionBits() {
        return Integer.numberOfTrailingZeros(partitions.length);
    }

    /** A partition's memory is free again. */
    void released(long bytes) {
        budget.giveBack(bytes);
    }

    /** Bytes that each of so many threads may hold to reduce one partition. */
    long reduceBytes(int readers) {
        return Math.max(SurveyRow.BYTES * 64L, budget.limitBytes() / 2 / readers);
    }

    RowPartition newPartition() {
        return new RowPartition(directory);
    }

    SpillDirectory directory() {
        return directory;
    }

    @Override
    public void close() {
        for (RowPartition partition : partitions) {
            budget.giveBack(partition.release());
        }
        directory.close();
    }
}
