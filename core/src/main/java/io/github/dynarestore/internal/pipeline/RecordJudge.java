package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.RowWriter.Standing;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupChange;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a record can be used, whether it counts, and what its key is. Both passes ask it, so both come to the
 * same answer. Used by one thread.
 */
final class RecordJudge {

    private final @Nullable Long cutEpochMicros;
    private final boolean needsTime;
    private final boolean undoes;
    private final boolean keepsExpired;
    private final UndatedRecords undatedRecords;
    private final @Nullable Predicate<BackupChange> filter;
    private final KeyReader key;
    private final KeyReader imageKey;
    private final ItemScanner scanner = new ItemScanner();
    private int itemSizeBytes;
    private boolean isTimeOfDelivery;

    /**
     * Creates one.
     *
     * @param comparesWithSnapshot whether changes are compared with the time of a snapshot
     */
    RecordJudge(RestoreSettings settings, KeySchema schema, boolean comparesWithSnapshot) {
        Instant cut = settings.asOf();
        cutEpochMicros = cut == null ? null : Micros.of(cut);
        undoes = settings.history().undoSince() != null;
        keepsExpired = settings.history().ttlRemovals() == TtlRemovals.IGNORE;
        needsTime = cut != null || undoes || comparesWithSnapshot;
        undatedRecords = settings.undatedRecords();
        filter = settings.history().filter();
        key = new KeyReader(schema);
        imageKey = new KeyReader(schema);
    }

    /**
     * Judges a record.
     *
     * @param entry the object that the record is of
     * @return whether the record counts
     * @throws InvalidItemException if it cannot be used
     */
    Standing judge(BackupRecord record, BackupContents.Entry entry) throws InvalidItemException {
        boolean isPut = record.kind() == BackupRecord.Kind.PUT;
        if (isPut && !record.hasNewImage()) {
            throw new InvalidItemException("record.no-new-image", 0, "a put without a new image");
        }
        if (isPut) {
            measureNew(record);
        }
        readKey(record, isPut);
        if (isPut && record.hasKeys()) {
            imageKey.readChecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
            requireSameKey("the new image has another key than Keys says");
        }
        if (record.hasOldImage() && mayWriteOldImage(record)) {
            measureOld(record);
            imageKey.readChecked(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength());
            requireSameKey("the old image has another key than Keys says");
            if (isPut) {
                measureNew(record);
            }
        }
        isTimeOfDelivery = false;
        if (isAfterCut(record, entry)) {
            return Standing.AFTER_CUT;
        }
        return isFiltered(record) ? Standing.FILTERED : Standing.COUNTS;
    }

    /** Whether it may be the old image that is written. */
    boolean mayWriteOldImage(BackupRecord record) {
        return undoes || keepsExpired && record.isExpiry();
    }

    /** Written by its image, the item would land under another key than the one its order was compared for. */
    private void requireSameKey(String otherwise) throws InvalidItemException {
        if (!imageKey.matches(key)) {
            throw new InvalidItemException("key.image-differs", 0, otherwise);
        }
    }

    /** Reads a record once more that was found usable, as far as its action needs. */
    void readAgain(BackupRecord record, Action action) throws InvalidItemException {
        switch (action) {
            case PUT -> measureNew(record);
            case PUT_OLD -> measureOld(record);
            case DELETE -> {
                // Only its key matters.
            }
        }
        readKey(record, record.kind() == BackupRecord.Kind.PUT);
    }

    private boolean isAfterCut(BackupRecord record, BackupContents.Entry entry) throws InvalidItemException {
        if (!needsTime) {
            return false;
        }
        if (!record.hasTime()) {
            if (record.orderBasis() == ChangeOrder.Basis.SNAPSHOT && (entry.isBase() || entry.begun() != null)) {
                Instant begun = entry.begun();
                return begun != null && cutEpochMicros != null && Micros.of(begun) > cutEpochMicros;
            }
            if (undatedRecords == UndatedRecords.REFUSE) {
                throw new InvalidItemException(
                        "record.no-time",
                        0,
                        "the record does not say when it was made, so it cannot be compared with the cut or a snapshot");
            }
            record.time(Micros.of(entry.delivered()), TimePrecision.SECOND);
            isTimeOfDelivery = true;
        }
        return cutEpochMicros != null && record.timeEpochMicros() > cutEpochMicros;
    }

    private boolean isFiltered(BackupRecord record) throws InvalidItemException {
        if (filter == null) {
            return false;
        }
        try {
            return !filter.test(new FilteredChange(record, key));
        } catch (RuntimeException e) {
            throw new InvalidItemException(
                    "filter.failed",
                    0,
                    "the plan's filter threw " + e.getClass().getName());
        }
    }

    private void readKey(BackupRecord record, boolean isPut) throws InvalidItemException {
        if (!record.hasKeys()) {
            if (!isPut) {
                throw new InvalidItemException("record.no-keys", 0, "a delete without keys");
            }
            key.readChecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
        } else {
            key.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
        }
    }

    private void measureNew(BackupRecord record) throws InvalidItemException {
        itemSizeBytes = record.newItemSizeBytes();
        if (itemSizeBytes == BackupRecord.UNMEASURED) {
            measure(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
        }
    }

    private void measureOld(BackupRecord record) throws InvalidItemException {
        measure(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength());
    }

    private void measure(byte[] image, int from, int length) throws InvalidItemException {
        if (scanner.scan(image, from, from + length) != from + length) {
            throw new InvalidItemException("json.syntax", 0, "something follows the item");
        }
        itemSizeBytes = scanner.itemSizeBytes();
    }

    /** The key of the record judged last. */
    KeyReader key() {
        return key;
    }

    /** DynamoDB's size of the item to put judged last, in bytes. */
    int itemSizeBytes() {
        return itemSizeBytes;
    }

    /** Whether the record judged last has the time of its object. */
    boolean isTimeOfDelivery() {
        return isTimeOfDelivery;
    }

    /** Digest of what is there after the change of the record judged last; 0 for a delete. */
    long newDigest(BackupRecord record) throws InvalidItemException {
        if (record.kind() == BackupRecord.Kind.DELETE) {
            return ItemScanner.ABSENT;
        }
        if (record.newDigest() != 0) {
            return record.newDigest();
        }
        return digest(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
    }

    /** Digest of what was there before the change; 0 if the record does not say, or says it in a way that is no item. */
    long oldDigest(BackupRecord record) {
        if (!record.hasOldImage()) {
            return ItemScanner.ABSENT;
        }
        if (record.oldDigest() != 0) {
            return record.oldDigest();
        }
        try {
            return digest(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength());
        } catch (InvalidItemException e) {
            // It only proves that nothing is missing, and that is then not proven.
            return ItemScanner.ABSENT;
        }
    }

    private long digest(byte[] image, int from, int length) throws InvalidItemException {
        scanner.scan(image, from, from + length);
        return scanner.digest();
    }
}
