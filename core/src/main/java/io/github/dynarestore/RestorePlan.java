package io.github.dynarestore;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupChange;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.CheckpointStore;
import io.github.dynarestore.spi.DeadLetterSink;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What to restore, whereto, and how. Immutable; one plan can be run many times. */
public final class RestorePlan {

    /** A mapper of the plan: given outright, or by the id of its factory. */
    sealed interface MapperChoice {
        record Given(AttributeMapper mapper) implements MapperChoice {}

        record ById(String id, Map<String, String> parameters) implements MapperChoice {
            public ById {
                parameters = Map.copyOf(parameters);
            }
        }
    }

    private static final long MIB = 1024L * 1024;

    private final List<Backup> bases;
    private final List<Backup> backups;
    private final @Nullable Backup redriven;
    private final String table;
    private final @Nullable TableDefinition createTable;
    private final @Nullable Long boost;
    private final @Nullable Instant asOf;
    private final @Nullable Instant since;
    private final @Nullable Instant undoSince;
    private final boolean undoForced;
    private final @Nullable Predicate<BackupChange> filter;
    private final @Nullable String filterName;
    private final TtlRemovals ttlRemovals;
    private final Gaps gaps;
    private final Duration silence;
    private final Duration lateness;
    private final boolean showsKeys;
    private final boolean recoversFailed;
    private final @Nullable String sourceOwner;
    private final @Nullable Long confirmedExtras;
    private final Path spillDirectory;
    private final @Nullable CheckpointStore checkpoint;
    private final WriteRate writeRate;
    private final ExistingItems existingItems;
    private final BadRecords badRecords;
    private final double maxBadShare;
    private final UndatedRecords undatedRecords;
    private final @Nullable DeadLetterSink deadLetterSink;
    private final List<MapperChoice> mappers;
    private final long surveyMemoryBytes;
    private final int rangeBytes;
    private final long fetchMemoryBytes;
    private final int maxRecordBytes;
    private final long maxObjectBytes;
    private final int writesInFlight;
    private final Duration patience;

