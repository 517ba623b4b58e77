package io.github.dynarestore.internal.rate;

import io.github.dynarestore.model.WriteLimit;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds writes to a rate: says how long to wait before the next may go out. The table and each of its global indexes has
 * an account of its own, and the fullest sets the pace. What DynamoDB puts off cuts the rate of what is said to be full,
 * which then rises again. Of time that was not used a twentieth of a second is made up for, and no second holds more than
 * half a percent and a batch above the rate as it leaves, so there is no burst at the start, after idling or after a stall.
 * See docs/decisions/0007. Thread-safe.
 */
public final class WritePacer {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final long WINDOW_NANOS = 500_000_000;
    private static final long GROWTH_NANOS = 10_000_000;
    private static final long FIRST_PAUSE_NANOS = 5_000_000_000L;
    private static final long NAMED_NANOS = 5_000_000_000L;
    private static final int MAX_DOUBLINGS = 4;

    private final LongSupplier nanoTime;
    private final KeyRanges ranges;
    private final Lane table;
    private final Map<String, Lane> indexes = new TreeMap<>();
    private Lane fullest;
    private double departing;

    private long windowFromNanos;
    private long grownAtNanos;
    private int doneInWindow;
    private int unnamedInWindow;
    private long unnamedAtNanos;
    private @Nullable WriteLimit lastNamed;
    private long lastNamedNanos;
    private boolean isHeldByRanges;

    private int pauses;
    private boolean isDoneSincePause;
    private long pausedUntilNanos;

    /**
     * Creates one that holds a rate and knows of no indexes.
     *
     * @param unitsPerSecond the rate, above 0
     * @param nanoTime monotonic clock
     */
    public WritePacer(double unitsPerSecond, LongSupplier nanoTime) {
        this(Ceiling.held(unitsPerSecond, Double.POSITIVE_INFINITY), Map.of(), new KeyRanges(nanoTime), nanoTime);
    }

    /**
     * Creates one.
     *
     * @param table how fast the table may be written
     * @param indexes how fast each global index may be written, by its name
     * @param ranges told of the writes' ranges
     * @param nanoTime monotonic clock
     */
    public WritePacer(Ceiling table, Map<String, Ceiling> indexes, KeyRanges ranges, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.ranges = ranges;
        long now = nanoTime.getAsLong();
        this.table = new Lane(null, table, now);
        indexes.forEach((name, ceiling) -> this.indexes.put(name, new Lane(name, ceiling, now)));
        fullest = this.table;
        windowFromNanos = now;
        grownAtNanos = now;
        pausedUntilNanos = now;
    }

    /** Takes units that are spent after a wait, and returns how long it is, in nanoseconds. */
    public synchronized long reserveNanos(double units) {
        long now = advance();
        double mayGoAt = mayGoAtNanos(now);
        take(units, now);
        departed(units);
        return Math.max(0, (long) (mayGoAt - now));
    }

    /**
     * Takes units if they may be spent now, and returns 0; else returns after how many nanoseconds to ask again. What is
     * taken counts into no second until it {@linkplain #departed departs}, and into each until then.
     */
    public synchronized long tryTake(double units) {
        long now = advance();
        double mayGoAt = mayGoAtNanos(now);
        if (mayGoAt > now) {
            return Math.max(1, (long) Math.ceil(mayGoAt - now));
        }
        take(units, now);
        return 0;
    }

    private double mayGoAtNanos(long now) {
        fullest = table;
        double mayGoAt = table.mayGoAtNanos(departing, now);
        for (Lane index : indexes.values()) {
            double ofIndex = index.mayGoAtNanos(departing, now);
            if (ofIndex > mayGoAt) {
                mayGoAt = ofIndex;
                fullest = index;
            }
        }
        return Math.max(mayGoAt, pausedUntilNanos);
    }

    private void take(double units, long now) {
        departing += units;
        table.take(units, now);
        indexes.values().forEach(index -> index.take(units, now));
    }

    /** Takes note that what units were taken for leaves this process only now. */
    public synchronized void departed(double units) {
        long now = nanoTime.getAsLong();
        departing -= units;
        table.departed(units, now);
        indexes.values().forEach(index -> index.departed(units, now));
    }

    /** Changes the rate; what was taken ahead of time is paid for at the new one. */
    public void unitsPerSecond(double unitsPerSecond) {
        ceilings(Ceiling.held(unitsPerSecond, Double.POSITIVE_INFINITY), Map.of());
    }

    /** Changes how fast may be written; an index that is not named keeps what it has, and one that is new counts from now. */
    public synchronized void ceilings(Ceiling ofTable, Map<String, Ceiling> ofIndexes) {
        long now = advance();
        table.ceiling(ofTable, now);
        ofIndexes.forEach((name, ceiling) -> {
            Lane index = indexes.get(name);
            if (index == null) {
                indexes.put(name, new Lane(name, ceiling, now));
            } else {
                index.ceiling(ceiling, now);
            }
        });
    }

    /**
     * Corrects what was taken by what DynamoDB says was spent, which indexes and overwritten items raise.
     *
     * <p>What was taken for writes that were put off is given back, unless DynamoDB names of late what is full: it would only
     * be spent on having them put off again.
     *
     * @param taken what was taken
     * @param expected what was taken for the writes that were done
     * @param ofTable what was spent of the table, its local indexes included
     * @param ofIndexes what was spent of the global indexes, by name
     */
    public synchronized void settle(double taken, double expected, double ofTable, Map<String, Double> ofIndexes) {
        long now = advance();
        double charged = isNamedFull(now) ? expected : taken;
        table.settle(taken, charged, ofTable, now);
        indexes.forEach((name, index) -> index.settle(taken, charged, ofIndexes.getOrDefault(name, 0.0), now));
        if (expected > 0) {
            table.learn(expected, ofTable);
            indexes.forEach((name, index) -> index.learn(expected, ofIndexes.getOrDefault(name, 0.0)));
        }
    }

