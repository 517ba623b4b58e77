package io.github.dynarestore.spi;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * An append-only sequence of bytes that one process owns. Not thread-safe but
 * for {@link #keepAlive}. After an append, a truncation or a sync has
 * thrown, only {@link #close} is called.
 */
public interface CheckpointLog extends Closeable {

    /** Returns everything, from the start. Read to the end or closed before anything else is asked of the log. */
    InputStream read() throws IOException;

    /**
     * Drops a torn tail.
     *
     * @param length bytes to keep, at most as many as there are
     */
    void truncate(long length) throws IOException;

    /** Adds bytes at the end. Once it returns they survive the death of the process. May take its time. */
    void append(byte[] bytes, int offset, int length) throws IOException;

    /** Makes what was appended survive a power cut. */
    void sync() throws IOException;

    /**
     * Deletes everything, for the run is over and nothing is left to take up. Afterwards only {@link #close} is called.
     * If it is broken off, nothing or everything is found at the next opening.
     */
    void delete() throws IOException;

    /**
     * Says that the owner lives, which need not append for hours. Called by a thread of its own every ten seconds or so,
     * whatever else is asked of the log meanwhile. Does nothing once the log is closed.
     *
     * @throws CheckpointInUseException if somebody else has taken the checkpoint over
     */
    default void keepAlive() throws IOException {
        // A lock that dies with its process needs no sign of life.
    }

    /** Gives the checkpoint back. Does nothing the second time. */
    @Override
    void close() throws IOException;
}
