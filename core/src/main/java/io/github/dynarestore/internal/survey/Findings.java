package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.util.ArrayList;
import java.util.List;

/** What a survey found out about the backup besides what decides. Filled by several threads; read when they are done. */
public final class Findings {

    /** Most contradictions; each is a sign of a damaged backup, and many are no better than a few. */
    static final int MAX_CONTRADICTIONS = 100_000;

    /** Most places of a kind that are kept to be named. */
    public static final int MAX_NAMED = 1_000;

    /**
     * A record and, where it is one of two, the other one. Places are the object's index in the upper half, the ordinal in
     * the lower.
     */
    public record Finding(long place, long otherPlace, long keyHash) {}

    /** Counts of records that decide nothing. */
    static final class Counts {
        long superseded;
        long duplicates;
        long filtered;
        long keys;
        long generationConflicts;
        long uncertainKeys;
        long breaks;
        long olderKeys;
        long withoutOldImage;
        long mixedOrderKeys;
        long ambiguousKeys;
        long keysByNumberAlone;
        long undatedBesideSnapshot;

        void add(Counts other) {
            superseded += other.superseded;
            duplicates += other.duplicates;
            filtered += other.filtered;
            keys += other.keys;
            generationConflicts += other.generationConflicts;
            uncertainKeys += other.uncertainKeys;
            breaks += other.breaks;
            olderKeys += other.olderKeys;
            withoutOldImage += other.withoutOldImage;
            mixedOrderKeys += other.mixedOrderKeys;
            ambiguousKeys += other.ambiguousKeys;
            keysByNumberAlone += other.keysByNumberAlone;
            undatedBesideSnapshot += other.undatedBesideSnapshot;
        }
    }

    private final Counts counts = new Counts();
    private final List<Finding> contradictions = new ArrayList<>();
    private final FirstFindings breaks = new FirstFindings(MAX_NAMED);
    private final FirstFindings older = new FirstFindings(MAX_NAMED);
    private final FirstFindings uncertain = new FirstFindings(MAX_NAMED);
    private final FirstFindings withoutOldImage = new FirstFindings(MAX_NAMED);
    private final FirstFindings ambiguous = new FirstFindings(MAX_NAMED);

    synchronized void add(Counts more) {
        counts.add(more);
    }

    synchronized void contradiction(Finding finding) {
        if (contradictions.size() == MAX_CONTRADICTIONS) {
            throw new RestoreException(
                    RestoreErrorCode.BAD_RECORDS,
                    "more than " + MAX_CONTRADICTIONS + " records contradict others of the same key and order",
                    "restore from a backup whose changes can be told apart");
        }
        contradictions.add(finding);
    }

    synchronized void broken(long place, long otherPlace, long keyHash) {
        breaks.add(place, otherPlace, keyHash);
    }

    synchronized void older(long place, long otherPlace, long keyHash) {
        older.add(place, otherPlace, keyHash);
    }

    synchronized void uncertain(long place, long otherPlace, long keyHash) {
        uncertain.add(place, otherPlace, keyHash);
    }

    synchronized void ambiguous(long place, long otherPlace, long keyHash) {
        ambiguous.add(place, otherPlace, keyHash);
    }

    synchronized void withoutOldImage(long place, long otherPlace, long keyHash) {
        withoutOldImage.add(place, otherPlace, keyHash);
    }

    /** Records that contradict another of the same key and order, in the order of the listing. */
    public synchronized List<Finding> contradictions() {
        return contradictions.stream().sorted(FirstFindings.BY_PLACE).toList();
    }

    /** The first records whose old image is not what the change before them left. */
    public synchronized List<Finding> breaks() {
        return breaks.list();
    }

    /** Without a snapshot: the first records of keys whose item was there before any change that the log has of it. */
    public synchronized List<Finding> older() {
        return older.list();
    }

    /** The first records that may be from before the cut, or without a time from before the snapshot, or from after it. */
    public synchronized List<Finding> uncertain() {
        return uncertain.list();
    }

    /** The first records that cannot be undone. */
    public synchronized List<Finding> withoutOldImage() {
        return withoutOldImage.list();
    }

    /** The first records of those whose order neither time nor images tell. */
    public synchronized List<Finding> ambiguous() {
        return ambiguous.list();
    }

    /** Records that a later one of the same key outdid. */
    public synchronized long superseded() {
        return counts.superseded;
    }

    /** Further copies of a record. */
    public synchronized long duplicates() {
        return counts.duplicates;
    }

    /** Records that the plan leaves out: removals that are ignored, changes from before an undo. */
    public synchronized long filtered() {
        return counts.filtered;
    }

    /** Keys of the backup. */
    public synchronized long keys() {
        return counts.keys;
    }

    /** Keys whose sequence numbers fall while time goes on. */
    public synchronized long generationConflicts() {
        return counts.generationConflicts;
    }

    /** Keys that have a change which may be from before the cut, or without a time from before the snapshot, or from after. */
    public synchronized long uncertainKeys() {
        return counts.uncertainKeys;
    }

    /** Changes whose old image is not what the change before them left. */
    public synchronized long breakCount() {
        return counts.breaks;
    }

    /** Without a snapshot: keys whose item was there before the first change that the log has of it. */
    public synchronized long olderKeys() {
        return counts.olderKeys;
    }

    /** Keys that cannot be undone, as their change lacks its old image. */
    public synchronized long withoutOldImageCount() {
        return counts.withoutOldImage;
    }

    /** Keys with changes whose order neither time nor images tell. */
    public synchronized long ambiguousKeys() {
        return counts.ambiguousKeys;
    }

    /** Keys with several numbered changes, some of which have no time that the numbers could be compared with. */
    public synchronized long keysByNumberAlone() {
        return counts.keysByNumberAlone;
    }

    /** Changes without a time beside a snapshot of known time, which may be from before it. */
    public synchronized long undatedBesideSnapshot() {
        return counts.undatedBesideSnapshot;
    }

    /** Keys with changes ordered by sequence number alone and changes ordered by time, which cannot be compared. */
    public synchronized long mixedOrderKeys() {
        return counts.mixedOrderKeys;
    }
}
