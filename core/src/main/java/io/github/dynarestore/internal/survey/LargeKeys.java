package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.nio.ByteBuffer;

/**
 * Decides the keys of a partition of which one has more changes than memory holds: the rows are sorted on disk and then
 * pass by. Finds the same as {@link KeyResolver} does with all rows of a key in memory. Used by one thread.
 */
final class LargeKeys {

    private static final long NONE = -1;
    private static final int MIN_ROWS = 64;
    private static final int MAX_ROWS = 1 << 24;

    /** One for the sort by key, one for the rows held, one for the sort by time. */
    private static final int SHARES = 3;

    /** An index, and half of one for the sort. */
    private static final int INDEX_BYTES = Integer.BYTES + Integer.BYTES / 2;

    private final KeyResolver resolver;
    private final SpillDirectory directory;
    private final ByteBuffer buffer;
    private final ByteBuffer drainBuffer;
    private final long shareBytes;

    /** Rows of one key as long as they fit, then those of one place in its order; last the cursor's. */
    private final long[] held;

    private final int[] list;
    private final int[] scratch;
    private final int capacity;
    private final int present;
    private int count;

    private final OrderCheck order = new OrderCheck();
    private long changeCount;
    private int baseCount;
    private boolean isBaseLeftOut;
    private long basePlace;
    private long baseDigest;
    private long inTargetPlace;

    /**
     * Creates one.
     *
     * @param memoryBytes what it may hold in memory
     * @param buffer for writing, and for reading what was sorted; the calling thread's
     * @param drainBuffer for reading while that one is in use
     */
    LargeKeys(
            KeyResolver resolver,
            SpillDirectory directory,
            long memoryBytes,
            ByteBuffer buffer,
            ByteBuffer drainBuffer) {
        this.resolver = resolver;
        this.directory = directory;
        this.buffer = buffer;
        this.drainBuffer = drainBuffer;
        shareBytes = memoryBytes / SHARES;
        capacity = (int) Math.max(MIN_ROWS, Math.min(MAX_ROWS, shareBytes / (SurveyRow.BYTES + INDEX_BYTES)));
        present = capacity * SurveyRow.LONGS;
        held = new long[present + SurveyRow.LONGS];
        list = new int[capacity];
        scratch = new int[capacity / 2 + 1];
    }

    /** Decides every key of a partition that is in a file, which is then empty. */
    void reduce(RowPartition partition) {
        // What is sorted lies there as well, until the partition is released; the walk takes as much as that again.
        directory.requireSpace(partition.rows() * SurveyRow.BYTES);
        try (RowSorter sorter = new RowSorter(directory, RowOrder.OF_KEYS, shareBytes, buffer)) {
            partition.drain(
                    (rows, longs) -> {
                        for (int at = 0; at < longs; at += SurveyRow.LONGS) {
                            if (SurveyRow.is(rows, at, SurveyRow.IN_TARGET) || resolver.isOfUse(rows, at)) {
                                sorter.add(rows, at);
                            }
                        }
                    },
                    drainBuffer);
            partition.release();
            try (RowCursor sorted = sorter.sorted()) {
                boolean isMore = next(sorted);
                while (isMore) {
                    isMore = resolveNext(sorted);
                }
            }
        }
    }

    private boolean next(RowCursor sorted) {
        if (!sorted.next()) {
            return false;
        }
        System.arraycopy(sorted.rows(), sorted.at(), held, present, SurveyRow.LONGS);
        return true;
    }

    /** Decides the key of the present row; false when there is no other. */
    private boolean resolveNext(RowCursor sorted) {
        count = 0;
        boolean isMore = hold(sorted);
        while (isMore && RowOrder.isSameKey(held, 0, present)) {
            if (count == capacity) {
                return resolveLarge(sorted);
            }
            isMore = hold(sorted);
        }
        resolver.resolve(held, list, count);
        return isMore;
    }

    /** Holds the present row and goes on, past further copies of it; false when there is no other. */
    private boolean hold(RowCursor sorted) {
        int to = count * SurveyRow.LONGS;
        System.arraycopy(held, present, held, to, SurveyRow.LONGS);
        list[count++] = to;
        while (next(sorted)) {
            if (!RowOrder.isCopy(held, to, present)) {
                return true;
            }
            resolver.duplicate(held, present);
        }
        return false;
    }

    /** Decides the key whose first rows are held; false when there is no other. */
    private boolean resolveLarge(RowCursor sorted) {
        begin();
        SpillFile changes = directory.newFile();
        try {
            boolean isMore = true;
            try (SpillFile.Appender out = changes.appender(capacity, buffer)) {
                endPlacesBeforeLast(out);
                while (isMore && RowOrder.isSameKey(held, 0, present)) {
                    if (SurveyRow.compareOrder(held, 0, present) != 0) {
                        endPlace(0, count, out);
                        count = 0;
                    }
                    if (count == capacity) {
                        throw tooManyOfOnePlace();
                    }
                    isMore = hold(sorted);
                }
                endPlace(0, count, out);
            }
            walk(changes);
            return isMore;
        } finally {
            changes.delete();
        }
    }

