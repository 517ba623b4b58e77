package io.github.dynarestore.internal.ledger;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreReport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Counts every record and every write once; the one source of reports, progress and meters. Thread-safe. */
public final class RestoreLedger {

    /** Most bad records that a report names. */
    public static final int MAX_BAD_RECORDS_NAMED = 10_000;

    /** Most conflicts that a report names. */
    public static final int MAX_CONFLICTS_NAMED = 10_000;

    private final LongAdder objectsListed = new LongAdder();
    private final LongAdder objectsRead = new LongAdder();
    private final Map<String, Long> skippedByReason = new TreeMap<>();
    private final LongAdder bytesRead = new LongAdder();

    private final Outcome read;
    private final Outcome applied;
    private final Outcome superseded;
    private final Outcome duplicate;
    private final Outcome afterCut;
    private final Outcome filtered;
    private final Outcome deadLettered;
    private final Outcome conflict;

    private final LongAdder puts = new LongAdder();
    private final LongAdder deletes = new LongAdder();
    private final LongAdder extras = new LongAdder();
    private final DoubleAdder units = new DoubleAdder();
    private final DoubleAdder unitsOfThisRun = new DoubleAdder();
    private final LongAdder throttled = new LongAdder();
    private final LongAdder resent = new LongAdder();
    private final List<RestoreReport.BadRecord> badRecords = new ArrayList<>();

    private final List<RestoreReport.Conflict> conflicts = new ArrayList<>();

    private final LongAdder listenerFailures = new LongAdder();
    private final MeterFeed feed;
    private final Timer batchLatency;
    private final Timer pacerWait;

    private static final class Outcome {
        private final LongAdder count = new LongAdder();

        Outcome(MeterRegistry meters, MeterFeed feed, String outcome) {
            Counter meter = Counter.builder("dynarestore.records")
                    .description("records by what became of them")
                    .tag("outcome", outcome)
                    .register(meters);
            feed.follow(meter, count::sum);
        }

        void add(long n) {
            count.add(n);
        }

        long sum() {
            return count.sum();
        }
    }

    /**
     * Creates an empty ledger that also counts in meters.
     *
     * @param threadName of the thread that brings it to them
     */
    public RestoreLedger(MeterRegistry meters, String threadName) {
        feed = new MeterFeed(meters, threadName);
        read = new Outcome(meters, feed, "read");
        applied = new Outcome(meters, feed, "applied");
        superseded = new Outcome(meters, feed, "superseded");
        duplicate = new Outcome(meters, feed, "duplicate");
        afterCut = new Outcome(meters, feed, "afterCut");
        filtered = new Outcome(meters, feed, "filtered");
        deadLettered = new Outcome(meters, feed, "deadLettered");
        conflict = new Outcome(meters, feed, "conflict");
        feed.follow(Counter.builder("dynarestore.bytes.read").baseUnit("bytes").register(meters), bytesRead::sum);
        feed.follow(Counter.builder("dynarestore.write.units").register(meters), unitsOfThisRun::sum);
        feed.follow(Counter.builder("dynarestore.throttles").register(meters), throttled::sum);
        feed.follow(Counter.builder("dynarestore.listener.failures").register(meters), listenerFailures::sum);
        batchLatency = Timer.builder("dynarestore.batch.latency").register(meters);
        pacerWait = Timer.builder("dynarestore.pacer.wait").register(meters);
    }

    /** Begins to bring what is counted to the meters. */
    public void start() {
        feed.start();
    }

    /** Brings the meters up to date for the last time, but waits for them only so long. */
    public void end(long millis) throws InterruptedException {
        feed.end(millis);
    }

    /** Counts an object of the listing. */
    public void listed() {
        objectsListed.increment();
    }

    /** Counts a listed object that holds no records. */
    public synchronized void skipped(String reason) {
        objectsListed.increment();
        skippedByReason.merge(reason, 1L, Long::sum);
    }

    /** Counts an object that the survey has read to its end, or condemned, with its records. */
    public void surveyed(long recordsRead, long recordsAfterCut, long recordsFiltered) {
        objectsRead.increment();
        read.add(recordsRead);
        afterCut.add(recordsAfterCut);
        filtered.add(recordsFiltered);
    }

    /** Counts what an earlier run had surveyed. */
    public void resumed(long objects, RestoreReport.Records records) {
        objectsRead.add(objects);
        read.add(records.read());
        superseded.add(records.superseded());
        duplicate.add(records.duplicate());
        afterCut.add(records.afterCut());
        filtered.add(records.filtered());
    }

