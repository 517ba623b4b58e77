package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SpillLines;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.PriceBook;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreHistory;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.progress.RestoreProgress;
import io.github.dynarestore.spi.MapperContext;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One restore from start to end: owns its threads, budgets and cancellation, and calls the stages in their order. The
 * only class that knows all of them.
 */
public final class RestoreRun {

    private static final Logger LOG = LoggerFactory.getLogger(RestoreRun.class);
    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final long CANCEL_MILLIS = 5_000;
    private static final long LISTENER_FAREWELL_MILLIS = 500;
    private static final long COMPLETIONS_MILLIS = 200;
    private static final long METERS_FAREWELL_MILLIS = 300;

    /** Of a run that is cancelled. */
    private static final Duration SINK_FAREWELL = Duration.ofMillis(500);

    /** To see that the sink of dead letters works before anything is written. */
    private static final Duration SINK_TRIAL = Duration.ofSeconds(1);

    /** The share of bad records that an estimate puts up with: it is to say how many there are. */
    private static final double ALL = 1;

    private static final int LISTED_AT_ONCE = 1_000;

    /** What a run is for. */
    public enum Goal {
        /** To write. */
        RESTORE,
        /** To say what would be written. */
        ESTIMATE
    }

    private final boolean isEstimate;
    private volatile @Nullable Estimated estimated;
    private final RestoreSettings settings;
    private final RestoreServices services;
    private final RestoreLedger ledger;
    private final ListenerDispatch listeners;
    private final BadRecordShare badShare;
    private final DeadLetters deadLetters;
    private final String name;
    private final Thread thread;
    private final CompletableFuture<RestoreReport> completion = new CompletableFuture<>();

    private final CompletionThreads completions;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean cancelled;
    private volatile boolean stopped;
    private volatile boolean writing;
    private volatile @Nullable Stoppable workers;
    private volatile @Nullable WriteStage writeStage;

    private final long startNanos = System.nanoTime();
    private volatile RestorePhase phase = RestorePhase.PREPARING;
    private volatile long objectsTotal;
    private volatile long bytesTotal;
    private volatile long bytesBeforePhase;
    private volatile long writesTotal;
    private volatile long deadLettersOfSurvey;
    private volatile long filteredOfSurvey;
    private volatile RestoreHistory history = RestoreHistory.unknown();
    private final RunControl control = new Control();
    private final PauseGate gate = new PauseGate();
    private volatile @Nullable WriteRate changedRate;
    private volatile @Nullable TargetTable tableFound;
    private final AtomicLong objectsDone = new AtomicLong();

