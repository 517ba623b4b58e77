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
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the records within the failures of one object. Where a record stands is where its failure stands. */
final class FailedRecordsReader implements RecordReader {

    static final String NO_RAW_DATA = "record.no-raw-data";

    private static final byte[] SIGNATURE = "{\"attemptsMade\":".getBytes(StandardCharsets.US_ASCII);

    private final RecordBuffer buffer;
    private final ReaderContext context;
    private final JsonCursor json = new JsonCursor();
    private final BackupRecord failure = new BackupRecord();

    /** Where the failure begins in the buffer. */
    private int failureFrom;

    private final RawData rawData = new RawData();
    private final Map<RecordShape, StreamReader> readers = new EnumMap<>(RecordShape.class);
    private @Nullable StreamReader within;
    private boolean isFirstWithin;
    private boolean isFirstMalformedWithin;

    /** Of the record before, which is that of most. */
    private RecordShape shape = RecordShape.STREAM;

    FailedRecordsReader(InputStream in, ReaderContext context) {
        this.context = context;
        buffer = new RecordBuffer(in, context.maxRecordBytes(), SIGNATURE);
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        while (within != null || buffer.nextStart()) {
            if (isRead(record)) {
                place(record);
                return true;
            }
            within = null;
        }
        return false;
    }

    /** Reads the next record of the failure, which may have no more. */
    private boolean isRead(BackupRecord record) throws IOException {
        StreamReader records = within;
        if (records == null) {
            takeRawData();
            isFirstWithin = true;
            isFirstMalformedWithin = true;
            records = restarted(shape);
            if (isFirstRead(records, record)) {
                within = records;
                return true;
            }
            records = restarted(recognised());
            within = records;
        }
        record.clear();
        return next(records, record);
    }

    /** Where a failure stands is where its records stand; its text is kept with the first one only. */
    private void place(BackupRecord record) {
        if (isFirstWithin) {
            record.position(failure.byteOffset(), buffer.bytes(), failureFrom, failure.byteLength());
            isFirstWithin = false;
        } else {
            record.byteOffset(failure.byteOffset());
        }
    }

    /** A record that can be read in a shape has it, and need not be looked at before. */
    private static boolean isFirstRead(StreamReader records, BackupRecord record) throws IOException {
        try {
            record.clear();
            return records.next(record);
        } catch (MalformedRecordException e) {
            return false;
        }
    }

    private boolean next(StreamReader records, BackupRecord record) throws IOException {
        try {
            return records.next(record);
        } catch (MalformedRecordException e) {
            isFirstWithin = false;
            if (isFirstMalformedWithin) {
                isFirstMalformedWithin = false;
                throw malformed(e.reason(), e.detail());
            }
            // A failure may hold thousands of these, and must not be kept with each of them.
            throw new MalformedRecordException(failure.byteOffset(), e.reason(), e.detail(), e.raw());
        }
    }

    private MalformedRecordException malformed(String reason, String detail) {
        return new MalformedRecordException(failure.byteOffset(), reason, detail, failure.raw());
    }

    private StreamReader restarted(RecordShape shape) {
        StreamReader reader = readers.computeIfAbsent(shape, absent -> new StreamReader(absent, rawData, context));
        rawData.rewind();
        reader.restart();
        return reader;
    }

    /** Which shape the records have, whose first one is not of the shape of the record before. */
    private RecordShape recognised() throws MalformedRecordException {
        byte[] bytes = rawData.toByteArray();
        BackupSample sample = new BackupSample(context.objectKey(), bytes, true);
        if (!isOf(shape, sample)) {
            RecordShape other = shape == RecordShape.STREAM ? RecordShape.KINESIS : RecordShape.STREAM;
            shape = isOf(other, sample) ? other : signedShape(bytes);
        }
        return shape;
    }

    /** What begins like a record is one that is damaged, and its reader knows best how. */
    private RecordShape signedShape(byte[] rawData) throws MalformedRecordException {
        for (RecordShape signed : RecordShape.values()) {
            byte[] signature = signed.signature();
            if (rawData.length > signature.length
                    && Arrays.equals(rawData, 0, signature.length, signature, 0, signature.length)) {
                return signed;
            }
        }
        throw malformed(StreamReader.UNKNOWN_SHAPE, "rawData is neither a stream record nor one of Kinesis");
    }

    private static boolean isOf(RecordShape shape, BackupSample sample) {
        return new ShapeRecognition(shape).recognise(sample) == Recognition.CERTAIN;
    }

    /** Whether a failure with a record in it stands next, or one of which that cannot be told yet. */
    boolean isOneNext() throws IOException {
        if (!buffer.nextStart()) {
            return false;
        }
        takeRawData();
        return !rawData.isEmpty();
    }

    private void takeRawData() throws IOException {
        while (true) {
            try {
                failure.clear();
                readFailure();
                failureFrom = buffer.start();
                buffer.accept(failure, json.position());
                return;
            } catch (InvalidItemException e) {
                buffer.fillOrThrow(e);
            }
        }
    }

    private void readFailure() throws InvalidItemException {
        json.reset(buffer.bytes(), buffer.start(), buffer.limit());
        boolean hasRawData = false;
        boolean saysWhy = false;
        json.take('{');
        if (!json.takeIf('}')) {
            do {
                json.string();
                boolean isRawData = json.textIs("rawData");
                saysWhy |= json.textIs("attemptsMade") || json.textIs("errorCode");
                if (isRawData && hasRawData) {
                    throw new InvalidItemException(
                            StreamReader.UNKNOWN_SHAPE, json.textFrom(), "rawData stands twice in a failure");
                }
                json.take(':');
                if (isRawData && json.peek() == '"') {
                    json.string();
                    rawData.decode(json);
                    hasRawData = true;
                } else {
                    json.skipDistinct();
                }
            } while (json.takeIf(','));
            json.take('}');
        }
        json.requireDistinctNames(buffer.start());
        if (!hasRawData || !saysWhy) {
            throw new InvalidItemException(
                    NO_RAW_DATA, buffer.start(), "not what Firehose says of a record that failed");
        }
    }
}
