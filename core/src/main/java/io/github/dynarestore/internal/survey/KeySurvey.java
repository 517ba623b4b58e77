package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds, for each key, the record of the greatest order. The result does not depend on the order in which objects
 * arrive. Deletes win like puts and stay to the end, so that no older put revives a key.
 *
 * <p>Open addressing over {@code long[]}, in segments so that growing one copies little: one slot of 64 bytes for each
 * key. {@code SurveyBenchmark} shows what that gains over a map of objects.
 *
 * <p>Records are added an object at a time; thread-safe.
 */
public final class KeySurvey {

    /** Two records of one key at the same place in its order that would write different things. */
    public record Contradiction(int object, long byteOffset, int otherObject, long otherByteOffset) {}

    /**
     * What a survey found.
     *
     * @param winners for each object the ordinals of its records that decide a key by a put
     * @param deletingWinners for each object the ordinals of its records that decide a key by a delete
     * @param puts keys that exist at the cut
     * @param deletes keys that are known and do not exist at the cut
     * @param superseded records that a later one of the same key outdid
     * @param duplicates further copies of a record that decided, or of one that contradicts it
     * @param contradictions records that contradict the one that decided
     */
    public record Result(
            RoaringBitmap[] winners,
            RoaringBitmap[] deletingWinners,
            long puts,
            long deletes,
            long superseded,
            long duplicates,
            List<Contradiction> contradictions) {}

    /** Most contradictions that are kept; each is a sign of a damaged backup, and many are no better than a few. */
    static final int MAX_CONTRADICTIONS = 100_000;

    private static final int SEGMENTS = 64;
    private static final int SEGMENT_SHIFT = 58;
    private static final int FIRST_SLOTS = 16;

    private static final int SLOT_LONGS = 8;
    private static final int SLOT_PLACE = 5;
    /** Byte offset in the low 40 bits, copies of the record in the high 24. */
    private static final int SLOT_OFFSET_AND_COPIES = 7;

    private static final int COPIES_SHIFT = 40;
    private static final long OFFSET_MASK = (1L << COPIES_SHIFT) - 1;
    private static final long MAX_COPIES = (1L << 24) - 1;

    private final MemoryBudget budget;
    private final long[][] segments = new long[SEGMENTS][];
    private final int[] used = new int[SEGMENTS];
    private final Map<KeyHash, Map<Image, Rival>> rivals = new HashMap<>();
    private int rivalImages;
    private final DistinctCount distinct = new DistinctCount();
    private long records;
    private long keys;
    private boolean overflowed;
    private boolean mixedOrders;

    private record KeyHash(long high, long low) {}

    /** What a record writes: two of one order differ in nothing else. */
    private record Image(long hash, long meta) {}

    /** First place of a contradicting image, and how often it was delivered. */
    private record Rival(long place, long byteOffset, long copies) {}

