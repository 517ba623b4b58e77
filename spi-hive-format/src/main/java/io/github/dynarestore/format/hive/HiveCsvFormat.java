package io.github.dynarestore.format.hive;

import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.PositionalFormat;

/**
 * Items as Hive wrote them with {@code FIELDS TERMINATED BY ','}: a line each, values parted by commas and never quoted, so
 * that a line with a value that holds a comma cannot be read. Like {@link HiveColumnsFormat} otherwise.
 */
public final class HiveCsvFormat implements PositionalFormat {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public HiveCsvFormat() {}

    @Override
    public String id() {
        return ColumnLayout.HIVE_CSV.id();
    }

    @Override
    public BackupFormat withColumns(ColumnList columns) {
        return new ColumnFormat(ColumnLayout.HIVE_CSV, columns);
    }
}