    private RestorePlan(Builder builder) {
        if (builder.backups.isEmpty() && builder.bases.isEmpty()) {
            throw new IllegalArgumentException("a plan needs at least one backup: call from(…)");
        }
        bases = List.copyOf(builder.bases);
        backups = List.copyOf(builder.backups);
        redriven = builder.redriven;
        if (redriven != null && builder.existingItems == ExistingItems.EXACT) {
            throw new IllegalArgumentException("redrive(…) cannot be combined with existingItems(EXACT)");
        }
        table = Objects.requireNonNull(builder.table, "a plan needs a table: call into(…)");
        createTable = builder.createTable;
        boost = builder.boost;
        if (createTable != null && (builder.undoSince != null || builder.existingItems != ExistingItems.REFUSE)) {
            throw new IllegalArgumentException("createTable(…) cannot be combined with "
                    + (builder.undoSince != null ? "undoSince(…)" : "existingItems(…)")
                    + ": a table that was created holds nothing");
        }
        asOf = builder.asOf;
        since = builder.since;
        undoSince = builder.undoSince;
        undoForced = builder.undoForced;
        filter = builder.filter;
        filterName = builder.filterName;
        ttlRemovals = builder.ttlRemovals;
        gaps = builder.gaps;
        silence = builder.silence;
        lateness = builder.lateness;
        showsKeys = builder.showsKeys;
        recoversFailed = builder.recoversFailed;
        sourceOwner = builder.sourceOwner;
        confirmedExtras = builder.confirmedExtras;
        spillDirectory = builder.spillDirectory;
        checkpoint = builder.checkpoint;
        if (undoSince != null) {
            refuseWithUndo(asOf != null, "a cut: asOf(…)");
            refuseWithUndo(redriven != null, "redrive(…): undo again instead");
            refuseWithUndo(!bases.isEmpty(), "a snapshot: base(…)");
            refuseWithUndo(builder.existingItems != ExistingItems.REFUSE, "existingItems(…)");
        } else if (undoForced) {
            throw new IllegalArgumentException("undoForced() needs undoSince(…)");
        }
        if (confirmedExtras != null && builder.existingItems != ExistingItems.EXACT) {
            throw new IllegalArgumentException("confirmExtras(…) needs existingItems(EXACT)");
        }
        if (since != null && undoSince != null && since.isAfter(undoSince)) {
            throw new IllegalArgumentException(
                    "since(" + since + ") would leave changes unread that undoSince(" + undoSince + ") is to undo");
        }
        if (since != null && builder.existingItems == ExistingItems.OVERWRITE) {
            throw new IllegalArgumentException(
                    "since(…) cannot be combined with existingItems(OVERWRITE): a key that only"
                            + " the changes before it name would stay in the table");
        }
        writeRate = builder.writeRate;
        existingItems = builder.existingItems;
        badRecords = builder.badRecords;
        maxBadShare = builder.maxBadShare;
        undatedRecords = builder.undatedRecords;
        deadLetterSink = builder.deadLetterSink;
        if (badRecords == BadRecords.DEAD_LETTER && deadLetterSink == null) {
            throw new IllegalArgumentException("dead-lettering needs a sink: call deadLetters(…)");
        }
        mappers = List.copyOf(builder.mappers);
        if (checkpoint != null
                && ((filter != null && filterName == null)
                        || mappers.stream().anyMatch(MapperChoice.Given.class::isInstance))) {
            throw new IllegalArgumentException(
                    "a plan with a checkpoint needs a filter with a name, filter(name, …), and"
                            + " mappers with an id, mapper(id, …): what else is given in Java cannot be compared when the restore"
                            + " is taken up again");
        }
        if (existingItems == ExistingItems.EXACT && !mappers.isEmpty()) {
            throw new IllegalArgumentException("existingItems(EXACT) cannot be combined with mappers: an item that one"
                    + " of them leaves out would stay in the table");
        }
        surveyMemoryBytes = builder.surveyMemoryBytes;
        rangeBytes = builder.rangeBytes;
        fetchMemoryBytes = builder.fetchMemoryBytes;
        if (fetchMemoryBytes < 2L * rangeBytes) {
            throw new IllegalArgumentException("the fetch memory of " + fetchMemoryBytes
                    + " bytes must hold two ranges of " + rangeBytes + " bytes");
        }
        maxRecordBytes = builder.maxRecordBytes;
        maxObjectBytes = builder.maxObjectBytes;
        writesInFlight = builder.writesInFlight;
        patience = builder.patience;
    }

    private static void refuseWithUndo(boolean isSet, String what) {
        if (isSet) {
            throw new IllegalArgumentException("an undo cannot be combined with " + what);
        }
    }

    /** Starts a plan. */
    public static Builder builder() {
        return new Builder();
    }

    /** Where snapshots lie; empty if there is none, or if they are among {@link #backups()}. */
    public List<Backup> bases() {
        return bases;
    }

    /** Where the backup lies. */
    public List<Backup> backups() {
        return backups;
    }

    /** The one of the backups whose records alone are written; empty to write what all of them say. */
    public Optional<Backup> redriven() {
        return Optional.ofNullable(redriven);
    }

    /** Name of the target table. */
    public String table() {
        return table;
    }

    /** The table that the restore creates; empty if it is there. */
    public Optional<TableDefinition> createTable() {
        return Optional.ofNullable(createTable);
    }

    /** Write units per second that the table is raised to while the restore writes; empty to leave it as it is. */
    public Optional<Long> boost() {
        return Optional.ofNullable(boost);
    }

    /** The cut; empty to take everything. */
    public Optional<Instant> asOf() {
        return Optional.ofNullable(asOf);
    }

    /** Directories of a log from before it are not read; empty to read all. */
    public Optional<Instant> since() {
        return Optional.ofNullable(since);
    }

    /** Changes after it are undone; empty to restore. */
    public Optional<Instant> undoSince() {
        return Optional.ofNullable(undoSince);
    }

