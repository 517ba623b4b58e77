package io.github.dynarestore.internal.pipeline;

import com.google.common.collect.Iterables;
import io.github.dynarestore.internal.plan.Capacity;
import io.github.dynarestore.internal.plan.CredentialsLife;
import io.github.dynarestore.internal.plan.KeyOfRecords;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableErrors;
import io.github.dynarestore.internal.plan.TableFindings;
import io.github.dynarestore.internal.plan.TableLookup;
import io.github.dynarestore.internal.plan.TableSetup;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.plan.TrialCalls;
import io.github.dynarestore.internal.plan.Workload;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DestinationStatus;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Looks at the table, the backup and the caller's rights before anything is read whole, and keeps all that it finds. A
 * part that cannot be looked at does not keep it from looking at the others.
 */
final class Preflight {

    /** What nobody has to wait for is asked for no longer than that. */
    private static final long OPTIONAL_SECONDS = 20;

    /**
     * What a run works with.
     *
     * @param description the table as it was described, or as it will be
     * @param isThere whether it is there, and not still to be made
     * @param items some of the items that are to be written
     */
    record Found(
            TargetTable target,
            TableDescription description,
            boolean isThere,
            BackupContents contents,
            List<NamedMapper> mappers,
            List<ItemImage> items) {

        /** The table with the capacity that it has while the run writes. */
        TableDescription boosted(@Nullable Long units) {
            return units == null
                    ? description
                    : Capacity.of(description).raisedTo(units).in(description);
        }

        /** What so many puts and deletes take. */
        Workload workload(long puts, long deletes) {
            return RecordSample.workload(items, target.indexes(), puts).withDeletes(deletes);
        }
    }

    private final RestoreSettings settings;
    private final RestoreServices services;
    private final PreflightLog log;
    private final TableLookup lookup;
    private final ScheduledExecutorService timer;
    private final Clock clock;

    Preflight(
            RestoreSettings settings,
            RestoreServices services,
            PreflightLog log,
            ScheduledExecutorService timer,
            Clock clock) {
        this.settings = settings;
        this.services = services;
        this.log = log;
        this.clock = clock;
        this.timer = timer;
        lookup = new TableLookup(services.dynamoDb(), settings.table(), timer, System::nanoTime);
    }

    /**
     * Looks at everything.
     *
     * @param mappers makes the mappers of a table, and refuses those that cannot be
     * @param checkpoint what an earlier run has done is nothing to wonder at
     * @param rights tries what the run must be allowed; null if it writes nothing
     * @return what was found; null if there is too little to go on with, which is then among the refusals
     */
    @Nullable
    Found look(
            SourceStage source,
            Function<TargetTable, List<NamedMapper>> mappers,
            RunCheckpoint checkpoint,
            @Nullable WriteRights rights)
            throws InterruptedException {
        Table there = settings.made().create() == null ? table() : null;
        TargetTable thereAlready = there == null ? null : there.target();
        List<NamedMapper> known = thereAlready == null ? null : mappers(thereAlready, mappers, source);
        // Mappers and columns are the plan's own: nothing of the backup is read if they are wrong.
        boolean isUnmapped = thereAlready != null && known == null;
        BackupContents contents = isUnmapped ? null : contents(source);
        RecordSample sample = sample(contents);
        Table table = there == null ? createdOrPlanned(sample, checkpoint) : there;
        TargetTable target = table.target();
        CompletableFuture<Boolean> isEmpty = mayScan() && !checkpoint.mayHaveWritten() && table.mayExist()
                ? TargetTable.isEmpty(services.dynamoDb(), settings.table())
                : CompletableFuture.completedFuture(true);
        CompletableFuture<TimeToLiveDescription> timeToLive = timeToLive(table);
        List<NamedMapper> made =
                known != null || isUnmapped || target == null ? known : mappers(target, mappers, source);
        log.check(Subject.EXISTING_ITEMS, () -> {
            boolean isKnownEmpty = await(isEmpty);
            requireEmpty(isKnownEmpty || !mustBeEmpty(settings), settings.table());
        });
        List<ItemImage> items = List.of();
        if (target != null && made != null) {
            KeyMatch match = new KeyMatch(target, NamedMapper.keyOfBackup(made, target.key()));
            items = match.items(sample, made);
            judge(match, sample, items);
        }
        judge(timeToLive, items);
        if (table.description() != null) {
            judgeStream(table.description(), sample);
        }
        judgeCredentials(Duration.ZERO);
        if (rights != null) {
            tryOut(rights, table);
        }
        if (target == null || made == null || contents == null || table.description() == null) {
            return null;
        }
        Found found = new Found(target, table.description(), table.isThere(), contents, made, items);
        if (rights != null && log.isRefused()) {
            expect(found, sample);
        }
        return found;
    }

