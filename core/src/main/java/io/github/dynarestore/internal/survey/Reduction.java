package io.github.dynarestore.internal.survey;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The survey's second half: partition by partition, all rows of a key are brought together and the key is decided. A
 * partition that memory has no room for is split; one that a single key fills is sorted.
 */
public final class Reduction {

    private static final int SPLIT_BITS = 4;
    /** An index of a row, and two places in the table that finds the rows of a key. */
    private static final int INDEX_BYTES = 3 * Integer.BYTES;

    private final RowStore store;
    private final SurveyRules rules;
    private final RoaringBitmap condemned;
    private final Decisions decisions;
    private final Findings findings = new Findings();
    private final long bytesForOne;

    Reduction(RowStore store, SurveyRules rules, RoaringBitmap condemned, int objects, int threads) {
        this.store = store;
        this.rules = rules;
        this.condemned = condemned;
        decisions = new Decisions(objects, rules.undoSinceMicros() != null);
        bytesForOne = store.reduceBytes(threads);
    }

    /** One thread's part. */
    public final class Worker {

        private final KeyResolver resolver = new KeyResolver(rules, condemned, decisions, findings);
        private int[] next = new int[0];
        private int[] heads = new int[0];
        private int[] group = new int[16];
        private @Nullable ByteBuffer splitBuffer;
        private @Nullable LargeKeys largeKeys;
        private final ByteBuffer buffer = SpillFile.newBuffer();

        private Worker() {}

        /** Reduces one partition; false when there is none left. */
        public boolean reduceNext() {
            RowPartition partition = store.nextPartition();
            if (partition == null) {
                resolver.flush();
                return false;
            }
            reduce(partition, store.partitionBits());
            return true;
        }

        private void reduce(RowPartition partition, int bitsUsed) {
            if (partition.rows() == 0) {
                return;
            }
            if (!fits(partition) && store.isSpilling()) {
                split(partition, bitsUsed);
                return;
            }
            RowPartition.Loaded loaded = partition.load(buffer);
            store.released(partition.release());
            for (int bucket = 0; bucket < loaded.starts().length - 1; bucket++) {
                resolve(loaded.rows(), loaded.starts()[bucket], loaded.starts()[bucket + 1]);
            }
        }

        /** One more, since what is read is written meanwhile. */
        private ByteBuffer splitBuffer() {
            ByteBuffer present = splitBuffer;
            if (present == null) {
                present = SpillFile.newBuffer();
                splitBuffer = present;
            }
            return present;
        }

        private void split(RowPartition partition, int bitsUsed) {
            long rows = partition.rows();
            RowPartition[] parts = new RowPartition[1 << SPLIT_BITS];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = store.newPartition();
            }
            int shift = Long.SIZE - bitsUsed - SPLIT_BITS;
            int blockLongs = (int) Math.max(1, Math.min(128, bytesForOne / 2 / parts.length / SurveyRow.BYTES))
                    * SurveyRow.LONGS;
            long[][] blocks = new long[parts.length][blockLongs];
            int[] lengths = new int[parts.length];
            RowPartition.Piece toParts = (piece, longs) -> {
                for (int at = 0; at < longs; at += SurveyRow.LONGS) {
                    int part = (int) (piece[at] >>> shift) & parts.length - 1;
                    System.arraycopy(piece, at, blocks[part], lengths[part], SurveyRow.LONGS);
                    lengths[part] += SurveyRow.LONGS;
                    if (lengths[part] == blockLongs) {
                        parts[part].write(blocks[part], blockLongs, buffer);
                        lengths[part] = 0;
                    }
                }
            };
            partition.drain(toParts, splitBuffer());
            store.released(partition.release());
            for (int part = 0; part < parts.length; part++) {
                if (lengths[part] > 0) {
                    parts[part].write(blocks[part], lengths[part], buffer);
                }
            }
            for (RowPartition part : parts) {
                boolean isSplitInVain = part.rows() > rows / 2 || bitsUsed + 2 * SPLIT_BITS > Long.SIZE;
                if (isSplitInVain && !fits(part)) {
                    largeKeys().reduce(part);
                } else {
                    reduce(part, bitsUsed + SPLIT_BITS);
                }
            }
        }

        private LargeKeys largeKeys() {
            LargeKeys present = largeKeys;
            if (present == null) {
                present = new LargeKeys(resolver, store.directory(), bytesForOne, buffer, splitBuffer());
                largeKeys = present;
            }
            return present;
        }

        /** Whether memory has room for all rows of a partition. */
        private boolean fits(RowPartition partition) {
            return partition.rows() * (SurveyRow.BYTES + INDEX_BYTES) <= bytesForOne;
        }

        /** Chains the rows of each key in a hash table of heads, which costs less than to sort all of them. */
        private void resolve(long[] rows, int from, int to) {
            int count = (to - from) / SurveyRow.LONGS;
            int capacity = Math.max(16, Integer.highestOneBit(count) * 4);
            if (heads.length < capacity) {
                heads = new int[capacity];
            } else {
                Arrays.fill(heads, 0, capacity, 0);
            }
            if (next.length < count) {
                next = new int[count];
            }
            int mask = capacity - 1;
            for (int row = 0; row < count; row++) {
                int at = from + row * SurveyRow.LONGS;
                int slot = (int) rows[at + SurveyRow.HASH_LOW] & mask;
                while (heads[slot] != 0 && !RowOrder.isSameKey(rows, at, from + (heads[slot] - 1) * SurveyRow.LONGS)) {
                    slot = slot + 1 & mask;
                }
                next[row] = heads[slot];
                heads[slot] = row + 1;
            }
            for (int slot = 0; slot < capacity; slot++) {
                int size = 0;
                for (int row = heads[slot]; row != 0; row = next[row - 1]) {
                    if (size == group.length) {
                        group = Arrays.copyOf(group, size * 2);
                    }
                    group[size++] = from + (row - 1) * SurveyRow.LONGS;
                }
                if (size > 0) {
                    resolver.resolve(rows, group, size);
                }
            }
        }
    }

    /** A worker for the calling thread. */
    public Worker newWorker() {
        return new Worker();
    }

    /** What was decided; complete when every worker has found no partition left. */
    public Decisions decisions() {
        decisions.seal();
        return decisions;
    }

    /** What was found out; complete when every worker has found no partition left. */
    public Findings findings() {
        return findings;
    }
}
