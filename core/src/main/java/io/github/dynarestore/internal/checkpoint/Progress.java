package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/** Which winners have ended, and how. Immutable. */
public final class Progress {

    /** Most conflicts that are kept to be named: as many as a report names. */
    static final int MAX_CONFLICTS = RestoreLedger.MAX_CONFLICTS_NAMED;

    private final Map<Integer, RoaringBitmap> endedByObject;
    private final long[] counts;
    private final List<Long> conflicts;
    private final double consumedUnits;

    private Progress(
            Map<Integer, RoaringBitmap> endedByObject, long[] counts, List<Long> conflicts, double consumedUnits) {
        this.endedByObject = endedByObject;
        this.counts = counts;
        this.conflicts = conflicts;
        this.consumedUnits = consumedUnits;
    }

    /**
     * The winners of an object that have ended.
     *
     * @param object its index in the listing
     * @return their ordinals; a copy
     */
    public RoaringBitmap ended(int object) {
        RoaringBitmap ended = endedByObject.get(object);
        return ended == null ? new RoaringBitmap() : ended.clone();
    }

    /** How many winners ended so. */
    public long count(Outcome outcome) {
        return counts[outcome.code()];
    }

    /** Tokens of the first conflicts, in the order in which they were found. */
    public List<Long> conflicts() {
        return conflicts;
    }

    /** Write units that were consumed, those of writes that were sent again included. */
    public double consumedUnits() {
        return consumedUnits;
    }

    /** The highest index of an object with winners that have ended; -1 without any. */
    int lastObject() {
        return endedByObject.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }

    /** Adds up what a journal says. */
    static final class Sum {

        private final Map<Integer, RoaringBitmap> endedByObject = new HashMap<>();
        private final long[] counts = new long[Outcome.values().length];
        private final List<Long> conflicts = new ArrayList<>();
        private double consumedUnits;
        /** What is added together is mostly of one object. */
        private int currentObject = -1;

        private @Nullable RoaringBitmap current;

        /** Adds a winner; the first outcome of each is the one that counts. */
        void add(Outcome outcome, int object, int ordinal) {
            if (object != currentObject || current == null) {
                currentObject = object;
                current = endedByObject.computeIfAbsent(object, unused -> new RoaringBitmap());
            }
            if (Objects.requireNonNull(current).checkedAdd(ordinal)) {
                counts[outcome.code()]++;
                if (outcome == Outcome.CONFLICT && conflicts.size() < MAX_CONFLICTS) {
                    conflicts.add((long) object << Integer.SIZE | Integer.toUnsignedLong(ordinal));
                }
            }
        }

        void addUnits(double units) {
            consumedUnits += units;
        }

        Progress result() {
            return new Progress(Map.copyOf(endedByObject), counts.clone(), List.copyOf(conflicts), consumedUnits);
        }
    }
}
