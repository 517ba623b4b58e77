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
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Reads the records within the failures of one object. Where a record stands is where its failure stands. */
final class FailedRecordsReader implements RecordReader {

    static final String NO_RAW_DATA = "record.no-raw-data";

    private static final byte[] SIGNATURE = "{\"attemptsMade\":".getBytes(StandardCharsets.US_ASCII);

    private final RecordBuffer buffer;
    private final ReaderContext context;
    private final JsonCursor json = new JsonCursor();
    private final BackupRecord failure = new BackupRecord();
    private @Nullable RecordReader within;
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
        while (true) {
            RecordReader records = within;
            if (records == null) {
                if (!buffer.nextStart()) {
                    return false;
                }
                records = open(takeRawData());
                within = records;
                isFirstWithin = true;
                isFirstMalformedWithin = true;
            }
            record.clear();
            if (next(records, record)) {
                byte[] raw = isFirstWithin ? failure.raw() : record.raw();
                isFirstWithin = false;
                record.position(failure.byteOffset(), raw, 0, raw.length);
                return true;
            }
            within = null;
        }
    }

    private boolean next(RecordReader records, BackupRecord record) throws IOException {
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

    private RecordReader open(byte[] rawData) throws MalformedRecordException {
        BackupSample sample = new BackupSample(context.objectKey(), rawData, true);
        if (!isOf(shape, sample)) {
            RecordShape other = shape == RecordShape.STREAM ? RecordShape.KINESIS : RecordShape.STREAM;
            shape = isOf(other, sample) ? other : signedShape(rawData);
        }
        return new StreamReader(shape, new ByteArrayInputStream(rawData), contextOf(rawData));
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

    /** A record cannot be longer than what it stands in, so that its reader needs no more room. */
    private ReaderContext contextOf(byte[] rawData) {
        return new ReaderContext(
                context.objectUri(),
                context.objectKey(),
                context.lastModified(),
                Math.min(context.maxRecordBytes(), rawData.length + 1),
                context.isReadAgain());
    }

    /** Whether a failure with a record in it stands next, or one of which that cannot be told yet. */
    boolean isOneNext() throws IOException {
        return buffer.nextStart() && takeRawData().length > 0;
    }

    private byte[] takeRawData() throws IOException {
        while (true) {
            try {
                failure.clear();
                byte[] rawData = rawData();
                buffer.accept(failure, json.position());
                return rawData;
            } catch (InvalidItemException e) {
                buffer.fillOrThrow(e);
            }
        }
    }

    private byte[] rawData() throws InvalidItemException {
        json.reset(buffer.bytes(), buffer.start(), buffer.limit());
        byte[] rawData = null;
        boolean saysWhy = false;
        json.take('{');
        if (!json.takeIf('}')) {
            do {
                json.string();
                boolean isRawData = json.textIs("rawData");
                saysWhy |= json.textIs("attemptsMade") || json.textIs("errorCode");
                if (isRawData && rawData != null) {
                    throw new InvalidItemException(
                            StreamReader.UNKNOWN_SHAPE, json.textFrom(), "rawData stands twice in a failure");
                }
                json.take(':');
                if (isRawData && json.peek() == '"') {
                    json.string();
                    rawData = decoded();
                } else {
                    json.skipValue();
                }
            } while (json.takeIf(','));
            json.take('}');
        }
        if (rawData == null || !saysWhy) {
            throw new InvalidItemException(
                    NO_RAW_DATA, buffer.start(), "not what Firehose says of a record that failed");
        }
        return rawData;
    }

    private byte[] decoded() throws InvalidItemException {
        try {
            return Base64.getDecoder().decode(json.text());
        } catch (IllegalArgumentException e) {
            throw new InvalidItemException(NO_RAW_DATA, json.textFrom(), "rawData is not base64");
        }
    }
}
