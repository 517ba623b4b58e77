package io.github.dynarestore.internal.source;

import static io.github.dynarestore.internal.source.DamagedObjectException.GZIP_CRC;
import static io.github.dynarestore.internal.source.DamagedObjectException.GZIP_DATA;
import static io.github.dynarestore.internal.source.DamagedObjectException.GZIP_HEADER;
import static io.github.dynarestore.internal.source.DamagedObjectException.GZIP_TRAILING_GARBAGE;
import static io.github.dynarestore.internal.source.DamagedObjectException.GZIP_TRUNCATED;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads gzip of any number of members (RFC 1952) and takes nothing on trust.
 *
 * <p>{@link java.util.zip.GZIPInputStream} ends quietly where its source has no bytes available at the moment, or where
 * what follows a member is damaged; on a backup that is silent loss. Here every end but that of a verified member is an
 * error, and so is every byte between members; only zeros may follow the last.
 */
final class GzipReader extends DecompressedStream {

    private static final int BUFFER_BYTES = 64 * 1024;

    private static final int FLAG_HEADER_CRC = 0x02;
    private static final int FLAG_EXTRA = 0x04;
    private static final int FLAG_NAME = 0x08;
    private static final int FLAG_COMMENT = 0x10;
    private static final int FLAGS_RESERVED = 0xe0;

    private final InputStream compressed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 contentCrc = new CRC32();
    private final CRC32 headerCrc = new CRC32();
    private final byte[] input = new byte[BUFFER_BYTES];
    private final byte[] single = new byte[1];

    private final GrowthLimit growth = new GrowthLimit(growthWindowMib());

    private int inputPosition;
    private int inputEnd;
    private long fetched;
    private boolean inMember;
    private boolean ended;
    private boolean closed;
    private @Nullable DamagedObjectException damage;

    GzipReader(InputStream compressed) {
        this.compressed = compressed;
    }