    /**
     * Says what a run that is refused already would probably be refused for, or warned of, when all was read, so that it is
     * heard of now.
     */
    private void expect(Found found, RecordSample sample) throws InterruptedException {
        KeySchema key = NamedMapper.keyOfBackup(found.mappers(), found.target().key());
        if (settings.badRecords() == BadRecords.REFUSE) {
            log.check(Subject.BACKUP, () -> sample.requireUsable(key));
        }
        TableDescription boosted = found.boosted(settings.made().boostUnits());
        Workload guess = found.workload(sample.guessedRecords(found.contents().bytes()), 0)
                .withLocalIndexes(boosted);
        double rate = TargetTable.of(boosted).unitsPerSecond(settings.writeRate());
        TableFindings.ofCapacity(settings.table(), boosted, guess, rate).forEach(log::add);
        judgeCredentials(guess.time(boosted, rate), log::warn);
    }

    /** Whether the run reads the table later, if only to see that it is empty: that this is denied is to be known now. */
    private boolean mayScan() {
        return settings.existingItems() != ExistingItems.INSERT_ONLY
                && settings.history().undoSince() == null;
    }

    /** Whether a run that writes refuses a table that holds something. */
    static boolean mustBeEmpty(RestoreSettings settings) {
        return settings.existingItems() == ExistingItems.REFUSE
                && settings.history().undoSince() == null;
    }

    /** Refuses a table that holds something. */
    static void requireEmpty(boolean isEmpty, String table) {
        if (!isEmpty) {
            throw new RestoreException(
                    RestoreErrorCode.TARGET_NOT_EMPTY,
                    "table " + table + " holds items",
                    "restore into an empty table, or write over its items with --existing overwrite"
                            + " (ExistingItems.OVERWRITE)");
        }
    }

    /**
     * Compares what the writes take with what the table and the credentials are good for.
     *
     * @param rate write units per second
     */
    void judgeTime(TableDescription description, Workload all, double rate) throws InterruptedException {
        Workload work = all.withLocalIndexes(description);
        TableFindings.ofCapacity(settings.table(), description, work, rate).forEach(log::add);
        judgeCredentials(work.time(description, rate));
    }

    /**
     * The table as it was found.
     *
     * @param target null if it cannot be written to
     * @param description null if it could not be described
     * @param mayExist whether asking it more makes sense
     * @param create what it is to be created with; null if it is not, or not yet known
     */
    private record Table(
            @Nullable TargetTable target,
            @Nullable TableDescription description,
            boolean mayExist,
            @Nullable CreateTableRequest create) {

        static Table found(TableDescription description) {
            return new Table(TargetTable.of(description), description, true, null);
        }

        static Table planned(CreateTableRequest create) {
            TableDescription description = TableSetup.planned(create);
            return new Table(TargetTable.of(description), description, false, create);
        }

        static Table unknown(boolean mayExist) {
            return new Table(null, null, mayExist, null);
        }

        boolean isThere() {
            return mayExist && description != null;
        }
    }

    private void tryOut(WriteRights rights, Table table) throws InterruptedException {
        CreateTableRequest create = table.create();
        if (table.mayExist() || create != null) {
            TargetTable target = table.target();
            String keyName = target == null ? null : target.key().names().get(0);
            rights.tryOut(
                    new TrialCalls(services.dynamoDb(), settings.table(), keyName, create, timer),
                    table.description(),
                    create != null);
        }
    }

    private Table table() throws InterruptedException {
        try {
            TableDescription description = await(
                    lookup.until(TableLookup::takesWrites, settings.limits().patience()));
            TableFindings.ofStatus(description).forEach(log::add);
            addCount(description);
            return Table.found(description);
        } catch (RestoreException e) {
            log.refuse(Subject.TABLE, e);
            return Table.unknown(e.code() == RestoreErrorCode.ACCESS_DENIED);
        }
    }

