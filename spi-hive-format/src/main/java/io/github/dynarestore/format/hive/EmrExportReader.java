package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.RecordBuffer;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;

/** Reads the items of one object. */
final class EmrExportReader implements RecordReader {

    static final String UNKNOWN_SHAPE = "record.unknown-shape";

    /** An item begins with the name of whichever attribute comes first, so nothing marks a beginning. */
    private static final byte[] NO_SIGNATURE = {};

    private final RecordBuffer buffer;
    private final TagSpeller speller = new TagSpeller();
    private final ItemScanner items = new ItemScanner();

    EmrExportReader(InputStream in, int maxRecordBytes) {
        buffer = new RecordBuffer(in, maxRecordBytes, NO_SIGNATURE);
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        if (!buffer.nextStart()) {
            return false;
        }
        while (true) {
            try {
                record.clear();
                buffer.accept(record, parse(record));
                return true;
            } catch (InvalidItemException e) {
                buffer.fillOrThrow(e);
            }
        }
    }

    private int parse(BackupRecord record) throws InvalidItemException {
        int end = speller.spell(buffer.bytes(), buffer.start(), buffer.limit());
        // The copy is whole JSON, so no error that the scanner finds there has its place asked for.
        items.scan(speller.bytes(), speller.from(), speller.to());
        if (items.itemSizeBytes() == 0) {
            throw new InvalidItemException(UNKNOWN_SHAPE, buffer.start(), "an object without attributes");
        }
        record.newImage(
                speller.bytes(), speller.from(), speller.to() - speller.from(), items.itemSizeBytes(), items.digest());
        return end;
    }

    /** Whether the record asked for last, good or malformed, has an attribute whose tag only an export spells so. */
    boolean isSpelledByExport() {
        return speller.isSpelledOtherwise();
    }
}
