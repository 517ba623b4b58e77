package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestoreProgress;
import io.github.dynarestore.spi.DeadLetterSink;
import io.github.dynarestore.testing.TestServers;
import io.micrometer.core.instrument.AbstractTimer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * What users give a restore to call may block for as long as it likes: here until all is written, which with a restore that
 * waits for it would be never.
 */
@Timeout(180)
class BlockingCallbacksTest {

    private static final int ITEMS = 3_000;
    private static final int BAD = 40;
    private static final int UNITS_PER_SECOND = 1_000;
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Blocks every caller until it is released. */
    private static final class Gate {
        private final CountDownLatch released = new CountDownLatch(1);
        private final CountDownLatch reached = new CountDownLatch(1);

        void block() {
            reached.countDown();
            Uninterruptibles.awaitUninterruptibly(released);
        }

        void release() {
            released.countDown();
        }

        boolean wasReached() {
            return reached.getCount() == 0;
        }
    }

    /** Counters and timers that block. */
    private static final class BlockingMeters extends SimpleMeterRegistry {
        private final Gate gate;

        BlockingMeters(Gate gate) {
            this.gate = gate;
        }

        @Override
        protected Counter newCounter(Meter.Id id) {
            return new CumulativeCounter(id) {
                @Override
                public void increment(double amount) {
                    gate.block();
                    super.increment(amount);
                }
            };
        }

        @Override
        protected Timer newTimer(Meter.Id id, DistributionStatisticConfig distribution, PauseDetector pauseDetector) {
            Timer timer = super.newTimer(id, distribution, pauseDetector);
            return new AbstractTimer(id, clock, distribution, pauseDetector, TimeUnit.NANOSECONDS, false) {
                @Override
                protected void recordNonNegative(long amount, TimeUnit unit) {
                    gate.block();
                    timer.record(amount, unit);
                }

                @Override
                public long count() {
                    return timer.count();
                }

                @Override
                public double totalTime(TimeUnit unit) {
                    return timer.totalTime(unit);
                }

                @Override
                public double max(TimeUnit unit) {
                    return timer.max(unit);
                }
            };
        }
    }

    private static final class BlockingSink implements DeadLetterSink {
        private final Gate gate;
        private final List<DeadLetter> letters = new ArrayList<>();

        BlockingSink(Gate gate) {
            this.gate = gate;
        }

        @Override
        public void accept(DeadLetter letter) {
            gate.block();
            letters.add(letter);
        }

        @Override
        public void close() {
            gate.block();
        }
    }

    private static RestoreListener blockingListener(Gate gate) {
        return new RestoreListener() {
            @Override
            public void phaseChanged(RestoreProgress progress) {
                gate.block();
            }

            @Override
            public void deadLettered(DeadLetter letter) {
                gate.block();
            }
        };
    }

    private static RestorePlan.Builder plan(DeadLetterSink sink) {
        String log = new String(Fixture.inserts(ITEMS), StandardCharsets.UTF_8) + "[object Object]\n".repeat(BAD);
        return Fixture.plan(Fixture.backup(List.of(log.getBytes(StandardCharsets.UTF_8))), Fixture.table(TableShape.S))
                .writeRate(WriteRate.unitsPerSecond(UNITS_PER_SECOND))
                .badRecords(BadRecords.DEAD_LETTER)
                .deadLetters(sink);
    }

    /** How long it took from one per cent of the writes to all of them. */
    private static Duration writing(RestoreHandle handle) {
        Fixture.waitUntil("writing begins", SOON, () -> handle.progress().writesDone() >= ITEMS / 100);
        long startNanos = System.nanoTime();
        Fixture.waitUntil(
                "all is written",
                Duration.ofSeconds(60),
                () -> handle.progress().writesDone() >= ITEMS);
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static Duration writingFreely() {
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(
                    plan(RestoreRefusalTest.sink(new ArrayList<>())).build());
            Duration writing = writing(handle);
            assertThat(handle.completion().join().records().applied()).isEqualTo(ITEMS);
            return writing;
        }
    }

    /** A client of somebody else in the same JVM, with the event loops that all clients share. */
    private static void assertOthersGoOn(DynamoDbAsyncClient other) {
        for (int i = 0; i < 5; i++) {
            assertThat(other.listTables().orTimeout(10, TimeUnit.SECONDS).join())
                    .isNotNull();
            assertThat(Fixture.S3.listBuckets().orTimeout(10, TimeUnit.SECONDS).join())
                    .isNotNull();
        }
    }

    private static Duration writingWithAllBlocked() {
        Gate listeners = new Gate();
        Gate meters = new Gate();
        Gate sink = new Gate();
        Gate completions = new Gate();
        BlockingSink letters = new BlockingSink(sink);
        try (DynamoDbAsyncClient other =
                        TestServers.dynamoDb().asyncClientBuilder().build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(Fixture.DYNAMO_DB)
                        .meterRegistry(new BlockingMeters(meters))
                        .build()) {
            RestoreHandle handle = restores.start(plan(letters).build(), blockingListener(listeners));
            CompletableFuture<Void> blocked = handle.completion().thenRun(completions::block);

            Duration writing = writing(handle);

            assertThat(listeners.wasReached()).isTrue();
            assertThat(meters.wasReached()).isTrue();
            assertThat(sink.wasReached()).isTrue();
            assertOthersGoOn(other);
            assertThat(handle.completion()).isNotDone();

            // Its letters must be kept before the restore can have ended; nothing else holds it up.
            sink.release();
            RestoreReport report = handle.completion()
                    .orTimeout(SOON.toSeconds(), TimeUnit.SECONDS)
                    .join();
            Fixture.waitUntil("the blocking completion was run", SOON, completions::wasReached);
            assertThat(blocked).isNotDone();
            assertOthersGoOn(other);
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(report.records().applied()).isEqualTo(ITEMS);
            assertThat(letters.letters).hasSize(BAD);
            completions.release();
            blocked.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
            return writing;
        } finally {
            List.of(listeners, meters, sink, completions).forEach(Gate::release);
        }
    }

