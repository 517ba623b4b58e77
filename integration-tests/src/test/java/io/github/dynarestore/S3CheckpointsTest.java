package io.github.dynarestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.internal.checkpoint.Begin;
import io.github.dynarestore.internal.checkpoint.CheckpointJournal;
import io.github.dynarestore.internal.checkpoint.Outcome;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.CheckpointInUseException;
import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.spi.CheckpointStore;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The checkpoint in S3, on a server that honours conditions. */
@Timeout(120)
class S3CheckpointsTest {

    private static final EmbeddedS3 S3 = TestServers.s3();
    private static final byte[] BYTES = {1, 2, 3, 4, 5};

    /** A clock that stands still between two calls of {@link #pass}. */
    private static final class ManualClock extends Clock {

        private final AtomicLong nanos = new AtomicLong();

        void pass(Duration time) {
            nanos.addAndGet(time.toNanos());
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(1_700_000_000).plusNanos(nanos.get());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private final ManualClock clock = new ManualClock();

    /** What others do while a store waits. */
    private Runnable meanwhile = () -> {};

    private final String bucket = TestServers.uniqueBucketName("checkpoint");

    @BeforeEach
    void makeBucket() {
        S3.createBucket(bucket);
    }

    private CheckpointStore store() {
        return store(S3.asyncClient(), Duration.ofSeconds(30));
    }

    private CheckpointStore store(S3AsyncClient client, Duration timeout) {
        return new S3CheckpointStore(
                new S3CheckpointObjects(client, URI.create("s3://" + bucket + "/runs/a"), timeout),
                clock,
                clock.nanos::get,
                time -> {
                    clock.pass(time);
                    meanwhile.run();
                });
    }

    private List<String> segments() {
        return S3.keys(bucket, "runs/a/journal-");
    }

    private static byte[] contents(CheckpointLog log) throws IOException {
        try (InputStream in = log.read()) {
            return in.readAllBytes();
        }
    }

    @Test
    void append_closed_isReadAgainAtOnce() throws IOException {
        S3.put(bucket, "runs/a/journal-notes", BYTES);
        try (CheckpointLog log = store().open()) {
            assertThat(contents(log)).isEmpty();
            log.append(BYTES, 1, 3);
            log.sync();
            log.append(BYTES, 0, 5);
        }

        assertThat(segments())
                .containsExactly("runs/a/journal-0000000001", "runs/a/journal-0000000002", "runs/a/journal-notes");
        try (CheckpointLog log = store().open()) {
            log.append(BYTES, 4, 1);
            assertThat(contents(log)).containsExactly(2, 3, 4, 1, 2, 3, 4, 5, 5);
        }
        assertThat(store().location()).isEqualTo("s3://" + bucket + "/runs/a/");
    }

    @Test
    void append_returned_survivesTheProcess() throws IOException {
        CheckpointLog died = store().open();
        for (int i = 1; i <= 40; i++) {
            died.append(BYTES, 0, 5);
            assertThat(segments()).hasSize(i);
        }
        clock.pass(Duration.ofMinutes(1));

        try (CheckpointLog next = store().open()) {
            assertThat(contents(next)).hasSize(200);
        }
    }

    @Test
    void truncate_anywhere_keepsTheBeginning() throws IOException {
        for (int kept = 15; kept >= 0; kept--) {
            byte[] expected = new byte[kept + 1];
            try (CheckpointLog log = store().open()) {
                for (int i = 0; i < 3; i++) {
                    log.append(BYTES, 0, 5);
                    log.sync();
                }
                log.truncate(kept);
                log.append(BYTES, 4, 1);
                for (int i = 0; i < kept; i++) {
                    expected[i] = BYTES[i % 5];
                }
                expected[kept] = 5;
                assertThat(contents(log)).isEqualTo(expected);
                assertThatThrownBy(() -> log.truncate(17)).isInstanceOf(IllegalArgumentException.class);
                log.delete();
            }
        }
    }

    /** Keeps a lease alive, as a restore that has it does, while others wait for it. */
    private void isAlive(CheckpointLog log) {
        meanwhile = () -> {
            try {
                log.keepAlive();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    @Test
    void open_held_isRefusedOnceItsOwnerRenewsIt() throws IOException {
        CheckpointLog live = store().open();
        isAlive(live);
        Instant before = clock.instant();

        assertThatThrownBy(() -> store().open())
                .isInstanceOf(CheckpointInUseException.class)
                .hasMessageContaining("has it");

        assertThat(Duration.between(before, clock.instant())).isEqualTo(Duration.ofSeconds(20));
        live.append(BYTES, 0, 5);
        live.close();
        store().open().close();
    }

    @Test
    void open_ofAProcessThatWasKilled_waitsUntilItExpires() throws IOException {
        CheckpointLog died = store().open();
        died.append(BYTES, 0, 5);
        Instant before = clock.instant();

        CheckpointLog next = store().open();

        assertThat(Duration.between(before, clock.instant())).isEqualTo(Duration.ofSeconds(60));
        assertThatThrownBy(() -> died.append(BYTES, 0, 5)).isInstanceOf(CheckpointInUseException.class);
        died.close();
        assertThat(contents(next)).isEqualTo(BYTES);
        next.append(BYTES, 0, 5);
        next.close();
        assertThat(segments()).hasSize(2);
    }

    @Test
    void open_clocksThatDifferByMuch_waitsNoLongerThanATermAndAHalf() throws IOException {
        CheckpointLog ahead = store().open();
        clock.pass(Duration.ofMinutes(-10));
        Instant before = clock.instant();

        assertThatThrownBy(() -> store().open()).isInstanceOf(CheckpointInUseException.class);

        assertThat(Duration.between(before, clock.instant())).isEqualTo(Duration.ofSeconds(90));
        ahead.close();
    }

    @Test
    void keepAlive_withoutAnyAppend_keepsTheLease() throws IOException {
        try (CheckpointLog log = store().open()) {
            isAlive(log);
            for (int i = 0; i < 10; i++) {
                clock.pass(Duration.ofSeconds(45));
                log.keepAlive();
                assertThatThrownBy(() -> store().open()).isInstanceOf(CheckpointInUseException.class);
            }
            clock.pass(Duration.ofMinutes(2));
            try (CheckpointLog other = store().open()) {
                assertThatThrownBy(log::keepAlive).isInstanceOf(CheckpointInUseException.class);
                other.keepAlive();
            }
            log.close();
            clock.pass(Duration.ofMinutes(2));
            log.keepAlive();
            store().open().close();
        }
    }

    @Test
    void append_longAfter_keepsTheLeaseThatNobodyTook() throws IOException {
        try (CheckpointLog log = store().open()) {
            isAlive(log);
            for (int i = 0; i < 10; i++) {
                clock.pass(Duration.ofSeconds(19));
                log.append(BYTES, 0, 5);
                assertThatThrownBy(() -> store().open()).isInstanceOf(CheckpointInUseException.class);
            }
            clock.pass(Duration.ofHours(1));
            log.append(BYTES, 0, 5);
            assertThatThrownBy(() -> store().open()).isInstanceOf(CheckpointInUseException.class);
        }
    }

    @Test
    void open_foreignLease_isLeft() {
        S3.put(bucket, "runs/a/lease", BYTES);

        assertThatThrownBy(() -> store().open()).isInstanceOf(IOException.class).hasMessageContaining("none of");
        assertThat(S3.get(bucket, "runs/a/lease")).isEqualTo(BYTES);
    }

    @Test
    void append_secondWriter_isRefused() throws IOException {
        CheckpointLog log = store().open();
        // The same bytes, but not this owner's.
        S3.put(bucket, "runs/a/journal-0000000001", BYTES);

        assertThatThrownBy(() -> log.append(BYTES, 0, 5))
                .isInstanceOf(CheckpointInUseException.class)
                .hasMessageContaining("journal-0000000001");
        assertThat(S3.get(bucket, "runs/a/journal-0000000001")).isEqualTo(BYTES);
    }

    @Test
    void read_segmentMissing_fails() throws IOException {
        try (CheckpointLog log = store().open()) {
            log.append(BYTES, 0, 5);
        }
        S3.put(bucket, "runs/a/journal-0000000003", BYTES);

        try (CheckpointLog log = store().open()) {
            assertThatThrownBy(log::read).isInstanceOf(IOException.class).hasMessageContaining("journal-0000000002");
        }
    }

    @Test
    void anyPut_answerLost_isKnownAgain() throws IOException {
        FaultRule lost = FaultRule.sometimes(
                        0.7, 4, Fault.replyAfterForwarding(HttpReply.s3Error(503, "ServiceUnavailable")))
                .onlyFor(request -> request.method().equals("PUT"));
        try (FaultProxy proxy = FaultProxy.to(S3.endpoint(), lost);
                S3AsyncClient client = S3.asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .overrideConfiguration(
                                override -> override.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                        .maxAttempts(20)
                                        .backoffStrategy(BackoffStrategy.retryImmediately())
                                        .build()))
                        .build()) {
            try (CheckpointLog log = store(client, Duration.ofSeconds(30)).open()) {
                for (int i = 0; i < 10; i++) {
                    clock.pass(Duration.ofSeconds(21));
                    log.append(BYTES, 0, 5);
                }
                log.truncate(47);
                assertThat(contents(log)).hasSize(47);
            }
            assertThat(proxy.requests(request -> request.method().equals("PUT")))
                    .hasSizeGreaterThan(25);
        }
        assertThat(segments()).hasSize(10);
    }

    @Test
    void anyCall_noAnswer_ends() throws IOException {
        try (FaultProxy proxy = FaultProxy.to(S3.endpoint(), FaultRule.always(Fault.hang()));
                S3AsyncClient client = S3.asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build()) {
            CheckpointStore store = store(client, Duration.ofMillis(300));

            assertThatThrownBy(store::open).isInstanceOf(IOException.class).hasMessageContaining("no answer");
        }
    }

    @Test
    void delete_brokenOff_isFinishedByTheNext() throws IOException {
        FaultRule down = FaultRule.always(Fault.reply(HttpReply.s3Error(403, "AccessDenied")))
                .onlyFor(request -> request.method().equals("POST"));
        try (FaultProxy proxy = FaultProxy.to(S3.endpoint(), down);
                S3AsyncClient client = S3.asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build()) {
            CheckpointLog log = store(client, Duration.ofSeconds(30)).open();
            log.append(BYTES, 0, 5);
            log.sync();
            assertThatThrownBy(log::delete).isInstanceOf(IOException.class).hasMessageContaining("403 AccessDenied");
            assertThat(segments()).hasSize(1);
        }

        clock.pass(Duration.ofMinutes(2));
        try (CheckpointLog log = store().open()) {
            assertThat(contents(log)).isEmpty();
            log.append(BYTES, 0, 5);
        }
        try (CheckpointLog log = store().open()) {
            assertThat(contents(log)).hasSize(5);
            log.delete();
        }
        assertThat(S3.keys(bucket, "")).isEmpty();
    }

    @Test
    void journal_processDied_hasWhatWasPut() {
        CheckpointStore store = store();
        CheckpointJournal died = CheckpointJournal.open(store);
        Begin begin = new Begin(
                new TreeMap<>(),
                "table",
                List.of(new BackupObject(URI.create("s3://b/k"), "b", "k", 1, "e", Instant.EPOCH, null)));
        died.begin(begin);
        died.survey(out -> out.write(new byte[3 << 20]));
        died.ended(new Outcome[] {Outcome.PUT}, new long[] {7}, 1);
        died.ended(Outcome.FILTERED, 8);

        try (CheckpointJournal next = CheckpointJournal.open(store)) {
            assertThat(next.recovered().begin()).isEqualTo(begin);
            assertThat(next.recovered().survey()).isNotNull();
            assertThat(next.recovered().progress().ended(0).toArray()).containsExactly(7);
            assertThatThrownBy(() -> died.ended(new Outcome[] {Outcome.PUT}, new long[] {9}, 1))
                    .isInstanceOfSatisfying(
                            RestoreException.class,
                            e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_IN_USE));
            next.ended(new Outcome[] {Outcome.PUT}, new long[] {8}, 1);
            next.completed();
        }
        try (CheckpointJournal last = CheckpointJournal.open(store)) {
            assertThat(last.recovered().completed()).isTrue();
            assertThat(last.recovered().progress().count(Outcome.PUT)).isEqualTo(2);
        }
    }

    @Test
    void at_noBucket_isRefused() {
        for (String uri : List.of("file:///tmp/x/", "s3:///x", "s3://B!/x")) {
            assertThatThrownBy(() -> S3Checkpoints.at(S3.asyncClient(), uri))
                    .as(uri)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(S3Checkpoints.at(S3.asyncClient(), "s3://" + bucket).location())
                .isEqualTo("s3://" + bucket + "/");
    }
}
