package io.github.dynarestore.format.stream;

import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.InputStream;

/**
 * Stream records as JSON objects, one behind another: the lines that {@code lambda-streams-to-firehose} wrote for {@code
 * dynamodb-continuous-backup} in all its versions, and whole records as Lambda gets them from DynamoDB Streams. Line ends
 * between records may be there or not.
 */
public final class StreamFormat implements BackupFormat {

    private final ShapeRecognition recognition = new ShapeRecognition(RecordShape.STREAM);

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public StreamFormat() {}

    @Override
    public String id() {
        return "stream";
    }

    /** Certain once a record could be read, or {@code [object Object]} stands where one should. */
    @Override
    public Recognition recognise(BackupSample sample) {
        return recognition.recognise(sample);
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new StreamReader(RecordShape.STREAM, decompressed, context);
    }
}
