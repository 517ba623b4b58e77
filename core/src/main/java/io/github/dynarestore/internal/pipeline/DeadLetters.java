package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Hands every dead letter to the ledger, the sink and the listeners, one at a time. */
final class DeadLetters {

    private final @Nullable DeadLetterSink sink;
    private final RestoreLedger ledger;
    private final ListenerDispatch listeners;
    private final BadRecordShare share;
    private boolean closed;

    DeadLetters(@Nullable DeadLetterSink sink, RestoreLedger ledger, ListenerDispatch listeners, BadRecordShare share) {
        this.sink = sink;
        this.ledger = ledger;
        this.listeners = listeners;
        this.share = share;
    }

    synchronized void add(DeadLetter letter) {
        try {
            if (sink != null) {
                sink.accept(letter);
            }
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
        ledger.deadLettered(letter);
        listeners.deadLettered(letter);
        share.added(letter.reason());
    }

    synchronized void close() {
        if (sink == null || closed) {
            return;
        }
        closed = true;
        try {
            sink.close();
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    private static RestoreException failed(Exception e) {
        return new RestoreException(
                RestoreErrorCode.DEAD_LETTER_SINK_FAILED,
                "a dead letter could not be kept: " + e.getClass().getSimpleName(),
                "make room or mend access where the dead letters go",
                e,
                null);
    }
}
