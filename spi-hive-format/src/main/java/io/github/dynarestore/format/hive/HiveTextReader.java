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
    private final ItemScanner items = ItemScanner.writingTags();
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
            var unused = items.scan(json.bytes(), 0, json.length());
        } catch (InvalidItemException e) {
            throw lines.malformed(e.reason(), e.detail());
        }
        record.newImage(json.bytes(), 0, json.length(), items.itemSizeBytes(), items.digest());
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
            if (json.length() > 1) {
                json.put(',');
            }
            from = attribute(line, from, end) + 1;
        }
        json.put('}');
    }

    /** Index behind the attribute that begins at an index; two values in the place of one would pass for two attributes. */
    private int attribute(byte[] line, int from, int end) throws InvalidItemException {
        int mark = from;
        while (mark < end && line[mark] != BEHIND_NAME && line[mark] != BETWEEN_ATTRIBUTES) {
            mark++;
        }
        if (mark == end || line[mark] != BEHIND_NAME) {
            throw new InvalidItemException(
                    EmrExportReader.UNKNOWN_SHAPE, 0, "an attribute whose name and value are not parted by 0x03");
        }
        json.string(line, from, mark);
        json.put(':');
        value.reset(line, mark + 1, end);
        value.skipValue();
        int to = value.position();
        if (to < end && line[to] != BETWEEN_ATTRIBUTES) {
            throw new InvalidItemException(EmrExportReader.UNKNOWN_SHAPE, 0, "an attribute with more than a value");
        }
        json.put(line, mark + 1, to);
        return to;
    }
}
