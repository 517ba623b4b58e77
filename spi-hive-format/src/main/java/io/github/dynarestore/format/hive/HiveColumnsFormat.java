package io.github.dynarestore.format.hive;

import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.PositionalFormat;
import io.github.dynarestore.spi.Recognition;

/**
 * Items as Hive wrote them to text with a mapping of columns: a line each, values parted by the byte 0x01, without names. Each
 * item is a put from a snapshot, without a time. What a value means, the list of columns says.
 */
public final class HiveColumnsFormat implements PositionalFormat {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public HiveColumnsFormat() {}

    @Override
    public String id() {
        return ColumnLayout.HIVE.id();
    }

    /** Certain where a line has the byte 0x01 before any other control character, which no other format has. */
    @Override
    public Recognition recognise(BackupSample sample) {
        for (byte b : sample.bytes()) {
            if (b == 1) {
                return Recognition.CERTAIN;
            }
            if (b >= 0 && b < ' ' && b != '\t' || b == 0x7f) {
                return Recognition.NO;
            }
        }
        return Recognition.NO;
    }

    @Override
    public BackupFormat withColumns(ColumnList columns) {
        return new ColumnFormat(ColumnLayout.HIVE, columns);
    }
}
