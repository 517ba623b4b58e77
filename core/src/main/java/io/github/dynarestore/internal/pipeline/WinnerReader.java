package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/** Reads the objects that hold deciding records again, and gives exactly those. Used by one thread. */
final class WinnerReader {

    /** Takes the deciding records, one after the other. */
    @FunctionalInterface
    interface Winners {
        /** Takes one; the judge has read it again. */
        void take(int object, RecordCursor cursor, Action action) throws InterruptedException;
    }

    private final BackupContents contents;
    private final RecordJudge judge;
    private final PauseGate gate;
    private final BooleanSupplier stopped;

    WinnerReader(BackupContents contents, RecordJudge judge, PauseGate gate, BooleanSupplier stopped) {
        this.contents = contents;
        this.judge = judge;
        this.gate = gate;
        this.stopped = stopped;
    }

    /** Gives the winners of one object. */
    void read(int index, Decisions decisions, Winners winners) throws InterruptedException {
        BackupObject object = contents.object(index);
        RoaringBitmap decided = decisions.of(index);
        PeekableIntIterator wanted = decided.getIntIterator();
        long found = 0;
        try (RecordCursor cursor = contents.openAgain(index)) {
            while (wanted.hasNext() && cursor.next()) {
                if (stopped.getAsBoolean()) {
                    return;
                }
                gate.pass();
                if (wanted.peekNext() != cursor.ordinal()) {
                    continue;
                }
                wanted.next();
                if (cursor.malformed() != null) {
                    throw changed(object, null);
                }
                Action action = action(decisions, index, cursor.ordinal());
                try {
                    judge.readAgain(cursor.record(), action);
                } catch (InvalidItemException e) {
                    throw changed(object, e);
                }
                found++;
                winners.take(index, cursor, action);
            }
            // What was read is proven to be what the survey saw only at the end.
            cursor.drain();
        } catch (InterruptedIOException e) {
            throw SurveyPass.interrupted(e);
        } catch (IOException e) {
            throw changed(object, e);
        }
        if (found != decided.getLongCardinality()) {
            throw changed(object, null);
        }
    }

    private static Action action(Decisions decisions, int object, int ordinal) {
        for (Action action : Action.values()) {
            RoaringBitmap ordinals = decisions.of(action, object);
            if (ordinals != null && ordinals.contains(ordinal)) {
                return action;
            }
        }
        throw new IllegalStateException("a record that was not decided");
    }

    static RestoreException changed(BackupObject object, @Nullable Exception cause) {
        return new RestoreException(
                RestoreErrorCode.SOURCE_CHANGED,
                object.uri() + " gave other records when it was read again"
                        + (cause == null ? "" : ": " + cause.getMessage()),
                "do not change the backup while it is being restored; a format must read the same bytes alike",
                cause,
                null);
    }
}
