package io.github.dynarestore.examples;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
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

    /** The stream formats' lines are objects too, so this is never sure. */
    @Override
    public Recognition recognise(BackupSample sample) {
        try {
            int end = new ItemScanner().scan(sample.bytes(), 0, sample.bytes().length);
            return sample.isWhole() && end == sample.bytes().length ? Recognition.POSSIBLE : Recognition.NO;
        } catch (InvalidItemException e) {
            return Recognition.NO;
        }
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
        byte[] item = decompressed.readNBytes(context.maxRecordBytes());
        boolean[] done = {item.length == 0};
        return record -> {
            if (done[0]) {
                return false;
            }
            done[0] = true;
            fill(record, item);
            return true;
        };
    }

    private static void fill(BackupRecord record, byte[] item) throws MalformedRecordException {
        ItemScanner scanner = new ItemScanner();
        try {
            if (scanner.scan(item, 0, item.length) != item.length) {
                throw new InvalidItemException("json.syntax", item.length, "something follows the item");
            }
        } catch (InvalidItemException e) {
            byte[] raw = Arrays.copyOf(item, Math.min(item.length, 1024));
            throw new MalformedRecordException(0, e.reason(), e.detail(), raw);
        }
        record.position(0, item, 0, item.length);
        record.newImage(item, 0, item.length, scanner.itemSizeBytes());
    }
}