    /** Whether an undo writes over items that were changed since the log's end. */
    public boolean isUndoForced() {
        return undoForced;
    }

    /** Which records count; empty for all. */
    public Optional<Predicate<BackupChange>> filter() {
        return Optional.ofNullable(filter);
    }

    /** What to make of items that DynamoDB's time to live removed. */
    public TtlRemovals ttlRemovals() {
        return ttlRemovals;
    }

    /** What to do when changes are missing in the log. */
    public Gaps gaps() {
        return gaps;
    }

    /** How long a log may be silent before the report says so. */
    public Duration silence() {
        return silence;
    }

    /** How long after the cut a record of a change from before it may have been delivered. */
    public Duration lateness() {
        return lateness;
    }

    /** Whether reports name keys, and not only their hashes. */
    public boolean showsKeys() {
        return showsKeys;
    }

    /** Whether records that Firehose could not deliver are read too. */
    public boolean recoversFailed() {
        return recoversFailed;
    }

    /** The account that must own every bucket that is read; empty if any may. */
    public Optional<String> sourceOwner() {
        return Optional.ofNullable(sourceOwner);
    }

    /** How many items that are not in the backup may be deleted; empty if none was confirmed. */
    public Optional<Long> confirmedExtras() {
        return Optional.ofNullable(confirmedExtras);
    }

    /** Where the survey spills to beyond its memory. */
    public Path spillDirectory() {
        return spillDirectory;
    }

    /** Where a restore keeps what it needs to be taken up again; empty if it does not. */
    public Optional<CheckpointStore> checkpoint() {
        return Optional.ofNullable(checkpoint);
    }

    /** How fast to write. */
    public WriteRate writeRate() {
        return writeRate;
    }

    /** What to do with items that the table holds already. */
    public ExistingItems existingItems() {
        return existingItems;
    }

    /** What to do when there are records that cannot be used. */
    public BadRecords badRecords() {
        return badRecords;
    }

    /** Largest share of records that cannot be used before the restore gives up, 0 to 1. */
    public double maxBadShare() {
        return maxBadShare;
    }

    /** What a cut makes of records without a time. */
    public UndatedRecords undatedRecords() {
        return undatedRecords;
    }

    /** Where dead letters go; empty if they are only reported. */
    public Optional<DeadLetterSink> deadLetterSink() {
        return Optional.ofNullable(deadLetterSink);
    }

    @Nullable
    String filterName() {
        return filterName;
    }

    List<MapperChoice> mappers() {
        return mappers;
    }

    /** Most bytes that the survey may hold. */
    public long surveyMemoryBytes() {
        return surveyMemoryBytes;
    }

    /** Size of one ranged request to S3, in bytes. */
    public int rangeBytes() {
        return rangeBytes;
    }

    /** Most bytes of S3 bodies that are held or on their way. */
    public long fetchMemoryBytes() {
        return fetchMemoryBytes;
    }

    /** Longest record that is accepted, in bytes. */
    public int maxRecordBytes() {
        return maxRecordBytes;
    }

    /** Most bytes that an object may have once it is decompressed. */
    public long maxObjectBytes() {
        return maxObjectBytes;
    }

    /** Most BatchWriteItem calls under way at once; 0 for as many as the write rate needs. */
    public int writesInFlight() {
        return writesInFlight;
    }

    /** How long reading or writing may go without any progress before the restore gives up. */
    public Duration patience() {
        return patience;
    }

    /**
     * Writes down what the plan restores, from where and how, for people to review and {@link #parse} to read. Memory,
     * directories and other means of this machine are not in it, nor the dead letters' sink and the checkpoint.
     *
     * @throws IllegalStateException if the plan has a filter or a mapper given in Java
     */
    public String toJson() {
        return PlanJson.write(this);
    }

    /**
     * Reads a plan that {@link #toJson} wrote, or somebody by hand; what is not said is as the builder has it.
     *
     * @throws IllegalArgumentException if it is not JSON, or a field is unknown or out of range, saying which
     */
    public static Builder parse(String json) {
        return PlanJson.read(json);
    }

