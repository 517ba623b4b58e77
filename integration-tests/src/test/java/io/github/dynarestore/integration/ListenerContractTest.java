package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.progress.RestoreProgress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract that {@link RestoreListener} states. */
@Timeout(60)
class ListenerContractTest {

    private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();
    private static final DynamoDbRestoreManager RESTORES = DynamoDbRestoreManager.builder()
            .s3(Fixture.S3)
            .dynamoDb(Fixture.DYNAMO_DB)
            .meterRegistry(METERS)
            .build();

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    /** Writes down every call, and whether two ever came at once. */
    private static final class Recorder implements RestoreListener {

        final List<String> calls = Collections.synchronizedList(new ArrayList<>());
        final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        final AtomicInteger atOnce = new AtomicInteger();
        volatile boolean overlapped;
        volatile RestoreReport report;
        private final Consumer<String> then;

        Recorder() {
            this(call -> {});
        }

        /** Does something with every call that it has written down. */
        Recorder(Consumer<String> then) {
            this.then = then;
        }

        void heard(String call) {
            overlapped |= atOnce.incrementAndGet() > 1;
            threads.add(Thread.currentThread());
            calls.add(call);
            try {
                then.accept(call);
            } finally {
                atOnce.decrementAndGet();
            }
        }

        @Override
        public void started(RestoreProgress progress) {
            heard("started " + progress.phase());
        }

        @Override
        public void phaseChanged(RestoreProgress progress) {
            heard("phase " + progress.phase());
        }

        @Override
        public void progressed(RestoreProgress progress) {
            heard("progressed " + progress.phase());
        }

        @Override
        public void deadLettered(DeadLetter letter) {
            heard("dead letter");
        }

        @Override
        public void ended(RestoreReport ended) {
            report = ended;
            heard("ended");
        }

        List<String> callsBut(String beginning) {
            synchronized (calls) {
                return calls.stream()
                        .filter(call -> !call.startsWith(beginning))
                        .toList();
            }
        }

        long count(String beginning) {
            synchronized (calls) {
                return calls.stream().filter(call -> call.startsWith(beginning)).count();
            }
        }
    }

