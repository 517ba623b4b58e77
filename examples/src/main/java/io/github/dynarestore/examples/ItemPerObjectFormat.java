package io.github.dynarestore.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.RecordBuffer;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** A format of one's own: each S3 object is one item in DynamoDB JSON, {@code {"id":{"S":"a"}}}. */
public final class ItemPerObjectFormat implements BackupFormat {

    @Override
    public String id() {
        return "item-per-object";
    }

    /** Other formats may begin with an item too, so this is never sure; an item can be longer than the sample. */
    @Override
    public Recognition recognise(BackupSample sample) {
        byte[] bytes = sample.bytes();
        try {
            int end = new ItemScanner().scan(bytes, 0, bytes.length);
            return isBlank(bytes, end) ? Recognition.POSSIBLE : Recognition.NO;
        } catch (InvalidItemException e) {
            boolean isCut = !sample.isWhole() && e.reason().equals(JsonCursor.TRUNCATED);
            return isCut ? Recognition.POSSIBLE : Recognition.NO;
        }
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
        byte[] object = decompressed.readNBytes(context.maxRecordBytes());
        boolean isTooLong = decompressed.read() >= 0;
        boolean[] done = {isBlank(object, 0)};
        return record -> {
            if (done[0]) {
                return false;
            }
            done[0] = true;
            fill(record, object, isTooLong);
            return true;
        };
    }

    private static void fill(BackupRecord record, byte[] object, boolean isTooLong) throws MalformedRecordException {
        ItemScanner scanner = new ItemScanner();
        try {
            if (isTooLong) {
                throw new InvalidItemException(RecordBuffer.TOO_LONG, object.length, "the object is too long");
            }
            int end = scanner.scan(object, 0, object.length);
            if (!isBlank(object, end)) {
                throw new InvalidItemException(JsonCursor.SYNTAX, end, "something follows the item");
            }
            record.position(0, object, 0, end);
            record.newImage(object, 0, end, scanner.itemSizeBytes());
        } catch (InvalidItemException e) {
            throw new MalformedRecordException(
                    0, e.reason(), e.detail(), Arrays.copyOf(object, Math.min(object.length, 1024)));
        }
    }

    private static boolean isBlank(byte[] bytes, int from) {
        return new String(bytes, from, bytes.length - from, UTF_8).isBlank();
    }
}