    /**
     * Creates a run; nothing happens before {@link #start()}.
     *
     * @param goal what it is for
     */
    public RestoreRun(
            RestoreSettings settings, RestoreServices services, List<RestoreListener> listenerList, Goal goal) {
        isEstimate = goal == Goal.ESTIMATE;
        this.settings = settings;
        this.services = services;
        name = "dynarestore-" + RUNS.incrementAndGet();
        ledger = new RestoreLedger(services.meters(), name + "-meters");
        listeners = new ListenerDispatch(listenerList, ledger, name + "-listeners");
        badShare = new BadRecordShare(isEstimate ? ALL : settings.limits().maxBadShare(), settings.table(), ledger);
        deadLetters = new DeadLetters(
                settings.deadLetterSink(), ledger, listeners, badShare, name + "-dead-letters", this::fail);
        completions = new CompletionThreads(name + "-completion");
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /** Starts it. */
    public CompletableFuture<RestoreReport> start() {
        ledger.start();
        listeners.start(progress());
        thread.start();
        return completion;
    }

    /** Where it is now. */
    public RestoreProgress progress() {
        RestoreReport.Records records = ledger.records();
        RestoreReport.Writes writes = ledger.writes();
        return new RestoreProgress(
                phase,
                objectsTotal,
                objectsDone.get(),
                bytesTotal,
                ledger.bytesRead() - bytesBeforePhase,
                records.read(),
                writesTotal,
                writes.puts() + writes.deletes() + writesLeftOut(records),
                writes.units(),
                writes.throttled(),
                records.deadLettered(),
                elapsed());
    }

    /** Writes that are done with because a mapper or DynamoDB would not have them. */
    private long writesLeftOut(RestoreReport.Records records) {
        return writing
                ? records.filtered()
                        - filteredOfSurvey
                        + records.deadLettered()
                        - deadLettersOfSurvey
                        + records.conflict()
                : 0;
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    /**
     * Runs what users hang on the completion, each in a thread of its own: one that blocks must not keep others from hearing
     * of the end.
     */
    public Executor completions() {
        return completions;
    }

    /** Asks it to end; {@link #start()}'s future says when it has. */
    public void cancel() {
        if (!completion.isDone()) {
            cancelled = true;
            stop();
        }
    }

    /** Waits for the end, at most 5 seconds. */
    public void awaitEnd() {
        try {
            thread.join(CANCEL_MILLIS);
            completions.awaitEnd(COMPLETIONS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads and sends nothing more until {@link #resume()}; what is under way goes on. */
    public void pause() {
        gate.close();
        WriteStage writes = writeStage;
        if (writes != null) {
            writes.pause();
        }
    }

    /** Goes on after a pause. */
    public void resume() {
        gate.open();
        WriteStage writes = writeStage;
        if (writes != null) {
            writes.resume();
        }
    }

    /** Changes how fast to write. */
    public void changeRate(WriteRate rate) {
        changedRate = rate;
        WriteStage writes = writeStage;
        if (writes != null) {
            setRateAndPause(writes);
        }
    }

    /** Of what was asked for before there was anything that writes. */
    private void setRateAndPause(WriteStage writes) {
        TargetTable target = tableFound;
        if (target != null) {
            writes.unitsPerSecond(target.unitsPerSecond(control.writeRate()));
        }
        if (gate.isClosed()) {
            writes.pause();
        }
    }

    private void stop() {
        stopped = true;
        WriteStage writes = writeStage;
        if (writes != null) {
            writes.cancel();
        }
        Stoppable running = workers;
        if (running != null) {
            running.interrupt();
        }
        if (Thread.currentThread() != thread) {
            thread.interrupt();
        }
    }

    private void fail(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            stop();
        }
    }

    private void run() {
        RestoreException thrown = null;
        try {
            restore();
        } catch (InterruptedException e) {
            if (!stopped) {
                fail(e);
            }
        } catch (Throwable e) {
            fail(e);
        }
        // What follows must not be cut short by the interrupt that stopped the work.
        boolean interrupted = Thread.interrupted();
        try {
            deadLetters.close(
                    () -> cancelled ? SINK_FAREWELL : settings.limits().patience());
        } catch (RestoreException e) {
            fail(e);
        }
        Throwable cause = failure.get();
        if (cause == null && !cancelled && !ledger.records().addsUp()) {
            cause = new RestoreException(
                    RestoreErrorCode.INTERNAL,
                    "the records do not add up: " + ledger.records(),
                    "report this as a bug; the table is not to be trusted");
        }
        if (cause != null) {
            thrown = explain(cause);
        }
        phase = RestorePhase.ENDED;
        RestoreReport report = report(thrown);
        listeners.phaseChanged(progress());
        listeners.ended(report);
        try {
            listeners.awaitEnd(LISTENER_FAREWELL_MILLIS);
            ledger.end(METERS_FAREWELL_MILLIS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        LOG.debug("{} ended: {} (interrupted: {})", name, report.status(), interrupted);
        if (thrown != null && report.status() != RestoreStatus.CANCELLED) {
            completion.completeExceptionally(thrown.with(report));
        } else {
            completion.complete(report);
        }
    }

    private RestoreReport report(@Nullable RestoreException thrown) {
        return new RestoreReport(
                status(thrown),
                settings.table(),
                settings.asOf(),
                ledger.objects(),
                ledger.records(),
                ledger.writes(),
                ledger.badRecords(),
                ledger.conflicts(),
                history,
                elapsed());
    }

    private RestoreStatus status(@Nullable RestoreException thrown) {
        if (cancelled) {
            return RestoreStatus.CANCELLED;
        }
        if (thrown == null) {
            return RestoreStatus.COMPLETED;
        }
        boolean isOurRefusal = switch (thrown.code()) {
            case SOURCE_UNREADABLE,
                    TARGET_UNREACHABLE,
                    WRITES_STALLED,
                    SPILL_FAILED,
                    DEAD_LETTER_SINK_FAILED,
                    INTERNAL -> false;
            default -> true;
        };
        return isOurRefusal && !writing ? RestoreStatus.REFUSED : RestoreStatus.FAILED;
    }

    private static RestoreException explain(Throwable cause) {
        Throwable known = cause;
        while ((known instanceof CompletionException || known instanceof ExecutionException)
                && known.getCause() != null) {
            known = known.getCause();
        }
        if (known instanceof RestoreException restoreException) {
            return restoreException;
        }
        return new RestoreException(
                RestoreErrorCode.INTERNAL,
                "an unexpected " + known.getClass().getName() + " ended the restore",
                "report this as a bug, with the stack trace",
                known,
                null);
    }

    private void restore() throws InterruptedException {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread timerThread = new Thread(runnable, name + "-timer");
            timerThread.setDaemon(true);
            return timerThread;
        });
        try {
            ScheduledFuture<?> unused =
                    timer.scheduleAtFixedRate(() -> listeners.progressed(progress()), 1, 1, TimeUnit.SECONDS);
            TargetTable target = await(TargetTable.find(services.dynamoDb(), settings.table()));
            tableFound = target;
            new SpillDirectory(settings.limits().spillDirectory(), Clock.systemUTC()).sweep();
            try (RunCheckpoint checkpoint = RunCheckpoint.open(settings, name, this::fail)) {
                if (!checkpoint.mayHaveWritten()) {
                    requireEmpty(target);
                }
                try {
                    restore(target, new SourceStage(settings, services, ledger, timer), checkpoint, timer);
                } catch (RestoreException e) {
                    if (!writing) {
                        checkpoint.refused();
                    }
                    throw e;
                }
            }
        } finally {
            timer.shutdownNow();
            timer.awaitTermination(500, TimeUnit.MILLISECONDS);
        }
    }

    private void restore(
            TargetTable target, SourceStage source, RunCheckpoint checkpoint, ScheduledExecutorService timer)
            throws InterruptedException {
        List<NamedMapper> mappers = mappers(target);
        source.requireKeyColumns(NamedMapper.keyOfBackup(mappers, target.key()));
        BackupContents contents = source.list(services.formats());
        checkpoint.begin(target, contents);
        if (settings.existingItems() == ExistingItems.EXACT) {
            try (ExtraItems extras = new ExtraItems(
                    target, new SpillLines(settings.limits().spillDirectory(), Clock.systemUTC()), contents.size())) {
                restore(target, contents, mappers, checkpoint, timer, extras);
            }
        } else {
            restore(target, contents, mappers, checkpoint, timer, null);
        }
    }

    private void restore(
            TargetTable target,
            BackupContents contents,
            List<NamedMapper> mappers,
            RunCheckpoint checkpoint,
            ScheduledExecutorService timer,
            @Nullable ExtraItems extras)
            throws InterruptedException {
        SurveyStage.Surveyed surveyed = checkpoint.survey(ledger);
        if (surveyed == null) {
            SurveyStage survey = new SurveyStage(
                    settings, contents, target, mappers, ledger, deadLetters, control, services.dynamoDb(), extras);
            surveyed = survey.run();
            if (NamedMapper.anyRekeying(mappers)) {
                surveyed = new RekeyStage(settings, contents, target, mappers, ledger, deadLetters, control)
                        .run(surveyed, survey.rules());
            }
        }
        leaveOutAllButRedriven(surveyed.decisions(), contents);
        history = checkpoint.wasCompleted()
                ? surveyed.history()
                        .with(
                                "this restore was done before; nothing was written. Delete the checkpoint to run it again")
                : surveyed.history();
        if (isEstimate) {
            estimate(target, contents, surveyed, mappers, extras);
            return;
        }
        deadLetters.settle(SINK_TRIAL);
        badShare.surveyed();
        refuseBadRecords();
        refuseGaps(surveyed.history());
        long[] extraHashes = extras == null ? new long[0] : extras.hashes(surveyed.extras(contents));
        RunCheckpoint.FoundBefore found;
        if (checkpoint.mayHaveWritten()) {
            found = checkpoint.foundBefore();
            refuseOthersThanConfirmed(extraHashes, found.extras());
        } else {
            refuseUnconfirmed(extraHashes.length);
            requireEmpty(target);
            found = new RunCheckpoint.FoundBefore(isFoundEmpty(target), extraHashes);
            boolean isWhole = ledger.records().deadLettered() == 0 && extras == null;
            checkpoint.surveyed(surveyed, ledger, isWhole, found);
        }
        ApplyStage apply = new ApplyStage(settings, services, target, contents, ledger, deadLetters, control, extras);
        writesTotal = apply.plan(surveyed.decisions(), found.isEmpty());
        deadLettersOfSurvey = ledger.records().deadLettered();
        filteredOfSurvey = ledger.records().filtered();
        badShare.beginWriting();
        checkpoint.leaveOutWhatEnded(surveyed.decisions(), ledger);
        apply.run(surveyed.decisions(), mappers, timer, checkpoint);
        throwIfStopped();
        failIfRecordsWereLost();
        checkpoint.completed();
    }

    /** All others have only taken part in the order. */
    private void leaveOutAllButRedriven(Decisions decisions, BackupContents contents) {
        Backup redriven = settings.redriven();
        for (int object = 0; redriven != null && object < contents.size(); object++) {
            if (!contents.entry(object).backup().location().equals(redriven.location())) {
                RoaringBitmap decided = decisions.of(object);
                ledger.filtered(decided.getLongCardinality());
                decisions.leaveOut(object, decided);
            }
        }
    }

    private void estimate(
            TargetTable target,
            BackupContents contents,
            SurveyStage.Surveyed surveyed,
            List<NamedMapper> mappers,
            @Nullable ExtraItems extras)
            throws InterruptedException {
        ApplyStage apply = new ApplyStage(settings, services, target, contents, ledger, deadLetters, control, extras);
        apply.plan(surveyed.decisions(), isFoundEmpty(target));
        long extraCount = surveyed.extras(contents).getLongCardinality();
        PriceSink.Sum sum = apply.price(surveyed.decisions(), mappers);
        throwIfStopped();
        ledger.appliedWithoutWrite(sum.puts() + sum.deletes() - extraCount);
        estimated = new Estimated(
                sum,
                extraCount,
                target.unitsPerSecond(settings.writeRate()),
                requests(contents, surveyed.decisions(), mappers));
    }

    /** Each object is asked for in ranges, once to survey it and once more if records of it are written, or mapped to other keys. */
    private long requests(BackupContents contents, Decisions decisions, List<NamedMapper> mappers) {
        long requests = 0;
        int rangeBytes = settings.limits().rangeBytes();
        int timesRead = NamedMapper.anyRekeying(mappers) ? 2 : 1;
        for (int object = 0; object < contents.size(); object++) {
            long ranges = (contents.object(object).sizeBytes() + rangeBytes - 1) / rangeBytes;
            boolean isReadAgain = !decisions.of(object).isEmpty();
            requests += isReadAgain ? (timesRead + 1) * ranges : ranges;
        }
        return requests;
    }

    /** What the run would do, if it was an estimate that came to its end. */
    record Estimated(PriceSink.Sum sum, long extras, double unitsPerSecond, long requests) {}

    /**
     * Puts the estimate together.
     *
     * @throws IllegalStateException if the run was none, or has not come to its end
     */
    public RestoreEstimate estimate(RestoreReport report, PriceBook prices) {
        Estimated found = estimated;
        if (found == null) {
            throw new IllegalStateException("there is no estimate");
        }
        PriceSink.Sum sum = found.sum();
        BigDecimal million = BigDecimal.valueOf(1_000_000);
        RestoreEstimate free = new RestoreEstimate(
                report,
                sum.puts(),
                sum.deletes(),
                found.extras(),
                sum.putBytes(),
                sum.price().tableUnits(),
                sum.price().indexUnits(),
                found.unitsPerSecond(),
                found.requests(),
                BigDecimal.ZERO);
        BigDecimal dollars = BigDecimal.valueOf(free.units())
                .multiply(prices.perMillionWriteUnits())
                .add(BigDecimal.valueOf(found.requests()).multiply(prices.perMillionGets()))
                .divide(million)
                .add(BigDecimal.valueOf(report.objects().listed() / LISTED_AT_ONCE + 1)
                        .multiply(prices.perThousandLists())
                        .divide(BigDecimal.valueOf(1_000)));
        return free.withDollars(dollars);
    }

    /** Deleting what nobody backed up is asked for twice. */
    private void refuseUnconfirmed(long extras) {
        Long confirmed = settings.history().confirmedExtras();
        if (settings.existingItems() != ExistingItems.EXACT || (confirmed != null && confirmed == extras)) {
            return;
        }
        if (extras > 0 || confirmed != null) {
            throw new RestoreException(
                    RestoreErrorCode.EXTRAS_UNCONFIRMED,
                    "table " + settings.table() + " holds " + extras + " items that are not in the restored state"
                            + (confirmed == null ? "" : ", not " + confirmed) + "; nothing was written",
                    "to have them deleted, say so with --confirm " + extras + " (confirmExtras)");
        }
    }

    /** An earlier run has deleted some of those that were confirmed; of others, as many as may be, nobody has spoken. */
    private void refuseOthersThanConfirmed(long[] extras, long[] confirmed) {
        long others = Arrays.stream(extras)
                .filter(extra -> Arrays.binarySearch(confirmed, extra) < 0)
                .count();
        if (others > 0) {
            throw new RestoreException(
                    RestoreErrorCode.EXTRAS_UNCONFIRMED,
                    "table " + settings.table() + " holds " + others + " items that are not in the restored state and"
                            + " came since the restore was begun",
                    "delete the checkpoint to begin anew and have them confirmed, or take them out of the table");
        }
    }

    /** What the stages see of the run. */
    private final class Control implements RunControl {
        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean isStopped() {
            return stopped;
        }

        @Override
        public PauseGate gate() {
            return gate;
        }

        @Override
        public WriteRate writeRate() {
            WriteRate changed = changedRate;
            return changed == null ? settings.writeRate() : changed;
        }

        @Override
        public void fail(Throwable cause) {
            RestoreRun.this.fail(cause);
        }

        @Override
        public void working(Stoppable threads) {
            workers = threads;
        }

        @Override
        public void writing(@Nullable WriteStage stage) throws InterruptedException {
            writeStage = stage;
            if (stage != null) {
                throwIfStopped();
                writing = true;
                setRateAndPause(stage);
            }
        }

        @Override
        public void enter(RestorePhase next, long objects, long bytes) {
            objectsTotal = objects;
            bytesTotal = bytes;
            bytesBeforePhase = ledger.bytesRead();
            objectsDone.set(0);
            phase = next;
            listeners.phaseChanged(progress());
        }

        @Override
        public void objectDone() {
            objectsDone.incrementAndGet();
        }
    }

    private List<NamedMapper> mappers(TargetTable target) {
        try {
            List<NamedMapper> mappers = settings.mappers()
                    .apply(
                            new MapperContext(
                                    target.name(),
                                    target.key().names(),
                                    Map.of(),
                                    Clock.systemUTC().instant(),
                                    settings.asOf()),
                            target.key());
            refuseRekeying(mappers);
            return mappers;
        } catch (IllegalArgumentException e) {
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    "a mapper cannot be made: " + e.getMessage(),
                    "mend its parameters",
                    e,
                    null);
        }
    }

    private void refuseRekeying(List<NamedMapper> mappers) {
        boolean mapsOnlyPuts = settings.history().undoSince() == null
                && (settings.existingItems() == ExistingItems.REFUSE
                        || settings.existingItems() == ExistingItems.INSERT_ONLY);
        for (NamedMapper mapper : mappers) {
            if (mapper.isRekeying() && !mapsOnlyPuts) {
                throw new RestoreException(
                        RestoreErrorCode.PLAN_INVALID,
                        "mapper " + mapper.name() + " gives items other keys, under which nothing can be deleted",
                        "restore into an empty table, or with --existing insert-only (ExistingItems.INSERT_ONLY)");
            }
        }
    }

    /** Whether there is nothing to delete, where the plan asks for no empty table; what is written meanwhile is not seen. */
    private boolean isFoundEmpty(TargetTable target) throws InterruptedException {
        return settings.existingItems() == ExistingItems.OVERWRITE
                && settings.history().undoSince() == null
                && await(target.isEmpty(services.dynamoDb()));
    }

    private void requireEmpty(TargetTable target) throws InterruptedException {
        boolean mustBeEmpty = !isEstimate
                && settings.existingItems() == ExistingItems.REFUSE
                && settings.history().undoSince() == null;
        if (mustBeEmpty && !await(target.isEmpty(services.dynamoDb()))) {
            throw new RestoreException(
                    RestoreErrorCode.TARGET_NOT_EMPTY,
                    "table " + target.name() + " holds items",
                    "restore into an empty table, or write over its items with --existing overwrite"
                            + " (ExistingItems.OVERWRITE)");
        }
    }

    private void refuseBadRecords() {
        long bad = ledger.records().deadLettered();
        if (bad > 0 && settings.badRecords() == BadRecords.REFUSE) {
            throw new RestoreException(
                    RestoreErrorCode.BAD_RECORDS,
                    bad + (bad == 1 ? " record" : " records") + " cannot be used; nothing was written",
                    "mend them, or leave them out with --bad-records dead-letter (BadRecords.DEAD_LETTER)");
        }
    }

    private void refuseGaps(RestoreHistory found) {
        if (settings.history().gaps() == Gaps.REPORT) {
            return;
        }
        if (found.olderKeys() > 0) {
            throw new RestoreException(
                    RestoreErrorCode.HISTORY_GAPS,
                    found.olderKeys() + (found.olderKeys() == 1 ? " key was" : " keys were")
                            + " there before the first change that the log has of them: changes are missing, or were"
                            + " made before the log began; nothing was written",
                    "add a snapshot with --base (base), or restore what there is with --gaps report (Gaps.REPORT)");
        }
        if (found.lostChanges() > 0) {
            throw new RestoreException(
                    RestoreErrorCode.HISTORY_GAPS,
                    found.lostChanges() + (found.lostChanges() == 1 ? " change does" : " changes do")
                            + " not begin with what the change before left: at least as many are missing;"
                            + " nothing was written",
                    "find the objects that are missing, or restore what there is with --gaps report (Gaps.REPORT)");
        }
    }

    /** What a mapper spoils, and what DynamoDB refuses for reasons of its own, is only known once writing has begun. */
    private void failIfRecordsWereLost() {
        long leftOut = ledger.records().deadLettered() - deadLettersOfSurvey;
        if (leftOut > 0 && settings.deadLetterSink() == null) {
            throw new RestoreException(
                    RestoreErrorCode.BAD_RECORDS,
                    leftOut + (leftOut == 1 ? " record was" : " records were")
                            + " refused by DynamoDB or spoilt by a mapper, and kept nowhere; all others are written",
                    "see the report's badRecords, and keep them with --dead-letters (deadLetters)");
        }
    }

    private void throwIfStopped() throws InterruptedException {
        if (stopped) {
            throw new InterruptedException("stopped");
        }
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new CompletionException(e.getCause());
        }
    }
}
