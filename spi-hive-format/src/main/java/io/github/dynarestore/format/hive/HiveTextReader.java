package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.LineReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the lines of one object: makes JSON of each, which is then read like an item of an EMR export. */
final class HiveTextReader implements RecordReader {

    static final String CUT_SHORT = "record.cut-short";

    private static final byte BETWEEN_ATTRIBUTES = 0x02;
    static final byte BEHIND_NAME = 0x03;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_ESCAPE = 6;

    private final LineReader lines;
    private final JsonCursor value = new JsonCursor();
    private final TagSpeller speller = new TagSpeller();
    private final ItemScanner items = new ItemScanner();
    private byte[] json = new byte[1024];
    private int length;

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
            var unused = speller.spell(json, 0, length);
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
        length = 0;
        put((byte) '{');
        int from = lines.from();
        while (from <= end) {
            int to = index(line, BETWEEN_ATTRIBUTES, from, end);
            if (length > 1) {
                put((byte) ',');
            }
            attribute(line, from, to);
            from = to + 1;
        }
        put((byte) '}');
    }

    private void attribute(byte[] line, int from, int to) throws InvalidItemException {
        int mark = index(line, BEHIND_NAME, from, to);
        if (mark == to) {
            throw new InvalidItemException(
                    EmrExportReader.UNKNOWN_SHAPE, 0, "an attribute whose name and value are not parted by 0x03");
        }
        name(line, from, mark);
        put((byte) ':');
        requireOneValue(line, mark + 1, to);
        reserve(to - mark);
        System.arraycopy(line, mark + 1, json, length, to - mark - 1);
        length += to - mark - 1;
    }

    /** Two values in the place of one would pass for two attributes. */
    private void requireOneValue(byte[] line, int from, int to) throws InvalidItemException {
        value.reset(line, from, to);
        value.skipValue();
        if (value.position() != to) {
            throw new InvalidItemException(EmrExportReader.UNKNOWN_SHAPE, 0, "an attribute with more than a value");
        }
    }

    private void name(byte[] line, int from, int to) {
        put((byte) '"');
        for (int i = from; i < to; i++) {
            byte b = line[i];
            reserve(LONGEST_ESCAPE);
            if (b == '"' || b == '\\') {
                put((byte) '\\');
                put(b);
            } else if (b >= 0 && b < ' ') {
                put((byte) '\\');
                put((byte) 'u');
                put((byte) '0');
                put((byte) '0');
                put(HEX[b >> 4]);
                put(HEX[b & 15]);
            } else {
                put(b);
            }
        }
        put((byte) '"');
    }

    private static int index(byte[] line, byte wanted, int from, int to) {
        for (int i = from; i < to; i++) {
            if (line[i] == wanted) {
                return i;
            }
        }
        return to;
    }

    private void put(byte b) {
        reserve(1);
        json[length++] = b;
    }

    private void reserve(int more) {
        if (json.length - length < more) {
            json = Arrays.copyOf(json, Math.max(json.length * 2, length + more));
        }
    }
}
