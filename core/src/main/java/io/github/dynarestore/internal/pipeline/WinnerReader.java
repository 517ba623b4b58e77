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
        try (Reading reading = open(index, decisions, winners, 1)) {
            while (reading.writeNext()) {
                // One after the other.
            }
        }
    }

    /**
     * Begins to give the winners of one object.
     *
     * @param atOnce how many objects are read from side by side
     */
    Reading open(int index, Decisions decisions, Winners winners, int atOnce) throws InterruptedException {
        try {
            return new Reading(index, decisions, winners, contents.openAgain(index, atOnce));
        } catch (IOException e) {
            throw failed(contents.object(index), e);
        }
    }

    private static RestoreException failed(BackupObject object, IOException e) throws InterruptedException {
        if (e instanceof InterruptedIOException interrupted) {
            throw SurveyPass.interrupted(interrupted);
        }
        return changed(object, e);
    }

    /** One object under way. */
    final class Reading implements Spread.Winners {

        private final int index;
        private final Decisions decisions;
        private final Winners winners;
        private final RecordCursor cursor;
        private final RoaringBitmap decided;
        private final PeekableIntIterator wanted;
        private final @Nullable Action only;
        private long found;

        private Reading(int index, Decisions decisions, Winners winners, RecordCursor cursor) {
            this.index = index;
            this.decisions = decisions;
            this.winners = winners;
            this.cursor = cursor;
            decided = decisions.of(index);
            wanted = decided.getIntIterator();
            only = onlyAction(decisions, index);
        }

        @Override
        public boolean writeNext() throws InterruptedException {
            try {
                while (wanted.hasNext() && cursor.next()) {
                    if (stopped.getAsBoolean()) {
                        return false;
                    }
                    gate.pass();
                    if (wanted.peekNext() == cursor.ordinal()) {
                        wanted.next();
                        take();
                        return true;
                    }
                }
                // What was read is proven to be what the survey saw only at the end.
                cursor.drain();
            } catch (IOException e) {
                throw failed(contents.object(index), e);
            }
            if (found != decided.getLongCardinality()) {
                throw changed(contents.object(index), null);
            }
            return false;
        }

        private void take() throws InterruptedException {
            if (cursor.malformed() != null) {
                throw changed(contents.object(index), null);
            }
            Action action = only != null ? only : action(decisions, index, cursor.ordinal());
            try {
                judge.readAgain(cursor.record(), action);
            } catch (InvalidItemException e) {
                throw changed(contents.object(index), e);
            }
            found++;
            winners.take(index, cursor, action);
        }

        @Override
        public void close() {
            try {
                cursor.close();
            } catch (IOException e) {
                // It was read as far as it was wanted.
            }
        }
    }

    /** What all decided records of an object do, as in most objects; null if they do this and that. */
    private static @Nullable Action onlyAction(Decisions decisions, int object) {
        Action only = null;
        for (Action action : Action.values()) {
            if (decisions.of(action, object) != null) {
                if (only != null) {
                    return null;
                }
                only = action;
            }
        }
        return only;
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
