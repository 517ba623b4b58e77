package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.IndexKeys;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.KeySchema;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Records whose image an index of the table would refuse. Such a record takes part in the order, since its key can be read,
 * and only if it decides its key it is a bad one: an older record must not win in its place.
 */
final class IndexMisfits {

    private final IndexKeys keys;
    private final @Nullable RoaringBitmap[] newImages;
    private final @Nullable RoaringBitmap[] oldImages;

    /** Creates one that knows of none yet. */
    IndexMisfits(IndexKeys keys, int objects) {
        this.keys = keys;
        newImages = new RoaringBitmap[objects];
        oldImages = new RoaringBitmap[objects];
    }

    /** Looks at the records of one object after another. Used by one thread. */
    final class Pass {

        private final IndexKeys.Check check = keys.newCheck();
        private RoaringBitmap misfitNew = new RoaringBitmap();
        private RoaringBitmap misfitOld = new RoaringBitmap();

        void begin() {
            misfitNew = new RoaringBitmap();
            misfitOld = new RoaringBitmap();
        }

        /** Looks at a record that counts. */
        void look(BackupRecord record, int ordinal, RecordJudge judge) {
            if (keys.isEmpty()) {
                return;
            }
            if (record.kind() == BackupRecord.Kind.PUT
                    && !fits(record.newImageBytes(), record.newImageOffset(), record.newImageLength())) {
                misfitNew.add(ordinal);
            }
            if (record.hasOldImage()
                    && judge.mayWriteOldImage(record)
                    && !fits(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength())) {
                misfitOld.add(ordinal);
            }
        }

        private boolean fits(byte[] image, int from, int length) {
            try {
                check.check(image, from, length);
                return true;
            } catch (InvalidItemException e) {
                return false;
            }
        }

        /** Keeps what was found, once the object has been read to its end. */
        void commit(int object) {
            newImages[object] = misfitNew.isEmpty() ? null : misfitNew;
            oldImages[object] = misfitOld.isEmpty() ? null : misfitOld;
        }
    }

    Pass newPass() {
        return new Pass();
    }

    /** Takes those that decide their key out of the decisions, and makes dead letters of them. */
    void bury(
            Decisions decisions,
            RestoreSettings settings,
            KeySchema schema,
            BackupContents contents,
            DeadLetters deadLetters,
            RunControl control)
            throws InterruptedException {
        Decisions buried = new Decisions(newImages.length, false);
        int[] objects = takeOut(decisions, buried);
        deadLetters.announce(buried.count(Action.PUT) + buried.count(Action.PUT_OLD), "index.*");
        IndexKeys.Check check = keys.newCheck();
        RecordJudge judge = new RecordJudge(settings, schema, false);
        WinnerReader reader = new WinnerReader(contents, judge, control.gate(), control::isStopped);
        for (int object : objects) {
            reader.read(object, buried, (index, cursor, action) -> {
                BackupRecord record = cursor.record();
                boolean isOld = action == Action.PUT_OLD;
                byte[] image = isOld ? record.oldImageBytes() : record.newImageBytes();
                int from = isOld ? record.oldImageOffset() : record.newImageOffset();
                int length = isOld ? record.oldImageLength() : record.newImageLength();
                try {
                    check.check(image, from, length);
                } catch (InvalidItemException e) {
                    deadLetters.add(new DeadLetter(
                            contents.object(index).uri().toString(),
                            record.byteOffset(),
                            e.reason(),
                            e.detail(),
                            Arrays.copyOfRange(image, from, from + length)));
                    return;
                }
                throw WinnerReader.changed(contents.object(index), null);
            });
        }
    }

    private int[] takeOut(Decisions decisions, Decisions buried) {
        int[] objects = new int[newImages.length];
        int count = 0;
        for (int object = 0; object < newImages.length; object++) {
            RoaringBitmap puts = deciding(decisions.of(Action.PUT, object), newImages[object]);
            RoaringBitmap oldPuts = deciding(decisions.of(Action.PUT_OLD, object), oldImages[object]);
            if (!puts.isEmpty() || !oldPuts.isEmpty()) {
                objects[count++] = object;
            }
            for (Action action : List.of(Action.PUT, Action.PUT_OLD)) {
                RoaringBitmap ofAction = action == Action.PUT ? puts : oldPuts;
                if (!ofAction.isEmpty()) {
                    decisions.leaveOut(object, ofAction);
                    buried.restore(action, object, ofAction);
                }
            }
        }
        return Arrays.copyOf(objects, count);
    }

    private static RoaringBitmap deciding(@Nullable RoaringBitmap decided, @Nullable RoaringBitmap misfits) {
        return decided == null || misfits == null ? new RoaringBitmap() : RoaringBitmap.and(decided, misfits);
    }
}
