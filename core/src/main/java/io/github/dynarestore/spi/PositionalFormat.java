package io.github.dynarestore.spi;

import io.github.dynarestore.model.ColumnList;
import java.io.IOException;
import java.io.InputStream;

/**
 * A format whose records hold values only, which a list of columns gives names and types. It reads nothing by itself;
 * {@link #withColumns} makes the format that does.
 */
public interface PositionalFormat extends BackupFormat {

    /** Returns the format that reads records of these columns, under the same id. */
    BackupFormat withColumns(ColumnList columns);

    /** Says whether the first bytes show this format whatever the columns are; most do not. */
    @Override
    default Recognition recognise(BackupSample sample) {
        return Recognition.NO;
    }

    /** Refuses: there are no columns. */
    @Override
    default RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
        throw new IOException("the format " + id() + " needs a list of columns");
    }
}