    /** A table that is to be created is there only if an earlier run has created it. */
    private Table createdOrPlanned(RecordSample sample, RunCheckpoint checkpoint) throws InterruptedException {
        TableSetup setup = Objects.requireNonNull(settings.made().create());
        MadeTable made = new MadeTable(settings, services, checkpoint, timer);
        try {
            TableDescription description = await(
                    lookup.until(TableLookup::takesWrites, settings.limits().patience()));
            made.requireOurs(description);
            return Table.found(description);
        } catch (RestoreException e) {
            if (e.code() != RestoreErrorCode.TARGET_MISSING) {
                log.refuse(Subject.TABLE, e);
                return Table.unknown(e.code() == RestoreErrorCode.ACCESS_DENIED);
            }
        }
        try {
            made.requireNotGone();
            KeySchema key = KeyOfRecords.of(setup.key(), sample.records());
            return Table.planned(setup.create(settings.table(), key));
        } catch (IllegalArgumentException e) {
            log.refuse(
                    Subject.TABLE,
                    new RestoreException(
                            RestoreErrorCode.PLAN_INVALID,
                            "table " + settings.table() + " cannot be created: " + e.getMessage(),
                            "mend the key or the index"));
        } catch (RestoreException e) {
            log.refuse(Subject.KEY, e);
        }
        return Table.unknown(false);
    }

    private void addCount(TableDescription description) {
        Long items = description.itemCount();
        if (!mustBeEmpty(settings) && items != null && items > 0) {
            log.add(PreflightFinding.note(
                    Subject.EXISTING_ITEMS,
                    "table " + settings.table() + " held about " + items + " items, by a count up to six hours old"));
        }
    }

    private @Nullable List<NamedMapper> mappers(
            TargetTable target, Function<TargetTable, List<NamedMapper>> mappers, SourceStage source)
            throws InterruptedException {
        List<List<NamedMapper>> made = new ArrayList<>();
        log.check(Subject.BACKUP, () -> {
            List<NamedMapper> all = mappers.apply(target);
            source.requireKeyColumns(NamedMapper.keyOfBackup(all, target.key()));
            made.add(all);
        });
        return made.isEmpty() ? null : made.get(0);
    }

    private @Nullable BackupContents contents(SourceStage source) throws InterruptedException {
        List<BackupContents> listed = new ArrayList<>();
        log.check(Subject.BACKUP, () -> listed.add(source.list(services.formats())));
        return listed.isEmpty() ? null : listed.get(0);
    }

    private RecordSample sample(@Nullable BackupContents contents) throws InterruptedException {
        List<RecordSample> taken = new ArrayList<>();
        if (contents != null) {
            log.check(Subject.BACKUP, () -> taken.add(RecordSample.of(contents)));
        }
        return taken.isEmpty() ? RecordSample.empty() : taken.get(0);
    }

    /** The keys of table and backup. */
    private record KeyMatch(TargetTable target, KeySchema keyOfBackup) {
        List<ItemImage> items(RecordSample sample, List<NamedMapper> mappers) {
            return sample.items(new ItemMapping(mappers, target), keyOfBackup);
        }
    }

    private void judge(KeyMatch match, RecordSample sample, List<ItemImage> items) throws InterruptedException {
        if (settings.badRecords() == BadRecords.REFUSE) {
            // Where bad records are left out, a few at the begin of an object prove nothing.
            log.check(Subject.KEY, () -> sample.requireKey(settings.table(), match.keyOfBackup()));
        }
        PreflightLog.Check indexes = () -> TableFindings.ofIndexes(
                        settings.table(),
                        match.target().indexes(),
                        items,
                        Set.copyOf(match.target().key().names()))
                .forEach(log::add);
        if (settings.badRecords() == BadRecords.REFUSE) {
            log.check(Subject.INDEX, indexes);
        } else {
            log.warn(Subject.INDEX, indexes);
        }
    }

    private CompletableFuture<TimeToLiveDescription> timeToLive(Table table) {
        TableSetup setup = settings.made().create();
        if (setup != null && setup.later().timeToLive() != null) {
            // It is switched on when the table is full.
            return CompletableFuture.completedFuture(TimeToLiveDescription.builder()
                    .attributeName(setup.later().timeToLive())
                    .timeToLiveStatus(TimeToLiveStatus.ENABLING)
                    .build());
        }
        if (!table.mayExist()) {
            return CompletableFuture.completedFuture(noTimeToLive());
        }
        return services.dynamoDb()
                .describeTimeToLive(request -> request.tableName(settings.table()))
                // Servers that are none of Amazon's may leave it out.
                .thenApply(response -> Objects.requireNonNullElse(response.timeToLiveDescription(), noTimeToLive()));
    }