    /** Lets stand what was taken for writes of which nobody knows what they spent. */
    public synchronized void keep(double taken) {
        table.keep(taken);
        indexes.values().forEach(index -> index.keep(taken));
    }

    /**
     * Takes note that writes were done.
     *
     * @param ofRanges the range of each write, at least one
     */
    public void done(int[] ofRanges) {
        ranges.done(ofRanges);
        synchronized (this) {
            doneInWindow += ofRanges.length;
            isDoneSincePause = true;
        }
    }

    /**
     * Takes note that DynamoDB put writes off.
     *
     * @param why what it says is full; null if it does not say
     * @param ofRanges the range of each write
     */
    public void putOff(@Nullable WriteLimit why, int[] ofRanges) {
        boolean isOfRanges = why != null && isOfRanges(why);
        if (why == null || isOfRanges) {
            ranges.putOff(ofRanges);
        }
        synchronized (this) {
            if (why != null) {
                lastNamed = why;
                lastNamedNanos = nanoTime.getAsLong();
            }
            if (why == null) {
                unnamedInWindow += ofRanges.length;
                unnamedAtNanos = nanoTime.getAsLong();
            } else if (isOfRanges) {
                isHeldByRanges = true;
            } else if (why.kind() == WriteLimit.Kind.ACCOUNT) {
                pause();
            } else {
                lane(why.index()).putOff(ofRanges.length, why.kind(), nanoTime.getAsLong());
            }
            advance();
        }
    }

    private @Nullable WriteLimit lastNamed(long nanos) {
        return lastNamed != null && nanos - lastNamedNanos < NAMED_NANOS ? lastNamed : null;
    }

    private boolean isNamedFull(long nanos) {
        WriteLimit why = lastNamed(nanos);
        return why != null && !isOfRanges(why) && why.kind() != WriteLimit.Kind.ACCOUNT;
    }

    /** An index has ranges of its own, which the table's say nothing of. */
    private static boolean isOfRanges(WriteLimit why) {
        return why.kind() == WriteLimit.Kind.KEY_RANGE && why.index() == null;
    }

    private Lane lane(@Nullable String index) {
        Lane known = index == null ? table : indexes.get(index);
        return known == null ? table : known;
    }

    /** Once for all calls that were under way. */
    private void pause() {
        long now = nanoTime.getAsLong();
        if (pausedUntilNanos - now <= 0) {
            // Refusals are answered sooner than writes are: what was done between two pauses may be heard of in the
            // second.
            pauses = isDoneSincePause ? 0 : pauses;
            isDoneSincePause = false;
            pausedUntilNanos = now + (FIRST_PAUSE_NANOS << Math.min(pauses, MAX_DOUBLINGS));
            pauses++;
        }
    }

    private long advance() {
        long now = nanoTime.getAsLong();
        if (now - windowFromNanos >= WINDOW_NANOS) {
            endWindow(now);
        }
        if (now - grownAtNanos >= GROWTH_NANOS) {
            double seconds = (now - grownAtNanos) / NANOS_PER_SECOND;
            grownAtNanos = now;
            table.grow(seconds, now);
            indexes.values().forEach(index -> index.grow(seconds, now));
        }
        return now;
    }

    private void endWindow(long now) {
        boolean apart = ranges.werePutOffApart();
        if (unnamedInWindow > 0) {
            // Unprocessed items come back without a reason; what calls were refused for of late is theirs as well.
            WriteLimit why = lastNamed(unnamedAtNanos);
            isHeldByRanges = why == null ? apart : isOfRanges(why);
            if (why == null && !apart) {
                fullestByCapacity().putOff(unnamedInWindow, WriteLimit.Kind.CAPACITY, unnamedAtNanos);
            } else if (why != null && !isHeldByRanges) {
                lane(why.index()).putOff(unnamedInWindow, why.kind(), unnamedAtNanos);
            }
        } else if (doneInWindow > 0) {
            isHeldByRanges = false;
        }
        double seconds = (now - windowFromNanos) / NANOS_PER_SECOND;
        table.endWindow(seconds, doneInWindow, now);
        indexes.values().forEach(index -> index.endWindow(seconds, doneInWindow, now));
        windowFromNanos = now;
        doneInWindow = 0;
        unnamedInWindow = 0;
    }

    /** The one that is nearest to its capacity is the likeliest to be full. */
    private Lane fullestByCapacity() {
        Lane likeliest = table;
        for (Lane index : indexes.values()) {
            if (index.fullness() > likeliest.fullness()) {
                likeliest = index;
            }
        }
        return likeliest;
    }

    /** What makes writes wait for their turn. */
    public synchronized WriteLimit limit() {
        return pausedUntilNanos - nanoTime.getAsLong() > 0 ? WriteLimit.of(WriteLimit.Kind.ACCOUNT) : fullest.limit();
    }

    /** Whether single ranges were put off of late, and others not. */
    public synchronized boolean isHeldByRanges() {
        return isHeldByRanges;
    }

    /** How fast the table may be written now, in units per second. */
    public synchronized double allowedUnitsPerSecond() {
        advance();
        return table.allowedUnitsPerSecond();
    }

    /** How fast the table was written in the last whole half second, in units per second. */
    public synchronized double usedUnitsPerSecond() {
        return table.usedUnitsPerSecond();
    }
}