    /** Returns a builder that holds what this plan says. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.bases.addAll(bases);
        builder.backups.addAll(backups);
        builder.redriven = redriven;
        builder.table = table;
        builder.createTable = createTable;
        builder.boost = boost;
        builder.asOf = asOf;
        builder.since = since;
        builder.undoSince = undoSince;
        builder.undoForced = undoForced;
        builder.filter = filter;
        builder.filterName = filterName;
        builder.ttlRemovals = ttlRemovals;
        builder.gaps = gaps;
        builder.silence = silence;
        builder.lateness = lateness;
        builder.showsKeys = showsKeys;
        builder.recoversFailed = recoversFailed;
        builder.sourceOwner = sourceOwner;
        builder.confirmedExtras = confirmedExtras;
        builder.spillDirectory = spillDirectory;
        builder.checkpoint = checkpoint;
        builder.writeRate = writeRate;
        builder.existingItems = existingItems;
        builder.badRecords = badRecords;
        builder.maxBadShare = maxBadShare;
        builder.undatedRecords = undatedRecords;
        builder.deadLetterSink = deadLetterSink;
        builder.mappers.addAll(mappers);
        builder.surveyMemoryBytes = surveyMemoryBytes;
        builder.rangeBytes = rangeBytes;
        builder.fetchMemoryBytes = fetchMemoryBytes;
        builder.maxRecordBytes = maxRecordBytes;
        builder.maxObjectBytes = maxObjectBytes;
        builder.writesInFlight = writesInFlight;
        builder.patience = patience;
        return builder;
    }

    /** Fills in a plan; every setter refuses at once what can never be right. Not thread-safe. */
    public static final class Builder {

        private static final Duration MAX_PATIENCE = Duration.ofDays(365);

        private final List<Backup> bases = new ArrayList<>();
        private final List<Backup> backups = new ArrayList<>();
        private @Nullable Backup redriven;
        private @Nullable String table;
        private @Nullable TableDefinition createTable;
        private @Nullable Long boost;
        private @Nullable Instant asOf;
        private @Nullable Instant since;
        private @Nullable Instant undoSince;
        private boolean undoForced;
        private @Nullable Predicate<BackupChange> filter;
        private @Nullable String filterName;
        private TtlRemovals ttlRemovals = TtlRemovals.APPLY;
        private Gaps gaps = Gaps.REPORT;
        private Duration silence = Duration.ofHours(6);
        private Duration lateness = Duration.ofHours(48);
        private boolean showsKeys;
        private boolean recoversFailed;
        private @Nullable String sourceOwner;
        private @Nullable Long confirmedExtras;
        private Path spillDirectory = Path.of(System.getProperty("java.io.tmpdir"));
        private @Nullable CheckpointStore checkpoint;
        private WriteRate writeRate = WriteRate.fractionOfTable(0.25);
        private ExistingItems existingItems = ExistingItems.REFUSE;
        private BadRecords badRecords = BadRecords.REFUSE;
        private double maxBadShare = 0.1;
        private UndatedRecords undatedRecords = UndatedRecords.REFUSE;
        private @Nullable DeadLetterSink deadLetterSink;
        private final List<MapperChoice> mappers = new ArrayList<>();
        private long surveyMemoryBytes = Math.max(16 * MIB, Runtime.getRuntime().maxMemory() / 4);
        private int rangeBytes = (int) (4 * MIB);
        private long fetchMemoryBytes =
                Math.max(16 * MIB, Math.min(64 * MIB, Runtime.getRuntime().maxMemory() / 8));
        private int maxRecordBytes = (int) (8 * MIB);
        private long maxObjectBytes = 64 * 1024 * MIB;
        private int writesInFlight;
        private Duration patience = Duration.ofMinutes(15);

        private Builder() {}

        /** Adds a place where backup objects lie. */
        public Builder from(Backup backup) {
            backups.add(Objects.requireNonNull(backup));
            return this;
        }

