package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ItemImage;
import java.util.List;
import java.util.function.BooleanSupplier;

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
    private final WinnerReader winners;
    private final ItemMapping mapping;
    private final WriteSink writes;
    private final WriteSink.Item item = new WriteSink.Item();

    ApplyPass(Shared shared, RestoreSettings settings, TargetTable target, WriteSink writes) {
        this.shared = shared;
        this.writes = writes;
        judge = new RecordJudge(settings, NamedMapper.keyOfBackup(shared.mappers(), target.key()), false);
        winners = new WinnerReader(shared.contents(), judge, shared.gate(), shared.stopped());
        mapping = new ItemMapping(shared.mappers(), target);
    }

    /**
     * Begins to write the winners of one object.
     *
     * @param atOnce how many objects are read from side by side
     */
    Spread.Winners open(int index, Decisions decisions, int atOnce) throws InterruptedException {
        return winners.open(index, decisions, this::write, atOnce);
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
            writes.put(item.at(json, offset, length, judge.itemSizeBytes()), key, token);
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
            shared.ledger().filtered(1);
            writes.left(token);
            return;
        }
        byte[] json = mapped.json();
        writes.put(item.at(json, 0, json.length, mapped.itemSizeBytes()), mapped.key(), token);
    }

    private void deadLetter(BackupObject object, BackupRecord record, String reason, String detail) {
        shared.deadLetters()
                .add(new DeadLetter(object.uri().toString(), record.byteOffset(), reason, detail, record.raw()));
    }
}
