package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.RecordBuffer;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads the items of one object. */
final class EmrExportReader implements RecordReader {

    static final String UNKNOWN_SHAPE = "record.unknown-shape";

    /** An item begins with the name of whichever attribute comes first, so nothing marks a beginning. */
    private static final byte[] NO_SIGNATURE = {};

    private final RecordBuffer buffer;
    private final ItemScanner items = ItemScanner.writingTags();

    /** What the buffer holds, at the same indices, for tags to be written over. */
    private byte[] copy = {};

    /** Where in the stream the byte at index 0 stands. */
    private long copyOffset = -1;

    private int copiedTo;
    private boolean isSpelledByExport;

    EmrExportReader(InputStream in, int maxRecordBytes) {
        buffer = new RecordBuffer(in, maxRecordBytes, NO_SIGNATURE);
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        isSpelledByExport = false;
        if (!buffer.nextStart()) {
            return false;
        }
        while (true) {
            try {
                record.clear();
                buffer.accept(record, parse(record));
                isSpelledByExport = items.hasWrittenTag();
                return true;
            } catch (InvalidItemException e) {
                isSpelledByExport = items.hasWrittenTag();
                buffer.fillOrThrow(e);
                // It is tried again as it was.
                copiedTo = buffer.start();
            }
        }
    }

    private int parse(BackupRecord record) throws InvalidItemException {
        copyWhatIsNew();
        int start = buffer.start();
        int end = items.scan(copy, start, buffer.limit());
        if (items.itemSizeBytes() == 0) {
            throw new InvalidItemException(UNKNOWN_SHAPE, start, "an object without attributes");
        }
        record.newImage(copy, start, end - start, items.itemSizeBytes(), items.digest());
        return end;
    }

    private void copyWhatIsNew() {
        int start = buffer.start();
        int limit = buffer.limit();
        long offset = buffer.byteOffset() - start;
        if (offset != copyOffset) {
            // The buffer has moved what it holds.
            copyOffset = offset;
            copiedTo = start;
        }
        if (copiedTo < limit) {
            copy = copy.length < limit ? Arrays.copyOf(copy, buffer.bytes().length) : copy;
            System.arraycopy(buffer.bytes(), copiedTo, copy, copiedTo, limit - copiedTo);
            copiedTo = limit;
        }
    }

    /** Whether the record asked for last, good or malformed, has an attribute whose tag only an export spells so. */
    boolean isSpelledByExport() {
        return isSpelledByExport;
    }
}
