package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.batch.Stretches;
import io.github.dynarestore.internal.batch.WriteBatch;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.write.BatchWriter;
import io.github.dynarestore.internal.write.ManualTimer;
import io.github.dynarestore.internal.write.OutgoingBatch;
import io.github.dynarestore.internal.write.PutOff;
import io.github.dynarestore.internal.write.Settlement;
import io.github.dynarestore.internal.write.WriteObserver;
import io.github.dynarestore.model.RestoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The reading side of a restore and its writer, the real ones, by one thread in virtual time. */
final class SimulatedRestore implements WriteObserver {

    /** What the records of the backup say. */
    interface Records {
        /** The JSON of a write: an item, or the key of a delete. */
        String json(int object, int ordinal);

        boolean isDelete(int object, int ordinal);

        int units(int object, int ordinal);

        /** Puts that take one unit each. */
        Records OF_ONE_UNIT = new Records() {
            @Override
            public String json(int object, int ordinal) {
                return "{\"pk\":{\"S\":\"" + object + "-" + ordinal + "\"}}";
            }

            @Override
            public boolean isDelete(int object, int ordinal) {
                return false;
            }

            @Override
            public int units(int object, int ordinal) {
                return 1;
            }
        };
    }

    /**
     * A backup.
     *
     * @param writesOfObject how many writes each object holds
     */
    record Backup(int[] writesOfObject, Records records) {}

    final List<RestoreException> fatal = new ArrayList<>();
    final BitSet[] written;
    long putOff;
    int writtenTwice;
    long drainedNanos = -1;

    private final ManualTimer timer;
    private final Backup backup;
    private final RateControl rate;
    private final BatchWriter writer;
    private final WriteBatcher batcher = new WriteBatcher("t");
    private final Spread spread;

    SimulatedRestore(
            ManualTimer timer,
            Random random,
            Backup backup,
            RateControl rate,
            SimulatedDynamoDb table,
            int inFlight,
            int atOnce) {
        this.timer = timer;
        this.backup = backup;
        this.rate = rate;
        writer = new BatchWriter(new BatchWriter.Parts(
                table,
                rate,
                inFlight,
                Duration.ofMinutes(15),
                timer::nanoTime,
                timer,
                Runnable::run,
                this,
                random::nextDouble,
                fatal::add));
        int objects = backup.writesOfObject().length;
        written = new BitSet[objects];
        for (int object = 0; object < objects; object++) {
            written[object] = new BitSet();
        }
        spread = new Spread(
                new Stretches(
                        IntStream.of(backup.writesOfObject()).mapToLong(n -> n).toArray(), atOnce),
                IntStream.range(0, atOnce).toArray(),
                this::open,
                rate::heldNanos,
                object -> {});
    }

    /** Follows a rate that was changed, as the stages do. */
    void follow(Breadth breadth) {
        writer.inFlight(breadth.calls());
        spread.widenTo(breadth.objects(), breadth.objects());
    }

    BatchWriter writer() {
        return writer;
    }

    /** Reads and writes until all is written, something is fatal, or time is up. */
    void run(Duration atMost) throws InterruptedException {
        long end = timer.nanoTime() + atMost.toNanos();
        long wait = spread.step();
        while (wait != Spread.ALL_READ && fatal.isEmpty() && timer.nanoTime() < end) {
            if (wait > 0) {
                flush();
                hold(wait);
            }
            wait = spread.step();
        }
        if (wait == Spread.ALL_READ) {
            flush();
        }
        while (fatal.isEmpty() && timer.nanoTime() < end && !isAllWritten() && timer.runNext()) {
            // Until all is acknowledged.
        }
        drainedNanos = timer.nanoTime();
    }

    private boolean isAllWritten() {
        return IntStream.range(0, written.length)
                .allMatch(object -> written[object].cardinality() == backup.writesOfObject()[object]);
    }

    /** As a thread that sleeps, while others go on. */
    private void hold(long nanos) {
        rate.readerHeld();
        boolean[] over = {false};
        Runnable wake = () -> over[0] = true;
        var unused = timer.schedule(wake, nanos, TimeUnit.NANOSECONDS);
        while (!over[0]) {
            timer.runNext();
        }
        rate.readerFree();
    }

    private Spread.Winners open(int object) {
        int[] next = {0};
        return new Spread.Winners() {
            @Override
            public boolean writeNext() {
                if (next[0] == backup.writesOfObject()[object]) {
                    return false;
                }
                put(object, next[0]++);
                return true;
            }

            @Override
            public void close() {}
        };
    }

    private void put(int object, int ordinal) {
        if (!tryPut(object, ordinal)) {
            flush();
            if (!tryPut(object, ordinal)) {
                throw new AssertionError("a write that fits into no batch");
            }
        }
    }

    private boolean tryPut(int object, int ordinal) {
        byte[] json = backup.records().json(object, ordinal).getBytes(StandardCharsets.UTF_8);
        long token = (long) object << 32 | ordinal;
        return backup.records().isDelete(object, ordinal)
                ? batcher.tryDelete(json, 0, json.length, token, token, token)
                : batcher.tryPut(
                        json, 0, json.length, backup.records().units(object, ordinal) * 1_024, token, token, token);
    }

    /** As a thread that blocks until there is room, while others go on. */
    private void flush() {
        if (batcher.isEmpty()) {
            return;
        }
        while (!writer.tryAcquireSlot()) {
            if (!fatal.isEmpty() || !timer.runNext()) {
                return;
            }
        }
        WriteBatch batch = batcher.seal();
        writer.submit(new OutgoingBatch(
                "t",
                batch.body(),
                batch.bodyLength(),
                batch.offsets(),
                batch.lengths(),
                batch.deletes(),
                batch.tokens(),
                batch.units()));
    }

    @Override
    public void written(long[] tokens, boolean[] deletes) {
        for (long token : tokens) {
            BitSet ofObject = written[(int) (token >>> 32)];
            if (ofObject.get((int) token)) {
                writtenTwice++;
            }
            ofObject.set((int) token);
        }
        rate.done(tokens);
    }

    @Override
    public void refused(long token, String reason, String detail, byte[] json) {
        throw new AssertionError("refused: " + reason);
    }

    @Override
    public void conflict(long token) {
        throw new AssertionError("no write is guarded");
    }

    @Override
    public void handled(Runnable kept) {
        kept.run();
    }

    @Override
    public void putOff(PutOff writes) {
        putOff += writes.tokens().length;
        rate.putOff(writes);
    }

    @Override
    public void resent(int writes) {}

    @Override
    public void settled(Settlement settlement) {
        rate.settled(settlement);
    }

    @Override
    public Runnable sent(long waitedNanos) {
        return () -> {};
    }

    @Override
    public void answered(long nanos) {}
}
