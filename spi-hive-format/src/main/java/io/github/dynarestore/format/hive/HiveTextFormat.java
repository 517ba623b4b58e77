package io.github.dynarestore.format.hive;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Whole items as Hive wrote them to text before there were manifests, a line each: attributes parted by the byte 0x02, a
 * name from its value by 0x03, and values as {@code emr-export} has them. Each item is a put from a snapshot, without a time.
 */
public final class HiveTextFormat implements BackupFormat {

    private static final int LINES_LOOKED_AT = 50;

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public HiveTextFormat() {}

    @Override
    public String id() {
        return "hive-text";
    }

    /** Certain once an item could be read: no other format has these bytes. */
    @Override
    public Recognition recognise(BackupSample sample) {
        HiveTextReader reader = new HiveTextReader(new ByteArrayInputStream(sample.bytes()), sample.bytes().length + 1);
        BackupRecord record = new BackupRecord();
        for (int i = 0; i < LINES_LOOKED_AT; i++) {
            try {
                return reader.next(record) ? Recognition.CERTAIN : Recognition.NO;
            } catch (MalformedRecordException e) {
                // One damaged line does not say what the others are, but for one that only is not all there.
                if (e.reason().equals(HiveTextReader.CUT_SHORT) && isMarked(e.raw())) {
                    return Recognition.CERTAIN;
                }
            } catch (IOException e) {
                return Recognition.NO;
            }
        }
        return Recognition.NO;
    }

    private static boolean isMarked(byte[] line) {
        for (int i = 1; i + 1 < line.length; i++) {
            if (line[i] == HiveTextReader.BEHIND_NAME) {
                return line[i + 1] == '{';
            }
        }
        return false;
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new HiveTextReader(decompressed, context.maxRecordBytes());
    }
}
