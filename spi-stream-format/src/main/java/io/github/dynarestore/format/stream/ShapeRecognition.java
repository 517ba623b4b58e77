package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.RecordBuffer;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;

/** Whether the first bytes of an object hold records of a shape. */
final class ShapeRecognition {

    private static final int RECORDS_LOOKED_AT = 50;

    private final RecordShape shape;

    ShapeRecognition(RecordShape shape) {
        this.shape = shape;
    }

    /** Certain once a record could be read, or one that has the shape but is spoilt. */
    Recognition recognise(BackupSample sample) {
        RecordReader reader = new StreamReader(
                shape,
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
    private boolean isOurs(MalformedRecordException e, byte[] sample) {
        return e.reason().equals(StreamReader.NO_NEW_IMAGE)
                || e.reason().equals(StreamReader.NO_ORDER)
                || (e.reason().equals(RecordBuffer.OBJECT_OBJECT) && shape == RecordShape.STREAM)
                || (e.reason().startsWith("item.") && hasShape(sample, (int) e.byteOffset()));
    }

    /** Items in other formats may have an attribute called NewImage, but its neighbour eventName is no string there. */
    private boolean hasShape(byte[] sample, int from) {
        JsonCursor json = new JsonCursor();
        json.reset(sample, from, sample.length);
        boolean namesEvent = false;
        boolean namesTable = false;
        try {
            json.take('{');
            do {
                json.string();
                boolean isEvent = json.textIs("eventName");
                namesTable |= json.textIs("tableName");
                json.take(':');
                namesEvent |= isEvent && json.peek() == '"';
                json.skipValue();
            } while (json.takeIf(','));
        } catch (InvalidItemException e) {
            // As far as it can be read.
            return namesEvent && namesTable == (shape == RecordShape.KINESIS);
        }
        return namesEvent && namesTable == (shape == RecordShape.KINESIS);
    }
}
