package io.github.dynarestore.testing;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A toy: {@code <put key value sequence micros>} and {@code <delete key sequence>}, with any white space between. */
class BracedFormat implements BackupFormat {

    @Override
    public String id() {
        return "braced";
    }

    @Override
    public Recognition recognise(BackupSample sample) {
        return new String(sample.bytes(), StandardCharsets.UTF_8).stripLeading().startsWith("<")
                ? Recognition.POSSIBLE
                : Recognition.NO;
    }

    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) {
        return new Reader(decompressed, context);
    }

    static class Reader implements RecordReader {

        private final InputStream in;
        private final ReaderContext context;
        long at;

        Reader(InputStream in, ReaderContext context) {
            this.in = in;
            this.context = context;
        }

        @Override
        public boolean next(BackupRecord record) throws IOException {
            int first = read();
            while (first == '\n' || first == '\r' || first == ' ') {
                first = read();
            }
            if (first < 0) {
                return false;
            }
            long from = at - 1;
            String text = text(from);
            if (text == null) {
                return atCut(from);
            }
            fill(record, text, from);
            return true;
        }

        boolean atCut(long from) throws IOException {
            throw new MalformedRecordException(from, "braced.truncated", "the object ends in a record", new byte[0]);
        }

        void fill(BackupRecord record, String text, long from) throws IOException {
            String[] words = text.split(" ", -1);
            if (words[0].equals("put") && words.length == 5) {
                record.newImage(Map.of("id", AttributeValue.fromS(words[1]), "value", AttributeValue.fromS(words[2])));
                record.order(ChangeOrder.sequenceNumber(words[3]));
                record.time(Long.parseLong(words[4]), TimePrecision.MICROSECOND);
            } else if (words[0].equals("delete") && words.length == 3) {
                record.kind(BackupRecord.Kind.DELETE);
                record.keys(Map.of("id", AttributeValue.fromS(words[1])));
                record.order(ChangeOrder.sequenceNumber(words[2]));
            } else {
                throw new MalformedRecordException(from, "braced.words", "not a put, not a delete", new byte[0]);
            }
            record.position(from, (int) (at - from));
        }

        /** What stands between the brackets; null if the closing one is missing. */
        private @Nullable String text(long from) throws IOException {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            boolean tooLong = false;
            for (int next = read(); next != '>'; next = read()) {
                if (next < 0) {
                    return null;
                }
                tooLong |= at - from > context.maxRecordBytes();
                if (!tooLong) {
                    text.write(next);
                }
            }
            if (tooLong) {
                throw new MalformedRecordException(from, "braced.long", "a record is too long", new byte[0]);
            }
            return text.toString(StandardCharsets.UTF_8);
        }

        int read() throws IOException {
            byte[] one = new byte[1];
            int count = in.read(one, 0, 1);
            if (count < 1) {
                return -1;
            }
            at++;
            return one[0] & 0xff;
        }
    }
}
