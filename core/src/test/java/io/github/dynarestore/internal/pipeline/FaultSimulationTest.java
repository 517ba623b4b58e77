package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TableCapacity.Source;
import io.github.dynarestore.internal.plan.TableCapacity.Throughput;
import io.github.dynarestore.internal.write.ManualTimer;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteLimit.Kind;
import io.github.dynarestore.model.WriteRate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Restores into a DynamoDB that has too little of everything and fails in every way, in virtual time. */
class FaultSimulationTest {

    private static final int SEEDS = Integer.getInteger("dynarestore.seeds", 2_000);

    /** A backup of puts and deletes, and what the table holds after it. */
    private static final class Records implements SimulatedRestore.Records {
        private final long seed;

        Records(long seed) {
            this.seed = seed;
        }

        private int hash(int object, int ordinal) {
            return (int) ((seed * 31 + object * 7_919L + ordinal) * 0x9E3779B97F4A7C15L >>> 40);
        }

        @Override
        public String json(int object, int ordinal) {
            String key = "\"pk\":{\"S\":\"" + object + "-" + ordinal + "\"}";
            return isDelete(object, ordinal)
                    ? "{" + key + "}"
                    : "{" + key + ",\"v\":{\"N\":\"" + hash(object, ordinal) + "\"}}";
        }

        @Override
        public boolean isDelete(int object, int ordinal) {
            return hash(object, ordinal) % 5 == 0;
        }

        @Override
        public int units(int object, int ordinal) {
            return isDelete(object, ordinal) ? 1 : 1 + hash(object, ordinal) % 4;
        }
    }

