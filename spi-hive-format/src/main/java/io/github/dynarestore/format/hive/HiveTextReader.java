package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.LineReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;

/** Reads the lines of one object: makes JSON of each, which is then read like an item of an EMR export. */
final class HiveTextReader implements RecordReader {

    static final String CUT_SHORT = "record.cut-short";

    private static final byte BETWEEN_ATTRIBUTES = 0x02;
    static final byte BEHIND_NAME = 0x03;

    private final LineReader lines;
    private final JsonCursor value = new JsonCursor();
    private final TagSpeller speller = new TagSpeller();
    private final ItemScanner items = new ItemScanner();
    private final JsonText json = new JsonText();

    HiveTextReader(InputStream in, int maxRecordBytes) {
        lines = new LineReader(in, maxRecordBytes);
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        if (!lines.next()) {
            return false;
        }
        record.clear();
        if (!lines.isTerminated()) {
            // It may have had attributes more.
            throw lines.malformed(CUT_SHORT, "the last line has no end");
        }
        try {
            makeJson();
            var unused = speller.spell(json.bytes(), 0, json.length());
            unused = items.scan(speller.bytes(), speller.from(), speller.to());
            record.newImage(
                    speller.bytes(),
                    speller.from(),
                    speller.to() - speller.from(),
                    items.itemSizeBytes(),
                    items.digest());
        } catch (InvalidItemException e) {
            throw lines.malformed(e.reason(), e.detail());
        }
        record.position(lines.byteOffset(), lines.bytes(), lines.from(), lines.length());
        return true;
    }

    private void makeJson() throws InvalidItemException {
        byte[] line = lines.bytes();
        int end = lines.from() + lines.length();
        json.clear();
        json.put('{');
        int from = lines.from();
        while (from <= end) {
            int to = index(line, BETWEEN_ATTRIBUTES, from, end);
            if (json.length() > 1) {
                json.put(',');
            }
            attribute(line, from, to);
            from = to + 1;
        }
        json.put('}');
    }

    private void attribute(byte[] line, int from, int to) throws InvalidItemException {
        int mark = index(line, BEHIND_NAME, from, to);
        if (mark == to) {
            throw new InvalidItemException(
                    EmrExportReader.UNKNOWN_SHAPE, 0, "an attribute whose name and value are not parted by 0x03");
        }
        json.string(line, from, mark);
        json.put(':');
        requireOneValue(line, mark + 1, to);
        json.put(line, mark + 1, to);
    }

    /** Two values in the place of one would pass for two attributes. */
    private void requireOneValue(byte[] line, int from, int to) throws InvalidItemException {
        value.reset(line, from, to);
        value.skipValue();
        if (value.position() != to) {
            throw new InvalidItemException(EmrExportReader.UNKNOWN_SHAPE, 0, "an attribute with more than a value");
        }
    }

    private static int index(byte[] line, byte wanted, int from, int to) {
        for (int i = from; i < to; i++) {
            if (line[i] == wanted) {
                return i;
            }
        }
        return to;
    }
}
