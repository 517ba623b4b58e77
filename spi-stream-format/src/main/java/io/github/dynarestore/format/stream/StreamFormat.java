package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.RecordBuffer;
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
import java.time.Instant;

/**
 * Stream records as JSON objects, one behind another: the lines that {@code lambda-streams-to-firehose} wrote for {@code
 * dynamodb-continuous-backup} in all its versions, and whole records as Lambda gets them from DynamoDB Streams. Line ends
 * between records may be there or not.
 */
public final class StreamFormat implements BackupFormat {

    private static final int RECORDS_LOOKED_AT = 50;

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public StreamFormat() {}

    @Override
    public String id() {
        return "stream";
    }

    /** Certain once a record could be read, or {@code [object Object]} stands where one should. */
    @Override
    public Recognition recognise(BackupSample sample) {
        RecordReader reader = open(
                new ByteArrayInputStream(sample.bytes()),
                new ReaderContext("", sample.objectKey(), Instant.EPOCH, sample.bytes().length + 1));
        BackupRecord record = new BackupRecord();
        for (int i = 0; i < RECORDS_LOOKED_AT; i++) {
            try {
                record.clear();
                return reader.next(record) ? Recognition.CERTAIN : Recognition.NO;
            } catch (MalformedRecordException e) {
                if (isOurs(e, sample.bytes())) {
                    return Recognition.CERTAIN;
                }
            } catch (IOException e) {
                return Recognition.NO;
            }
        }
        return Recognition.NO;
    }

    /** What is wrong within a record that has the shape of this format still tells whose it is. */
    private static boolean isOurs(MalformedRecordException e, byte[] sample) {
        return e.reason().equals(RecordBuffer.OBJECT_OBJECT)
                || e.reason().equals(StreamReader.NO_NEW_IMAGE)
                || e.reason().equals(StreamReader.NO_ORDER)
                || (e.reason().startsWith("item.") && namesItsEvent(sample, (int) e.byteOffset()));
    }

    /** Items in other formats may have an attribute called NewImage, but its neighbour eventName is no string there. */
    private static boolean namesItsEvent(byte[] sample, int from) {
        JsonCursor json = new JsonCursor();
        json.reset(sample, from, sample.length);
        try {
            json.take('{');
            do {
                json.string();
                boolean isEvent = json.textIs("eventName");
                json.take(':');
                if (isEvent) {
                    return json.peek() == '"';
                }
                json.skipValue();
            } while (json.takeIf(','));
        } catch (InvalidItemException e) {
            return false;
        }
        return false;
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new StreamReader(decompressed, context);
    }
}