    @Test
    void restore_everyMixOfFaults_losesAddsAndOutdatesNothing() throws InterruptedException {
        long writes = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            writes += restore(seed);
        }
        System.out.println("seeds 0 to " + (SEEDS - 1) + ": " + writes + " writes, 0 lost, 0 extra, 0 stale");
    }

    private static long restore(long seed) throws InterruptedException {
        Random random = new Random(seed);
        ManualTimer timer = new ManualTimer();
        int partitions = 1 + random.nextInt(8);
        SimulatedDynamoDb table = table(timer, random, partitions);
        int[] writesOfObject = random.ints(1 + random.nextInt(12), 0, 40).toArray();
        Records records = new Records(seed);
        Map<Object, Map<String, AttributeValue>> expected = new HashMap<>();
        long writes = 0;
        for (int object = 0; object < writesOfObject.length; object++) {
            for (int ordinal = 0; ordinal < writesOfObject[object]; ordinal++) {
                writes++;
                Map<String, AttributeValue> item = attributes(records.json(object, ordinal));
                Object key = item.get("pk");
                if (random.nextBoolean()) {
                    table.items.put(key, Map.of("pk", item.get("pk"), "old", AttributeValue.fromBool(true)));
                }
                if (!records.isDelete(object, ordinal)) {
                    expected.put(key, item);
                }
            }
        }
        RateControl rate = new RateControl(rate(random), capacity(random), timer::nanoTime);
        SimulatedRestore restore = new SimulatedRestore(
                timer,
                random,
                new SimulatedRestore.Backup(writesOfObject, records),
                rate,
                table,
                1 + random.nextInt(16),
                1 + random.nextInt(12));

        restore.run(Duration.ofHours(12));
        boolean drained = restore.writer().tryAcquireSlot();
        // What comes late comes now.
        timer.runAll();

        assertThat(restore.fatal).as("seed %d", seed).isEmpty();
        assertThat(drained).as("seed %d: ended", seed).isTrue();
        assertThat(table.items).as("seed %d", seed).isEqualTo(expected);
        assertThat(restore.writtenTwice).as("seed %d: counted twice", seed).isZero();
        assertThat(table.sentByKey.values())
                .as("seed %d: values of each key", seed)
                .allSatisfy(values -> assertThat(values).hasSize(1));
        return writes;
    }

    private static Map<String, AttributeValue> attributes(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return ItemImage.wrap(bytes, 0, bytes.length).attributes();
    }

    private static SimulatedDynamoDb table(ManualTimer timer, Random random, int partitions) {
        SimulatedDynamoDb table = new SimulatedDynamoDb(
                timer,
                random,
                partitions,
                token -> (int) ((token >>> 32) % partitions),
                random.nextDouble(),
                1_000_000L + random.nextInt(50_000_000),
                true);
        if (random.nextBoolean()) {
            table.table(20 + random.nextInt(2_000), random.nextDouble());
        }
        for (int index = random.nextInt(3); index > 0; index--) {
            table.index("i" + index, random.nextDouble() * 3, 20 + random.nextInt(2_000), random.nextDouble());
        }
        table.faults = new SimulatedDynamoDb.Faults(
                often(random, 0.95),
                often(random, 0.5),
                often(random, 0.2),
                often(random, 0.2),
                often(random, 0.05),
                often(random, 0.1));
        if (random.nextInt(4) == 0) {
            String[] reasons = {
                "TableWriteAccountLimitExceeded",
                "TableWriteMaxOnDemandThroughputExceeded",
                "IndexWriteMaxOnDemandThroughputExceeded",
                "IndexWriteKeyRangeThroughputExceeded",
                "SomethingNewExceeded"
            };
            table.throttledFor = batch -> random.nextInt(10) == 0 ? reasons[random.nextInt(reasons.length)] : null;
        }
        return table;
    }

    private static double often(Random random, double most) {
        return random.nextBoolean() ? 0 : random.nextDouble() * most;
    }

    private static WriteRate rate(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> WriteRate.unitsPerSecond(20 + random.nextInt(5_000));
            case 1 -> WriteRate.fractionOfTable(0.1 + random.nextDouble());
            default -> WriteRate.adaptive();
        };
    }

    private static TableCapacity capacity(Random random) {
        Source source = Source.values()[random.nextInt(Source.values().length)];
        Map<String, Throughput> indexes = new TreeMap<>();
        for (int index = random.nextInt(3); index > 0; index--) {
            indexes.put("i" + index, new Throughput(20 + random.nextInt(4_000), source));
        }
        return new TableCapacity(new Throughput(20 + random.nextInt(4_000), source), indexes);
    }

    private static WriteLimit mostOfTheTime(RateControl rate) {
        return rate.limitNanos().entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
    }

    /** Many one-unit puts into 40 partitions, which are enough for the rate. */
    private static SimulatedRestore restore(
            ManualTimer timer, Random random, RateControl rate, SimulatedDynamoDb table, int writes) {
        int[] writesOfObject = new int[100];
        Arrays.fill(writesOfObject, writes / writesOfObject.length);
        return new SimulatedRestore(
                timer,
                random,
                new SimulatedRestore.Backup(writesOfObject, SimulatedRestore.Records.OF_ONE_UNIT),
                rate,
                table,
                32,
                20);
    }

    private static SimulatedDynamoDb wide(ManualTimer timer, Random random) {
        return new SimulatedDynamoDb(
                timer, random, 40, token -> (int) ((token >>> 32) * 40 / 100), 1, 10_000_000, false);
    }

    @Test
    void restore_indexTakesLess_followsItAndSaysSo() throws InterruptedException {
        ManualTimer timer = new ManualTimer();
        Random random = new Random(3);
        SimulatedDynamoDb table = wide(timer, random);
        table.index("by-date", 1, 600, 0.2);
        RateControl rate = new RateControl(
                WriteRate.unitsPerSecond(10_000),
                new TableCapacity(
                        new Throughput(10_000, Source.PROVISIONED),
                        Map.of("by-date", new Throughput(600, Source.PROVISIONED))),
                timer::nanoTime);
        SimulatedRestore restore = restore(timer, random, rate, table, 60_000);

        restore.run(Duration.ofMinutes(1));

        assertThat(restore.fatal).isEmpty();
        assertThat(table.unitsDone / 60).isGreaterThan(600 * 0.9);
        assertThat(mostOfTheTime(rate)).hasToString("GSI by-date");
        assertThat((double) table.writesSent / table.writesDone).isLessThan(1.4);
    }

    @Test
    void restore_oneKeyRangeIsFull_writesTheOthersAtTheRate() throws InterruptedException {
        ManualTimer timer = new ManualTimer();
        Random random = new Random(6);
        SimulatedDynamoDb table = wide(timer, random);
        table.partition(8).unitsPerSecond(20);
        RateControl rate = new RateControl(
                WriteRate.unitsPerSecond(5_000),
                new TableCapacity(new Throughput(40_000, Source.PROVISIONED), Map.of()),
                timer::nanoTime);
        SimulatedRestore restore = restore(timer, random, rate, table, 1_000_000);

        restore.run(Duration.ofSeconds(30));

        assertThat(restore.putOff).isPositive();
        assertThat(table.unitsDone / 30).isGreaterThan(5_000 * 0.95);
        assertThat((double) table.writesSent / table.writesDone).isLessThan(1.025);
        assertThat(mostOfTheTime(rate)).isEqualTo(WriteLimit.of(Kind.RATE));
    }

    /** It pauses, and then goes on at the rate. */
    @Test
    void restore_accountIsFull_pausesForAllAndSaysSo() throws InterruptedException {
        ManualTimer timer = new ManualTimer();
        Random random = new Random(7);
        SimulatedDynamoDb table = wide(timer, random);
        RateControl rate = new RateControl(
                WriteRate.unitsPerSecond(5_000),
                new TableCapacity(new Throughput(40_000, Source.PROVISIONED), Map.of()),
                timer::nanoTime);
        SimulatedRestore restore = restore(timer, random, rate, table, 1_000_000);
        long second = Duration.ofSeconds(1).toNanos();
        table.throttledFor = batch -> timer.nanoTime() > 5 * second && timer.nanoTime() < 6 * second
                ? "TableWriteAccountLimitExceeded"
                : null;
        List<Long> calls = new ArrayList<>();
        List<WriteLimit> limits = new ArrayList<>();
        for (double at : new double[] {5.5, 9.5}) {
            Runnable look = () -> {
                calls.add(table.calls);
                limits.add(rate.currentLimit());
            };
            var unused = timer.schedule(look, (long) (at * second), TimeUnit.NANOSECONDS);
        }

        restore.run(Duration.ofSeconds(15));
        assertThat(calls).as("none while it pauses").hasSize(2);
        assertThat(calls.get(1)).isEqualTo(calls.get(0));
        assertThat(limits.get(1)).isEqualTo(WriteLimit.of(Kind.ACCOUNT));
        double before = table.unitsDone;
        restore.run(Duration.ofSeconds(10));
        assertThat((table.unitsDone - before) / 10).isGreaterThan(5_000 * 0.98);
        assertThat(restore.fatal).isEmpty();
    }

    @Test
    void restore_atEachRateWithoutFaults_isWithinOnePercentAndSaysThatTheRateLimits() throws InterruptedException {
        for (double asked : new double[] {500, 5_000, 20_000}) {
            ManualTimer timer = new ManualTimer();
            Random random = new Random(4);
            SimulatedDynamoDb table = wide(timer, random);
            RateControl rate = new RateControl(
                    WriteRate.unitsPerSecond(asked),
                    new TableCapacity(new Throughput(40_000, Source.PROVISIONED), Map.of()),
                    timer::nanoTime);

            restore(timer, random, rate, table, 1_000_000).run(Duration.ofSeconds(20));

            assertThat(table.unitsDone / 20).as("%s", asked).isBetween(asked * 0.99, asked * 1.01);
            assertThat(mostOfTheTime(rate)).isEqualTo(WriteLimit.of(Kind.RATE));
        }
    }

    /** While a share of the writes comes back at random, and after it. */
    @Test
    void restore_writesComeBack_neverExceedsTheRateAndIsBackWithinTenSeconds() throws InterruptedException {
        for (double share : new double[] {0.05, 0.5, 0.95}) {
            ManualTimer timer = new ManualTimer();
            Random random = new Random(5);
            SimulatedDynamoDb table = wide(timer, random);
            RateControl rate = new RateControl(
                    WriteRate.unitsPerSecond(5_000),
                    new TableCapacity(new Throughput(40_000, Source.PROVISIONED), Map.of()),
                    timer::nanoTime);
            table.faults = new SimulatedDynamoDb.Faults(share, 0, 0, 0, 0, 0);
            SimulatedRestore restore = restore(timer, random, rate, table, 1_000_000);
            restore.run(Duration.ofSeconds(30));
            double attempts = (double) table.writesSent / table.writesDone;
            assertThat(attempts).as("%s", share).isLessThanOrEqualTo(1 / (1 - share) * 1.1);

            table.faults = SimulatedDynamoDb.Faults.NONE;
            restore.run(Duration.ofSeconds(10));
            double before = table.unitsDone;
            restore.run(Duration.ofSeconds(5));

            assertThat((table.unitsDone - before) / 5).as("%s", share).isGreaterThan(5_000 * 0.9);
            assertThat(table.mostInASecond()).as("%s", share).isLessThanOrEqualTo(5_000 * 1.02 + 25);
        }
    }
}