    @Test
    void write_allCallbacksBlockUntilItIsDone_costsNoMoreThanFivePerCent() {
        double best = Double.MAX_VALUE;
        // Of the machine's other work each pair has its own share, and the pace has the say in all of them.
        for (int pair = 0; pair < 4 && best > 1.05; pair++) {
            Duration freely = writingFreely();
            Duration blocked = writingWithAllBlocked();
            best = Math.min(best, (double) blocked.toNanos() / freely.toNanos());
            System.out.printf("written in %s, with all callbacks blocked in %s%n", freely, blocked);
        }

        assertThat(best).isLessThanOrEqualTo(1.05);
    }

    /** 25 MiB of letters: more than wait in memory, for the sink as for the listener. */
    @Test
    void write_sinkAndListenerBlockBeforeLargeLetters_goesOnAndLosesNone() {
        int bad = 400;
        String large = "[\"" + "x".repeat(DeadLetter.MAX_RAW_BYTES) + "\"]";
        StringBuilder log = new StringBuilder(new String(Fixture.inserts(ITEMS), StandardCharsets.UTF_8));
        for (int i = 0; i < bad; i++) {
            log.append(large).append('\n');
        }
        Gate sink = new Gate();
        Gate listener = new Gate();
        BlockingSink letters = new BlockingSink(sink);
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(
                    Fixture.plan(
                                    Fixture.backup(List.of(log.toString().getBytes(StandardCharsets.UTF_8))),
                                    Fixture.table(TableShape.S))
                            .badRecords(BadRecords.DEAD_LETTER)
                            .maxBadShare(1)
                            .deadLetters(letters)
                            .build(),
                    blockingListener(listener));

            Fixture.waitUntil(
                    "all is written",
                    Duration.ofSeconds(60),
                    () -> handle.progress().writesDone() >= ITEMS);
            assertThat(sink.wasReached()).isTrue();
            assertThat(letters.letters).isEmpty();
            sink.release();
            RestoreReport report = handle.completion()
                    .orTimeout(SOON.toSeconds(), TimeUnit.SECONDS)
                    .join();

            assertThat(report.records().applied()).isEqualTo(ITEMS);
            assertThat(report.records().deadLettered()).isEqualTo(bad);
            assertThat(letters.letters)
                    .hasSize(bad)
                    .allSatisfy(letter -> assertThat(letter.raw()).hasSize(DeadLetter.MAX_RAW_BYTES))
                    .isSortedAccordingTo(Comparator.comparingLong(DeadLetter::byteOffset));
        } finally {
            List.of(sink, listener).forEach(Gate::release);
        }
    }

    @Test
    void cancel_sinkBlocks_endsWithinFiveSeconds() {
        Gate gate = new Gate();
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreHandle handle = restores.start(plan(new BlockingSink(gate)).build());
            Fixture.waitUntil("writing begins", SOON, () -> handle.progress().writesDone() > 0);

            RestoreReport report =
                    handle.cancel().orTimeout(5, TimeUnit.SECONDS).join();

            assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
        } finally {
            gate.release();
        }
    }

    @Test
    void end_sinkTakesNothingForLongerThanPatience_failsAndSaysSo() {
        Gate gate = new Gate();
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            RestoreException failure = Fixture.failure(() -> restores.start(plan(new BlockingSink(gate))
                            .patience(Duration.ofSeconds(5))
                            .build())
                    .completion()
                    .join());

            assertThat(failure.code()).isEqualTo(RestoreErrorCode.DEAD_LETTER_SINK_FAILED);
            assertThat(failure.report().orElseThrow().records().applied()).isEqualTo(ITEMS);
        } finally {
            gate.release();
        }
    }

    /** Each is started in the completion of the one before, which waits for it: 200 completions block at once. */
    @Test
    void completion_twoHundredChained_neverDeadlock(@TempDir Path directory) throws IOException {
        Files.write(directory.resolve("orders-1"), Fixture.inserts(1));
        RestorePlan plan = Fixture.plan(directory.toUri().toString(), Fixture.table(TableShape.S))
                .existingItems(ExistingItems.OVERWRITE)
                .build();
        try (DynamoDbRestoreManager restores = Fixture.manager()) {
            assertThat(chained(restores, plan, 200)
                            .orTimeout(150, TimeUnit.SECONDS)
                            .join())
                    .isEqualTo(200);
        }
    }

    private static CompletableFuture<Integer> chained(DynamoDbRestoreManager restores, RestorePlan plan, int left) {
        return restores.start(plan).completion().thenApply(report -> {
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            return 1 + (left == 1 ? 0 : chained(restores, plan, left - 1).join());
        });
    }
}
