package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableSetup;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.plan.Workload;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SpillLines;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Subject;
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
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
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
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * One restore from start to end: owns its threads, budgets and cancellation, and calls the stages in their order. The
 * only class that knows all of them.
 */
public final class RestoreRun {

    private static final Logger LOG = LoggerFactory.getLogger(RestoreRun.class);
    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final long CANCEL_MILLIS = 5_000;
    private static final long CLOSED_MILLIS = 1_000;
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

    /** For an answer, when capacity is put back: who cancels waits for it. */
    private static final Duration SILENCE_OF_CANCELLED = Duration.ofSeconds(2);

    private static final Duration SILENCE_OF_FAILED = Duration.ofMinutes(1);

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
    private final PreflightLog findings;
    private final String name;
    private final Thread thread;
    private final CompletableFuture<RestoreReport> completion = new CompletableFuture<>();

    private final CompletionThreads completions;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    /** Fails when nobody waits for the end any more. */
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private volatile boolean cancelled;
    private volatile boolean stopped;
    private volatile boolean writing;
    private volatile @Nullable Stoppable workers;
    private volatile @Nullable WriteStage writeStage;
    private volatile @Nullable RateControl rate;

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

    /** Held while gate and writer are paused or resumed: they must not differ. */
    private final Object pausing = new Object();

