package io.github.dynarestore.format.export;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.RecordBuffer;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;

/** Reads the records of one object. */
final class ExportReader implements RecordReader {

    static final String UNKNOWN_SHAPE = "record.unknown-shape";
    static final String BAD_FIELD = "record.bad-field";

    /** Items and changes begin differently, and each line is a record of its own. */
    private static final byte[] NO_SIGNATURE = {};

    private static final int MAX_TIME_DIGITS = 18;

    private static final int ITEM = 1;
    private static final int METADATA = 1 << 1;
    private static final int KEYS = 1 << 2;
    private static final int OLD_IMAGE = 1 << 3;
    private static final int NEW_IMAGE = 1 << 4;

    private final RecordBuffer buffer;
    private final boolean isReadAgain;
    private final JsonCursor json = new JsonCursor();
    private final ItemScanner items = new ItemScanner();
    private final byte[] time = new byte[MAX_TIME_DIGITS];
    private int seen;
    private boolean hasTime;

    ExportReader(InputStream in, ReaderContext context) {
        buffer = new RecordBuffer(in, context.maxRecordBytes(), NO_SIGNATURE);
        isReadAgain = context.isReadAgain();
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        if (!buffer.nextStart()) {
            return false;
        }
        while (true) {
            try {
                record.clear();
                buffer.accept(record, parse(record));
                return true;
            } catch (InvalidItemException e) {
                buffer.fillOrThrow(e);
            }
        }
    }

    private int parse(BackupRecord record) throws InvalidItemException {
        json.reset(buffer.bytes(), buffer.start(), buffer.limit());
        seen = 0;
        hasTime = false;
        int others = 0;
        json.take('{');
        if (!json.takeIf('}')) {
            do {
                json.string();
                int member = name();
                int at = json.textFrom();
                json.take(':');
                if (member == 0) {
                    others++;
                    json.skipDistinct();
                } else if ((seen & member) != 0) {
                    throw bad(UNKNOWN_SHAPE, at, "one member stands twice in a record");
                } else {
                    seen |= member;
                    member(record, member);
                }
            } while (json.takeIf(','));
            json.take('}');
        }
        if (others > 1) {
            json.requireDistinctNames(buffer.start());
        }
        check(record);
        return json.position();
    }

    private int name() {
        switch (json.textUtf8Length()) {
            case 4 -> {
                return json.textIs("Item") ? ITEM : json.textIs("Keys") ? KEYS : 0;
            }
            case 8 -> {
                return json.textIs("NewImage")
                        ? NEW_IMAGE
                        : json.textIs("OldImage") ? OLD_IMAGE : json.textIs("Metadata") ? METADATA : 0;
            }
            default -> {
                return 0;
            }
        }
    }

    private void member(BackupRecord record, int member) throws InvalidItemException {
        if (json.peek() != '{') {
            throw bad(BAD_FIELD, json.position(), "a member of a record is not an object");
        }
        int from = json.position();
        switch (member) {
            case ITEM, NEW_IMAGE -> {
                json.position(items.scan(buffer.bytes(), from, buffer.limit()));
                record.newImage(buffer.bytes(), from, json.position() - from, items.itemSizeBytes(), items.digest());
            }
            case OLD_IMAGE -> {
                long digest = oldDigest(from);
                record.oldImage(buffer.bytes(), from, json.position() - from, digest);
            }
            case KEYS -> {
                // Whoever reads a key out of them refuses names that stand twice.
                json.skipValue();
                record.keys(buffer.bytes(), from, json.position() - from);
            }
            default -> metadata(record);
        }
    }

    /**
     * Goes behind an old image; 0 for one that is no item, which matters only if it is to be written, and if nobody asks
     * for it any more.
     */
    private long oldDigest(int from) throws InvalidItemException {
        if (isReadAgain) {
            // A record that has a name twice in there was refused, and is not looked at again.
            json.skipValue();
            return 0;
        }
        try {
            json.position(items.scan(buffer.bytes(), from, buffer.limit()));
            return items.digest();
        } catch (InvalidItemException e) {
            if (e.reason().equals(JsonCursor.TRUNCATED)) {
                throw e;
            }
            json.position(from);
            json.skipDistinct();
            return 0;
        }
    }

    /** <code>{"WriteTimestampMicros":{"N":"1768386096366933"}}</code>, and perhaps more some day. */
    private void metadata(BackupRecord record) throws InvalidItemException {
        int brace = json.position();
        int members = 0;
        json.take('{');
        if (json.takeIf('}')) {
            return;
        }
        do {
            json.string();
            boolean isTime = json.textIs("WriteTimestampMicros");
            json.take(':');
            members++;
            if (!isTime) {
                json.skipDistinct();
                continue;
            }
            json.take('{');
            json.string();
            if (!json.textIs("N")) {
                throw bad(BAD_FIELD, json.textFrom(), "WriteTimestampMicros is not a number");
            }
            json.take(':');
            json.string();
            record.time(micros(), TimePrecision.MICROSECOND);
            hasTime = true;
            json.take('}');
        } while (json.takeIf(','));
        json.take('}');
        if (members > 1) {
            json.requireDistinctNames(brace);
        }
    }

    /** Of the text just taken. */
    private long micros() throws InvalidItemException {
        int length = json.textUtf8Length();
        if (length == 0 || length > MAX_TIME_DIGITS) {
            throw bad(BAD_FIELD, json.textFrom(), "WriteTimestampMicros is out of range");
        }
        json.copyText(time, 0);
        long value = 0;
        for (int i = 0; i < length; i++) {
            if (time[i] < '0' || time[i] > '9') {
                throw bad(BAD_FIELD, json.textFrom(), "WriteTimestampMicros is not whole microseconds");
            }
            value = value * 10 + (time[i] - '0');
        }
        return value;
    }

    private void check(BackupRecord record) throws InvalidItemException {
        if (seen == ITEM) {
            return;
        }
        if ((seen & ITEM) != 0 || (seen & KEYS) == 0 || (seen & METADATA) == 0) {
            throw bad(UNKNOWN_SHAPE, buffer.start(), "neither an exported item nor an exported change");
        }
        if (!hasTime) {
            throw bad("record.no-order", buffer.start(), "no WriteTimestampMicros to order the change by");
        }
        record.order(ChangeOrder.Basis.TIME, (short) 0, 0, 0);
        if ((seen & NEW_IMAGE) == 0) {
            record.kind(BackupRecord.Kind.DELETE);
        }
    }

    private static InvalidItemException bad(String reason, int position, String detail) {
        return new InvalidItemException(reason, position, detail);
    }
}
