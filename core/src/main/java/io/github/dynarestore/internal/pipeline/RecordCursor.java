package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Walks the records of one object, good and malformed alike, and numbers them. Used by one thread. */
final class RecordCursor implements Closeable {

    private final InputStream decompressed;
    private final RecordReader reader;
    private final BackupRecord record = new BackupRecord();
    private @Nullable MalformedRecordException malformed;
    private int ordinal = -1;

    /** Takes the stream over, and closes it if the format cannot read it. */
    RecordCursor(
            BackupObject object, BackupFormat format, InputStream decompressed, int maxRecordBytes, boolean isReadAgain)
            throws IOException {
        this.decompressed = decompressed;
        RecordReader opened = null;
        try {
            opened = format.open(
                    decompressed,
                    new ReaderContext(
                            object.uri().toString(), object.key(), object.lastModified(), maxRecordBytes, isReadAgain));
        } catch (RestoreException e) {
            // The source itself, which fails the run: no fault of the format.
            throw e;
        } catch (RuntimeException e) {
            throw new FormatFailedException(format.id(), e);
        } finally {
            if (opened == null) {
                decompressed.close();
            }
        }
        reader = opened;
    }

    /**
     * Goes on to the next record.
     *
     * @return false at the end, when the stream has also been read to its end, so that its checksums were compared
     */
    boolean next() throws IOException {
        record.clear();
        malformed = null;
        try {
            if (!reader.next(record)) {
                drain();
                return false;
            }
        } catch (MalformedRecordException e) {
            malformed = e;
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | IllegalStateException
                | NullPointerException e) {
            throw new FormatFailedException(reader.getClass().getName(), e);
        }
        if (ordinal == Integer.MAX_VALUE) {
            throw new IOException("more than " + Integer.MAX_VALUE + " records in one object");
        }
        ordinal++;
        return true;
    }

    /** Reads the rest of the stream, records or not, so that its checksums are compared. */
    void drain() throws IOException {
        byte[] rest = new byte[8192];
        while (decompressed.read(rest) >= 0) {
            // Only the codec's own checks matter now.
        }
    }

    BackupRecord record() {
        return record;
    }

    /** What is wrong with the present record; null if it was read. */
    @Nullable
    MalformedRecordException malformed() {
        return malformed;
    }

    /** Place of the present record among the records of its object, from 0. */
    int ordinal() {
        return ordinal;
    }

    @Override
    public void close() throws IOException {
        try {
            reader.close();
        } finally {
            decompressed.close();
        }
    }

    /** A format that broke its contract. */
    static final class FormatFailedException extends IOException {
        private static final long serialVersionUID = 1L;

        FormatFailedException(String format, RuntimeException cause) {
            super(format + " failed with " + cause.getClass().getName(), cause);
        }
    }
}
