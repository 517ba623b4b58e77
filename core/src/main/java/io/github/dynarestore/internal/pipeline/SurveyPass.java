package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.source.DamagedObjectException;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.SurveyRows;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One thread's part of the survey: reads objects to their end and adds what they hold, object by object. */
final class SurveyPass {

    /** Dead letters of one object that wait for its end, in bytes; beyond it they go out at once. */
    private static final long MAX_WAITING_LETTER_BYTES = 8L << 20;

    private static final byte[] NOTHING = new byte[0];

    /** What the threads of one survey share. */
    record Shared(
            BackupContents contents,
            KeySurvey survey,
            MemoryBudget budget,
            RestoreLedger ledger,
            DeadLetters deadLetters,
            KeyFit keyFit,
            AtomicReference<@Nullable String> tableOfRecords,
            AtomicLong rowsOfLargestObject,
            BooleanSupplier stopped) {}

    private final Shared shared;
    private final RecordJudge judge;
    private final SurveyRows rows;
    private final List<DeadLetter> letters = new ArrayList<>();
    private long letterBytes;
    private long lettersSent;

    SurveyPass(Shared shared, RestoreSettings settings, KeySchema schema) {
        this.shared = shared;
        judge = new RecordJudge(settings, schema);
        rows = new SurveyRows(shared.budget());
    }

    void read(int index) throws InterruptedException {
        BackupObject object = shared.contents().object(index);
        rows.clear();
        letters.clear();
        letterBytes = 0;
        lettersSent = 0;
        long read = 0;
        long afterCut = 0;
        long rowsOfObject = 0;
        try (RecordCursor cursor = shared.contents().open(index)) {
            while (!shared.stopped().getAsBoolean() && cursor.next()) {
                read++;
                MalformedRecordException malformed = cursor.malformed();
                if (malformed != null) {
                    add(new DeadLetter(
                            object.uri().toString(),
                            malformed.byteOffset(),
                            malformed.reason(),
                            malformed.detail(),
                            malformed.raw()));
                    continue;
                }
                BackupRecord record = cursor.record();
                requireOneTable(record.tableName());
                try {
                    if (judge.counts(record, object.lastModified())) {
                        addRow(index, record, cursor.ordinal());
                        rowsOfObject++;
                    } else {
                        afterCut++;
                    }
                    shared.keyFit().fits();
                } catch (InvalidItemException e) {
                    shared.keyFit().judged(e, record);
                    add(new DeadLetter(
                            object.uri().toString(), record.byteOffset(), e.reason(), e.detail(), record.raw()));
                }
            }
        } catch (InterruptedIOException e) {
            throw interrupted(e);
        } catch (IOException e) {
            condemn(object, e);
            return;
        }
        if (shared.stopped().getAsBoolean()) {
            return;
        }
        shared.rowsOfLargestObject().accumulateAndGet(rowsOfObject, Math::max);
        shared.survey().add(index, rows);
        sendLetters();
        shared.ledger().surveyed(read, afterCut);
    }

    /** Sequence numbers of two tables cannot be compared: which record won would be chance. */
    private void requireOneTable(@Nullable String table) {
        if (table == null || shared.tableOfRecords().compareAndSet(null, table)) {
            return;
        }
        String first = shared.tableOfRecords().get();
        if (!table.equals(first)) {
            throw new RestoreException(
                    RestoreErrorCode.ORDER_MIXED,
                    "the backup holds records of table " + first + " and of table " + table,
                    "restore them apart, from prefixes that hold the records of one table");
        }
    }

    static InterruptedException interrupted(InterruptedIOException e) {
        InterruptedException interrupted = new InterruptedException("stopped while reading");
        interrupted.initCause(e);
        return interrupted;
    }

    private void addRow(int index, BackupRecord record, int ordinal) {
        long hashHigh = judge.key().hashHigh();
        long hashLow = judge.key().hashLow();
        long imageHash = judge.imageHash(record);
        if (!rows.add(record, hashHigh, hashLow, ordinal, imageHash)) {
            // The survey has failed; what follows is only counted, to say which budget would do.
            shared.survey().overflow();
            shared.survey().add(index, rows);
            rows.clear();
            rows.add(record, hashHigh, hashLow, ordinal, imageHash);
        }
    }

    /** Nothing of an object that cannot be read to its end has counted; the object itself does, as one bad record. */
    private void condemn(BackupObject object, IOException e) {
        letters.clear();
        long sentBefore = lettersSent;
        String reason = e instanceof DamagedObjectException damaged ? damaged.reason() : "object.unreadable";
        long offset = e instanceof DamagedObjectException damaged ? damaged.compressedOffset() : 0;
        shared.deadLetters()
                .add(new DeadLetter(object.uri().toString(), offset, reason, String.valueOf(e.getMessage()), NOTHING));
        shared.ledger().surveyed(sentBefore + 1, 0);
    }

    private void add(DeadLetter letter) {
        letters.add(letter);
        letterBytes += letter.raw().length + 200L;
        if (letterBytes > MAX_WAITING_LETTER_BYTES) {
            sendLetters();
        }
    }

    private void sendLetters() {
        letters.forEach(shared.deadLetters()::add);
        lettersSent += letters.size();
        letters.clear();
        letterBytes = 0;
    }

    void release() {
        rows.release();
    }
}
