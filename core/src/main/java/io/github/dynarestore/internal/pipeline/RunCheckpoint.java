package io.github.dynarestore.internal.pipeline;

import com.google.common.base.Throwables;
import com.google.common.primitives.ImmutableLongArray;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.checkpoint.Begin;
import io.github.dynarestore.internal.checkpoint.CheckpointJournal;
import io.github.dynarestore.internal.checkpoint.Outcome;
import io.github.dynarestore.internal.checkpoint.Progress;
import io.github.dynarestore.internal.checkpoint.Recovered;
import io.github.dynarestore.internal.checkpoint.RecoveredSurvey;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run keeps so that another can take it up, if its plan says where. What an answer acknowledges is gathered by the
 * thread that handles answers, and written down by another one before it counts as done: S3 takes its time.
 */
final class RunCheckpoint implements AutoCloseable {

    private static final int NO_SURVEY = 0;
    private static final int SURVEY = 1;

    private static final String MAPPERS_TIME = "mappers.time";

    private static final Logger LOG = LoggerFactory.getLogger(RunCheckpoint.class);
    private static final long ALIVE_EVERY_SECONDS = 10;
    private static final Duration CLOSE_AT_MOST = Duration.ofSeconds(5);

    private final RestoreSettings settings;
    private final @Nullable ScheduledExecutorService alive;
    private final AnswerJournal answers;
    private volatile @Nullable CheckpointJournal journal;
    private final List<Outcome> outcomes = new ArrayList<>();
    private ImmutableLongArray.Builder tokens = ImmutableLongArray.builder(WriteBatcher.MAX_WRITES);
    private final Set<String> openMemos = new HashSet<>();
    private int objects;
    private List<BackupObject> listing = List.of();
    private double units;

    private RunCheckpoint(
            RestoreSettings settings,
            @Nullable CheckpointJournal journal,
            @Nullable ScheduledExecutorService alive,
            String name,
            Consumer<RestoreException> onFailure) {
        this.settings = settings;
        this.journal = journal;
        this.alive = alive;
        answers = new AnswerJournal(() -> Objects.requireNonNull(this.journal), name + "-journal", onFailure);
    }

