package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.source.DamagedObjectException;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.RowWriter.Standing;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.MalformedRecordException;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupManifest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One thread's part of the survey: reads objects to their end and adds what they hold. */
final class SurveyPass {

    /** Dead letters of one object that wait for its end, in bytes; beyond it they go out at once. */
    private static final long MAX_WAITING_LETTER_BYTES = 8L << 20;

    private static final byte[] NOTHING = new byte[0];

    /** What the threads of one survey share. */
    record Shared(
            BackupContents contents,
            KeySurvey survey,
            RestoreLedger ledger,
            DeadLetters deadLetters,
            KeyFit keyFit,
            LogCoverage coverage,
            SnapshotObjects snapshots,
            IndexMisfits indexMisfits,
            AtomicReference<@Nullable String> tableOfRecords,
            PauseGate gate,
            BooleanSupplier stopped) {}

    private final Shared shared;
    private final RecordJudge judge;
    private final boolean undoes;
    private final RowWriter rows;
    private final RowWriter.Origin origin = new RowWriter.Origin();
    private final LogCoverage.Minutes minutes;
    private final IndexMisfits.Pass misfits;
    private final List<DeadLetter> letters = new ArrayList<>();
    private long letterBytes;
    private long lettersSent;

    SurveyPass(Shared shared, RestoreSettings settings, KeySchema schema) {
        this.shared = shared;
        judge = new RecordJudge(settings, schema, shared.snapshots().hasKnownTime());
        undoes = settings.history().undoSince() != null;
        rows = shared.survey().newWriter();
        minutes = shared.coverage().newMinutes();
        misfits = shared.indexMisfits().newPass();
    }

    void read(int index) throws InterruptedException {
        BackupContents.Entry entry = shared.contents().entry(index);
        BackupObject object = entry.object();
        letters.clear();
        letterBytes = 0;
        lettersSent = 0;
        long read = 0;
        long afterCut = 0;
        long filtered = 0;
        minutes.begin();
        misfits.begin();
        try (RecordCursor cursor = shared.contents().open(index)) {
            while (!shared.stopped().getAsBoolean() && cursor.next()) {
                read++;
                shared.gate().pass();
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
                if (isOfOtherTable(entry.backup(), record.tableName())) {
                    filtered++;
                    continue;
                }
                requireOneTable(record.tableName());
                requireKind(entry, record.orderBasis());
                try {
                    Standing standing = judge.judge(record, entry);
                    shared.keyFit().fits();
                    addRow(index, entry, record, cursor.ordinal(), standing);
                    if (standing == Standing.COUNTS) {
                        misfits.look(record, cursor.ordinal(), judge);
                    }
                    afterCut += standing == Standing.AFTER_CUT ? 1 : 0;
                    filtered += standing == Standing.FILTERED ? 1 : 0;
                } catch (InvalidItemException e) {
                    shared.keyFit().judged(e, record);
                    add(new DeadLetter(
                            object.uri().toString(), record.byteOffset(), e.reason(), e.detail(), record.raw()));
                }
            }
        } catch (InterruptedIOException e) {
            throw interrupted(e);
        } catch (IOException e) {
            condemn(index, object, e);
            return;
        }
        if (shared.stopped().getAsBoolean()) {
            return;
        }
        BackupManifest.Part part = entry.part();
        if (part != null && part.records() >= 0 && part.records() != read) {
            condemn(
                    index,
                    object,
                    new DamagedObjectException(
                            DamagedObjectException.MANIFEST_MISMATCH,
                            object.sizeBytes(),
                            read + " records, where the manifest says " + part.records()));
            return;
        }
        minutes.commit();
        misfits.commit(index);
        sendLetters();
        shared.ledger().surveyed(read, afterCut, filtered);
    }

    private void addRow(int index, BackupContents.Entry entry, BackupRecord record, int ordinal, Standing standing)
            throws InvalidItemException {
        if (record.orderBasis() == ChangeOrder.Basis.SNAPSHOT) {
            shared.snapshots().found(index);
        } else if (record.hasTime()) {
            minutes.add(record.timeEpochMicros());
        }
        // What was there when a window began is not what the change before the last one left.
        origin.at(index, ordinal);
        origin.standing(standing);
        origin.timeOfDelivery(judge.isTimeOfDelivery());
        rows.add(
                origin,
                judge.key().hashHigh(),
                judge.key().hashLow(),
                record,
                judge.newDigest(record),
                entry.isCompacted() && !undoes ? ItemScanner.ABSENT : judge.oldDigest(record));
    }

    static boolean isOfOtherTable(Backup backup, @Nullable String table) {
        return backup.table() != null && table != null && !backup.table().equals(table);
    }

    /** Sequence numbers of two tables cannot be compared: which record won would be chance. */
    private void requireOneTable(@Nullable String table) {
        if (table == null) {
            return;
        }
        // Asked before it is set, since setting it would have the threads contend for it at each record.
        String first = shared.tableOfRecords().get();
        if (first == null) {
            first = shared.tableOfRecords().compareAndExchange(null, table);
        }
        if (first != null && !table.equals(first)) {
            throw new RestoreException(
                    RestoreErrorCode.ORDER_MIXED,
                    "the backup holds records of table " + first + " and of table " + table,
                    "say which one to restore with --source-table (Backup.table), or restore from prefixes that hold the records"
                            + " of one table");
        }
    }

    private static void requireKind(BackupContents.Entry entry, ChangeOrder.Basis basis) {
        if (entry.isBase() && basis != ChangeOrder.Basis.SNAPSHOT) {
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    entry.backup().location() + " was given as a snapshot, but "
                            + entry.object().uri() + " holds changes",
                    "name change logs with --from (from), snapshots with --base (base)");
        }
    }

    static InterruptedException interrupted(InterruptedIOException e) {
        InterruptedException interrupted = new InterruptedException("stopped while reading");
        interrupted.initCause(e);
        return interrupted;
    }

    /** Nothing of an object that cannot be read to its end counts; the object itself does, as one bad record. */
    private void condemn(int index, BackupObject object, IOException e) {
        shared.survey().condemn(index);
        letters.clear();
        long sentBefore = lettersSent;
        String reason = e instanceof DamagedObjectException damaged ? damaged.reason() : "object.unreadable";
        long offset = e instanceof DamagedObjectException damaged ? damaged.compressedOffset() : 0;
        shared.deadLetters()
                .add(new DeadLetter(object.uri().toString(), offset, reason, String.valueOf(e.getMessage()), NOTHING));
        shared.ledger().surveyed(sentBefore + 1, 0, 0);
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

    /** Hands over what has gathered. */
    void flush() {
        rows.flush();
    }
}
