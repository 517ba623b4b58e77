package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupChange;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.CheckpointStore;
import io.github.dynarestore.spi.DeadLetterSink;
import io.github.dynarestore.spi.MapperContext;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the engine needs of a plan. The mappers are made when the table's key is known.
 *
 * @param bases where snapshots lie
 * @param backups where the rest of the backup lies
 * @param redriven the one of the backups whose records alone are written; null to write what all of them say
 * @param table target table
 * @param made how the table is made and changed for the run
 * @param asOf the cut; null for none
 * @param history how the history is read
 * @param writeRate how fast to write
 * @param existingItems what to do with items that are there
 * @param badRecords what to do with records that cannot be used
 * @param undatedRecords what a cut makes of records without a time
 * @param deadLetterSink where dead letters go; null for nowhere
 * @param checkpoint where the run keeps what it needs to be taken up again; null for nowhere
 * @param planFields what the plan says, for a checkpoint to compare
 * @param mappers makes the mappers of a table with this key, in their order; the context's parameters are empty
 * @param limits sizes and times
 */
public record RestoreSettings(
        List<Backup> bases,
        List<Backup> backups,
        @Nullable Backup redriven,
        String table,
        Made made,
        @Nullable Instant asOf,
        History history,
        WriteRate writeRate,
        ExistingItems existingItems,
        BadRecords badRecords,
        UndatedRecords undatedRecords,
        @Nullable DeadLetterSink deadLetterSink,
        @Nullable CheckpointStore checkpoint,
        SortedMap<String, String> planFields,
        BiFunction<MapperContext, KeySchema, List<NamedMapper>> mappers,
        Limits limits) {

    /** What reads the records that Firehose could not deliver. */
    public static final String FAILED_RECORDS_FORMAT = "firehose-failed";

    /**
     * How the table is made and changed for the run.
     *
     * @param create the table that is to be created; null if it is there
     * @param boostUnits write units per second that it is raised to for the run; null to leave it as it is
     */
    public record Made(
            @Nullable TableSetup create, @Nullable Long boostUnits) {}

    /**
     * How the history is read.
     *
     * @param since date directories from before it are not read; null to read all
     * @param undoSince changes after it are undone; null to restore
     * @param undoForced whether an undo writes over items that were changed since the log's end
     * @param filter which records count; null for all
     * @param ttlRemovals what to make of items that time to live removed
     * @param gaps what to do when changes are missing
     * @param silence how long a log may be silent
     * @param lateness how long after the cut date directories are read
     * @param showsKeys whether reports name keys
     * @param recoversFailed whether what Firehose could not deliver is read too
     * @param sourceOwner account that must own the buckets; null for any
     * @param confirmedExtras how many items that are not in the backup may be deleted; null if that was not said
     */
    public record History(
            @Nullable Instant since,
            @Nullable Instant undoSince,
            boolean undoForced,
            @Nullable Predicate<BackupChange> filter,
            TtlRemovals ttlRemovals,
            Gaps gaps,
            Duration silence,
            Duration lateness,
            boolean showsKeys,
            boolean recoversFailed,
            @Nullable String sourceOwner,
            @Nullable Long confirmedExtras) {}

    /**
     * Bounds of a run.
     *
     * @param surveyMemoryBytes most bytes that the survey holds in memory
     * @param spillDirectory where the survey holds the rest
     * @param rangeBytes size of one ranged request
     * @param fetchMemoryBytes most bytes of bodies held or on their way
     * @param maxRecordBytes longest record
     * @param maxObjectBytes most bytes of an object, decompressed
     * @param writesInFlight most write calls under way; 0 for as many as the rate needs
     * @param patience longest time without progress
     * @param maxBadShare largest share of records that cannot be used, 0 to 1
     */
    public record Limits(
            long surveyMemoryBytes,
            Path spillDirectory,
            int rangeBytes,
            long fetchMemoryBytes,
            int maxRecordBytes,
            long maxObjectBytes,
            int writesInFlight,
            Duration patience,
            double maxBadShare) {}
}
