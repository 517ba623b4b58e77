package io.github.dynarestore.internal.pipeline;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.batch.WriteBatch;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.checkpoint.Outcome;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.write.BatchTransport;
import io.github.dynarestore.internal.write.BatchWriter;
import io.github.dynarestore.internal.write.Consumed;
import io.github.dynarestore.internal.write.GuardedTransport;
import io.github.dynarestore.internal.write.OutgoingBatch;
import io.github.dynarestore.internal.write.PutOff;
import io.github.dynarestore.internal.write.Settlement;
import io.github.dynarestore.internal.write.WriteObserver;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.WriteRate;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Puts the writer of a run together and takes it apart again. */
final class WriteStage implements AutoCloseable {

    private static final Duration FAREWELL = Duration.ofMillis(1_500);
    private static final Duration CALLBACKS_AT_MOST = Duration.ofMillis(500);
    private static final Duration CLOSE_AT_MOST = Duration.ofSeconds(1);

    private static final long MOST_HELD_NANOS = 50_000_000;

    private final ExecutorService callbacks;
    private final BatchTransport transport;
    private final BatchWriter writer;
    private final RateControl rate;
    private final Breadth breadth;
    private final String table;
    private final boolean isGuarded;

    /** Makes the transport of a stage. */
    @FunctionalInterface
    interface TransportFactory {
        /** Makes it; answers are handled by the stage's own thread. */
        BatchTransport create(Executor callbacks);
    }

    WriteStage(
            RestoreSettings settings,
            TransportFactory transports,
            TargetTable target,
            RateControl rate,
            Breadth breadth,
            WriteObserver observer,
            ScheduledExecutorService timer,
            String name,
            Consumer<Throwable> onFailure) {
        this.rate = rate;
        this.breadth = breadth;
        table = target.name();
        callbacks = Executors.newSingleThreadExecutor(runnable -> {
            Thread thread = new Thread(runnable, name + "-writes");
            thread.setDaemon(true);
            return thread;
        });
        transport = transports.create(callbacks);
        isGuarded = transport instanceof GuardedTransport;
        writer = new BatchWriter(new BatchWriter.Parts(
                transport,
                rate,
                breadth.calls(),
                settings.limits().patience(),
                System::nanoTime,
                timer,
                callbacks,
                observer,
                () -> ThreadLocalRandom.current().nextDouble(),
                onFailure::accept));
    }

    /** Tells the checkpoint, the ledger and the rate what becomes of writes. */
    record Accounts(
            RestoreLedger ledger,
            RateControl rate,
            DeadLetters deadLetters,
            BackupContents contents,
            RunCheckpoint checkpoint)
            implements WriteObserver {

        @Override
        public void written(long[] tokens, boolean[] deletes) {
            rate.done(tokens);
            for (int i = 0; i < tokens.length; i++) {
                checkpoint.ended(deletes[i] ? Outcome.DELETED : Outcome.PUT, tokens[i]);
                if (isOfBackup(tokens[i])) {
                    ledger.written(deletes[i]);
                } else {
                    ledger.extraDeleted();
                }
            }
        }

        private boolean isOfBackup(long token) {
            return token >>> 32 < contents.size();
        }

        @Override
        public void refused(long token, String reason, String detail, byte[] json) {
            String object = isOfBackup(token)
                    ? contents.object((int) (token >>> 32)).uri().toString()
                    : "the target table";
            deadLetters.add(new DeadLetter(object, -1, reason, detail + "; record " + (int) token, json));
        }

        @Override
        public void conflict(long token) {
            checkpoint.ended(Outcome.CONFLICT, token);
            ledger.conflict(contents.object((int) (token >>> 32)).uri().toString(), (int) token);
        }

        @Override
        public void handled(Runnable kept) {
            checkpoint.handled(kept);
        }

        @Override
        public void putOff(PutOff writes) {
            ledger.throttled(writes.tokens().length);
            rate.putOff(writes);
        }

        @Override
        public void resent(int writes) {
            ledger.resent(writes);
        }

        @Override
        public void settled(Settlement settlement) {
            Consumed consumed = settlement.consumed();
            if (consumed != null && consumed.units() > 0) {
                checkpoint.consumed(consumed.units());
                ledger.consumed(consumed.units());
            }
            rate.settled(settlement);
        }

        @Override
        public Runnable sent(long waitedNanos) {
            ledger.paced(waitedNanos);
            return ledger.sent();
        }

        @Override
        public void answered(long nanos) {
            ledger.answered(nanos);
        }
    }

    WriteBatcher newBatcher() {
        // A body of one byte takes one write, however long it is.
        return isGuarded ? new WriteBatcher(table, 1) : new WriteBatcher(table);
    }

    /** Sends a batch when a place is free; blocks until then. */
    void send(WriteBatch batch) throws InterruptedException {
        writer.acquireSlot();
        writer.submit(new OutgoingBatch(
                table,
                batch.body(),
                batch.bodyLength(),
                batch.offsets(),
                batch.lengths(),
                batch.deletes(),
                batch.tokens(),
                batch.units()));
    }

    /** Blocks a reader that has nothing to read from but what DynamoDB would put off. */
    void held(long nanos) throws InterruptedException {
        rate.readerHeld();
        try {
            TimeUnit.NANOSECONDS.sleep(Math.min(nanos, MOST_HELD_NANOS));
        } finally {
            rate.readerFree();
        }
    }

    void awaitDrained() throws InterruptedException {
        writer.awaitDrained();
    }

    void pause() {
        writer.pause();
    }

    void resume() {
        writer.resume();
    }

    RateControl rate() {
        return rate;
    }

    void rate(WriteRate asked) {
        rate.rate(asked);
        follow();
    }

    void capacity(TableCapacity now) {
        rate.capacity(now);
        follow();
    }

    /** A rate that has become faster needs more calls under way, too. */
    private synchronized void follow() {
        breadth.follow(rate.mostUnitsPerSecond());
        writer.inFlight(breadth.calls());
    }

    void cancel() {
        writer.cancel();
    }

    /** In a thread of its own: an interrupt in the midst of it would leave connections open, and it may hang. */
    private void closeTransport() {
        Thread closing = new Thread(transport::close, table + "-close");
        closing.setDaemon(true);
        closing.start();
        Uninterruptibles.joinUninterruptibly(closing, CLOSE_AT_MOST);
    }

    /** The interrupt that ends a run may come at any moment of this; calls under way are waited for all the same. */
    private boolean awaitStopped() {
        boolean interrupted = Thread.interrupted();
        long deadlineNanos = System.nanoTime() + FAREWELL.toNanos();
        while (true) {
            try {
                writer.awaitStopped(Duration.ofNanos(deadlineNanos - System.nanoTime()));
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /** Ends what is under way: nothing is sent afterwards. */
    @Override
    public void close() {
        writer.cancel();
        rate.waitsFor(BatchWriter.Waiting.NOTHING);
        boolean interrupted = awaitStopped();
        callbacks.shutdown();
        if (!Uninterruptibles.awaitTerminationUninterruptibly(callbacks, CALLBACKS_AT_MOST)) {
            callbacks.shutdownNow();
        }
        closeTransport();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