    private void begin() {
        order.begin();
        changeCount = 0;
        baseCount = 0;
        isBaseLeftOut = false;
        basePlace = NONE;
        baseDigest = 0;
        inTargetPlace = NONE;
    }

    /** The last place may have more rows still. */
    private void endPlacesBeforeLast(SpillFile.Appender out) {
        int from = 0;
        for (int i = 1; i < count; i++) {
            if (SurveyRow.compareOrder(held, from * SurveyRow.LONGS, i * SurveyRow.LONGS) != 0) {
                endPlace(from, i, out);
                from = i;
            }
        }
        count -= from;
        System.arraycopy(held, from * SurveyRow.LONGS, held, 0, count * SurveyRow.LONGS);
    }

    /** All rows of one place in the order are held: leaves out copies and contradictions, and keeps the rest. */
    private void endPlace(int from, int to, SpillFile.Appender out) {
        int rows = 0;
        for (int i = from; i < to; i++) {
            int at = i * SurveyRow.LONGS;
            if (SurveyRow.is(held, at, SurveyRow.IN_TARGET)) {
                inTargetPlace = SurveyRow.place(held, at);
            } else {
                list[rows++] = at;
            }
        }
        if (rows == 0) {
            return;
        }
        RowOrder.OF_STREAM.sort(held, list, 0, rows, scratch);
        int kept = resolver.copies().keepFirst(held, list, rows);
        if (KeyResolver.isOfSnapshot(held, list[0])) {
            if (baseCount == 0) {
                basePlace = SurveyRow.place(held, list[0]);
                baseDigest = SurveyRow.newDigest(held, list[0]);
                isBaseLeftOut = !SurveyRow.counts(held, list[0]);
            }
            baseCount += kept;
            return;
        }
        for (int i = 0; i < kept; i++) {
            order.see(held, list[i]);
            out.add(held, list[i]);
        }
        changeCount += kept;
    }

    private static RestoreException tooManyOfOnePlace() {
        return new RestoreException(
                RestoreErrorCode.SURVEY_MEMORY,
                "one key has more changes of the same order than the survey's memory holds, all of them different",
                "restore from a backup whose changes can be told apart, or give the survey more memory with --memory"
                        + " (surveyMemoryBytes)");
    }

    private void walk(SpillFile changes) {
        resolver.begin(order, basePlace, baseDigest);
        if (isBaseLeftOut) {
            resolver.walk().leavesBaseOut();
        }
        if (!order.numbersFall() && !order.needsTime()) {
            walkInOrder(changes);
            return;
        }
        SpillFile byTime = directory.newFile();
        try (RowSorter sorter = new RowSorter(directory, RowOrder.OF_TIME, shareBytes, buffer)) {
            forEach(changes, sorter::add);
            changes.delete();
            try (RowCursor sorted = sorter.sorted();
                    SpillFile.Appender out = byTime.appender(MIN_ROWS, buffer)) {
                if (order.needsTime()) {
                    orderTies(sorted, out);
                } else {
                    while (sorted.next()) {
                        out.add(sorted.rows(), sorted.at());
                    }
                }
            }
            if (resolver.ties().isAmbiguous()) {
                resolver.walk().provesNothing();
            }
            walkInOrder(byTime);
        } finally {
            byTime.delete();
        }
    }

    /** Holds the changes that may have been made before or after one another. */
    private void orderTies(RowCursor sorted, SpillFile.Appender out) {
        count = 0;
        long end = Long.MIN_VALUE;
        while (sorted.next()) {
            if (count > 0 && sorted.rows()[sorted.at() + SurveyRow.TIME] >= end) {
                endTies(out);
                end = Long.MIN_VALUE;
            }
            if (count == capacity) {
                throw tooManyOfOnePlace();
            }
            int to = count * SurveyRow.LONGS;
            System.arraycopy(sorted.rows(), sorted.at(), held, to, SurveyRow.LONGS);
            list[count++] = to;
            end = Math.max(end, TieOrder.endMicros(held, to));
        }
        endTies(out);
    }

    private void endTies(SpillFile.Appender out) {
        int kept = resolver.ties().orderTied(held, list, 0, count, 0);
        for (int i = 0; i < kept; i++) {
            out.add(held, list[i]);
        }
        count = 0;
    }

    private void walkInOrder(SpillFile changes) {
        forEach(changes, resolver.walk()::see);
        resolver.decide(changeCount + baseCount > 0, isBaseLeftOut ? 0 : baseCount, inTargetPlace);
        forEach(changes, resolver.walk()::prove);
        resolver.walk().end();
    }

    /** Takes a row. */
    @FunctionalInterface
    private interface Row {
        void take(long[] rows, int at);
    }

    private void forEach(SpillFile changes, Row row) {
        changes.read(
                (rows, longs) -> {
                    for (int at = 0; at < longs; at += SurveyRow.LONGS) {
                        row.take(rows, at);
                    }
                },
                drainBuffer);
    }
}
