package io.github.dynarestore.internal.rate;

import io.github.dynarestore.model.WriteLimit;
import org.jspecify.annotations.Nullable;

/**
 * The account of the table or of one index: when its next write may go, how fast it may be written now, and what it takes
 * of a write. Of time that was not used a twentieth of a second is made up for, if no second is overrun by it. Guarded by
 * its pacer.
 */
final class Lane {

    /** Enough to even out late timers and short stalls, less than 1 % of ten seconds. */
    private static final long MAX_UNUSED_NANOS = 45_000_000;

    /**
     * What any second may hold of the rate, and one batch, as it leaves. Where it arrives it is to be 2 %, and calls that
     * come 15 ms closer together than they left are 1.5 %.
     */
    private static final double MOST_OF_A_SECOND = 1.005;

    private static final double NANOS_PER_SECOND = 1e9;

    /** The first second after a start or idling takes less: its first calls open connections, and come late and together. */
    private static final double COLD = 0.95;

    private static final long WARMING_NANOS = 1_000_000_000;
    private static final long IDLE_NANOS = 1_000_000_000;

    /** Most that one correction may add, so that one odd answer cannot stop the restore; or, at slow rates, ... */
    private static final double MAX_DEBT_SECONDS = 5;

    /** ... this many times what was taken: a write of one unit may replace an item of 400, in each index as well. */
    private static final double MAX_DEBT_OF_TAKEN = 1_000;

    /** How much of what is learned of a write's price comes from the newest answer. */
    private static final double NEWEST = 0.1;

    /** A rate that was cut rises by a twentieth in the first half second and four times as much each second after it. */
    private static final double RISE = 0.0577;

    private static final double RISE_BASE = 4;

    /** A rate that is sought grows each second by this part of what was taken at most so far. */
    private static final double GROWTH = 0.1;

    /** It does so only while this part of it is in use, or it would grow while nothing shows what the table takes. */
    private static final double USED_TO_GROW = 0.7;

    private static final double LEAST_CUT = 0.95;
    private static final double MOST_CUT = 0.5;

    /** A rate is cut to no less than this part of its ceiling, from where it is back in 7 seconds. */
    private static final double FLOOR = 0.002;

    /** The largest item takes 40 seconds of it. */
    private static final double LEAST_UNITS_PER_SECOND = 10;

    private final @Nullable String index;
    private Ceiling ceiling;
    private double allowed;
    private double factor = 1;
    private double outstanding;
    private final SlidingSecond lastSecond;
    private double freeAtNanos;
    private boolean wasUsed;
    private long warmAtNanos;
    private double cutTo;
    private long putOffAtNanos;
    private double usedInWindow;
    private int putOffInWindow;
    private double usedPerSecond;
    private double mostUsedPerSecond;
    private WriteLimit.Kind cutBy = WriteLimit.Kind.CAPACITY;

    Lane(@Nullable String index, Ceiling ceiling, long nowNanos) {
        this.index = index;
        this.ceiling = ceiling;
        allowed = ceiling.start();
        freeAtNanos = nowNanos;
        lastSecond = new SlidingSecond(nowNanos);
    }

    /**
     * When the next write may go.
     *
     * @param departing units that were taken for what is not on its way yet
     */
    double mayGoAtNanos(double departing, long nowNanos) {
        double most = ceiling.most() * (isCold(nowNanos) ? COLD : MOST_OF_A_SECOND);
        double mostLeft = most - departing * factor;
        long full = lastSecond.nanosUntilAtMost(mostLeft, nowNanos);
        return full > 0 ? Math.max(freeAtNanos, nowNanos + (double) full) : usedUpToNanos(nowNanos);
    }

    private boolean isCold(long nowNanos) {
        return nowNanos - warmAtNanos < 0;
    }

    private double usedUpToNanos(long nowNanos) {
        return Math.max(freeAtNanos, nowNanos - (double) MAX_UNUSED_NANOS);
    }

    /** Takes what writes of so many units of the table are thought to take here. */
    void take(double units, long nowNanos) {
        if (!wasUsed || nowNanos - freeAtNanos > IDLE_NANOS) {
            wasUsed = true;
            freeAtNanos = Math.max(freeAtNanos, nowNanos);
            warmAtNanos = nowNanos + WARMING_NANOS;
        }
        double nanos = units * factor * nanosPerUnit();
        freeAtNanos = usedUpToNanos(nowNanos) + (isCold(nowNanos) ? nanos / COLD : nanos);
        outstanding += units;
    }

