package io.github.dynarestore.format.hive;

import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.PositionalFormat;

/**
 * Items as comma-separated values with quotes, as Hive's {@code OpenCSVSerde} writes them: a line each; a field without quotes
 * and without text is no value, an empty text is {@code ""}. A first line that holds the names of the columns is no item. Like
 * {@link HiveColumnsFormat} otherwise.
 */
public final class CsvFormat implements PositionalFormat {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public CsvFormat() {}

    @Override
    public String id() {
        return ColumnLayout.CSV.id();
    }

    @Override
    public BackupFormat withColumns(ColumnList columns) {
        return new ColumnFormat(ColumnLayout.CSV, columns);
    }
}
