package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TableCapacity.Source;
import io.github.dynarestore.internal.plan.TableCapacity.Throughput;
import io.github.dynarestore.internal.write.ManualTimer;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import io.github.dynarestore.model.WriteRate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An export in the order of the keys' hashes, and a table of 80 partitions that take 1,000 units per second each. */
class SpreadSimulationTest {

    private static final int PARTITIONS = 80;
    private static final double RATE = 40_000;
    private static final int WRITES = 800_000;
    private static final long CALL_NANOS = 10_000_000;
    private static final double BURST_SECONDS = 0.1;

    private final ManualTimer timer = new ManualTimer();
    private final Random random = new Random(42);
    private final RateControl rate = new RateControl(
            WriteRate.unitsPerSecond(RATE),
            new TableCapacity(new Throughput(PARTITIONS * 1_000, Source.PROVISIONED), Map.of()),
            timer::nanoTime);

    /** Objects of uneven sizes, whose borders are not those of the partitions. */
    private int[] objects(int count) {
        double[] weights = random.doubles(count, 0.5, 1.5).toArray();
        double sum = Arrays.stream(weights).sum();
        int[] writes = new int[count];
        int left = WRITES;
        for (int i = 0; i < count; i++) {
            writes[i] = i == count - 1 ? left : Math.min(left, (int) (WRITES * weights[i] / sum));
            left -= writes[i];
        }
        return writes;
    }

    private SimulatedDynamoDb table(int[] writesOfObject) {
        long[] before = new long[writesOfObject.length];
        for (int i = 1; i < before.length; i++) {
            before[i] = before[i - 1] + writesOfObject[i - 1];
        }
        return new SimulatedDynamoDb(
                timer,
                random,
                PARTITIONS,
                token -> (int) ((before[(int) (token >>> 32)] + (int) token) * PARTITIONS / WRITES),
                BURST_SECONDS,
                CALL_NANOS,
                false);
    }

    /** Units per second that are written of such an export, read so many objects at once. */
    private double restore(int[] writesOfObject, int atOnce) throws InterruptedException {
        SimulatedDynamoDb table = table(writesOfObject);
        SimulatedRestore.Backup backup =
                new SimulatedRestore.Backup(writesOfObject, SimulatedRestore.Records.OF_ONE_UNIT);
        SimulatedRestore restore = new SimulatedRestore(timer, random, backup, rate, table, 80, atOnce);
        restore.run(Duration.ofMinutes(2));

        assertThat(restore.fatal).isEmpty();
        assertThat(restore.writtenTwice).isZero();
        return table.unitsDone / (timer.nanoTime() / 1e9);
    }

    @Test
    void restore_manyObjectsSideBySide_isAtLeastNineTenthsOfTheRate() throws InterruptedException {
        double unitsPerSecond = restore(objects(400), 80);

        assertThat(unitsPerSecond).isGreaterThanOrEqualTo(RATE * 0.9);
        assertThat(mostOfTheTime()).isEqualTo(WriteLimit.of(Kind.RATE));
    }

    @Test
    void restore_objectsInTheirOrder_isLessThanAFifthOfTheRate() throws InterruptedException {
        double unitsPerSecond = restore(objects(400), 2);

        assertThat(unitsPerSecond).isLessThan(RATE * 0.2);
        assertThat(mostOfTheTime()).isEqualTo(WriteLimit.of(Kind.KEY_RANGE));
    }

    @Test
    void rate_raisedWhileRunning_isReachedByMoreCallsAndObjects() throws InterruptedException {
        Breadth breadth = new Breadth(new Breadth.Bounds(0, OptionalInt.empty(), 25, 400), 500);
        int[] writesOfObject = objects(400);
        SimulatedDynamoDb table = table(writesOfObject);
        rate.rate(WriteRate.unitsPerSecond(500));
        SimulatedRestore restore = new SimulatedRestore(
                timer,
                random,
                new SimulatedRestore.Backup(writesOfObject, SimulatedRestore.Records.OF_ONE_UNIT),
                rate,
                table,
                breadth.calls(),
                breadth.objects());
        restore.run(Duration.ofSeconds(5));

        rate.rate(WriteRate.unitsPerSecond(RATE));
        breadth.follow(rate.mostUnitsPerSecond());
        restore.follow(breadth);
        restore.run(Duration.ofSeconds(3));
        double before = table.unitsDone;
        restore.run(Duration.ofSeconds(5));

        assertThat((table.unitsDone - before) / 5).isGreaterThanOrEqualTo(RATE * 0.9);
    }

    private WriteLimit mostOfTheTime() {
        return rate.limitNanos().entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
    }
}
