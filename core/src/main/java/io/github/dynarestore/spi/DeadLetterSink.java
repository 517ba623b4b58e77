package io.github.dynarestore.spi;

import io.github.dynarestore.model.DeadLetter;
import java.io.Closeable;
import java.io.IOException;

/**
 * Keeps the records that could not be used. Called by one thread of its own, which it may block: letters then wait, 16 MiB of
 * them in memory and 4 GiB in the spill directory, and only beyond that the restore waits too. What it throws ends the restore: a dead letter must not be lost. So does
 * taking nothing for longer than the plan's patience when all else is done; when the restore is cancelled, half a second is
 * all that it is left, and its thread is then interrupted.
 */
public interface DeadLetterSink extends Closeable {

    /** Keeps one. */
    void accept(DeadLetter letter) throws IOException;

    /** Makes all that was accepted durable; called once, after the last one. */
    @Override
    void close() throws IOException;
}
