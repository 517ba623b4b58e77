package io.github.dynarestore.format.stream;

import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/**
 * What Firehose put under {@code processing-failed}: JSON objects that say why a record was not delivered, with the record
 * itself in {@code rawData}. Those are read as the formats {@code stream} and {@code kinesis} read them.
 */
public final class FailedRecordsFormat implements BackupFormat {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public FailedRecordsFormat() {}

    @Override
    public String id() {
        return "firehose-failed";
    }

    /** Certain once an object with {@code rawData} and what it failed of could be read. */
    @Override
    public Recognition recognise(BackupSample sample) {
        FailedRecordsReader reader = new FailedRecordsReader(
                new ByteArrayInputStream(sample.bytes()),
                new ReaderContext("", sample.objectKey(), Instant.EPOCH, sample.bytes().length + 1));
        try {
            return reader.isOneNext() ? Recognition.CERTAIN : Recognition.NO;
        } catch (IOException e) {
            return Recognition.NO;
        }
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new FailedRecordsReader(decompressed, context);
    }
}