        /**
         * Adds a place where backup objects lie, read with the format that is recognised there.
         *
         * @param location {@code s3://bucket/prefix} or {@code file:///directory/}
         */
        public Builder from(String location) {
            return from(Backup.at(location));
        }

        /**
         * Adds a snapshot for the restore to begin with: an item of it loses to every change that was made since the
         * snapshot was begun, and outdoes every earlier one, also where it does not have the key. Of several the latest
         * that is not after the cut counts. When it was begun is what {@link Backup#takenAt} says, or the directory
         * {@code YYYY-MM-DD-HH-MM-SS} that its objects lie in; if neither does, every change outdoes it.
         */
        public Builder base(Backup snapshot) {
            bases.add(Objects.requireNonNull(snapshot));
            return this;
        }

        /** Adds the snapshot at a location, see {@link #base(Backup)}. */
        public Builder base(String location) {
            return base(Backup.at(location));
        }

        /** Says which table to write to; it must exist, unless {@link #createTable} has it made. */
        public Builder into(String tableName) {
            if (!tableName.matches("[A-Za-z0-9_.-]{3,255}")) {
                throw new IllegalArgumentException("not the name of a table: '" + tableName + "'");
            }
            table = tableName;
            return this;
        }

        /**
         * Sets the cut: changes after this instant do not count, changes at it do. A change is as old as its
         * record says, which for a stream record is a whole second.
         */
        public Builder asOf(@Nullable Instant instant) {
            asOf = instant;
            return this;
        }

        /**
         * Leaves date directories of a log unread that end before this instant, such as {@code 2016/10/15/23/} or {@code
         * year=2016/month=10/day=15/hour=23/}: give the begin of the snapshot. A later instant, or one without a snapshot, is
         * refused when the restore runs.
         */
        public Builder since(@Nullable Instant instant) {
            since = instant;
            return this;
        }

        /**
         * Undoes instead of restoring: every key that was changed after this instant gets back what it held at it, in
         * place. The log must hold old images. A key whose item is not what the log's last change left is a conflict: it
         * is left alone and counted, unless {@link #undoForced} says otherwise.
         */
        public Builder undoSince(@Nullable Instant instant) {
            undoSince = instant;
            return this;
        }

        /** Has an undo write over items that were changed since the log's end. */
        public Builder undoForced() {
            undoForced = true;
            return this;
        }

        /**
         * Counts only the records that a predicate accepts; the others are filtered. It is asked by several threads at
         * once. What it throws makes the record a dead letter.
         */
        public Builder filter(Predicate<BackupChange> predicate) {
            filter = Objects.requireNonNull(predicate);
            filterName = null;
            return this;
        }

        /**
         * As {@link #filter(Predicate)}, with a name for what it accepts, which a plan with a checkpoint needs: a restore is
         * taken up again only with a filter of the same name.
         */
        public Builder filter(String name, Predicate<BackupChange> predicate) {
            filter(predicate);
            filterName = Objects.requireNonNull(name);
            return this;
        }

        /** Says what to make of items that time to live removed; they are gone unless said otherwise. */
        public Builder ttlRemovals(TtlRemovals choice) {
            ttlRemovals = Objects.requireNonNull(choice);
            return this;
        }

        /** Says what to do when changes are missing in the log; report unless said otherwise. */
        public Builder gaps(Gaps choice) {
            gaps = Objects.requireNonNull(choice);
            return this;
        }

        /**
         * Adds a backup of records that were left out of a restore and have been mended since, and has only these written:
         * all other backups of the plan take part in the order, so that nothing is written that a later change has outdone,
         * and count as filtered where they decide a key. With {@link ExistingItems#INSERT_ONLY} a record is written only where
         * the table holds nothing under its key, or just what the record would leave.
         */
        public Builder redrive(Backup mended) {
            backups.add(mended);
            redriven = mended;
            return this;
        }

        /** Sets how long a log may be silent before the report says so; 6 hours unless said otherwise. */
        public Builder silence(Duration duration) {
            silence = positive(duration, "silence");
            return this;
        }