    /**
     * Opens the plan's checkpoint, and keeps it for as long as this is not closed.
     *
     * @param name how the run's threads are called
     * @param onFailure told if another process has taken the checkpoint, or if it takes nothing any more
     */
    static RunCheckpoint open(RestoreSettings settings, String name, Consumer<RestoreException> onFailure) {
        CheckpointStore store = settings.checkpoint();
        if (store == null) {
            return new RunCheckpoint(settings, null, null, name, onFailure);
        }
        // A thread of its own: S3 may be slow to answer, and nothing else must wait for that.
        ScheduledExecutorService alive = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, name + "-checkpoint");
            thread.setDaemon(true);
            return thread;
        });
        RunCheckpoint checkpoint = null;
        try {
            checkpoint = new RunCheckpoint(settings, CheckpointJournal.open(store), alive, name, onFailure);
            checkpoint.keepAlive(alive, onFailure);
            return checkpoint;
        } finally {
            if (checkpoint == null) {
                alive.shutdownNow();
            }
        }
    }

    private void keepAlive(ScheduledExecutorService thread, Consumer<RestoreException> onFailure) {
        var unused = thread.scheduleWithFixedDelay(
                () -> {
                    CheckpointJournal present = journal;
                    try {
                        if (present != null) {
                            present.keepAlive();
                        }
                    } catch (RuntimeException e) {
                        if (e instanceof RestoreException lost && lost.code() == RestoreErrorCode.CHECKPOINT_IN_USE) {
                            onFailure.accept(lost);
                        } else {
                            // It is still ours for some time, in which this is tried again. Thrown, it would not be.
                            LOG.debug("the checkpoint could not be kept alive: {}", e.toString());
                        }
                    }
                },
                ALIVE_EVERY_SECONDS,
                ALIVE_EVERY_SECONDS,
                TimeUnit.SECONDS);
    }

    private @Nullable Recovered recovered() {
        return journal == null ? null : journal.recovered();
    }

    /** Whether an earlier run had got as far as writing. */
    boolean mayHaveWritten() {
        Recovered recovered = recovered();
        return recovered != null && recovered.survey() != null;
    }

    /** What an earlier run has written down under a name; null if nothing. */
    @Nullable
    String memo(String name) {
        Recovered recovered = recovered();
        return recovered == null ? null : recovered.memos().get(name);
    }

    /** Writes down what this run does besides writing items, before or after it does it; an empty text says that it is undone. */
    void remember(String name, String text) {
        if (journal != null && !wasCompleted()) {
            if (text.isEmpty()) {
                openMemos.remove(name);
            } else {
                openMemos.add(name);
            }
            journal.remember(name, text);
        }
    }

    /** What time it is for mappers: what it was when the first run began to write, so that no run writes another value. */
    Instant mappersTime(Instant now) {
        String first = mayHaveWritten() && !wasCompleted() ? memo(MAPPERS_TIME) : null;
        return first == null ? now : Instant.parse(first);
    }

    /** Writes down what time it is for mappers, before the first write. */
    void rememberMappersTime(Instant time) {
        if (journal != null && !wasCompleted()) {
            journal.remember(MAPPERS_TIME, time.toString());
        }
    }

    /** How many writes an earlier run had done. */
    long writesDone() {
        Recovered recovered = recovered();
        return recovered == null
                ? 0
                : recovered.progress().count(Outcome.PUT)
                        + recovered.progress().count(Outcome.DELETED)
                        + recovered.progress().count(Outcome.CONFLICT);
    }

    /** Writes down what the run begins with, or makes sure that the earlier run began with the same. */
    void begin(String tableId, BackupContents contents) {
        objects = contents.size();
        listing = contents.objects();
        if (journal == null) {
            return;
        }
        Begin now = new Begin(settings.planFields(), tableId, contents.objects());
        Begin before = journal.recovered().begin();
        if (before != null && journal.recovered().completed() && !isSame(before, now)) {
            journal = anew(journal);
            before = null;
        }
        if (before == null) {
            journal.begin(now);
        } else {
            CheckpointJournal.requireSame(before, now);
        }
    }

    private static boolean isSame(Begin before, Begin now) {
        try {
            CheckpointJournal.requireSame(before, now);
            return true;
        } catch (RestoreException e) {
            return false;
        }
    }

    /** The place may be used again once the restore that used it is done. */
    private CheckpointJournal anew(CheckpointJournal done) {
        done.delete();
        done.close();
        return CheckpointJournal.open(Objects.requireNonNull(settings.checkpoint()));
    }

    /** Whether the very same restore was done before, so that there is nothing left to do. */
    boolean wasCompleted() {
        Recovered recovered = recovered();
        return recovered != null && recovered.completed();
    }

    /** What the earlier run had surveyed; null if it must be surveyed again. */
    SurveyStage.@Nullable Surveyed survey(RestoreLedger ledger) {
        Recovered recovered = recovered();
        RecoveredSurvey survey = recovered == null ? null : recovered.survey();
        if (survey == null) {
            return null;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(survey.open()))) {
            if (in.readByte() == NO_SURVEY) {
                return null;
            }
            in.readBoolean();
            in.skipNBytes((long) in.readInt() * Long.BYTES);
            SurveyCodec.Saved saved = SurveyCodec.read(in);
            ledger.resumed(saved.objectsRead(), saved.records());
            return new SurveyStage.Surveyed(saved.decisions(), saved.history());
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * What an earlier run had found in the table before it wrote.
     *
     * @param isEmpty whether there was nothing
     * @param extras hashes of the items that it was allowed to delete though they are not in the backup, ascending
     */
    @SuppressWarnings("ArrayRecordComponent") // Read once; compared by nobody.
    record FoundBefore(boolean isEmpty, long[] extras) {}

    /** What an earlier run, which may have written, had found; nothing if there was none. */
    FoundBefore foundBefore() {
        Recovered recovered = recovered();
        RecoveredSurvey survey = recovered == null ? null : recovered.survey();
        if (survey == null) {
            return new FoundBefore(false, new long[0]);
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(survey.open()))) {
            in.readByte();
            boolean isEmpty = in.readBoolean();
            long[] extras = new long[in.readInt()];
            for (int i = 0; i < extras.length; i++) {
                extras[i] = in.readLong();
            }
            return new FoundBefore(isEmpty, extras);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static RestoreException unreadable(IOException e) {
        return new RestoreException(
                RestoreErrorCode.CHECKPOINT_FAILED,
                "the checkpoint's survey cannot be read: " + e,
                "delete the checkpoint to begin anew",
                e,
                null);
    }

    /**
     * Writes down what was surveyed, before anything is written to the table.
     *
     * @param isWhole false if another run must survey again: to tell of bad records, or look what the table holds
     * @param found what the table holds
     */
    void surveyed(SurveyStage.Surveyed surveyed, RestoreLedger ledger, boolean isWhole, FoundBefore found) {
        if (journal == null || mayHaveWritten()) {
            return;
        }
        journal.survey(out -> {
            out.writeByte(isWhole ? SURVEY : NO_SURVEY);
            out.writeBoolean(found.isEmpty());
            out.writeInt(found.extras().length);
            for (long extra : found.extras()) {
                out.writeLong(extra);
            }
            if (isWhole) {
                SurveyCodec.write(
                        out,
                        new SurveyCodec.Saved(
                                surveyed.decisions(),
                                surveyed.history(),
                                ledger.objects().read(),
                                ledger.records()));
            }
        });
    }

    /** Leaves out what an earlier run has done, and counts it. */
    void leaveOutWhatEnded(Decisions decisions, RestoreLedger ledger) {
        Recovered recovered = recovered();
        if (recovered == null) {
            return;
        }
        Progress progress = recovered.progress();
        for (int object = 0; object < objects; object++) {
            decisions.leaveOut(object, progress.ended(object));
        }
        ledger.resumedWrites(
                progress.count(Outcome.PUT),
                progress.count(Outcome.DELETED),
                progress.count(Outcome.FILTERED),
                progress.count(Outcome.CONFLICT),
                progress.consumedUnits());
        for (long token : progress.conflicts()) {
            ledger.resumedConflict(
                    listing.get((int) (token >>> Integer.SIZE)).uri().toString(), (int) token);
        }
    }

    /** A write has ended; {@link #handled} writes it down. */
    void ended(Outcome outcome, long token) {
        if (journal != null && !wasCompleted() && token >>> 32 < objects) {
            outcomes.add(outcome);
            tokens.add(token);
        }
    }

    /** A call consumed write units. */
    void consumed(double writeUnits) {
        units += writeUnits;
    }

    /**
     * Writes down what one answer said.
     *
     * @param kept run once that is done, on any thread
     */
    void handled(Runnable kept) {
        if (journal == null || wasCompleted() || outcomes.isEmpty() && units == 0) {
            kept.run();
            return;
        }
        answers.add(new AnswerJournal.Answer(List.copyOf(outcomes), tokens.build(), units, kept));
        outcomes.clear();
        tokens = ImmutableLongArray.builder(WriteBatcher.MAX_WRITES);
        units = 0;
    }

    /** A mapper left a record out; called by the threads that read. */
    void filtered(long token) {
        if (journal != null && !wasCompleted()) {
            journal.ended(Outcome.FILTERED, token);
        }
    }

    /** The run is done. That stays written down: it may be killed before anybody has heard of it, and be started again. */
    void completed() {
        if (journal != null && !wasCompleted()) {
            journal.completed();
        }
    }

    /**
     * Nothing was written, and what was read is not worth keeping: a mended plan may use the place. What was done to the
     * table is.
     */
    void refused() {
        if (journal != null && journal.recovered().begin() == null && openMemos.isEmpty()) {
            journal.delete();
        }
    }

    /** In a thread that no interrupt ends, for else what is known would not be written, nor a lease given back. */
    @Override
    public void close() {
        CheckpointJournal present = journal;
        if (alive == null || present == null) {
            return;
        }
        answers.close();
        Future<?> closed = alive.submit(present::close);
        alive.shutdown();
        try {
            Object unused = Uninterruptibles.getUninterruptibly(closed, CLOSE_AT_MOST);
        } catch (TimeoutException e) {
            LOG.warn("the checkpoint could not be closed within {}", CLOSE_AT_MOST);
            alive.shutdownNow();
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            Throwables.throwIfUnchecked(cause);
            throw new IllegalStateException("closing throws nothing else", cause);
        }
    }
}
