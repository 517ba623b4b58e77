package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.TableIndex;
import io.github.dynarestore.internal.plan.Workload;
import io.github.dynarestore.internal.plan.WritePrice;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A few records from the begin and the middle of a backup, and from the end of each of its locations. Immutable. */
final class RecordSample {

    private static final int RECORDS_PER_OBJECT = 100;
    private static final int MAX_BYTES_PER_OBJECT = 1 << 20;

    private final List<BackupRecord> records;
    private final int malformed;

    private RecordSample(List<BackupRecord> records, int malformed) {
        this.records = records;
        this.malformed = malformed;
    }

    /** One without records. */
    static RecordSample empty() {
        return new RecordSample(List.of(), 0);
    }

    /**
     * Takes a sample. What cannot be read is left out, for the survey will say so, and where.
     *
     * @throws RestoreException only if the caller is not allowed to read
     */
    static RecordSample of(BackupContents contents) throws InterruptedException {
        List<BackupRecord> records = new ArrayList<>();
        int malformed = 0;
        for (int object : objects(contents)) {
            try (RecordCursor cursor = contents.openAgain(object)) {
                malformed += read(cursor, contents.entry(object), records);
            } catch (InterruptedIOException e) {
                throw SurveyPass.interrupted(e);
            } catch (IOException e) {
                // The survey comes upon it.
                continue;
            } catch (RestoreException e) {
                if (e.code() == RestoreErrorCode.ACCESS_DENIED) {
                    throw e;
                }
            }
        }
        return new RecordSample(records, malformed);
    }

    /** The first and the middle one, and the last one of each location: what a stream feeds at present it puts there. */
    private static Set<Integer> objects(BackupContents contents) {
        int size = contents.size();
        Map<URI, Integer> lasts = new HashMap<>();
        for (int object = 0; object < size; object++) {
            lasts.put(contents.entry(object).backup().location(), object);
        }
        Set<Integer> objects = new TreeSet<>(lasts.values());
        if (size > 0) {
            objects.addAll(List.of(0, size / 2));
        }
        return objects;
    }

    /** Returns how many were malformed. */
    private static int read(RecordCursor cursor, BackupContents.Entry entry, List<BackupRecord> records)
            throws IOException {
        int malformed = 0;
        long bytes = 0;
        for (int i = 0; i < RECORDS_PER_OBJECT && bytes < MAX_BYTES_PER_OBJECT && cursor.next(); i++) {
            BackupRecord record = cursor.record();
            if (cursor.malformed() != null) {
                malformed++;
            } else if (!SurveyPass.isOfOtherTable(entry.backup(), record.tableName())) {
                records.add(copy(record));
                bytes += record.newImageLength();
            }
        }
        return malformed;
    }

    /** The cursor's own record changes with the next one. */
    private static BackupRecord copy(BackupRecord record) {
        BackupRecord copy = new BackupRecord();
        copy.kind(record.kind());
        copy.tableName(record.tableName());
        copy.streamArn(record.streamArn());
        if (record.hasKeys()) {
            copy.keys(slice(record.keysBytes(), record.keysOffset(), record.keysLength()), 0, record.keysLength());
        }
        if (record.hasNewImage()) {
            copy.newImage(
                    slice(record.newImageBytes(), record.newImageOffset(), record.newImageLength()),
                    0,
                    record.newImageLength(),
                    record.newItemSizeBytes());
        }
        return copy;
    }

    private static byte[] slice(byte[] bytes, int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    List<BackupRecord> records() {
        return records;
    }

    /**
     * Compares the records' keys with a table's.
     *
     * @throws RestoreException if none of them fits
     */
    void requireKey(String table, KeySchema key) {
        KeyFit fit = new KeyFit(table, key);
        KeyReader reader = new KeyReader(key);
        for (BackupRecord record : records) {
            try {
                if (readKey(reader, record)) {
                    fit.fits();
                }
            } catch (InvalidItemException e) {
                fit.judged(e, record);
            }
        }
        fit.check();
    }

    /**
     * Looks for records that cannot be used.
     *
     * @throws RestoreException if there are any
     */
    void requireUsable(KeySchema keyOfBackup) {
        KeyReader reader = new KeyReader(keyOfBackup);
        ItemScanner scanner = new ItemScanner();
        int bad = malformed;
        boolean isOfKey = records.isEmpty();
        for (BackupRecord record : records) {
            try {
                isOfKey |= readKey(reader, record);
                if (record.hasNewImage()) {
                    scanner.scan(
                            record.newImageBytes(),
                            record.newImageOffset(),
                            record.newImageOffset() + record.newImageLength());
                }
            } catch (InvalidItemException e) {
                bad++;
            }
        }
        // Where no key fits, it is the table's that is another one.
        if (bad > 0 && isOfKey) {
            throw new RestoreException(
                    RestoreErrorCode.BAD_RECORDS,
                    bad + " of " + (records.size() + malformed) + " records looked at cannot be used",
                    "mend them, or leave them out with --bad-records dead-letter (BadRecords.DEAD_LETTER)");
        }
    }

    /** How many records there may be in so many bytes, if these are not compressed. */
    long guessedRecords(long bytes) {
        long sampled = 0;
        for (BackupRecord record : records) {
            sampled += record.keysLength() + record.newImageLength();
        }
        return sampled == 0 ? 0 : bytes * records.size() / sampled;
    }

    /** Whether there was a key to read. */
    private static boolean readKey(KeyReader reader, BackupRecord record) throws InvalidItemException {
        if (record.hasKeys()) {
            reader.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
            return true;
        }
        if (record.hasNewImage()) {
            reader.readChecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
            return true;
        }
        return false;
    }

    /** The items as they would be written; those that cannot be, or that a mapper leaves out, are not among them. */
    List<ItemImage> items(ItemMapping mapping, KeySchema keyOfBackup) {
        KeyReader reader = new KeyReader(keyOfBackup);
        List<ItemImage> items = new ArrayList<>();
        for (BackupRecord record : records) {
            ItemImage item = record.hasNewImage() ? item(record, mapping, reader) : null;
            if (item != null) {
                items.add(item);
            }
        }
        return items;
    }

    private static @Nullable ItemImage item(BackupRecord record, ItemMapping mapping, KeyReader reader) {
        ItemImage image = ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
        try {
            readKey(reader, record);
            new ItemScanner().scan(image.array(), image.offset(), image.offset() + image.length());
            if (mapping.isNone()) {
                return image;
            }
            ItemMapping.Mapped mapped = mapping.map(image, reader);
            return mapped == null ? null : ItemImage.wrap(mapped.json(), 0, mapped.json().length);
        } catch (InvalidItemException | ItemMapping.FailedException e) {
            return null;
        }
    }

    /**
     * What so many writes cost if the items are like those of a sample.
     *
     * @param items of a sample; if there are none, each write is taken for one unit
     */
    static Workload workload(List<ItemImage> items, List<TableIndex> indexes, long writes) {
        WritePrice price = new WritePrice(indexes);
        ItemScanner scanner = new ItemScanner();
        int count = 0;
        for (ItemImage item : items) {
            try {
                scanner.scan(item.array(), item.offset(), item.offset() + item.length());
            } catch (InvalidItemException e) {
                continue;
            }
            price.addPut(item.array(), item.offset(), item.length(), scanner.itemSizeBytes());
            count++;
        }
        return count == 0 ? Workload.ofSmallItems(writes) : Workload.of(price).times((double) writes / count);
    }
}
