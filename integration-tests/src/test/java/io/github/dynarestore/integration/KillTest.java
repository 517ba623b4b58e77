package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} at random moments of a restore in a process of its own, again and again, until one run gets through. */
class KillTest {

    /** Of a run of about three seconds; so many of them are survived by chance that each history ends soon. */
    private static final long LATEST_KILL_MICROS = 3_000_000;

    /** Batches that may be under way when a run is killed. */
    private static final int WRITES_IN_FLIGHT = 16 * 25;

    private static final int KILLS = Integer.getInteger("dynarestore.kills", 10);

    private static final int CAMPAIGN = 100;

    /** In a campaign, some restores wait as their users have to; in the normal suite each would take a minute. */
    private static final int LEASE_RUNS_OUT_EVERY = 20;

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void restore_killedAnywhereAnyNumberOfTimes_endsWithTheSameTable() throws Exception {
        long seed = Long.getLong("dynarestore.kill-seed", System.nanoTime());
        Random random = new Random(seed);
        int kills = 0;
        int histories = 0;
        while (kills < KILLS) {
            histories++;
            kills += killUntilDone(histories, random, KILLS - kills, seed);
        }
        System.out.println("KillTest: " + kills + " kills in " + histories + " restores, seed " + seed);
        assertThat(kills).isEqualTo(KILLS);
    }

