package io.github.dynarestore.internal.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WritePacerTest {

    private static final long SECOND = 1_000_000_000L;
    private static final double UNKNOWN = Double.POSITIVE_INFINITY;

    private final long[] now = {123_456_789L};

    /** Units that went out, and when. */
    private record Sent(long atNanos, double units) {}

    @Provide
    Arbitrary<Double> rates() {
        return Arbitraries.of(500.0, 5_000.0, 40_000.0);
    }

    /** Sends whenever the pacer lets it, a timer's lateness after it was told to ask again. */
    private List<Sent> send(WritePacer pacer, Random random, int largest, long latestNanos, long forNanos) {
        List<Sent> sent = new ArrayList<>();
        long end = now[0] + forNanos;
        while (now[0] < end) {
            int units = 1 + random.nextInt(largest);
            long wait;
            while ((wait = pacer.tryTake(units)) > 0) {
                now[0] += wait + random.nextLong(latestNanos + 1);
            }
            sent.add(new Sent(now[0], units));
            pacer.departed(units);
            pacer.settle(units, units, units, Map.of());
        }
        return sent;
    }

    /** Behind its first second, which takes less. */
    private WritePacer warm(WritePacer pacer) {
        assertThat(pacer.tryTake(0)).isZero();
        now[0] += SECOND;
        return pacer;
    }

    private static double mostIn(List<Sent> sent, long windowNanos) {
        double most = 0;
        double inWindow = 0;
        Deque<Sent> window = new ArrayDeque<>();
        for (Sent one : sent) {
            window.add(one);
            inWindow += one.units();
            while (window.element().atNanos() <= one.atNanos() - windowNanos) {
                inWindow -= window.remove().units();
            }
            most = Math.max(most, inWindow);
        }
        return most;
    }

    /** The least that any window within the whole holds which begins with a write. */
    private static double leastIn(List<Sent> sent, long windowNanos) {
        double least = Double.MAX_VALUE;
        double inWindow = 0;
        int end = 0;
        for (int begin = 0; begin < sent.size(); begin++) {
            while (end < sent.size()
                    && sent.get(end).atNanos() < sent.get(begin).atNanos() + windowNanos) {
                inWindow += sent.get(end++).units();
            }
            if (end == sent.size()) {
                break;
            }
            least = Math.min(least, inWindow);
            inWindow -= sent.get(begin).units();
        }
        return least;
    }

    @Property(tries = 60)
    void tryTake_anyBatchesAndLateTimers_keepsTheRateInAnyTenSecondsAndAnySecond(
            @ForAll("rates") double rate, @ForAll long seed, @ForAll @IntRange(min = 1, max = 25) int largest) {
        Random random = new Random(seed);
        WritePacer pacer = new WritePacer(rate, () -> now[0]);

        List<Sent> sent = send(pacer, random, largest, 5_000_000, 30 * SECOND);

        assertThat(mostIn(sent, SECOND)).isLessThanOrEqualTo(rate * 1.005 + largest);
        assertThat(mostIn(sent, 10 * SECOND)).isLessThanOrEqualTo(rate * 10 * 1.01);
        assertThat(leastIn(sent, 10 * SECOND)).isGreaterThanOrEqualTo(rate * 10 * 0.99);
        assertThat(mostIn(sent.subList(0, sent.size() / 20), SECOND / 10))
                .as("at the start")
                .isLessThanOrEqualTo(rate * 0.12 + largest);
    }

    @Property(tries = 60)
    void tryTake_stallsAndIdling_makesUpForNoneOfThem(
            @ForAll("rates") double rate, @ForAll long seed, @ForAll @IntRange(min = 1, max = 25) int largest) {
        Random random = new Random(seed);
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        List<Sent> sent = new ArrayList<>();
        for (int stall = 0; stall < 8; stall++) {
            sent.addAll(send(pacer, random, largest, 1_000_000, random.nextLong(3 * SECOND)));
            now[0] += random.nextLong(5 * SECOND);
        }

        assertThat(mostIn(sent, SECOND)).isLessThanOrEqualTo(rate * 1.005 + largest);
    }

    /** Signing takes its time, and the thread that sends is now and then not let run: all leaves when it is. */
    @Property(tries = 60)
    void departed_afterDelaysAndStalls_keepsTheRateAsItLeaves(
            @ForAll("rates") double rate, @ForAll long seed, @ForAll @IntRange(min = 1, max = 25) int largest) {
        Random random = new Random(seed);
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        Deque<Sent> signed = new ArrayDeque<>();
        List<Sent> left = new ArrayList<>();
        long stalledUntil = now[0];
        long end = now[0] + 30 * SECOND;
        while (now[0] < end) {
            while (!signed.isEmpty() && Math.max(signed.element().atNanos(), stalledUntil) <= now[0]) {
                double units = signed.remove().units();
                pacer.departed(units);
                left.add(new Sent(now[0], units));
                pacer.settle(units, units, units, Map.of());
            }
            if (random.nextInt(20_000) == 0) {
                stalledUntil = now[0] + random.nextLong(25_000_000);
            }
            int units = 1 + random.nextInt(largest);
            long wait = pacer.tryTake(units);
            if (wait > 0) {
                now[0] += Math.min(wait, 500_000);
            } else {
                signed.add(new Sent(now[0] + random.nextLong(2_000_000), units));
            }
        }

        assertThat(mostIn(left, SECOND)).isLessThanOrEqualTo(rate * 1.005 + largest);
        assertThat(mostIn(left, 10 * SECOND)).isLessThanOrEqualTo(rate * 10 * 1.01);
        assertThat(leastIn(left, 10 * SECOND)).isGreaterThanOrEqualTo(rate * 10 * 0.99);
    }

    /** What comes first opens connections: arrivals that are late by 50 ms at first would be 5 % on top of the rate. */
    @ParameterizedTest
    @ValueSource(longs = {0, 5 * SECOND})
    void tryTake_firstSecondAfterStartOrIdling_holdsATwentiethLess(long idleNanos) {
        WritePacer pacer = new WritePacer(5_000, () -> now[0]);
        if (idleNanos > 0) {
            var unused = send(pacer, new Random(1), 25, 0, 3 * SECOND);
            now[0] += idleNanos;
        }

        List<Sent> sent = send(pacer, new Random(2), 25, 0, 3 * SECOND);

        double first = sent.stream()
                .filter(one -> one.atNanos() < sent.get(0).atNanos() + SECOND)
                .mapToDouble(Sent::units)
                .sum();
        assertThat(first).isBetween(5_000 * 0.94, 5_000 * 0.95 + 25);
        assertThat(leastIn(sent.subList(sent.size() / 2, sent.size()), SECOND)).isGreaterThan(5_000 * 0.98);
    }

    @ParameterizedTest
    @ValueSource(doubles = {500, 5_000, 40_000})
    void settle_dearerThanExpected_slowsByAsMuch(double rate) {
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        double total = 0;
        long started = now[0];
        while (now[0] - started < 20 * SECOND) {
            now[0] += pacer.reserveNanos(10);
            pacer.settle(10, 10, 30, Map.of());
            total += 30;
        }
        assertThat(total / 20).isBetween(rate * 0.99, rate * 1.01);
    }

    /** Three local indexes on a slow table: each batch of 25 takes 100 units. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 5, 25})
    void settle_dearerThanExpectedAtASlowRate_slowsByAsMuch(double rate) {
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        double total = 0;
        long started = now[0];
        while (now[0] - started < 4_000 * SECOND) {
            now[0] += pacer.reserveNanos(25);
            pacer.settle(25, 25, 100, Map.of());
            total += 100;
        }
        assertThat(total / ((now[0] - started) / 1e9)).isBetween(rate * 0.9, rate * 1.1);
    }

    /** Answers come a while after the calls; what an index takes is learned, and counts at once for what is under way. */
    @Property(tries = 60)
    void tryTake_indexThatTakesMore_isHeldToItsOwnRateAndSetsThePace(
            @ForAll("rates") double rate,
            @ForAll long seed,
            @ForAll @IntRange(min = 2, max = 8) int timesAsDear,
            @ForAll @IntRange(min = 1, max = 40) int callMillis) {
        Random random = new Random(seed);
        WritePacer pacer = new WritePacer(
                Ceiling.held(rate, UNKNOWN),
                Map.of("by-date", Ceiling.held(rate, UNKNOWN)),
                new KeyRanges(() -> now[0]),
                () -> now[0]);
        Deque<Sent> underWay = new ArrayDeque<>();
        List<Sent> ofIndex = new ArrayList<>();
        long end = now[0] + 30 * SECOND;
        while (now[0] < end) {
            while (!underWay.isEmpty() && underWay.element().atNanos() + callMillis * 1_000_000L <= now[0]) {
                double units = underWay.remove().units();
                pacer.settle(units, units, units, Map.of("by-date", units * timesAsDear));
            }
            int units = 1 + random.nextInt(25);
            long wait = underWay.size() < 256 ? pacer.tryTake(units) : 1_000_000;
            if (wait > 0) {
                now[0] += Math.min(wait, 1_000_000);
            } else {
                pacer.departed(units);
                underWay.add(new Sent(now[0], units));
                ofIndex.add(new Sent(now[0], units * timesAsDear));
            }
        }

        List<Sent> learned = ofIndex.stream()
                .filter(sent -> sent.atNanos() > end - 20 * SECOND)
                .toList();
        assertThat(mostIn(learned, 10 * SECOND)).isLessThanOrEqualTo(rate * 10 * 1.01 + 25 * timesAsDear);
        assertThat(leastIn(learned, 10 * SECOND)).isGreaterThanOrEqualTo(rate * 10 * 0.99 - 25 * timesAsDear);
        assertThat(mostIn(learned, SECOND)).isLessThanOrEqualTo(rate * 1.02 + 2 * 25 * timesAsDear);
        assertThat(pacer.limit()).isEqualTo(new WriteLimit(Kind.CAPACITY, "by-date"));
        assertThat(pacer.limit()).hasToString("GSI by-date");
    }

    @Test
    void settle_nothingWasDone_givesBackWhatWasTaken() {
        WritePacer pacer = warm(new WritePacer(10, () -> now[0]));
        assertThat(pacer.tryTake(100)).isZero();
        pacer.departed(100);
        assertThat(pacer.tryTake(1)).isBetween(10 * SECOND - SECOND / 20, 10 * SECOND);

        pacer.settle(100, 0, 0, Map.of());

        assertThat(pacer.tryTake(1)).isZero();
    }

    @Test
    void ceilings_raised_whatWasTakenIsPaidForAtTheNewRate() {
        WritePacer pacer = warm(new WritePacer(1, () -> now[0]));
        assertThat(pacer.tryTake(100)).isZero();
        pacer.departed(100);
        assertThat(pacer.tryTake(1)).isBetween(100 * SECOND - SECOND / 20, 100 * SECOND);
        assertThat(pacer.limit()).isEqualTo(WriteLimit.of(Kind.RATE));

        pacer.unitsPerSecond(100);

        assertThat(pacer.tryTake(1)).isBetween(SECOND - SECOND / 1_000, SECOND);
    }

    /** A table that takes less than is asked: what comes on top of it is put off. */
    private double taken(WritePacer pacer, double capacity, int seconds, WriteLimit why) {
        double total = 0;
        long end = now[0] + seconds * SECOND;
        double tokens = 0;
        long filled = now[0];
        int range = 0;
        while (now[0] < end) {
            long wait = pacer.tryTake(25);
            if (wait > 0) {
                now[0] += wait;
                continue;
            }
            pacer.departed(25);
            tokens = Math.min(capacity / 2, tokens + capacity * (now[0] - filled) / SECOND);
            filled = now[0];
            now[0] += 100_000;
            range++;
            int[] ranges = new int[25];
            Arrays.fill(ranges, range % 100);
            if (tokens >= 25) {
                tokens -= 25;
                total += 25;
                pacer.done(ranges);
                pacer.settle(25, 25, 25, Map.of("by-date", 25.0));
            } else {
                pacer.settle(25, 0, 0, Map.of());
                pacer.putOff(why, ranges);
                now[0] += 1_000_000;
            }
        }
        return total / seconds;
    }

    @Test
    void putOff_indexIsFull_cutsTheRateToWhatItTakesAndIsNamed() {
        WriteLimit full = new WriteLimit(Kind.CAPACITY, "by-date");
        WritePacer pacer = new WritePacer(
                Ceiling.held(40_000, UNKNOWN),
                Map.of("by-date", Ceiling.held(40_000, UNKNOWN)),
                new KeyRanges(() -> now[0]),
                () -> now[0]);
        taken(pacer, 600, 30, full);

        double taken = taken(pacer, 600, 30, full);

        assertThat(taken).isGreaterThan(600 * 0.9);
        assertThat(pacer.allowedUnitsPerSecond()).as("of the table").isEqualTo(40_000);
        assertThat(pacer.limit()).isEqualTo(full);
    }

    @ParameterizedTest
    @ValueSource(doubles = {500, 5_000, 40_000})
    void putOff_allForAMinuteThenNothing_isBackWithinTenSeconds(double rate) {
        WritePacer pacer = new WritePacer(rate, () -> now[0]);
        taken(pacer, 0, 60, WriteLimit.of(Kind.CAPACITY));
        assertThat(pacer.allowedUnitsPerSecond()).isLessThan(rate * 0.1);

        now[0] += 10 * SECOND;

        assertThat(pacer.allowedUnitsPerSecond()).isEqualTo(rate);
    }

    /** The answer to a write that was done comes after that to one that was refused, when all is held already. */
    @Test
    void putOff_accountTakesSomeBetweenPauses_noPauseIsLonger() {
        WritePacer pacer = new WritePacer(1_000_000, () -> now[0]);
        for (int round = 0; round < 6; round++) {
            assertThat(pacer.tryTake(1)).as("round %d", round).isZero();
            pacer.putOff(WriteLimit.of(Kind.ACCOUNT), new int[25]);
            pacer.done(new int[1]);
            now[0] += 5 * SECOND;
        }
    }

    @Test
    void putOff_accountIsFull_pausesLongerEachTimeAndOnceForAllCalls() {
        WritePacer pacer = new WritePacer(1_000_000, () -> now[0]);
        for (long seconds : new long[] {5, 10, 20, 40, 80, 80}) {
            pacer.putOff(WriteLimit.of(Kind.ACCOUNT), new int[25]);
            pacer.putOff(WriteLimit.of(Kind.ACCOUNT), new int[25]);

            assertThat(pacer.tryTake(1)).isEqualTo(seconds * SECOND);
            assertThat(pacer.limit()).isEqualTo(WriteLimit.of(Kind.ACCOUNT));
            now[0] += seconds * SECOND;
            assertThat(pacer.tryTake(1)).isZero();
        }
        pacer.done(new int[1]);
        pacer.putOff(WriteLimit.of(Kind.ACCOUNT), new int[25]);

        assertThat(pacer.tryTake(1)).isEqualTo(5 * SECOND);
    }

    @Test
    void putOff_oneRangeOfMany_holdsOnlyItAndLeavesTheRate() {
        KeyRanges ranges = new KeyRanges(() -> now[0]);
        WritePacer pacer = new WritePacer(Ceiling.held(40_000, UNKNOWN), Map.of(), ranges, () -> now[0]);
        for (int window = 0; window < 10; window++) {
            for (int range = 0; range < 80; range++) {
                pacer.done(new int[] {range});
            }
            pacer.putOff(null, new int[] {7, 7, 7});
            now[0] += SECOND / 2;
        }

        assertThat(pacer.tryTake(1)).isZero();
        assertThat(pacer.isHeldByRanges()).isTrue();
        ranges.putOff(new int[] {7});
        assertThat(ranges.heldNanos(7)).isPositive();
        assertThat(ranges.heldNanos(8)).isZero();
        assertThat(pacer.allowedUnitsPerSecond()).isEqualTo(40_000);
        now[0] += ranges.heldNanos(7);
        assertThat(ranges.heldNanos(7)).isZero();
    }

    @Test
    void putOff_allRangesAlike_cutsTheRate() {
        KeyRanges ranges = new KeyRanges(() -> now[0]);
        WritePacer pacer = new WritePacer(Ceiling.held(40_000, UNKNOWN), Map.of(), ranges, () -> now[0]);
        for (int range = 0; range < 80; range++) {
            pacer.done(new int[] {range});
            pacer.putOff(null, new int[] {range});
        }
        now[0] += SECOND / 2;

        assertThat(pacer.allowedUnitsPerSecond()).isBetween(20_000.0, 22_000.0);
        assertThat(pacer.isHeldByRanges()).isFalse();
        assertThat(pacer.limit()).isEqualTo(WriteLimit.of(Kind.CAPACITY));
    }

    /** From 2,000 the rate is looked for; the table takes 10,000. */
    @Test
    void soughtRate_risesToWhatTheTableTakesAndStaysThere() {
        WritePacer pacer = new WritePacer(
                Ceiling.soughtFrom(2_000, 40_000, UNKNOWN), Map.of(), new KeyRanges(() -> now[0]), () -> now[0]);
        double first = taken(pacer, 10_000, 1, null);
        taken(pacer, 10_000, 60, null);

        double later = taken(pacer, 10_000, 60, null);

        assertThat(first).isLessThan(2_500);
        assertThat(later).isGreaterThan(9_000);
    }

    @Test
    void soughtRate_tableThatTakesAll_endsAtItsCeiling() {
        WritePacer pacer = new WritePacer(
                Ceiling.soughtFrom(500, 1_000, 1_000), Map.of(), new KeyRanges(() -> now[0]), () -> now[0]);
        taken(pacer, 1_000_000, 60, null);

        double later = taken(pacer, 1_000_000, 20, null);

        assertThat(later).isBetween(985.0, 1_010.0);
        assertThat(pacer.limit()).isEqualTo(WriteLimit.of(Kind.CAPACITY));
    }
}
