package io.github.dynarestore.spi;

import java.io.IOException;
import java.io.InputStream;

/**
 * A way in which backups are laid down. Found by {@link java.util.ServiceLoader} or registered with the manager.
 *
 * <p>A format sees the decompressed bytes of one object at a time and knows nothing of S3, compression, threads, the
 * table or the cut. Implementations are stateless and safe for many threads; the readers they open belong to one.
 */
public interface BackupFormat {

    /** Unique name: 1 to 40 lower-case letters, digits and hyphens, beginning with a letter. */
    String id();

    /** Says whether the first bytes of an object look like this format. */
    Recognition recognise(BackupSample sample);

    /**
     * Opens a reader.
     *
     * @param decompressed the object from its first byte; closed by the engine, not by the reader
     * @throws IOException if the object cannot be this format at all; it then counts as one dead letter
     */
    RecordReader open(InputStream decompressed, ReaderContext context) throws IOException;
}
