package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.LineReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Reads the lines of one object: makes DynamoDB JSON of each by the list of columns. */
final class ColumnReader implements RecordReader {

    static final String COLUMN_COUNT = "record.column-count";

    static final String UTF_16 = "record.utf-16";

    private final LineReader lines;
    private final Fields fields;
    private boolean mayBeHeader;
    private final List<ColumnList.Column> columns;
    private final List<byte[]> names;
    private final JsonText json = new JsonText();
    private final ColumnValues values = new ColumnValues(json);
    private final ItemScanner items = new ItemScanner();

    ColumnReader(InputStream in, int maxRecordBytes, ColumnList list, Fields fields, boolean mayHaveHeader) {
        lines = new LineReader(in, maxRecordBytes);
        this.fields = fields;
        mayBeHeader = mayHaveHeader;
        columns = list.columns();
        names = columns.stream()
                .map(column -> column.attribute().getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        boolean isFirst = mayBeHeader;
        mayBeHeader = false;
        if (!lines.next()) {
            return false;
        }
        if (isFirst && isHeader()) {
            return next(record);
        }
        record.clear();
        int to = lines.from() + lines.length();
        if (!fields.allowsCarriageReturn() && to < lines.bytes().length && lines.bytes()[to] == '\r') {
            to++;
        }
        if (!lines.isTerminated()) {
            // Its last value may have had more; even a closing quote may be the first of two.
            throw lines.malformed(HiveTextReader.CUT_SHORT, "the last line has no end");
        }
        if (isUtf16(to)) {
            throw lines.malformed(UTF_16, "more than a third of the line are bytes of zero, as in UTF-16");
        }
        try {
            makeJson(lines.from(), to);
            var unused = items.scan(json.bytes(), 0, json.length());
            if (items.itemSizeBytes() == 0) {
                throw new InvalidItemException(EmrExportReader.UNKNOWN_SHAPE, to, "a line without values");
            }
        } catch (InvalidItemException e) {
            throw lines.malformed(e.reason(), e.detail());
        }
        record.newImage(json.bytes(), 0, json.length(), items.itemSizeBytes(), items.digest());
        record.position(lines.byteOffset(), lines.bytes(), lines.from(), to - lines.from());
        return true;
    }

    /** Columns would take them: UTF-16 of plain letters is UTF-8 with a zero beside each. */
    private boolean isUtf16(int to) {
        int zeros = 0;
        for (int i = lines.from(); i < to; i++) {
            zeros += lines.bytes()[i] == 0 ? 1 : 0;
        }
        return zeros * 3L > to - lines.from();
    }

    private boolean isHeader() {
        fields.reset(lines.bytes(), lines.from(), lines.from() + lines.length());
        try {
            for (byte[] name : names) {
                if (!fields.next()
                        || !Arrays.equals(fields.bytes(), fields.from(), fields.to(), name, 0, name.length)) {
                    return false;
                }
            }
            return !fields.next();
        } catch (InvalidItemException e) {
            return false;
        }
    }

    private void makeJson(int from, int to) throws InvalidItemException {
        json.clear();
        json.put('{');
        fields.reset(lines.bytes(), from, to);
        for (int i = 0; i < columns.size(); i++) {
            if (!fields.next()) {
                throw new InvalidItemException(
                        COLUMN_COUNT, to, "a line of " + i + " columns, where " + columns.size() + " are said");
            }
            if (!fields.isNull()) {
                attribute(i);
            }
        }
        if (fields.next()) {
            throw new InvalidItemException(
                    COLUMN_COUNT, to, "a line of more columns than the " + columns.size() + " that are said");
        }
        json.put('}');
    }

    private void attribute(int column) throws InvalidItemException {
        if (json.length() > 1) {
            json.put(',');
        }
        byte[] name = names.get(column);
        json.string(name, 0, name.length);
        json.put(':');
        values.write(columns.get(column).type(), fields.bytes(), fields.from(), fields.to());
    }
}
