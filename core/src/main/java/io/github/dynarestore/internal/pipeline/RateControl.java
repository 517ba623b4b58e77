package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TableCapacity.Source;
import io.github.dynarestore.internal.plan.TableCapacity.Throughput;
import io.github.dynarestore.internal.rate.AssumedCapacity;
import io.github.dynarestore.internal.rate.Ceiling;
import io.github.dynarestore.internal.rate.KeyRanges;
import io.github.dynarestore.internal.rate.LimitTimes;
import io.github.dynarestore.internal.rate.WritePacer;
import io.github.dynarestore.internal.write.BatchWriter;
import io.github.dynarestore.internal.write.Consumed;
import io.github.dynarestore.internal.write.PutOff;
import io.github.dynarestore.internal.write.Settlement;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import io.github.dynarestore.model.WriteRate;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a plan's rate means for a table: the pace of the writer by what the table and its indexes can take and by what
 * DynamoDB answers. Knows what limits it. Thread-safe.
 */
final class RateControl implements BatchWriter.Pace {

    /** What DynamoDB takes of one table unless a quota is raised (Service quotas, on-demand mode). */
    private static final double TABLE_QUOTA_UNITS = 40_000;

    /** A rate that is sought begins with this part of what the table is known to take. */
    private static final double SOUGHT_FROM = 0.5;

    private final WritePacer pacer;
    private final KeyRanges ranges;
    private final LimitTimes times;
    private final AssumedCapacity assumed;
    private final AtomicInteger readersHeld = new AtomicInteger();
    private double assumedUnits = TableCapacity.NEW_ON_DEMAND_UNITS;
    private WriteRate rate;
    private TableCapacity capacity;

    RateControl(WriteRate rate, TableCapacity capacity, LongSupplier nanoTime) {
        this.rate = rate;
        this.capacity = capacity;
        ranges = new KeyRanges(nanoTime);
        times = new LimitTimes(nanoTime);
        assumed = new AssumedCapacity(assumedUnits, nanoTime);
        pacer = new WritePacer(ceiling(rate, capacity.table()), ceilings(rate, capacity), ranges, nanoTime);
    }

    private Map<String, Ceiling> ceilings(WriteRate asked, TableCapacity taken) {
        Map<String, Ceiling> ceilings = new TreeMap<>();
        taken.indexes().forEach((name, throughput) -> ceilings.put(name, ceiling(asked, throughput)));
        return ceilings;
    }

    private Ceiling ceiling(WriteRate asked, Throughput taken) {
        boolean isBound = taken.source() == Source.PROVISIONED || taken.source() == Source.MAXIMUM;
        double known = isBound ? taken.unitsPerSecond() : Double.POSITIVE_INFINITY;
        double units = taken.source() == Source.ASSUMED ? assumedUnits : taken.unitsPerSecond();
        if (asked instanceof WriteRate.UnitsPerSecond absolute) {
            return Ceiling.held(absolute.value(), known);
        }
        if (asked instanceof WriteRate.FractionOfTable fraction) {
            return Ceiling.held(fraction.value() * units, known);
        }
        return Ceiling.soughtFrom(
                Math.max(1, SOUGHT_FROM * units), isBound ? units : Math.max(TABLE_QUOTA_UNITS, 2 * units), known);
    }

    /** Changes what is asked. */
    synchronized void rate(WriteRate asked) {
        rate = asked;
        pacer.ceilings(ceiling(rate, capacity.table()), ceilings(rate, capacity));
    }

    /** Takes note of what the table takes now. */
    synchronized void capacity(TableCapacity now) {
        capacity = now;
        assumedUnits = assumed.after(pacer.usedUnitsPerSecond());
        pacer.ceilings(ceiling(rate, capacity.table()), ceilings(rate, capacity));
    }

    @Override
    public long tryTake(double units) {
        return pacer.tryTake(units);
    }

    @Override
    public void departed(double units) {
        pacer.departed(units);
    }

    @Override
    public void waitsFor(BatchWriter.Waiting what) {
        times.heldBy(
                switch (what) {
                    case WRITES -> WriteLimit.of(readersHeld.get() > 0 ? Kind.KEY_RANGE : Kind.READING);
                    case PACE -> pacer.limit();
                    case ANSWERS -> WriteLimit.of(Kind.ANSWERS);
                    case RETRIES -> WriteLimit.of(pacer.isHeldByRanges() ? Kind.KEY_RANGE : Kind.RETRIES);
                    case NOTHING -> null;
                });
    }

    /** Settles what was taken for a call. */
    void settled(Settlement settlement) {
        Consumed consumed = settlement.consumed();
        if (consumed == null) {
            pacer.keep(settlement.taken());
        } else {
            pacer.settle(settlement.taken(), settlement.expected(), consumed.tableUnits(), consumed.indexUnits());
        }
    }

    /** Takes note that writes were done, at least one. */
    void done(long[] tokens) {
        pacer.done(ranges(tokens));
    }

    /** Takes note of writes that DynamoDB did not take for now. */
    void putOff(PutOff writes) {
        pacer.putOff(writes.why(), ranges(writes.tokens()));
    }

    /** An object stands for the stretch of keys that it holds. */
    private static int[] ranges(long[] tokens) {
        int[] ranges = new int[tokens.length];
        for (int i = 0; i < ranges.length; i++) {
            ranges[i] = (int) (tokens[i] >>> 32);
        }
        return ranges;
    }

    /** For how long no more of an object's writes should be sent, in nanoseconds. */
    long heldNanos(int object) {
        return ranges.heldNanos(object);
    }

    /** Nothing more of an object will be sent but for what is under way. */
    void objectDone(int object) {
        ranges.end(object);
    }

    /** A thread has nothing to read from but objects that are held back. */
    void readerHeld() {
        readersHeld.incrementAndGet();
    }

    /** It has again. */
    void readerFree() {
        readersHeld.decrementAndGet();
    }

    /** How fast the table is written at most, in units per second. */
    synchronized double mostUnitsPerSecond() {
        return ceiling(rate, capacity.table()).most();
    }

    /** What held the writes back lately; null if nothing did. */
    @Nullable
    WriteLimit currentLimit() {
        return times.current();
    }

    /** For how many nanoseconds each limit held the writes back. */
    Map<WriteLimit, Long> limitNanos() {
        return times.nanos();
    }
}