    private static TimeToLiveDescription noTimeToLive() {
        return TimeToLiveDescription.builder().build();
    }

    /** A restore does without knowing it. */
    private void judge(CompletableFuture<TimeToLiveDescription> timeToLive, List<ItemImage> items)
            throws InterruptedException {
        try {
            TimeToLiveDescription found = timeToLive.get(OPTIONAL_SECONDS, TimeUnit.SECONDS);
            TableFindings.ofTimeToLive(settings.table(), found, items, clock.instant())
                    .forEach(log::add);
        } catch (ExecutionException | TimeoutException e) {
            RestoreException failure = TableErrors.explain(e, settings.table(), "dynamodb:DescribeTimeToLive");
            log.add(PreflightFinding.note(
                    failure.code() == RestoreErrorCode.ACCESS_DENIED ? Subject.PERMISSION : Subject.TIME_TO_LIVE,
                    failure.getMessage() + "; whether time to live takes restored items away is not known"));
        }
    }

    private void judgeStream(TableDescription description, RecordSample sample) throws InterruptedException {
        Set<String> streams = new HashSet<>();
        Set<String> tables = new HashSet<>();
        for (BackupRecord record : sample.records()) {
            Optional.ofNullable(record.streamArn()).ifPresent(streams::add);
            Optional.ofNullable(record.tableName()).ifPresent(tables::add);
        }
        List<URI> locations = new ArrayList<>();
        for (Backup backup : Iterables.concat(settings.bases(), settings.backups())) {
            locations.add(backup.location());
        }
        try {
            TableFindings.ofStream(description, streams, tables, locations).forEach(log::add);
        } catch (RestoreException e) {
            if (settings.history().undoSince() == null) {
                log.refuse(Subject.STREAM, e);
            } else {
                // In place there is no other table, and the log is to hold what was undone.
                log.add(PreflightFinding.warning(Subject.STREAM, String.valueOf(e.getMessage()), ""));
            }
        }
        if (streams.isEmpty() && tables.contains(settings.table()) && sendsToKinesis()) {
            log.add(TableFindings.kinesis(settings.table()));
        }
    }

    private boolean sendsToKinesis() throws InterruptedException {
        try {
            return services
                    .dynamoDb()
                    .describeKinesisStreamingDestination(request -> request.tableName(settings.table()))
                    .get(OPTIONAL_SECONDS, TimeUnit.SECONDS)
                    .kinesisDataStreamDestinations()
                    .stream()
                    .anyMatch(destination -> destination.destinationStatus() == DestinationStatus.ACTIVE
                            || destination.destinationStatus() == DestinationStatus.ENABLING);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    /** What a check finds becomes a refusal, or a warning. */
    private interface Judgement {
        void on(Subject subject, PreflightLog.Check check) throws InterruptedException;
    }

    private void judgeCredentials(Duration time) throws InterruptedException {
        judgeCredentials(time, log::check);
    }

    private void judgeCredentials(Duration time, Judgement judgement) throws InterruptedException {
        DynamoDbAsyncClient dynamoDb = services.dynamoDb();
        List<CompletableFuture<Optional<CredentialsLife>>> asked = new ArrayList<>();
        asked.add(CredentialsLife.of("DynamoDB", dynamoDb::serviceClientConfiguration));
        if (readsS3()) {
            S3AsyncClient s3 = services.s3().get();
            asked.add(CredentialsLife.of("S3", s3::serviceClientConfiguration));
        }
        for (CompletableFuture<Optional<CredentialsLife>> asking : asked) {
            Optional<CredentialsLife> credentials;
            try {
                credentials = asking.get(OPTIONAL_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                continue;
            }
            if (credentials.isPresent()) {
                judgement.on(
                        Subject.CREDENTIALS,
                        () -> TableFindings.ofCredentials(credentials.get(), clock.instant(), time)
                                .forEach(log::add));
            }
        }
    }

    private boolean readsS3() {
        for (Backup backup : Iterables.concat(settings.bases(), settings.backups())) {
            if ("s3".equals(backup.location().getScheme())) {
                return true;
            }
        }
        return false;
    }

    static <T> T await(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (TableErrors.unwrap(e) instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(Objects.requireNonNull(e.getCause()));
        }
    }
}