        /**
         * Sets how long after the cut date directories are read, for records that were delivered late; 48 hours unless
         * said otherwise. A stream holds records for 24 hours, and Firehose tries for another 24.
         */
        public Builder lateness(Duration duration) {
            lateness = positive(duration, "lateness");
            return this;
        }

        /** Has reports name keys, which are data of the table, and not only their hashes. */
        public Builder showKeys() {
            showsKeys = true;
            return this;
        }

        /**
         * Reads also what Firehose put under {@code processing-failed}: records that it could not deliver, which are left out
         * otherwise. Needs the format {@code firehose-failed}.
         */
        public Builder recoverFailed() {
            recoversFailed = true;
            return this;
        }

        /**
         * Says which account must own every bucket that is read: S3 refuses otherwise, before it sends a byte. A bucket that
         * was deleted may have been made again by anybody.
         *
         * @param accountId twelve digits; null for whichever
         * @throws IllegalArgumentException if it is not
         */
        public Builder sourceOwner(@Nullable String accountId) {
            if (accountId != null && !accountId.matches("\\d{12}")) {
                throw new IllegalArgumentException("an account has twelve digits, not '" + accountId + "'");
            }
            sourceOwner = accountId;
            return this;
        }

        /** Confirms that so many items may be deleted that are not in the backup. */
        public Builder confirmExtras(@Nullable Long items) {
            if (items != null && items < 0) {
                throw new IllegalArgumentException("confirmExtras must not be below zero, as " + items + " is");
            }
            confirmedExtras = items;
            return this;
        }

        /** Says where the survey spills to beyond its memory; the JVM's directory for temporary files unless said. */
        public Builder spillDirectory(Path directory) {
            spillDirectory = Objects.requireNonNull(directory);
            return this;
        }

        /**
         * Keeps there what is needed to take the restore up again after it was broken off, by starting the same plan. When
         * the restore is done, the checkpoint says so and stays; the same plan then has nothing left to do.
         */
        public Builder checkpoint(@Nullable CheckpointStore store) {
            checkpoint = store;
            return this;
        }

        private static Duration positive(Duration duration, String name) {
            if (duration.isNegative() || duration.isZero() || duration.compareTo(MAX_PATIENCE) > 0) {
                throw new IllegalArgumentException(name + " must be above zero and at most a year, not " + duration);
            }
            return duration;
        }

        /**
         * Creates the table, just before the first write, and waits until it is ACTIVE. One of that name is refused, unless it
         * is the one that an earlier run with the same checkpoint has created. What would take restored items away or send
         * them on (time to live, stream), and point-in-time recovery, is switched on when all items are written.
         */
        public Builder createTable(@Nullable TableDefinition definition) {
            createTable = definition;
            return this;
        }

        /**
         * Raises the table's write capacity to so many units per second while the restore writes, that of its global indexes
         * too, and puts back what was there however the restore ends; with a checkpoint, after a crash the next run puts it
         * back. Of a table on demand the maximum is raised, if there is one, and the warm throughput, which DynamoDB never
         * lowers again.
         *
         * @throws IllegalArgumentException if below 1
         */
        public Builder boost(@Nullable Long unitsPerSecond) {
            boost = unitsPerSecond == null ? null : atLeast(unitsPerSecond, 1, "boost");
            return this;
        }

        /** Says how fast to write; a quarter of what the table can take unless said otherwise. */
        public Builder writeRate(WriteRate rate) {
            writeRate = Objects.requireNonNull(rate);
            return this;
        }

        /** Says what to do with items that the table holds already; refuse unless said otherwise. */
        public Builder existingItems(ExistingItems choice) {
            existingItems = Objects.requireNonNull(choice);
            return this;
        }

        /** Says what to do when there are records that cannot be used; refuse unless said otherwise. */
        public Builder badRecords(BadRecords choice) {
            badRecords = Objects.requireNonNull(choice);
            return this;
        }

