package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.CheckpointInUseException;
import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Writes down how far a run has come, so that another one can take it up. In this order: {@link #begin}, {@link #survey}
 * unless there is none, any number of winners that ended, {@link #completed}; what an earlier run wrote down is not
 * written again.
 *
 * <p>A token is the index of an object in the listing, shifted left by 32, and the ordinal of a record in that object.
 *
 * <p>What fails throws {@link RestoreException}, with CHECKPOINT_IN_USE if somebody took the checkpoint over and
 * CHECKPOINT_FAILED otherwise, and so does every call after it except {@link #close}: nothing may be added behind what is
 * perhaps half written. Thread-safe; a call waits until the log has taken what it adds, but nothing that is only gathered
 * waits for that.
 */
public final class CheckpointJournal implements Closeable {

    /** Most winners that one call adds. */
    public static final int MAX_BATCH = 1_024;
    /** Most winners that are gathered before they are appended; a thread that adds more waits. */
    public static final int MAX_GATHERED = 16 * MAX_BATCH;

    /** A batch, and a winner of each of a thousand threads, may come on top of what waits. */
    private static final int ROOM = MAX_GATHERED + 2 * MAX_BATCH;

    private static final String INVALID_HINT = "Delete what lies there to begin anew, or choose another place.";

    /** Appends something; only one is under way at a time. */
    @FunctionalInterface
    private interface Appending {
        void run() throws IOException;
    }

    private final CheckpointLog log;
    private final String location;
    private final Recovered recovered;
    private final long wholeBytes;
    private final boolean hasTail;

    /** Guards what is gathered; whoever appends holds the journal's own lock, and takes this one only within it. */
    private final Object gathering = new Object();

    private final FrameBuffer frame = new FrameBuffer(EndedCodec.maxBytes(ROOM));
    private final Outcome[] outcomes = new Outcome[ROOM];
    private final long[] tokens = new long[ROOM];
    private int gathered;
    private double gatheredUnits;

    private boolean appendable;
    private volatile boolean begun;
    private boolean surveyed;
    private boolean anyEnded;
    private volatile boolean completed;
    private volatile boolean broken;
    private volatile boolean closed;

    private CheckpointJournal(CheckpointLog log, String location) throws IOException {
        this.log = log;
        this.location = location;
        JournalScan scan = JournalScan.of(log.read());
        Begin begin = scan.begun() ? readBegin() : null;
        Progress progress = scan.progress();
        if (begin != null && progress.lastObject() >= begin.listing().size()) {
            throw new InvalidJournalException("it tells of an object that was not listed");
        }
        RecoveredSurvey survey = scan.surveyed() ? this::openSurvey : null;
        recovered = new Recovered(begin, survey, progress, scan.completed(), scan.memos());
        wholeBytes = scan.wholeBytes();
        hasTail = scan.hasTail();
        begun = scan.begun();
        surveyed = scan.surveyed();
        anyEnded = scan.anyEnded();
        completed = scan.completed();
    }

    /**
     * Takes a checkpoint and reads what it holds. Changes nothing in it yet.
     *
     * @throws RestoreException CHECKPOINT_IN_USE, CHECKPOINT_INVALID or CHECKPOINT_FAILED
     */
    public static CheckpointJournal open(CheckpointStore store) {
        CheckpointLog log;
        try {
            log = store.open();
        } catch (IOException e) {
            throw failure(store.location(), e);
        }
        try {
            return new CheckpointJournal(log, store.location());
        } catch (IOException | RuntimeException e) {
            try {
                log.close();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e instanceof IOException io ? failure(store.location(), io) : (RuntimeException) e;
        }
    }

    /**
     * Makes sure that a run may take up what another one began.
     *
     * @throws RestoreException CHECKPOINT_MISMATCH, with the first few differences
     */
    public static void requireSame(Begin before, Begin now) {
        String differences = BeginDifferences.between(before, now);
        if (differences != null) {
            throw new RestoreException(
                    RestoreErrorCode.CHECKPOINT_MISMATCH,
                    "the checkpoint is that of another restore: " + differences,
                    "Start with what the checkpoint was begun with, or delete it to begin anew.");
        }
    }

    /** What an earlier run left. */
    public Recovered recovered() {
        return recovered;
    }

    /** Writes down what the run is begun with, durably. */
    public synchronized void begin(Begin begin) {
        require(!begun, "was begun");
        append(() -> {
            appendParts(FrameType.BEGIN_PART, FrameType.BEGIN, out -> BeginCodec.write(begin, out));
            begun = true;
        });
    }

    /** Writes down what the survey found, durably. */
    public synchronized void survey(SurveyWriter survey) {
        require(begun && !surveyed && !anyEnded && !completed, "is not at its survey");
        append(() -> {
            appendParts(FrameType.SURVEY_PART, FrameType.SURVEY, survey);
            surveyed = true;
        });
    }

    /**
     * Gathers a winner that ended without a write. It is appended with what is appended next, at {@link #flush} or when
     * {@value #MAX_GATHERED} have gathered; should it be lost, it is only looked at again.
     */
    public void ended(Outcome outcome, long token) {
        boolean isFull;
        synchronized (gathering) {
            requireRunning();
            gather(outcome, token);
            isFull = gathered >= MAX_GATHERED;
        }
        if (isFull) {
            flush();
        }
    }

    /**
     * Appends the winners of a batch that was acknowledged, at once and in one go.
     *
     * @param batchOutcomes how they ended, at most {@value #MAX_BATCH}
     * @param batchTokens which they are, as many
     * @param units write units that the batch consumed, 0 or more
     */
    public synchronized void ended(Outcome[] batchOutcomes, long[] batchTokens, double units) {
        requireRunning();
        if (batchOutcomes.length != batchTokens.length || batchTokens.length > MAX_BATCH) {
            throw new IllegalArgumentException(
                    "a batch of " + batchTokens.length + " tokens and " + batchOutcomes.length + " outcomes");
        }
        consumed(units);
        synchronized (gathering) {
            for (int i = 0; i < batchTokens.length; i++) {
                gather(batchOutcomes[i], batchTokens[i]);
            }
        }
        append(this::appendGathered);
    }

    /**
     * Gathers write units that were consumed; they are appended with what is appended next.
     *
     * @param units 0 or more
     */
    public synchronized void consumed(double units) {
        requireRunning();
        if (!(units >= 0 && units < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("units must be 0 or more, not " + units);
        }
        synchronized (gathering) {
            gatheredUnits += units;
        }
    }

    /**
     * Writes down what the run does besides writing items, durably; what was written down before under the same name no
     * longer counts.
     */
    public synchronized void remember(String name, String text) {
        requireRunning();
        append(() -> {
            appendGathered();
            MemoCodec.write(name, text, frame);
            frame.appendTo(log, FrameType.MEMO);
            log.sync();
        });
    }

    /** Appends what was gathered. */
    public synchronized void flush() {
        requireRunning();
        append(this::appendGathered);
    }

    /** Writes down that the run has come to its end, durably. */
    public synchronized void completed() {
        requireRunning();
        append(() -> {
            appendGathered();
            log.sync();
            frame.appendTo(log, FrameType.COMPLETED);
            log.sync();
            completed = true;
        });
    }

    /** Deletes the checkpoint: nothing is left to take up. Afterwards there is only {@link #close}. */
    public synchronized void delete() {
        require(true, "");
        synchronized (gathering) {
            gathered = 0;
            gatheredUnits = 0;
        }
        guarded(log::delete);
        broken = true;
    }

    /**
     * Says that the run lives, without waiting for what another thread appends.
     *
     * @throws RestoreException CHECKPOINT_IN_USE if somebody took the checkpoint over, CHECKPOINT_FAILED if that is not
     *     known
     */
    public void keepAlive() {
        try {
            log.keepAlive();
        } catch (IOException e) {
            throw failure(location, e);
        }
    }

    /** Appends what was gathered and gives the checkpoint back. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (log) {
            if (!broken && begun && !completed) {
                appendGathered();
            }
        } catch (IOException e) {
            throw failure(location, e);
        }
    }

    private void gather(Outcome outcome, long token) {
        if (token < 0) {
            throw new IllegalArgumentException("a token must be 0 or more, not " + token);
        }
        outcomes[gathered] = outcome;
        tokens[gathered] = token;
        gathered++;
    }

    private void appendGathered() throws IOException {
        synchronized (gathering) {
            if (gathered == 0 && gatheredUnits == 0) {
                return;
            }
            EndedCodec.write(outcomes, tokens, gathered, gatheredUnits, frame);
            gathered = 0;
            gatheredUnits = 0;
        }
        makeAppendable();
        anyEnded = true;
        frame.appendTo(log, FrameType.ENDED);
    }

    private void appendParts(FrameType partType, FrameType wholeType, SurveyWriter contents) throws IOException {
        PartsOutputStream parts = new PartsOutputStream(log, partType);
        DataOutputStream out = new DataOutputStream(parts);
        contents.writeTo(out);
        out.flush();
        // The frame that makes them count must not outlive them.
        log.sync();
        frame.putLong(parts.writtenBytes());
        frame.appendTo(log, wholeType);
        log.sync();
    }

    private void append(Appending appending) {
        guarded(() -> {
            makeAppendable();
            appending.run();
        });
    }

    private void makeAppendable() throws IOException {
        if (appendable) {
            return;
        }
        if (hasTail) {
            log.truncate(wholeBytes);
        }
        if (wholeBytes == 0) {
            byte[] header = FrameReader.header();
            log.append(header, 0, header.length);
        }
        appendable = true;
    }

    private void guarded(Appending appending) {
        boolean done = false;
        try {
            appending.run();
            done = true;
        } catch (IOException e) {
            throw failure(location, e);
        } finally {
            // By whomever it was thrown.
            broken |= !done;
        }
    }

    private void requireRunning() {
        require(begun && !completed, "is not running");
    }

    private void require(boolean condition, String otherwise) {
        if (closed) {
            throw new IllegalStateException("the journal is closed");
        }
        if (broken) {
            throw new RestoreException(
                    RestoreErrorCode.CHECKPOINT_FAILED,
                    "the checkpoint at " + location + " takes nothing any more, for an earlier call failed or ended it",
                    "");
        }
        if (!condition) {
            throw new IllegalStateException("the run " + otherwise);
        }
    }

    private Begin readBegin() throws IOException {
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(new PartsInputStream(log.read(), FrameType.BEGIN_PART, FrameType.BEGIN)))) {
            return BeginCodec.read(in);
        }
    }

    private PartsInputStream openSurvey() throws IOException {
        return new PartsInputStream(log.read(), FrameType.SURVEY_PART, FrameType.SURVEY);
    }

    private static RestoreException failure(String location, IOException cause) {
        if (cause instanceof CheckpointInUseException) {
            return new RestoreException(
                    RestoreErrorCode.CHECKPOINT_IN_USE,
                    "the checkpoint at " + location + " is in use: " + cause.getMessage(),
                    "Wait for the other restore, or stop it.",
                    cause,
                    null);
        }
        if (cause instanceof InvalidJournalException) {
            return new RestoreException(
                    RestoreErrorCode.CHECKPOINT_INVALID,
                    "the checkpoint at " + location + " cannot be taken up: " + cause.getMessage(),
                    INVALID_HINT,
                    cause,
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.CHECKPOINT_FAILED,
                "the checkpoint at " + location + " cannot be read or written: " + cause,
                "Check the place and start again; what was written down so far is kept.",
                cause,
                null);
    }
}
