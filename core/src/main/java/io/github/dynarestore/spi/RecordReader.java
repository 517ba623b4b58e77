package io.github.dynarestore.spi;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.MalformedRecordException;
import java.io.Closeable;
import java.io.IOException;

/** Pulls the records out of one object, in their order. Used by one thread. */
public interface RecordReader extends Closeable {

    /**
     * Fills in the next record. Reading the same bytes again must give the same records and the same errors: the
     * engine reads an object twice and knows its records by their place.
     *
     * @param record cleared by the engine; its slices may point into the reader's buffer until the next call
     * @return false at the end of the object, and ever after
     * @throws MalformedRecordException if this record cannot be used; the next call goes on behind it
     * @throws IOException if nothing more can be read from the object
     */
    boolean next(BackupRecord record) throws IOException;

    @Override
    default void close() throws IOException {}
}
