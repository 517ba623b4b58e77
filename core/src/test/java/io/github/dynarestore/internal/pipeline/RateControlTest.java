package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TableCapacity.Source;
import io.github.dynarestore.internal.plan.TableCapacity.Throughput;
import io.github.dynarestore.internal.write.BatchWriter;
import io.github.dynarestore.internal.write.Consumed;
import io.github.dynarestore.internal.write.ManualTimer;
import io.github.dynarestore.internal.write.Settlement;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import io.github.dynarestore.model.WriteRate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateControlTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTimer timer = new ManualTimer();

    private static TableCapacity table(double units, Source source) {
        return new TableCapacity(new Throughput(units, source), Map.of());
    }

    /** Units per second that it lets through. */
    private double pace(RateControl rate, int seconds) {
        return pace(rate, seconds, null);
    }

    private double pace(RateControl rate, int seconds, @Nullable String index) {
        double units = 0;
        long end = timer.nanoTime() + seconds * SECOND;
        while (timer.nanoTime() < end) {
            long wait = rate.tryTake(5);
            if (wait > 0) {
                timer.advance(wait);
            } else {
                units += 5;
                rate.departed(5);
                rate.done(new long[1]);
                Map<String, Double> ofIndexes = index == null ? Map.of() : Map.of(index, 5.0);
                rate.settled(new Settlement(5, 5, new Consumed(5, 5, ofIndexes)));
            }
        }
        return units / seconds;
    }

    @Test
    void tryTake_shareOfAutoscaledTable_followsItsCapacityEachMinute() {
        RateControl rate =
                new RateControl(WriteRate.fractionOfTable(0.5), table(1_000, Source.PROVISIONED), timer::nanoTime);
        Deque<TableCapacity> found = new ArrayDeque<>();
        found.add(table(4_000, Source.PROVISIONED));
        found.add(table(200, Source.PROVISIONED));
        CapacityWatch watch = CapacityWatch.start(
                () -> found.isEmpty()
                        ? CompletableFuture.failedFuture(new IllegalStateException("not now"))
                        : CompletableFuture.completedFuture(found.remove()),
                rate::capacity,
                timer);

        assertThat(pace(rate, 30)).isBetween(495.0, 506.0);
        assertThat(timer.runNext()).isTrue();
        assertThat(pace(rate, 30)).isBetween(1_980.0, 2_020.0);
        assertThat(timer.runNext()).isTrue();
        assertThat(pace(rate, 30)).isBetween(98.0, 102.0);
        assertThat(timer.runNext()).isTrue();
        assertThat(pace(rate, 30)).as("as found last").isBetween(98.0, 102.0);

        watch.close();
        assertThat(timer.runNext()).isTrue();
        assertThat(timer.runNext()).as("looks no more").isFalse();
    }

    @Test
    void capacity_ofIndexOrModeChanges_isFollowed() {
        RateControl rate = new RateControl(
                WriteRate.fractionOfTable(0.5), indexed(10_000, 100, Source.PROVISIONED), timer::nanoTime);
        assertThat(pace(rate, 30, "by-date")).as("the index sets the pace").isBetween(49.0, 51.0);

        rate.capacity(indexed(10_000, 2_000, Source.PROVISIONED));
        assertThat(pace(rate, 30, "by-date")).isBetween(980.0, 1_020.0);

        rate.capacity(indexed(600, 800, Source.MAXIMUM));
        pace(rate, 2, "by-date");
        assertThat(pace(rate, 30, "by-date"))
                .as("on demand, the table's maximum")
                .isBetween(295.0, 306.0);

        rate.capacity(table(6_000, Source.WARM));
        assertThat(rate.mostUnitsPerSecond()).isEqualTo(3_000);
        rate.capacity(indexed(4_000, 4_000, Source.ASSUMED));
        assertThat(pace(rate, 30, "by-date")).as("what a new table takes").isBetween(1_960.0, 2_040.0);
    }

    private static TableCapacity indexed(double table, double index, Source source) {
        return new TableCapacity(new Throughput(table, source), Map.of("by-date", new Throughput(index, source)));
    }

    @Test
    void rate_changedWhileRunning_countsAtOnce() {
        RateControl rate =
                new RateControl(WriteRate.unitsPerSecond(100), table(1_000, Source.PROVISIONED), timer::nanoTime);
        assertThat(pace(rate, 10)).isBetween(99.0, 103.0);

        rate.rate(WriteRate.unitsPerSecond(5_000));
        assertThat(pace(rate, 10)).isBetween(4_950.0, 5_050.0);

        rate.rate(WriteRate.adaptive());
        assertThat(pace(rate, 60)).isLessThan(1_020);
        assertThat(rate.mostUnitsPerSecond()).isEqualTo(1_000);
    }

    @Test
    void capacity_onDemandTableOfUnknownThroughput_doublesEachHalfHour() {
        RateControl rate = new RateControl(WriteRate.fractionOfTable(1), table(4_000, Source.ASSUMED), timer::nanoTime);
        for (int minute = 0; minute < 29; minute++) {
            assertThat(pace(rate, 1)).as("the first second").isBetween(3_780.0, 4_110.0);
            timer.advance(59 * SECOND);
            assertThat(pace(rate, 1)).as("after idling").isBetween(3_780.0, 4_110.0);
            rate.capacity(table(4_000, Source.ASSUMED));
        }
        timer.advance(120 * SECOND);
        rate.capacity(table(4_000, Source.ASSUMED));

        assertThat(pace(rate, 10)).isBetween(7_500.0, 8_200.0);
    }

    @Test
    void currentLimit_whatTheWriterWaitsFor_isNamed() {
        RateControl rate =
                new RateControl(WriteRate.unitsPerSecond(100), table(1_000, Source.PROVISIONED), timer::nanoTime);
        Map<BatchWriter.Waiting, Kind> kinds = Map.of(
                BatchWriter.Waiting.WRITES, Kind.READING,
                BatchWriter.Waiting.PACE, Kind.RATE,
                BatchWriter.Waiting.ANSWERS, Kind.ANSWERS,
                BatchWriter.Waiting.RETRIES, Kind.RETRIES);
        kinds.forEach((waiting, kind) -> {
            rate.waitsFor(waiting);
            timer.advance(5 * SECOND);
            assertThat(rate.currentLimit()).isEqualTo(WriteLimit.of(kind));
        });
        rate.readerHeld();
        rate.waitsFor(BatchWriter.Waiting.WRITES);
        timer.advance(5 * SECOND);
        assertThat(rate.currentLimit()).hasToString("key ranges");
        rate.waitsFor(BatchWriter.Waiting.NOTHING);
        timer.advance(10 * SECOND);

        assertThat(rate.currentLimit()).isNull();
        assertThat(rate.limitNanos())
                .containsEntry(WriteLimit.of(Kind.READING), 5 * SECOND)
                .containsEntry(WriteLimit.of(Kind.KEY_RANGE), 5 * SECOND);
    }
}
