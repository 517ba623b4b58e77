package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/** One thread's part of the apply: reads the objects that hold winners again and writes exactly those. */
final class ApplyPass {

    /** What the threads of one apply share. */
    record Shared(
            BackupContents contents,
            RestoreLedger ledger,
            DeadLetters deadLetters,
            List<NamedMapper> mappers,
            PauseGate gate,
            BooleanSupplier stopped) {}

    private final Shared shared;
    private final RecordJudge judge;
    private final ItemMapping mapping;
    private final WriteSink writes;

    ApplyPass(Shared shared, RestoreSettings settings, KeySchema schema, WriteSink writes) {
        this.shared = shared;
        this.writes = writes;
        judge = new RecordJudge(settings, schema, false);
        mapping = new ItemMapping(shared.mappers(), schema);
    }

    /** Writes the winners of one object. */
    void apply(int index, RoaringBitmap winners, Decisions decisions) throws InterruptedException {
        BackupObject object = shared.contents().object(index);
        PeekableIntIterator wanted = winners.getIntIterator();
        long found = 0;
        try (RecordCursor cursor = shared.contents().openAgain(index)) {
            while (wanted.hasNext() && cursor.next()) {
                if (shared.stopped().getAsBoolean()) {
                    return;
                }
                shared.gate().pass();
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
                write(index, cursor, action);
            }
            // What was read is proven to be what the survey saw only at the end.
            cursor.drain();
        } catch (InterruptedIOException e) {
            throw SurveyPass.interrupted(e);
        } catch (IOException e) {
            throw changed(object, e);
        }
        if (found != winners.getLongCardinality()) {
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

    private void write(int index, RecordCursor cursor, Action action) throws InterruptedException {
        BackupRecord record = cursor.record();
        long token = (long) index << 32 | cursor.ordinal();
        KeyReader key = judge.key();
        if (action == Action.DELETE) {
            writes.delete(key.keyJson(), key, token);
            return;
        }
        boolean isOld = action == Action.PUT_OLD;
        byte[] json = isOld ? record.oldImageBytes() : record.newImageBytes();
        int offset = isOld ? record.oldImageOffset() : record.newImageOffset();
        int length = isOld ? record.oldImageLength() : record.newImageLength();
        if (mapping.isNone()) {
            writes.put(new WriteSink.Item(json, offset, length, judge.itemSizeBytes()), key, token);
        } else {
            putMapped(shared.contents().object(index), record, ItemImage.wrap(json, offset, length), token);
        }
    }

    private void putMapped(BackupObject object, BackupRecord record, ItemImage image, long token)
            throws InterruptedException {
        ItemMapping.Mapped mapped;
        try {
            mapped = mapping.map(image, judge.key());
        } catch (ItemMapping.FailedException e) {
            deadLetter(object, record, e.reason(), String.valueOf(e.getMessage()));
            return;
        }
        if (mapped == null) {
            shared.ledger().filtered();
            writes.left(token);
            return;
        }
        byte[] json = mapped.json();
        writes.put(new WriteSink.Item(json, 0, json.length, mapped.itemSizeBytes()), judge.key(), token);
    }

    private void deadLetter(BackupObject object, BackupRecord record, String reason, String detail) {
        shared.deadLetters()
                .add(new DeadLetter(object.uri().toString(), record.byteOffset(), reason, detail, record.raw()));
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
