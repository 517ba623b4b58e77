package io.github.dynarestore.format.stream;

import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.InputStream;

/**
 * Changes that Kinesis Data Streams for DynamoDB captured and Firehose delivered: JSON objects one behind another, with or
 * without line ends. They have a table's name and a time in milliseconds or microseconds, but no sequence number: time
 * orders them, and changes of the same time stand in the chain of their images. Binary values are encoded twice.
 */
public final class KinesisFormat implements BackupFormat {

    private final ShapeRecognition recognition = new ShapeRecognition(RecordShape.KINESIS);

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public KinesisFormat() {}

    @Override
    public String id() {
        return "kinesis";
    }

    /** Certain once a record could be read. */
    @Override
    public Recognition recognise(BackupSample sample) {
        return recognition.recognise(sample);
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new StreamReader(RecordShape.KINESIS, decompressed, context);
    }
}