    private int killUntilDone(int number, Random random, int most, long seed) throws Exception {
        History history = new History(TableShape.SN, random.nextLong()).live(9_000, 2_500);
        Instant cut = Instant.ofEpochSecond(history.changes().get(8_000).epochSecond());
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(5, 0.1));
        Path own = Files.createDirectory(directory.resolve("history-" + number));
        Path spill = Files.createDirectory(own.resolve("spill"));
        String bucket = TestServers.uniqueBucketName("checkpoint");
        TestServers.s3().createBucket(bucket);
        String checkpoint = number % 2 == 0
                ? "s3://" + bucket + "/run/"
                : own.resolve("checkpoint").toString();
        AtomicLong puts = new AtomicLong();
        FaultRule counting = request -> {
            puts.addAndGet(request.bodyText().split("\"PutRequest\"", -1).length - 1);
            return Fault.pass();
        };
        int kills = 0;
        try (FaultProxy proxy =
                FaultProxy.to(TestServers.dynamoDb().endpoint(), counting.onlyForOperation("BatchWriteItem"))) {
            boolean done = false;
            while (!done) {
                Process process = start(proxy, location, table, own, checkpoint, cut, spill);
                long micros = kills < most ? (long) (random.nextDouble() * LATEST_KILL_MICROS) : 180_000_000;
                if (process.waitFor(micros, TimeUnit.MICROSECONDS)) {
                    done = true;
                    assertThat(process.exitValue())
                            .as("seed %d: %s", seed, Files.readString(own.resolve("output")))
                            .isZero();
                } else {
                    process.destroyForcibly().waitFor();
                    kills++;
                    if (KILLS < CAMPAIGN || random.nextInt(LEASE_RUNS_OUT_EVERY) > 0) {
                        // Which would run out after a minute.
                        TestServers.s3()
                                .asyncClient()
                                .deleteObject(request -> request.bucket(bucket).key("run/lease"))
                                .join();
                    }
                }
            }
        }
        int items = history.itemsAt(cut).size();
        assertThat(Fixture.items(table)).as("seed %d", seed).isEqualTo(history.itemsAt(cut));
        assertThat(puts.get())
                .as("%d kills, checkpoint %s, seed %d", kills, checkpoint, seed)
                .isBetween((long) items, items + (long) kills * WRITES_IN_FLIGHT);
        try (var left = Files.list(spill)) {
            assertThat(left).as("leftovers of killed runs are swept").isEmpty();
        }
        Fixture.drop(table);
        return kills;
    }

    private static Process start(
            FaultProxy proxy, String location, String table, Path own, String checkpoint, Instant cut, Path spill)
            throws IOException {
        return start(proxy, location, table, own, checkpoint, cut, spill, List.of());
    }

    private static Process start(
            FaultProxy proxy,
            String location,
            String table,
            Path own,
            String checkpoint,
            Instant cut,
            Path spill,
            List<String> made)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-D" + DynamoDbLocal.ENDPOINT_PROPERTY + "="
                        + TestServers.dynamoDb().endpoint(),
                "-D" + EmbeddedS3.ENDPOINT_PROPERTY + "=" + TestServers.s3().endpoint(),
                "-cp",
                System.getProperty("java.class.path"),
                RestoreInItsOwnProcess.class.getName(),
                proxy.endpoint().toString(),
                location,
                table,
                checkpoint,
                cut.toString(),
                // So little that it spills.
                Integer.toString(256 << 10),
                spill.toString()));
        command.addAll(made);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("output").toFile())
                .start();
    }

    /** Kills a process when the service has done the nth call of an operation, whose answer it never gets. */
    private static FaultRule killing(AtomicReference<Process> process, String operation, int calls) {
        AtomicInteger left = new AtomicInteger(calls);
        return FaultRule.always(Fault.rewrite((request, server) -> {
                    HttpReply reply = server.forward(request);
                    if (left.decrementAndGet() == 0) {
                        process.get().destroyForcibly().onExit().join();
                    }
                    return reply;
                }))
                .onlyForOperation(operation);
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void restore_killedWhileItsTableIsMadeAndBoosted_isTakenUpAndTheCapacityPutBack() throws Exception {
        String table = TestServers.uniqueTableName("made");
        Path own = Files.createDirectory(directory.resolve("made"));
        Path spill = Files.createDirectory(own.resolve("spill"));
        String location = Fixture.backup(List.of(Fixture.inserts(500)));
        List<String> made = List.of(
                "{\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],"
                        + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
                        + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":3,\"WriteCapacityUnits\":4}}",
                "900");
        List<Long> unitsAfter = new ArrayList<>();
        AtomicReference<Process> process = new AtomicReference<>();
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint())) {
            for (FaultRule rule : List.of(
                    killing(process, "CreateTable", 1),
                    killing(process, "BatchWriteItem", 4),
                    FaultRule.always(Fault.pass()))) {
                proxy.rule(rule);
                process.set(start(
                        proxy,
                        location,
                        table,
                        own,
                        own.resolve("checkpoint").toString(),
                        Instant.parse("2100-01-01T00:00:00Z"),
                        spill,
                        made));
                assertThat(process.get().waitFor(60, TimeUnit.SECONDS)).isTrue();
                unitsAfter.add(Fixture.DYNAMO_DB
                        .describeTable(request -> request.tableName(table))
                        .join()
                        .table()
                        .provisionedThroughput()
                        .writeCapacityUnits());
            }
        }

        assertThat(process.get().exitValue())
                .as(Files.readString(own.resolve("output")))
                .isZero();
        assertThat(unitsAfter).as("after each run").containsExactly(4L, 900L, 4L);
        assertThat(Fixture.items(table)).hasSize(500);
    }

    @Test
    void output_ofARunThatIsNotKilled_isAReport() throws Exception {
        String table = Fixture.table(TableShape.S);
        Path own = Files.createDirectory(directory.resolve("whole"));
        Path spill = Files.createDirectory(own.resolve("spill"));
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), request -> Fault.pass())) {
            Process process = start(
                    proxy,
                    Fixture.backup(List.of(Fixture.inserts(20))),
                    table,
                    own,
                    own.resolve("checkpoint").toString(),
                    Instant.parse("2100-01-01T00:00:00Z"),
                    spill);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

            assertThat(Files.readString(own.resolve("output"), StandardCharsets.UTF_8))
                    .contains("\"COMPLETED\"");
            assertThat(process.exitValue()).isZero();
        }
    }
}
