package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One thread's way into the survey: gathers rows in a block for each partition, so that no lock is taken for a record.
 * Used by one thread.
 */
public final class RowWriter {

    private final RowStore store;
    private final int shift;
    private final int blockLongs;
    private final long[] @Nullable [] blocks;
    private final int[] lengths;
    private final ByteBuffer buffer = SpillFile.newBuffer();

    RowWriter(RowStore store) {
        this.store = store;
        shift = Long.SIZE - Integer.numberOfTrailingZeros(store.partitions());
        blockLongs = store.blockRows() * SurveyRow.LONGS;
        blocks = new long[store.partitions()][];
        lengths = new int[store.partitions()];
    }

    /** What of a record counts. */
    public enum Standing {
        /** It may decide its key. */
        COUNTS(0),
        /** It is from after the cut. */
        AFTER_CUT(SurveyRow.AFTER_CUT),
        /** The plan's filter leaves it out. */
        FILTERED(SurveyRow.FILTERED);

        private final int flag;

        Standing(int flag) {
            this.flag = flag;
        }
    }

    /** Where a record stands, and whether it counts; one is good for many records, one after the other. */
    public static final class Origin {
        private int object;
        private int ordinal;
        private Standing standing = Standing.COUNTS;
        private boolean isTimeOfDelivery;

        /** Creates one that is set later. */
        public Origin() {}

        /** Creates one of a record. */
        public Origin(int object, int ordinal, Standing standing, boolean isTimeOfDelivery) {
            at(object, ordinal);
            standing(standing);
            timeOfDelivery(isTimeOfDelivery);
        }

        /** Says which record it is. */
        public void at(int ofObject, int ordinalInObject) {
            object = ofObject;
            ordinal = ordinalInObject;
        }

        /** Says whether the record counts. */
        public void standing(Standing ofRecord) {
            standing = ofRecord;
        }

        /** Says whether the record's time is that of its delivery. */
        public void timeOfDelivery(boolean isOfDelivery) {
            isTimeOfDelivery = isOfDelivery;
        }
    }

    /**
     * Adds a record.
     *
     * @param newDigest digest of the new image; 0 for none
     * @param oldDigest digest of the old image; 0 for none
     */
    public void add(Origin origin, long hashHigh, long hashLow, BackupRecord record, long newDigest, long oldDigest) {
        int flags = origin.standing.flag | SurveyRow.basisFlag(record.orderBasis());
        if (record.kind() == BackupRecord.Kind.DELETE) {
            flags |= SurveyRow.DELETE;
        }
        if (record.isExpiry()) {
            flags |= SurveyRow.EXPIRY;
        }
        if (record.isInsert()) {
            flags |= SurveyRow.INSERT;
        }
        if (oldDigest != 0) {
            flags |= SurveyRow.OLD_IMAGE;
        }
        var precision = record.timePrecision();
        if (origin.isTimeOfDelivery) {
            flags |= SurveyRow.deliveredFlag();
        } else if (precision != null) {
            flags |= SurveyRow.precisionFlag(precision);
        }
        int partition = partition(hashHigh);
        int at = lengths[partition];
        long[] block = block(partition);
        block[at + SurveyRow.HASH_HIGH] = hashHigh;
        block[at + SurveyRow.HASH_LOW] = hashLow;
        block[at + SurveyRow.META] = SurveyRow.meta(origin.object, record.orderHigh(), flags);
        block[at + SurveyRow.ORDER_MIDDLE] = record.orderMiddle();
        block[at + SurveyRow.ORDER_LOW] = record.orderLow();
        block[at + SurveyRow.TIME] = record.timeEpochMicros();
        block[at + SurveyRow.NEW_DIGEST] = SurveyRow.kept(newDigest);
        block[at + SurveyRow.OLD_DIGEST] = SurveyRow.kept(oldDigest);
        SurveyRow.ordinal(block, at, origin.ordinal);
        added(partition, block);
    }

    /** Adds a key that the target table holds. */
    public void addInTarget(int object, int ordinal, long hashHigh, long hashLow) {
        int partition = partition(hashHigh);
        int at = lengths[partition];
        long[] block = block(partition);
        block[at + SurveyRow.HASH_HIGH] = hashHigh;
        block[at + SurveyRow.HASH_LOW] = hashLow;
        block[at + SurveyRow.META] = SurveyRow.meta(
                object, (short) 0, SurveyRow.IN_TARGET | SurveyRow.basisFlag(ChangeOrder.Basis.SNAPSHOT));
        block[at + SurveyRow.ORDER_MIDDLE] = 0;
        block[at + SurveyRow.ORDER_LOW] = 0;
        block[at + SurveyRow.TIME] = 0;
        block[at + SurveyRow.NEW_DIGEST] = 0;
        block[at + SurveyRow.OLD_DIGEST] = 0;
        SurveyRow.ordinal(block, at, ordinal);
        added(partition, block);
    }

    private int partition(long hashHigh) {
        return shift == Long.SIZE ? 0 : (int) (hashHigh >>> shift);
    }

    private long[] block(int partition) {
        long[] block = blocks[partition];
        if (block == null) {
            block = new long[blockLongs];
            blocks[partition] = block;
        }
        return block;
    }

    private void added(int partition, long[] block) {
        lengths[partition] += SurveyRow.LONGS;
        if (lengths[partition] == blockLongs) {
            handOver(partition, block);
        }
    }

    private void handOver(int partition, long[] block) {
        if (store.take(partition, block, lengths[partition], buffer)) {
            blocks[partition] = null;
        }
        lengths[partition] = 0;
    }

    /** Hands over what has gathered; the writer may be used again. */
    public void flush() {
        for (int partition = 0; partition < blocks.length; partition++) {
            long[] block = blocks[partition];
            if (block != null && lengths[partition] > 0) {
                handOver(partition, block);
            }
        }
    }
}