    @Override
    public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (damage != null) {
            throw damage;
        }
        if (length == 0) {
            return 0;
        }
        try {
            return inflate(buffer, offset, Math.min(length, BUFFER_BYTES));
        } catch (DamagedObjectException e) {
            // Kept, so that a reader that swallows it cannot take the next answer for the end.
            damage = e;
            throw e;
        }
    }

    private int inflate(byte[] buffer, int offset, int length) throws IOException {
        while (!ended) {
            if (!inMember) {
                beginMember();
                continue;
            }
            int count = inflateSome(buffer, offset, length);
            if (count > 0) {
                contentCrc.update(buffer, offset, count);
                checkGrowth(count);
                return count;
            }
            if (inflater.finished()) {
                inputPosition = inputEnd - inflater.getRemaining();
                endMember();
            } else if (inflater.needsInput()) {
                inputPosition = inputEnd;
                if (!fill()) {
                    throw damaged(GZIP_TRUNCATED, "the data ends early");
                }
                inflater.setInput(input, inputPosition, inputEnd - inputPosition);
            } else {
                throw damaged(GZIP_DATA, "the data asks for a dictionary");
            }
        }
        return -1;
    }

    private int inflateSome(byte[] buffer, int offset, int length) throws DamagedObjectException {
        try {
            return inflater.inflate(buffer, offset, length);
        } catch (DataFormatException e) {
            inputPosition = inputEnd - inflater.getRemaining();
            DamagedObjectException damaged = damaged(GZIP_DATA, "the data cannot be inflated");
            damaged.initCause(e);
            throw damaged;
        }
    }

    private void checkGrowth(int count) throws DamagedObjectException {
        if (growth.isExceededBy(count, consumedBytes())) {
            throw growth.exceeded(consumedBytes());
        }
    }

    @Override
    long consumedBytes() {
        return fetched - (inMember ? inflater.getRemaining() : inputEnd - inputPosition);
    }

    @Override
    int growthWindowMib() {
        return GrowthLimit.STANDARD_WINDOW_MIB;
    }

    private void beginMember() throws IOException {
        boolean isFirst = fetched == 0;
        if (!hasByte()) {
            if (isFirst) {
                throw damaged(GZIP_TRUNCATED, "there is nothing");
            }
            ended = true;
            return;
        }
        if (!isFirst && input[inputPosition] == 0) {
            skipPadding();
            ended = true;
            return;
        }
        String notMember = isFirst ? GZIP_HEADER : GZIP_TRAILING_GARBAGE;
        headerCrc.reset();
        expectMagic(0x1f, notMember);
        expectMagic(0x8b, notMember);
        readHeader();
        contentCrc.reset();
        inflater.reset();
        inflater.setInput(input, inputPosition, inputEnd - inputPosition);
        inMember = true;
    }

    private void expectMagic(int expected, String reason) throws IOException {
        if (!hasByte()) {
            throw damaged(GZIP_TRUNCATED, "the data ends in a header");
        }
        if ((input[inputPosition] & 0xff) != expected) {
            throw damaged(reason, "this is not the beginning of a gzip member");
        }
        headerByte();
    }

    private void readHeader() throws IOException {
        if (headerByte() != 8) {
            throw damaged(GZIP_HEADER, "the method is not deflate");
        }
        int flags = headerByte();
        if ((flags & FLAGS_RESERVED) != 0) {
            throw damaged(GZIP_HEADER, "a reserved flag is set");
        }
        for (int skipped = 0; skipped < 6; skipped++) {
            headerByte(); // Time of modification, level, operating system.
        }
        if ((flags & FLAG_EXTRA) != 0) {
            int extraBytes = headerByte() | headerByte() << 8;
            for (int skipped = 0; skipped < extraBytes; skipped++) {
                headerByte();
            }
        }
        if ((flags & FLAG_NAME) != 0) {
            skipText();
        }
        if ((flags & FLAG_COMMENT) != 0) {
            skipText();
        }
        if ((flags & FLAG_HEADER_CRC) != 0) {
            long expected = headerCrc.getValue() & 0xffff;
            if (trailerNumber(2) != expected) {
                throw damaged(GZIP_HEADER, "the header's checksum does not match");
            }
        }
    }

    private void skipText() throws IOException {
        int value;
        do {
            value = headerByte();
        } while (value != 0);
    }

    private int headerByte() throws IOException {
        int value = nextByte();
        headerCrc.update(value);
        return value;
    }

    private void endMember() throws IOException {
        if (trailerNumber(4) != contentCrc.getValue()) {
            throw damaged(GZIP_CRC, "the content does not match its checksum");
        }
        if (trailerNumber(4) != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw damaged(GZIP_CRC, "the content has not the length that the trailer says");
        }
        inMember = false;
    }

    private long trailerNumber(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) nextByte() << (8 * i);
        }
        return value;
    }

    private void skipPadding() throws IOException {
        while (hasByte()) {
            if (input[inputPosition] != 0) {
                throw damaged(GZIP_TRAILING_GARBAGE, "something follows the padding");
            }
            inputPosition++;
        }
    }

    private int nextByte() throws IOException {
        if (!hasByte()) {
            throw damaged(GZIP_TRUNCATED, inMember ? "the data ends in a trailer" : "the data ends in a header");
        }
        return input[inputPosition++] & 0xff;
    }

    private boolean hasByte() throws IOException {
        return inputPosition < inputEnd || fill();
    }

    /** Replaces the whole input buffer, which must be used up; false at the end. */
    private boolean fill() throws IOException {
        int count = compressed.read(input, 0, input.length);
        if (count <= 0) {
            return false;
        }
        inputPosition = 0;
        inputEnd = count;
        fetched += count;
        return true;
    }

    private DamagedObjectException damaged(String reason, String detail) {
        return new DamagedObjectException(reason, fetched - (inputEnd - inputPosition), detail);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            inflater.end();
            compressed.close();
        }
    }
}