    private static byte[] insertsAndGarbage(int good, int bad) {
        String text = new String(Fixture.inserts(good), StandardCharsets.UTF_8) + "[object Object]\n".repeat(bad);
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static RestorePlan.Builder plan(int good, int bad) {
        return Fixture.plan(Fixture.backup(List.of(insertsAndGarbage(good, bad))), Fixture.table(TableShape.S))
                .badRecords(BadRecords.DEAD_LETTER)
                .maxBadShare(1)
                .deadLetters(RestoreRefusalTest.sink(new ArrayList<>()));
    }

    @Test
    void completed_callsComeInOrderOneAtATimeFromOneThread() {
        Recorder recorder = new Recorder();

        RestoreReport report = RESTORES.start(
                        plan(300, 7).writeRate(WriteRate.unitsPerSecond(200)).build(), recorder)
                .completion()
                .join();

        assertThat(recorder.callsBut("progressed"))
                .startsWith("started PREPARING", "phase SURVEYING")
                .containsSubsequence("phase SURVEYING", "dead letter", "phase APPLYING", "phase ENDED", "ended")
                .endsWith("phase ENDED", "ended")
                .hasSize(5 + 7);
        assertThat(recorder.count("progressed")).isBetween(1L, 10L);
        assertThat(recorder.count("dead letter"))
                .isEqualTo(report.records().deadLettered())
                .isEqualTo(7);
        assertThat(recorder.overlapped).isFalse();
        assertThat(recorder.threads)
                .singleElement()
                .satisfies(thread -> assertThat(thread.getName()).matches("dynarestore-\\d+-listeners"));
        assertThat(recorder.report).isEqualTo(report);
    }

    @Test
    void refused_endedIsStillHeardOnceAndLast() {
        Recorder recorder = new Recorder();
        RestorePlan plan = Fixture.plan(Fixture.backup(List.of(Fixture.inserts(1))), "no-such-table")
                .build();

        Fixture.failure(() -> RESTORES.start(plan, recorder).completion().join());

        assertThat(recorder.calls).containsExactly("started PREPARING", "phase ENDED", "ended");
        assertThat(recorder.report.status()).isEqualTo(RestoreStatus.REFUSED);
    }

    @Test
    void cancelled_endedIsStillHeardOnceAndLast() throws InterruptedException {
        CountDownLatch applying = new CountDownLatch(1);
        Recorder recorder = new Recorder(call -> {
            if (call.equals("phase APPLYING")) {
                applying.countDown();
            }
        });
        RestoreHandle handle = RESTORES.start(
                plan(500, 0).writeRate(WriteRate.unitsPerSecond(50)).build(), recorder);
        assertThat(applying.await(30, TimeUnit.SECONDS)).isTrue();

        RestoreReport report = handle.cancel().join();

        assertThat(recorder.callsBut("progressed"))
                .containsExactly("started PREPARING", "phase SURVEYING", "phase APPLYING", "phase ENDED", "ended");
        assertThat(recorder.calls).endsWith("ended");
        assertThat(recorder.report).isEqualTo(report);
        assertThat(report.status()).isEqualTo(RestoreStatus.CANCELLED);
    }

    @Test
    void listenerThrows_isCountedAndHoldsUpNobody() {
        double before = METERS.counter("dynarestore.listener.failures").count();
        Recorder throwing = new Recorder(call -> {
            if (call.equals("ended")) {
                throw new StackOverflowError("on purpose");
            }
            throw new IllegalStateException("on purpose");
        });
        Recorder behind = new Recorder();

        RestoreReport report = RESTORES.start(plan(10, 3).build(), throwing, behind)
                .completion()
                .join();

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(report.records().applied()).isEqualTo(10);
        assertThat(behind.calls).isEqualTo(throwing.calls).endsWith("ended").hasSizeGreaterThanOrEqualTo(8);
        assertThat(METERS.counter("dynarestore.listener.failures").count() - before)
                .isEqualTo(throwing.calls.size());
    }

    @Test
    void listenerBlocks_restoreEndsAndWhatWaitsIsBounded() {
        CountDownLatch released = new CountDownLatch(1);
        Recorder blocking = new Recorder(call -> {
            if (call.startsWith("started")) {
                Uninterruptibles.awaitUninterruptibly(released);
            }
        });
        try {
            RestoreReport report = RESTORES.start(plan(100, 1_500).build(), blocking)
                    .completion()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();

            assertThat(report.records().applied()).isEqualTo(100);
            assertThat(report.records().deadLettered()).isEqualTo(1_500);
            assertThat(blocking.calls).containsExactly("started PREPARING");
        } finally {
            released.countDown();
        }
        Fixture.waitUntil("ended is heard", Duration.ofSeconds(10), () -> blocking.count("ended") == 1);
        assertThat(blocking.count("dead letter")).isEqualTo(1_000);
        assertThat(blocking.callsBut("dead letter"))
                .containsExactly("started PREPARING", "phase SURVEYING", "phase APPLYING", "phase ENDED", "ended");
        assertThat(blocking.overlapped).isFalse();
    }

    @Test
    void deadLettersBeyondTheBound_areHeardAllWhenTheListenerKeepsUp() {
        Recorder recorder = new Recorder();

        RestoreReport report =
                RESTORES.start(plan(5, 300).build(), recorder).completion().join();

        assertThat(recorder.count("dead letter"))
                .isEqualTo(report.records().deadLettered())
                .isEqualTo(300);
    }

    @Test
    void writesDone_deadLetteredAndFilteredWrites_reachTheTotal() {
        List<RestoreProgress> atEnd = new ArrayList<>();
        RestoreListener listener = new RestoreListener() {
            @Override
            public void phaseChanged(RestoreProgress progress) {
                if (progress.phase() == RestorePhase.ENDED) {
                    atEnd.add(progress);
                }
            }
        };
        RestorePlan plan = plan(30, 4)
                .mapper(item -> {
                    int v = Integer.parseInt(item.get("v").n());
                    if (v > 20) {
                        throw new IllegalStateException("on purpose");
                    }
                    return v > 10 ? null : item;
                })
                .build();

        RESTORES.start(plan, listener).completion().join();

        assertThat(atEnd)
                .singleElement()
                .satisfies(progress -> assertThat(progress.writesTotal()).isEqualTo(30))
                .satisfies(progress -> assertThat(progress.writesDone()).isEqualTo(30));
    }
}
