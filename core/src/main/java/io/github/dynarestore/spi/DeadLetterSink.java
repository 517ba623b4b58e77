package io.github.dynarestore.spi;

import io.github.dynarestore.model.DeadLetter;
import java.io.Closeable;
import java.io.IOException;

/**
 * Keeps the records that could not be used. Called by one thread at a time, never by an SDK thread. What it throws ends
 * the restore: a dead letter must not be lost.
 */
public interface DeadLetterSink extends Closeable {

    /** Keeps one. */
    void accept(DeadLetter letter) throws IOException;

    /** Makes all that was accepted durable; called once, after the last one. */
    @Override
    void close() throws IOException;
}