    /** Counts what was taken into the second in which it goes. */
    void departed(double units, long nowNanos) {
        lastSecond.add(units * factor, nowNanos);
    }

    /** Lets what was taken stand, since nobody knows what was used. */
    void keep(double taken) {
        outstanding -= taken;
    }

    /**
     * Corrects what was taken by what was used.
     *
     * @param charged the part of what was taken that what was used stands against; the rest is not given back
     */
    void settle(double taken, double charged, double used, long nowNanos) {
        double most = Math.max(MAX_DEBT_SECONDS * NANOS_PER_SECOND, MAX_DEBT_OF_TAKEN * taken * nanosPerUnit());
        double correction = (used - charged * factor) * nanosPerUnit();
        freeAtNanos += Math.max(-most, Math.min(most, correction));
        lastSecond.add(used - charged * factor, nowNanos);
        outstanding -= taken;
        usedInWindow += used;
    }

    /** Learns the price from writes that were done; what is under way counts at the new one at once. */
    void learn(double expected, double used) {
        double change = (used / expected - factor) * NEWEST;
        factor += change;
        freeAtNanos += outstanding * change * nanosPerUnit();
    }

    void putOff(int writes, WriteLimit.Kind why, long nowNanos) {
        putOffInWindow += writes;
        putOffAtNanos = nowNanos;
        cutBy = why;
    }

    private double nanosPerUnit() {
        return NANOS_PER_SECOND / allowed;
    }

    void ceiling(Ceiling changed, long nowNanos) {
        boolean wasCut = isCut();
        ceiling = changed;
        if (wasCut || changed.isSought()) {
            allow(Math.min(Math.max(allowed, floor()), changed.most()), nowNanos);
        } else {
            allow(changed.most(), nowNanos);
        }
    }

    /** Changes the rate; what was taken ahead of time is paid for at the new one. */
    private void allow(double unitsPerSecond, long nowNanos) {
        if (freeAtNanos > nowNanos) {
            freeAtNanos = nowNanos + (freeAtNanos - nowNanos) * allowed / unitsPerSecond;
        }
        allowed = unitsPerSecond;
    }

    void grow(double seconds, long nowNanos) {
        if (!isCut()) {
            return;
        }
        double grown;
        if (ceiling.isSought()) {
            boolean isUsed = usedPerSecond >= USED_TO_GROW * allowed;
            grown = allowed + (isUsed ? GROWTH * Math.max(ceiling.start(), mostUsedPerSecond) * seconds : 0);
        } else {
            double sinceCut = (nowNanos - putOffAtNanos) / NANOS_PER_SECOND;
            grown = Math.max(allowed, cutTo * (1 + RISE * (Math.pow(RISE_BASE, sinceCut) - 1)));
        }
        allow(Math.min(ceiling.most(), grown), nowNanos);
    }

    /** Ends a window of so many seconds, in which so many writes were done; the rate is cut if too many were put off. */
    void endWindow(double seconds, int done, long nowNanos) {
        usedPerSecond = usedInWindow / seconds;
        mostUsedPerSecond = Math.max(mostUsedPerSecond, usedPerSecond);
        if (putOffInWindow > 0) {
            double share = (double) putOffInWindow / (putOffInWindow + done);
            double kept = Math.max(MOST_CUT, Math.min(LEAST_CUT, 1 - share));
            // Not below what was taken: writes may be put off that would have come on top of it.
            double found = Math.max(allowed * kept, Math.min(usedPerSecond, allowed) * LEAST_CUT);
            cutTo = Math.max(found, Math.min(allowed, floor()));
            allow(cutTo, nowNanos);
            mostUsedPerSecond = Math.max(usedPerSecond, mostUsedPerSecond * LEAST_CUT);
        }
        usedInWindow = 0;
        putOffInWindow = 0;
    }

    private double floor() {
        return Math.max(ceiling.most() * FLOOR, Math.min(ceiling.most(), LEAST_UNITS_PER_SECOND));
    }

    /** How much of its capacity is used. */
    double fullness() {
        return usedInWindow / ceiling.capacity();
    }

    private boolean isCut() {
        return allowed < ceiling.most();
    }

    double allowedUnitsPerSecond() {
        return allowed;
    }

    double usedUnitsPerSecond() {
        return usedPerSecond;
    }

    /** What it is that holds writes back when this lane does. */
    WriteLimit limit() {
        if (isCut()) {
            return new WriteLimit(cutBy, index);
        }
        return index == null && !ceiling.isSought()
                ? WriteLimit.of(WriteLimit.Kind.RATE)
                : new WriteLimit(WriteLimit.Kind.CAPACITY, index);
    }
}
