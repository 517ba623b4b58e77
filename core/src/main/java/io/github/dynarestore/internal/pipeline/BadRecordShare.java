package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Tells a table or a format that does not fit from a few bad records, by their share: of what was read when the survey has
 * ended, and of what was to be written so far while writing, where each bad item costs calls. Thread-safe.
 */
final class BadRecordShare {

    /** So few prove nothing, whatever their share. */
    static final int MIN_BAD = 100;

    private static final int MAX_REASONS = 1_000;

    private final double most;
    private final String table;
    private final RestoreLedger ledger;
    private final Map<String, Long> byReason = new HashMap<>();
    private boolean isWriting;
    private long badBefore;
    private long filteredBefore;

    BadRecordShare(double most, String table, RestoreLedger ledger) {
        this.most = most;
        this.table = table;
        this.ledger = ledger;
    }

    /** Throws if too many of the records that were read are bad. */
    synchronized void surveyed() {
        surveyedWith(0);
    }

    /** Throws if too many of the records that were read are bad, with these that the ledger has not counted yet. */
    private void surveyedWith(long more) {
        RestoreReport.Records records = ledger.records();
        check(records.deadLettered() + more, records.read(), "read; nothing was written");
    }

    /** Throws if these records, which were found bad together, make too many: none of them becomes a dead letter then. */
    synchronized void found(long more, String reason) {
        byReason.merge(reason, more, Long::sum);
        surveyedWith(more);
        byReason.merge(reason, -more, Long::sum);
    }

    /** From now on the writes count. */
    synchronized void beginWriting() {
        RestoreReport.Records records = ledger.records();
        isWriting = true;
        badBefore = records.deadLettered();
        filteredBefore = records.filtered();
        byReason.clear();
    }

    /** Counts a bad record that the ledger has counted; throws if there are too many of them while writing. */
    synchronized void added(String reason) {
        if (byReason.size() < MAX_REASONS) {
            byReason.merge(reason, 1L, Long::sum);
        }
        if (isWriting) {
            RestoreReport.Records records = ledger.records();
            RestoreReport.Writes writes = ledger.writes();
            long bad = records.deadLettered() - badBefore;
            long done = writes.puts() + writes.deletes() + records.filtered() - filteredBefore + records.conflict();
            check(bad, done + bad, "to be written so far");
        }
    }

    private void check(long bad, long all, String of) {
        if (bad < MIN_BAD || bad <= most * all) {
            return;
        }
        String reason = byReason.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("not known");
        throw new RestoreException(
                RestoreErrorCode.SCHEMA_MISMATCH,
                String.format(
                        Locale.ROOT,
                        "%d of %d records cannot be used in table %s, more than a share of %s of those %s; the most"
                                + " frequent reason is %s",
                        bad,
                        all,
                        table,
                        most,
                        of,
                        reason),
                "see that the table has the keys and indexes of the one that was backed up, and that the format is the"
                        + " backup's; or put up with more of them, with --max-bad-share (maxBadShare)");
    }
}