    private volatile @Nullable WriteRate changedRate;
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
                settings.deadLetterSink(),
                new SpillDirectory(settings.limits().spillDirectory(), Clock.systemUTC()),
                ledger,
                listeners,
                badShare,
                name + "-dead-letters",
                this::fail);
        completions = new CompletionThreads(name + "-completion");
        findings = new PreflightLog(listeners::found);
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
        WriteStage stage = writeStage;
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
                elapsed(),
                stage == null ? null : stage.rate().currentLimit());
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

    /** Waits for the end, at most 5 seconds, the last of them without anything that it still waits for itself. */
    public void awaitEnd() {
        try {
            thread.join(CANCEL_MILLIS - CLOSED_MILLIS);
            closed.completeExceptionally(new CancellationException("nothing waits for DynamoDB any more"));
            thread.join(CLOSED_MILLIS);
            completions.awaitEnd(COMPLETIONS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads and sends nothing more until {@link #resume()}; what is under way goes on. */
    public void pause() {
        synchronized (pausing) {
            gate.close();
            WriteStage writes = writeStage;
            if (writes != null) {
                writes.pause();
            }
        }
    }

    /** Goes on after a pause. */
    public void resume() {
        synchronized (pausing) {
            gate.open();
            WriteStage writes = writeStage;
            if (writes != null) {
                writes.resume();
            }
        }
    }

    /** Changes how fast to write. */
    public void changeRate(WriteRate asked) {
        changedRate = asked;
        WriteStage writes = writeStage;
        if (writes != null) {
            setRateAndPause(writes);
        }
    }

    /** Of what was asked for before there was anything that writes. */
    private void setRateAndPause(WriteStage writes) {
        writes.rate(control.writeRate());
        // Else it could be paused after it was resumed, for ever.
        synchronized (pausing) {
            if (gate.isClosed()) {
                writes.pause();
            }
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
        try {
            runToItsEnd();
        } catch (Throwable e) {
            // Not even the report could be made, for want of memory; all the same nobody may wait for ever.
            phase = RestorePhase.ENDED;
            completion.completeExceptionally(explain(e));
        }
    }

    private void runToItsEnd() {
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
                limits(),
                history,
                findings.findings(),
                elapsed());
    }

    /** What held the writes back, for how long, the longest first. */
    private List<RestoreReport.LimitedTime> limits() {
        RateControl known = rate;
        if (known == null) {
            return List.of();
        }
        return known.limitNanos().entrySet().stream()
                .map(limit -> new RestoreReport.LimitedTime(limit.getKey(), Duration.ofNanos(limit.getValue())))
                .sorted(Comparator.comparing(RestoreReport.LimitedTime::time).reversed())
                .toList();
    }

    private RestoreStatus status(@Nullable RestoreException thrown) {
        if (cancelled) {
            return RestoreStatus.CANCELLED;
        }
        if (thrown == null) {
            return RestoreStatus.COMPLETED;
        }
        return PreflightLog.isRefusal(thrown.code()) && !writing ? RestoreStatus.REFUSED : RestoreStatus.FAILED;
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
            new SpillDirectory(settings.limits().spillDirectory(), Clock.systemUTC()).sweep();
            try (RunCheckpoint checkpoint = RunCheckpoint.open(settings, name, this::fail)) {
                BoostedTable boost = new BoostedTable(settings, services, checkpoint, findings, timer);
                try {
                    try {
                        restore(
                                new SourceStage(settings, services, ledger, timer),
                                new Tools(
                                        checkpoint,
                                        boost,
                                        timer,
                                        new WriteRights(settings, findings, boost::changes),
                                        checkpoint.mappersTime(Clock.systemUTC().instant())));
                    } finally {
                        boost.putBackAtLast(cancelled ? SILENCE_OF_CANCELLED : SILENCE_OF_FAILED, closed);
                    }
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

    /**
     * What a run has besides its settings.
     *
     * @param mappersTime what time it is for mappers
     */
    private record Tools(
            RunCheckpoint checkpoint,
            BoostedTable boost,
            ScheduledExecutorService timer,
            WriteRights rights,
            Instant mappersTime) {}

    private void restore(SourceStage source, Tools tools) throws InterruptedException {
        RunCheckpoint checkpoint = tools.checkpoint();
        Preflight preflight = new Preflight(settings, services, findings, tools.timer(), Clock.systemUTC());
        WriteRights rights = tools.rights();
        Preflight.Found found = preflight.look(
                source,
                target -> mappers(target, tools.mappersTime()),
                checkpoint,
                isEstimate || checkpoint.wasCompleted() ? null : rights);
        if (found == null || !isEstimate) {
            findings.throwRefusals();
        }
        Preflight.Found ready = Objects.requireNonNull(found);
        checkpoint.begin(settings.made().create() == null ? ready.target().id() : TableSetup.NO_ID, ready.contents());
        if (settings.existingItems() == ExistingItems.EXACT) {
            try (ExtraItems extras = new ExtraItems(
                    ready.target(),
                    new SpillLines(settings.limits().spillDirectory(), Clock.systemUTC()),
                    ready.contents().size())) {
                restore(ready, preflight, tools, extras);
            }
        } else {
            restore(ready, preflight, tools, null);
        }
    }

    private void restore(Preflight.Found found, Preflight preflight, Tools tools, @Nullable ExtraItems extras)
            throws InterruptedException {
        RunCheckpoint checkpoint = tools.checkpoint();
        TargetTable target = found.target();
        BackupContents contents = found.contents();
        List<NamedMapper> mappers = found.mappers();
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
            estimate(found, preflight, surveyed, extras);
            return;
        }
        deadLetters.settle(SINK_TRIAL);
        long[] extraHashes = extras == null ? new long[0] : extras.hashes(surveyed.extras(contents));
        refuse(found, surveyed, extraHashes, checkpoint);
        tools.rights()
                .require(
                        surveyed.decisions().count(Action.PUT)
                                + surveyed.decisions().count(Action.PUT_OLD),
                        surveyed.decisions().count(Action.DELETE));
        RunCheckpoint.FoundBefore before = checkpoint.mayHaveWritten()
                ? checkpoint.foundBefore()
                : new RunCheckpoint.FoundBefore(isFoundEmpty(), extraHashes);
        if (!checkpoint.wasCompleted()) {
            TableDescription boosted = found.boosted(settings.made().boostUnits());
            preflight.judgeTime(
                    boosted,
                    workload(found, surveyed.decisions(), before, checkpoint.writesDone()),
                    TargetTable.of(boosted).unitsPerSecond(control.writeRate()));
        }
        findings.throwRefusals();
        if (!checkpoint.mayHaveWritten()) {
            boolean isWhole = ledger.records().deadLettered() == 0 && extras == null;
            checkpoint.rememberMappersTime(tools.mappersTime());
            checkpoint.surveyed(surveyed, ledger, isWhole, before);
        }
        long deletedBefore = before.extras().length - extraHashes.length;
        write(found, surveyed, before, tools, extras, deletedBefore);
    }

    /** What the writes take that an earlier run has not done. */
    private Workload workload(
            Preflight.Found found, Decisions decisions, RunCheckpoint.FoundBefore before, long writesDone) {
        long puts = decisions.count(Action.PUT) + decisions.count(Action.PUT_OLD);
        long deletes = ApplyStage.sendsDeletes(settings, before.isEmpty())
                ? decisions.count(Action.DELETE)
                : before.extras().length;
        double left = Math.max(0, 1 - (double) writesDone / Math.max(1, puts + deletes));
        return found.workload(puts, deletes).times(left);
    }

    private void write(
            Preflight.Found found,
            SurveyStage.Surveyed surveyed,
            RunCheckpoint.FoundBefore before,
            Tools tools,
            @Nullable ExtraItems extras,
            long extrasDeletedBefore)
            throws InterruptedException {
        RunCheckpoint checkpoint = tools.checkpoint();
        MadeTable made = new MadeTable(settings, services, checkpoint, tools.timer());
        TableDescription description =
                found.isThere() ? made.takenUp(found.description()) : created(made, found.target());
        if (!checkpoint.wasCompleted()) {
            description = tools.boost().raise(description);
        }
        TargetTable target = TargetTable.of(description);
        ApplyStage apply =
                new ApplyStage(settings, services, target, found.contents(), ledger, deadLetters, control, extras);
        writesTotal = apply.plan(surveyed.decisions(), before.isEmpty()) + extrasDeletedBefore;
        ledger.resumedExtras(extrasDeletedBefore);
        deadLettersOfSurvey = ledger.records().deadLettered();
        filteredOfSurvey = ledger.records().filtered();
        badShare.beginWriting();
        checkpoint.leaveOutWhatEnded(surveyed.decisions(), ledger);
        apply.run(surveyed.decisions(), found.mappers(), tools.timer(), checkpoint);
        throwIfStopped();
        if (!checkpoint.wasCompleted()) {
            tools.boost().putBack();
            made.finish();
        }
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

    private TableDescription created(MadeTable made, TargetTable planned) throws InterruptedException {
        TableDescription description = made.create(planned, Clock.systemUTC().instant());
        findings.add(PreflightFinding.note(Subject.TABLE, "table " + settings.table() + " was created"));
        return description;
    }

    /** What the survey has shown, all of it. */
    private void refuse(
            Preflight.Found found, SurveyStage.Surveyed surveyed, long[] extraHashes, RunCheckpoint checkpoint)
            throws InterruptedException {
        findings.check(Subject.BACKUP, this::refuseBadRecords);
        findings.check(Subject.BACKUP, () -> refuseGaps(surveyed.history()));
        if (checkpoint.mayHaveWritten()) {
            findings.check(
                    Subject.EXISTING_ITEMS,
                    () -> refuseOthersThanConfirmed(
                            extraHashes, checkpoint.foundBefore().extras()));
        } else {
            findings.check(Subject.EXISTING_ITEMS, () -> refuseUnconfirmed(extraHashes.length));
            if (found.isThere()) {
                findings.check(Subject.EXISTING_ITEMS, this::requireEmpty);
            }
        }
    }

    private void estimate(
            Preflight.Found found, Preflight preflight, SurveyStage.Surveyed surveyed, @Nullable ExtraItems extras)
            throws InterruptedException {
        ApplyStage apply = new ApplyStage(
                settings, services, found.target(), found.contents(), ledger, deadLetters, control, extras);
        apply.plan(surveyed.decisions(), isFoundEmpty());
        long extraCount = surveyed.extras(found.contents()).getLongCardinality();
        PriceSink.Sum sum = apply.price(surveyed.decisions(), found.mappers());
        throwIfStopped();
        ledger.appliedWithoutWrite(sum.puts() + sum.deletes() - extraCount);
        TableDescription boosted = found.boosted(settings.made().boostUnits());
        TargetTable asWritten = TargetTable.of(boosted);
        double unitsPerSecond = asWritten.unitsPerSecond(settings.writeRate());
        findings.check(Subject.BACKUP, this::refuseBadRecords);
        findings.check(Subject.BACKUP, () -> refuseGaps(surveyed.history()));
        findings.check(Subject.EXISTING_ITEMS, () -> refuseUnconfirmed(extraCount));
        preflight.judgeTime(boosted, Workload.of(sum.price()), unitsPerSecond);
        estimated = new Estimated(
                sum,
                extraCount,
                unitsPerSecond,
                asWritten.capacity().writingTime(sum.price(), settings.writeRate()),
                requests(
                        found.contents(),
                        surveyed.decisions(),
                        found.mappers(),
                        apply.rangeBytes(surveyed.decisions())));
    }

    /** Each object is asked for in ranges, once to survey it and once more if records of it are written, or mapped to other keys. */
    private long requests(
            BackupContents contents, Decisions decisions, List<NamedMapper> mappers, int rangeBytesToWrite) {
        long requests = 0;
        int rangeBytes = settings.limits().rangeBytes();
        int timesRead = NamedMapper.anyRekeying(mappers) ? 2 : 1;
        for (int object = 0; object < contents.size(); object++) {
            long bytes = contents.object(object).sizeBytes();
            long ranges = (bytes + rangeBytes - 1) / rangeBytes;
            boolean isReadAgain = !decisions.of(object).isEmpty();
            requests += isReadAgain ? timesRead * ranges + (bytes + rangeBytesToWrite - 1) / rangeBytesToWrite : ranges;
        }
        return requests;
    }

    /** What the run would do, if it was an estimate that came to its end. */
    record Estimated(PriceSink.Sum sum, long extras, double unitsPerSecond, Duration writingTime, long requests) {}

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
                found.writingTime(),
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
        public void notice(String sentence) {
            LOG.warn("{}: {}", name, sentence);
            history = history.with(sentence);
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
                rate = stage.rate();
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

    private List<NamedMapper> mappers(TargetTable target, Instant now) {
        try {
            List<NamedMapper> mappers = settings.mappers()
                    .apply(
                            new MapperContext(target.name(), target.key().names(), Map.of(), now, settings.asOf()),
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
                && settings.redriven() == null
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
    private boolean isFoundEmpty() throws InterruptedException {
        return settings.existingItems() == ExistingItems.OVERWRITE
                && settings.history().undoSince() == null
                && await(TargetTable.isEmpty(services.dynamoDb(), settings.table()));
    }

    /** Others may have written to the table while the backup was read. */
    private void requireEmpty() throws InterruptedException {
        if (Preflight.mustBeEmpty(settings)) {
            Preflight.requireEmpty(await(TargetTable.isEmpty(services.dynamoDb(), settings.table())), settings.table());
        }
    }

    private void refuseBadRecords() {
        badShare.surveyed();
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
