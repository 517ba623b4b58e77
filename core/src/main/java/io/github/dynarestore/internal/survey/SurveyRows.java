package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import java.util.Arrays;

/**
 * The rows of one object, held apart until the object has been read to its end: an object that breaks half way has
 * contributed nothing. Not thread-safe.
 */
public final class SurveyRows {

    static final int LONGS_PER_ROW = 8;
    static final int HASH_HIGH = 0;
    static final int HASH_LOW = 1;
    static final int META = 2;
    static final int ORDER_MIDDLE = 3;
    static final int ORDER_LOW = 4;
    static final int ORDINAL = 5;
    static final int IMAGE_HASH = 6;
    static final int BYTE_OFFSET = 7;

    private static final int META_DELETE = 1;
    private static final int META_HIGH_SHIFT = 8;
    private static final int META_BASIS_SHIFT = 24;
    private static final ChangeOrder.Basis[] BASES = ChangeOrder.Basis.values();

    /** Bytes that one row takes here. */
    public static final int BYTES_PER_ROW = LONGS_PER_ROW * Long.BYTES;

    private final MemoryBudget budget;
    private long[] rows = new long[0];
    private int count;
    private long takenBytes;

    /** Creates an empty list whose memory is taken from a budget. */
    public SurveyRows(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Adds a record.
     *
     * @param ordinal place among the records of the object
     * @param imageHash hash of what the record would write, to tell a copy from a contradiction
     * @return false if the budget does not allow another row
     */
    public boolean add(BackupRecord record, long hashHigh, long hashLow, int ordinal, long imageHash) {
        if (!ensureRoom()) {
            return false;
        }
        int at = count * LONGS_PER_ROW;
        boolean byTime = record.orderBasis() == ChangeOrder.Basis.TIME;
        rows[at + HASH_HIGH] = hashHigh;
        rows[at + HASH_LOW] = hashLow;
        rows[at + META] = meta(record.orderBasis(), record.orderHigh(), record.kind() == BackupRecord.Kind.DELETE);
        rows[at + ORDER_MIDDLE] = byTime ? record.timeEpochMicros() : record.orderMiddle();
        rows[at + ORDER_LOW] = record.orderLow();
        rows[at + ORDINAL] = ordinal;
        rows[at + IMAGE_HASH] = imageHash;
        rows[at + BYTE_OFFSET] = record.byteOffset();
        count++;
        return true;
    }

    private boolean ensureRoom() {
        if ((count + 1) * LONGS_PER_ROW <= rows.length) {
            return true;
        }
        int rowsBefore = rows.length / LONGS_PER_ROW;
        int rowsAfter = Math.max(64, Math.min(rowsBefore * 2, Integer.MAX_VALUE / 16 / LONGS_PER_ROW));
        long moreBytes = (long) (rowsAfter - rowsBefore) * BYTES_PER_ROW;
        // The first few rows are free of charge: even a survey that fails must be able to count.
        if (rowsBefore > 0) {
            if (rowsAfter == rowsBefore || !budget.take(moreBytes)) {
                return false;
            }
            takenBytes += moreBytes;
        }
        rows = Arrays.copyOf(rows, rowsAfter * LONGS_PER_ROW);
        return true;
    }

    /** Rows held. */
    public int count() {
        return count;
    }

    /** Forgets the rows and keeps the memory for the next object. */
    public void clear() {
        count = 0;
    }

    /** Gives the memory back. */
    public void release() {
        budget.giveBack(takenBytes);
        takenBytes = 0;
        rows = new long[0];
        count = 0;
    }

    long[] array() {
        return rows;
    }

    static long meta(ChangeOrder.Basis basis, short high, boolean isDelete) {
        return ((long) basis.ordinal() << META_BASIS_SHIFT)
                | ((long) high << META_HIGH_SHIFT)
                | (isDelete ? META_DELETE : 0);
    }

    static boolean isDelete(long meta) {
        return (meta & META_DELETE) != 0;
    }

    static ChangeOrder.Basis basis(long meta) {
        return BASES[(int) (meta >>> META_BASIS_SHIFT)];
    }

    /** The part of a row's meta that takes part in its order: the basis, then the highest digits. */
    static long orderTop(long meta) {
        return meta >>> META_HIGH_SHIFT;
    }
}