    /** Counts what an earlier run had written. */
    public void resumedWrites(
            long putsDone, long deletesDone, long recordsFiltered, long conflictsFound, double writeUnits) {
        puts.add(putsDone);
        deletes.add(deletesDone);
        applied.add(putsDone + deletesDone);
        filtered.add(recordsFiltered);
        conflict.add(conflictsFound);
        units.add(writeUnits);
    }

    /** Counts deletes by earlier runs of items that are not in the backup. */
    public void resumedExtras(long deletesDone) {
        deletes.add(deletesDone);
        extras.add(deletesDone);
    }

    /** Counts bytes of bodies. */
    public void fetched(long bytes) {
        bytesRead.add(bytes);
    }

    /** Counts what the survey decided about records that win nothing. */
    public void decided(long supersededRecords, long duplicateRecords, long filteredRecords) {
        superseded.add(supersededRecords);
        duplicate.add(duplicateRecords);
        filtered.add(filteredRecords);
    }

    /** Counts what decides a key and is not sent: deletes from a table that was empty, and all writes of an estimate. */
    public void appliedWithoutWrite(long records) {
        applied.add(records);
    }

    /** Counts an acknowledged write. */
    public void written(boolean isDelete) {
        applied.add(1);
        (isDelete ? deletes : puts).increment();
    }

    /** Counts the delete of an item that is not in the backup. */
    public void extraDeleted() {
        deletes.increment();
        extras.increment();
    }

    /** Counts winners that a mapper dropped, or deletes that the plan does not carry out. */
    public void filtered(long records) {
        filtered.add(records);
    }

    /** Counts and names a record that could not be used. */
    public void deadLettered(DeadLetter letter) {
        deadLettered.add(1);
        synchronized (badRecords) {
            if (badRecords.size() < MAX_BAD_RECORDS_NAMED) {
                badRecords.add(new RestoreReport.BadRecord(
                        letter.object(), letter.byteOffset(), letter.reason(), letter.detail()));
            }
        }
    }

    /** Counts and names a record that was not written because the table held something else. */
    public void conflict(String object, int record) {
        conflict.add(1);
        nameConflict(object, record);
    }

    /** Names a conflict that {@link #resumedWrites} has counted. */
    public void resumedConflict(String object, int record) {
        nameConflict(object, record);
    }

    private void nameConflict(String object, int record) {
        synchronized (conflicts) {
            if (conflicts.size() < MAX_CONFLICTS_NAMED) {
                conflicts.add(new RestoreReport.Conflict(object, record));
            }
        }
    }

    /** The first conflicts. */
    public List<RestoreReport.Conflict> conflicts() {
        synchronized (conflicts) {
            return List.copyOf(conflicts);
        }
    }

    /** Counts units that DynamoDB says were consumed. */
    public void consumed(double writeUnits) {
        units.add(writeUnits);
        unitsOfThisRun.add(writeUnits);
    }

    /** Counts writes that DynamoDB put off. */
    public void throttled(long writes) {
        throttled.add(writes);
    }

    /** Counts writes that were sent again after an answer that left their fate open. */
    public void resent(long writes) {
        resent.add(writes);
    }

    /** Counts a call as under way until what is returned is run. */
    public Runnable sent() {
        return feed.began();
    }

    /** Counts the time from a call to its answer. */
    public void answered(long nanos) {
        feed.record(batchLatency, nanos);
    }

    /** Counts time that the pacer made a batch wait. */
    public void paced(long nanos) {
        feed.record(pacerWait, nanos);
    }

    /** Counts a listener's exception. */
    public void listenerFailed() {
        listenerFailures.increment();
    }

    /** What became of the objects so far. */
    public synchronized RestoreReport.Objects objects() {
        long skipped =
                skippedByReason.values().stream().mapToLong(Long::longValue).sum();
        return new RestoreReport.Objects(objectsListed.sum(), objectsRead.sum(), skipped, skippedByReason);
    }

    /** What became of the records so far. */
    public RestoreReport.Records records() {
        return new RestoreReport.Records(
                read.sum(),
                applied.sum(),
                superseded.sum(),
                duplicate.sum(),
                afterCut.sum(),
                filtered.sum(),
                deadLettered.sum(),
                conflict.sum());
    }

    /** What was sent so far. */
    public RestoreReport.Writes writes() {
        return new RestoreReport.Writes(
                puts.sum(), deletes.sum(), extras.sum(), units.sum(), throttled.sum(), resent.sum());
    }

    /** The first bad records. */
    public List<RestoreReport.BadRecord> badRecords() {
        synchronized (badRecords) {
            return List.copyOf(badRecords);
        }
    }

    /** Bytes of bodies fetched so far. */
    public long bytesRead() {
        return bytesRead.sum();
    }
}