    /** Creates an empty survey whose memory is taken from a budget. */
    public KeySurvey(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Adds the records of an object that was read to its end. Once the budget is passed, records are only counted, so
     * that {@link #sufficientBytes} can say what would do.
     *
     * @param object index of the object
     */
    public synchronized void add(int object, SurveyRows rows) {
        long[] array = rows.array();
        for (int row = 0; row < rows.count(); row++) {
            int at = row * SurveyRows.LONGS_PER_ROW;
            records++;
            if (!overflowed) {
                reduce(object, array, at);
            } else {
                distinct.add(array[at + SurveyRows.HASH_LOW]);
            }
        }
    }

    /** Says that an object had more rows than the budget allows; the survey can then no longer succeed. */
    public synchronized void overflow() {
        if (overflowed) {
            return;
        }
        overflowed = true;
        // Only now is an estimate needed: until here the slots hold each key once.
        for (long[] slots : segments) {
            for (int s = 0; slots != null && s < slots.length; s += SLOT_LONGS) {
                if (slots[s + SLOT_OFFSET_AND_COPIES] != 0) {
                    distinct.add(slots[s + SurveyRows.HASH_LOW]);
                }
            }
        }
    }

    private void reduce(int object, long[] row, int at) {
        long hashHigh = row[at + SurveyRows.HASH_HIGH];
        long hashLow = row[at + SurveyRows.HASH_LOW];
        int segment = (int) (hashHigh >>> SEGMENT_SHIFT);
        if (!hasRoom(segment)) {
            overflow();
            distinct.add(hashLow);
            return;
        }
        long[] slots = segments[segment];
        int mask = slots.length / SLOT_LONGS - 1;
        int slot = (int) hashLow & mask;
        while (true) {
            int s = slot * SLOT_LONGS;
            if (slots[s + SLOT_OFFSET_AND_COPIES] == 0) {
                put(slots, s, object, row, at);
                used[segment]++;
                keys++;
                return;
            }
            if (slots[s] == hashHigh && slots[s + 1] == hashLow) {
                decide(slots, s, object, row, at);
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    private void decide(long[] slots, int s, int object, long[] row, int at) {
        int comparison = compare(row, at, slots, s);
        if (comparison > 0) {
            forgetRivals(new KeyHash(slots[s], slots[s + 1]));
            put(slots, s, object, row, at);
        } else if (comparison == 0) {
            long offsetAndCopies = slots[s + SLOT_OFFSET_AND_COPIES];
            if (isCopy(row, at, slots, s)) {
                if (offsetAndCopies >>> COPIES_SHIFT == MAX_COPIES) {
                    throw new IllegalStateException("one record was delivered more than " + MAX_COPIES + " times");
                }
                slots[s + SLOT_OFFSET_AND_COPIES] = offsetAndCopies + (1L << COPIES_SHIFT);
                keepFirstPlace(slots, s, object, row, at);
            } else {
                contradict(slots, s, object, row, at);
            }
        }
    }

    /** Of two copies the first by place wins, whichever arrived first, so that two runs write from the same objects. */
    private static void keepFirstPlace(long[] slots, int s, int object, long[] row, int at) {
        long place = place(object, row, at);
        if (place < slots[s + SLOT_PLACE]) {
            slots[s + SLOT_PLACE] = place;
            long copies = slots[s + SLOT_OFFSET_AND_COPIES] & ~OFFSET_MASK;
            slots[s + SLOT_OFFSET_AND_COPIES] = copies | row[at + SurveyRows.BYTE_OFFSET];
        }
    }

    /** Of contradicting images, too, the first by place stays in the slot; the others are its rivals. */
    private void contradict(long[] slots, int s, int object, long[] row, int at) {
        Map<Image, Rival> others =
                rivals.computeIfAbsent(new KeyHash(slots[s], slots[s + 1]), key -> new LinkedHashMap<>(2));
        Image image = new Image(row[at + SurveyRows.IMAGE_HASH], row[at + SurveyRows.META]);
        Rival known = others.get(image);
        if (known == null) {
            if (rivalImages == MAX_CONTRADICTIONS) {
                throw new RestoreException(
                        RestoreErrorCode.BAD_RECORDS,
                        "more than " + MAX_CONTRADICTIONS + " records contradict others of the same key and order",
                        "restore from a backup whose changes can be told apart");
            }
            rivalImages++;
        }
        long place = place(object, row, at);
        long byteOffset = row[at + SurveyRows.BYTE_OFFSET];
        Rival rival;
        if (known == null) {
            rival = new Rival(place, byteOffset, 1);
        } else if (place < known.place()) {
            rival = new Rival(place, byteOffset, known.copies() + 1);
        } else {
            rival = new Rival(known.place(), known.byteOffset(), known.copies() + 1);
        }
        if (rival.place() > slots[s + SLOT_PLACE]) {
            others.put(image, rival);
            return;
        }
        others.remove(image);
        long offsetAndCopies = slots[s + SLOT_OFFSET_AND_COPIES];
        others.put(
                new Image(slots[s + SurveyRows.IMAGE_HASH], slots[s + SurveyRows.META]),
                new Rival(slots[s + SLOT_PLACE], offsetAndCopies & OFFSET_MASK, offsetAndCopies >>> COPIES_SHIFT));
        put(slots, s, object, row, at);
        slots[s + SLOT_OFFSET_AND_COPIES] = byteOffset | rival.copies() << COPIES_SHIFT;
    }

    private void forgetRivals(KeyHash key) {
        Map<Image, Rival> forgotten = rivals.remove(key);
        if (forgotten != null) {
            rivalImages -= forgotten.size();
        }
    }

    private static boolean isCopy(long[] row, int at, long[] slots, int s) {
        return row[at + SurveyRows.IMAGE_HASH] == slots[s + SurveyRows.IMAGE_HASH]
                && SurveyRows.isDelete(row[at + SurveyRows.META]) == SurveyRows.isDelete(slots[s + SurveyRows.META]);
    }

    private static long place(int object, long[] row, int at) {
        return (long) object << 32 | row[at + SurveyRows.ORDINAL];
    }

    private static void put(long[] slots, int s, int object, long[] row, int at) {
        System.arraycopy(row, at, slots, s, SLOT_LONGS);
        slots[s + SLOT_PLACE] = place(object, row, at);
        slots[s + SLOT_OFFSET_AND_COPIES] = row[at + SurveyRows.BYTE_OFFSET] | 1L << COPIES_SHIFT;
    }

    private int compare(long[] row, int at, long[] slots, int s) {
        long rowMeta = row[at + SurveyRows.META];
        long slotMeta = slots[s + SurveyRows.META];
        if (SurveyRows.basis(rowMeta) != SurveyRows.basis(slotMeta)
                && SurveyRows.basis(rowMeta) != ChangeOrder.Basis.SNAPSHOT
                && SurveyRows.basis(slotMeta) != ChangeOrder.Basis.SNAPSHOT) {
            mixedOrders = true;
        }
        int top = Long.compare(SurveyRows.orderTop(rowMeta), SurveyRows.orderTop(slotMeta));
        if (top != 0) {
            return top;
        }
        int middle = Long.compare(row[at + SurveyRows.ORDER_MIDDLE], slots[s + SurveyRows.ORDER_MIDDLE]);
        return middle != 0 ? middle : Long.compare(row[at + SurveyRows.ORDER_LOW], slots[s + SurveyRows.ORDER_LOW]);
    }

    private boolean hasRoom(int segment) {
        long[] slots = segments[segment];
        if (slots == null) {
            if (!budget.take((long) FIRST_SLOTS * SLOT_LONGS * Long.BYTES)) {
                return false;
            }
            segments[segment] = new long[FIRST_SLOTS * SLOT_LONGS];
            return true;
        }
        int capacity = slots.length / SLOT_LONGS;
        if (used[segment] < capacity - (capacity >> 2)) {
            return true;
        }
        if (capacity >= 1 << 27 || !budget.take(2L * slots.length * Long.BYTES)) {
            return false;
        }
        long[] larger = new long[slots.length * 2];
        int mask = capacity * 2 - 1;
        for (int s = 0; s < slots.length; s += SLOT_LONGS) {
            if (slots[s + SLOT_OFFSET_AND_COPIES] != 0) {
                int slot = (int) slots[s + 1] & mask;
                while (larger[slot * SLOT_LONGS + SLOT_OFFSET_AND_COPIES] != 0) {
                    slot = (slot + 1) & mask;
                }
                System.arraycopy(slots, s, larger, slot * SLOT_LONGS, SLOT_LONGS);
            }
        }
        segments[segment] = larger;
        budget.giveBack((long) slots.length * Long.BYTES);
        return true;
    }

    /** Whether the budget was passed. */
    public synchronized boolean isOverflowed() {
        return overflowed;
    }

    /** Whether some key has records ordered by sequence number and others ordered by time, which cannot be compared. */
    public synchronized boolean hasMixedOrders() {
        return mixedOrders;
    }

    /** Keys that are held. */
    public synchronized long keys() {
        return keys;
    }

    /** Keys that were seen, estimated once the budget is passed. */
    public synchronized long estimatedKeys() {
        return overflowed ? Math.min(records, distinct.estimate()) : keys;
    }

    /**
     * A budget that the records seen so far would fit in.
     *
     * @param rowsOfLargestObject rows of the object that has most of them
     * @param readers objects that are read at once
     */
    public synchronized long sufficientBytes(long rowsOfLargestObject, int readers) {
        // The estimate is good to about 3 %; hash values spread over the segments with a deviation of their own.
        double keysAtMost = Math.min(records, estimatedKeys() * 1.15);
        double perSegment = keysAtMost / SEGMENTS + 4 * Math.sqrt(keysAtMost / SEGMENTS) + 1;
        long slots = FIRST_SLOTS;
        while (slots - (slots >> 2) < perSegment) {
            slots *= 2;
        }
        long segmentBytes = slots * SLOT_LONGS * Long.BYTES;
        long rowSlots = Math.max(64, Long.highestOneBit(Math.max(1, rowsOfLargestObject)) * 2);
        return segmentBytes * (SEGMENTS + 1) + rowSlots * SurveyRows.BYTES_PER_ROW * readers;
    }

    /** Ends the survey. */
    public synchronized Result result(int objects) {
        RoaringBitmap[] winners = new RoaringBitmap[objects];
        RoaringBitmap[] deletingWinners = new RoaringBitmap[objects];
        for (int object = 0; object < objects; object++) {
            winners[object] = new RoaringBitmap();
            deletingWinners[object] = new RoaringBitmap();
        }
        long puts = 0;
        long deletes = 0;
        long duplicates = 0;
        List<Contradiction> contradictions = new ArrayList<>();
        for (int segment = 0; segment < SEGMENTS; segment++) {
            long[] slots = segments[segment];
            for (int s = 0; slots != null && s < slots.length; s += SLOT_LONGS) {
                long offsetAndCopies = slots[s + SLOT_OFFSET_AND_COPIES];
                if (offsetAndCopies == 0) {
                    continue;
                }
                int object = (int) (slots[s + SLOT_PLACE] >>> 32);
                int ordinal = (int) slots[s + SLOT_PLACE];
                if (SurveyRows.isDelete(slots[s + SurveyRows.META])) {
                    deletingWinners[object].add(ordinal);
                    deletes++;
                } else {
                    winners[object].add(ordinal);
                    puts++;
                }
                duplicates += (offsetAndCopies >>> COPIES_SHIFT) - 1;
                if (rivals.isEmpty()) {
                    continue;
                }
                for (Rival rival : rivals.getOrDefault(new KeyHash(slots[s], slots[s + 1]), Map.of())
                        .values()) {
                    duplicates += rival.copies() - 1;
                    contradictions.add(new Contradiction(
                            (int) (rival.place() >>> 32), rival.byteOffset(), object, offsetAndCopies & OFFSET_MASK));
                }
            }
        }
        long superseded = records - puts - deletes - duplicates - contradictions.size();
        return new Result(winners, deletingWinners, puts, deletes, superseded, duplicates, contradictions);
    }

    /** Gives the memory of the slots back. */
    public synchronized void release() {
        for (int segment = 0; segment < SEGMENTS; segment++) {
            if (segments[segment] != null) {
                budget.giveBack((long) segments[segment].length * Long.BYTES);
                segments[segment] = null;
                used[segment] = 0;
            }
        }
        rivals.clear();
        rivalImages = 0;
    }
}
