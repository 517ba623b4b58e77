package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.LineReader;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A positional format with the columns that it reads. */
final class ColumnFormat implements BackupFormat {

    private static final int LINES_LOOKED_AT = 20;

    private final ColumnLayout layout;
    private final ColumnList columns;

    /**
     * Creates it.
     *
     * @throws IllegalArgumentException if Hive could not write a column's type
     */
    ColumnFormat(ColumnLayout layout, ColumnList columns) {
        columns.columns().forEach(column -> ColumnValues.requireSeparators(column.type()));
        this.layout = layout;
        this.columns = columns;
    }

    @Override
    public String id() {
        return layout.id();
    }

    /** Decided by the first line that has as many columns as are said; what stands in them does not matter yet. */
    @Override
    public Recognition recognise(BackupSample sample) {
        LineReader lines = new LineReader(new ByteArrayInputStream(sample.bytes()), sample.bytes().length + 1);
        Fields fields = layout.newFields();
        try {
            for (int i = 0; i < LINES_LOOKED_AT && lines.next(); i++) {
                if (count(lines, fields) == columns.columns().size()) {
                    return sureness();
                }
            }
        } catch (IOException e) {
            return Recognition.NO;
        }
        return Recognition.NO;
    }

    private static int count(LineReader lines, Fields fields) {
        fields.reset(lines.bytes(), lines.from(), lines.from() + lines.length());
        int count = 0;
        try {
            while (fields.next()) {
                count++;
            }
        } catch (InvalidItemException e) {
            return 0;
        }
        return count;
    }

    private Recognition sureness() {
        return columns.columns().size() > 1 ? layout.sureness() : Recognition.POSSIBLE;
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new ColumnReader(
                decompressed, context.maxRecordBytes(), columns, layout.newFields(), layout.mayHaveHeader());
    }
}
