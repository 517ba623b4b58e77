package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.model.UndatedRecords;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a record can be used, whether it counts at the cut, and what its key is. Both passes ask it, so both
 * come to the same answer. Used by one thread.
 */
final class RecordJudge {

    private final @Nullable Long cutEpochMicros;
    private final UndatedRecords undatedRecords;
    private final KeyReader key;
    private final KeyReader imageKey;
    private final ItemScanner scanner = new ItemScanner();
    private final ImageHash imageHash = new ImageHash();
    private int itemSizeBytes;

    RecordJudge(RestoreSettings settings, KeySchema schema) {
        Instant cut = settings.asOf();
        cutEpochMicros = cut == null ? null : epochMicros(cut);
        undatedRecords = settings.undatedRecords();
        key = new KeyReader(schema);
        imageKey = new KeyReader(schema);
    }

    /**
     * Judges a record.
     *
     * @param objectWritten when the record's object was written
     * @return whether the record counts at the cut
     * @throws InvalidItemException if it cannot be used
     */
    boolean counts(BackupRecord record, Instant objectWritten) throws InvalidItemException {
        boolean isPut = record.kind() == BackupRecord.Kind.PUT;
        if (isPut && !record.hasNewImage()) {
            throw new InvalidItemException("record.no-new-image", 0, "a put without a new image");
        }
        if (isPut) {
            measure(record);
        }
        readKey(record, isPut);
        if (isPut && record.hasKeys()) {
            compareWithImage(record);
        }
        return isBeforeCut(record, objectWritten);
    }

    /** Judges a record once more that was found usable, without what can only come out the same. */
    boolean countsAgain(BackupRecord record, Instant objectWritten) throws InvalidItemException {
        boolean isPut = record.kind() == BackupRecord.Kind.PUT;
        if (isPut) {
            measure(record);
        }
        readKey(record, isPut);
        return isBeforeCut(record, objectWritten);
    }

    private boolean isBeforeCut(BackupRecord record, Instant objectWritten) throws InvalidItemException {
        if (cutEpochMicros == null) {
            return true;
        }
        if (!record.hasTime()) {
            if (undatedRecords == UndatedRecords.REFUSE) {
                throw new InvalidItemException(
                        "record.no-time",
                        0,
                        "the record does not say when it was made, so no cut can be applied to it");
            }
            record.time(epochMicros(objectWritten), TimePrecision.SECOND);
        }
        return record.timeEpochMicros() <= cutEpochMicros;
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

    /** Written by its image, the item would land under another key than the one its order was compared for. */
    private void compareWithImage(BackupRecord record) throws InvalidItemException {
        imageKey.readChecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
        if (!imageKey.matches(key)) {
            throw new InvalidItemException("key.image-differs", 0, "the new image has another key than Keys says");
        }
    }

    private void measure(BackupRecord record) throws InvalidItemException {
        itemSizeBytes = record.newItemSizeBytes();
        if (itemSizeBytes == BackupRecord.UNMEASURED) {
            int end = record.newImageOffset() + record.newImageLength();
            if (scanner.scan(record.newImageBytes(), record.newImageOffset(), end) != end) {
                throw new InvalidItemException("json.syntax", 0, "something follows the item");
            }
            itemSizeBytes = scanner.itemSizeBytes();
        }
    }

    /** The key of the record judged last. */
    KeyReader key() {
        return key;
    }

    /** DynamoDB's size of the put judged last, in bytes. */
    int itemSizeBytes() {
        return itemSizeBytes;
    }

    /** Hash of what the record would write. */
    long imageHash(BackupRecord record) {
        return record.kind() == BackupRecord.Kind.DELETE
                ? 0
                : imageHash.of(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
    }

    /** Saturates: a cut in the year a billion means no cut. */
    private static long epochMicros(Instant instant) {
        try {
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
        } catch (ArithmeticException e) {
            return instant.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