        /**
         * Bounds the share of records that cannot be used, of those read, and of those to be written as far as writing has
         * come: when there are a hundred of them or more, and more than this share, the restore ends with {@code
         * SCHEMA_MISMATCH}, since then the table or the format is wrong, and not a few records. 0.1 unless said otherwise; 1
         * to put up with any number.
         */
        public Builder maxBadShare(double share) {
            // Not a number is neither.
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("maxBadShare must be 0 to 1, not " + share);
            }
            maxBadShare = share;
            return this;
        }

        /** Says what a cut makes of records without a time; bad records unless said otherwise. */
        public Builder undatedRecords(UndatedRecords choice) {
            undatedRecords = Objects.requireNonNull(choice);
            return this;
        }

        /** Says where dead letters go. The restore closes the sink when it ends. */
        public Builder deadLetters(DeadLetterSink sink) {
            deadLetterSink = Objects.requireNonNull(sink);
            return this;
        }

        /** Adds a mapper behind those added before. */
        public Builder mapper(AttributeMapper mapper) {
            mappers.add(new MapperChoice.Given(Objects.requireNonNull(mapper)));
            return this;
        }

        /** Adds the mapper that the factory of this id makes, behind those added before. */
        public Builder mapper(String id, Map<String, String> parameters) {
            mappers.add(new MapperChoice.ById(Objects.requireNonNull(id), parameters));
            return this;
        }

        /** Bounds the survey's memory, in bytes; a quarter of the heap unless said otherwise. */
        public Builder surveyMemoryBytes(long bytes) {
            surveyMemoryBytes = atLeast(bytes, 4096, "surveyMemoryBytes");
            return this;
        }

        /** Sets the size of one ranged request to S3, in bytes, 1 KiB to 64 MiB; 4 MiB unless said otherwise. */
        public Builder rangeBytes(int bytes) {
            if (bytes < 1024 || bytes > 64 * MIB) {
                throw new IllegalArgumentException("rangeBytes must be 1 KiB to 64 MiB, not " + bytes);
            }
            rangeBytes = bytes;
            return this;
        }

        /** Bounds the bytes of S3 bodies that are held or on their way; must hold two ranges. */
        public Builder fetchMemoryBytes(long bytes) {
            fetchMemoryBytes = atLeast(bytes, 2048, "fetchMemoryBytes");
            return this;
        }

        /** Bounds the length of a record, in bytes, 1 KiB to 1 GiB; 8 MiB unless said otherwise. */
        public Builder maxRecordBytes(int bytes) {
            if (bytes < 1024 || bytes > 1024 * MIB) {
                throw new IllegalArgumentException("maxRecordBytes must be 1 KiB to 1 GiB, not " + bytes);
            }
            maxRecordBytes = bytes;
            return this;
        }

        /**
         * Bounds what an object may hold once it is decompressed, in bytes; 64 GiB unless said otherwise. One that holds
         * more is a bad record.
         */
        public Builder maxObjectBytes(long bytes) {
            maxObjectBytes = atLeast(bytes, 1024, "maxObjectBytes");
            return this;
        }

        /**
         * Bounds the BatchWriteItem calls under way at once, 1 to 1,000; unless said otherwise as many as the write rate
         * needs if a call takes 50 ms, but 16 to 256.
         */
        public Builder writesInFlight(int calls) {
            if (calls < 1 || calls > 1000) {
                throw new IllegalArgumentException("writesInFlight must be 1 to 1,000, not " + calls);
            }
            writesInFlight = calls;
            return this;
        }

        /** Bounds the time without any progress; 15 minutes unless said otherwise, and never more than a year. */
        public Builder patience(Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException("patience must be above zero, not " + duration);
            }
            // Longer ones, such as "for ever", do not fit into nanoseconds.
            patience = duration.compareTo(MAX_PATIENCE) > 0 ? MAX_PATIENCE : duration;
            return this;
        }

        /**
         * Makes the plan.
         *
         * @throws IllegalArgumentException if something is missing or contradicts itself, saying what
         */
        public RestorePlan build() {
            return new RestorePlan(this);
        }

        private static long atLeast(long value, long least, String name) {
            if (value < least) {
                throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
            }
            return value;
        }
    }
}
