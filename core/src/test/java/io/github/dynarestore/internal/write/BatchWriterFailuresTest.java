package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.Crc32MismatchException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** What the writer makes of each answer, in virtual time. */
class BatchWriterFailuresTest {

    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final ManualTimer timer = new ManualTimer();
    private final List<OutgoingBatch> sent = new ArrayList<>();
    private final List<Long> sentAtNanos = new ArrayList<>();
    private final Map<Long, Integer> written = new TreeMap<>();
    private final Map<Long, String> refused = new TreeMap<>();
    private final Map<Long, String> refusedJson = new HashMap<>();
    private final List<RestoreException> fatal = new ArrayList<>();
    private final List<Long> conflicts = new ArrayList<>();
    private int handled;
    private int throttled;
    private int resent;
    private double consumed;
    private double jitter = 1;

    private final class Observer implements WriteObserver {
        @Override
        public void written(long[] tokens, boolean[] deletes) {
            for (long token : tokens) {
                written.merge(token, 1, Integer::sum);
            }
        }

        @Override
        public void refused(long token, String reason, String detail, byte[] json) {
            refused.put(token, reason);
            refusedJson.put(token, new String(json, StandardCharsets.UTF_8));
        }

        @Override
        public void conflict(long token) {
            conflicts.add(token);
        }

        @Override
        public void handled(Runnable kept) {
            handled++;
            kept.run();
        }

        @Override
        public void putOff(PutOff writes) {
            throttled += writes.tokens().length;
        }

        @Override
        public void resent(int writes) {
            resent += writes;
        }

        @Override
        public void settled(Settlement settlement) {
            consumed +=
                    settlement.consumed() == null ? 0 : settlement.consumed().units();
        }

        @Override
        public Runnable sent(long waitedNanos) {
            return () -> {};
        }

        @Override
        public void answered(long nanos) {}
    }

    private BatchWriter writer(Function<OutgoingBatch, CompletableFuture<BatchWriteItemResponse>> service) {
        BatchTransport transport = new BatchTransport() {
            @Override
            public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
                sent.add(batch);
                sentAtNanos.add(timer.nanoTime());
                return service.apply(batch);
            }

            @Override
            public void close() {}
        };
        return new BatchWriter(new BatchWriter.Parts(
                transport,
                units -> 0,
                4,
                PATIENCE,
                timer::nanoTime,
                timer,
                Runnable::run,
                new Observer(),
                () -> jitter,
                fatal::add));
    }

    private void run(BatchWriter writer, OutgoingBatch batch) throws InterruptedException {
        writer.acquireSlot();
        writer.submit(batch);
        timer.runAll();
    }

    private static CompletableFuture<BatchWriteItemResponse> done() {
        return CompletableFuture.completedFuture(
                BatchWriteItemResponse.builder().unprocessedItems(Map.of()).build());
    }

    private static CompletableFuture<BatchWriteItemResponse> handBack(String table, List<WriteRequest> writes) {
        return CompletableFuture.completedFuture(BatchWriteItemResponse.builder()
                .unprocessedItems(Map.of(table, writes))
                .build());
    }

    private static WriteRequest put(Map<String, AttributeValue> item) {
        return WriteRequest.builder().putRequest(put -> put.item(item)).build();
    }

    private static CompletableFuture<BatchWriteItemResponse> error(int status, @Nullable String code) {
        var exception = DynamoDbException.builder().statusCode(status);
        if (code != null) {
            exception.awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build());
        }
        return CompletableFuture.failedFuture(new CompletionException(exception.build()));
    }

    private static OutgoingBatch batch(int size) {
        return DirectTransportTest.batch(size);
    }

    private static OutgoingBatch twoItems(String first, String second) {
        return new OutgoingBatch(
                        "orders",
                        new ByteBuffer[] {ByteBuffer.wrap((first + second).getBytes(StandardCharsets.UTF_8))},
                        first.length() + second.length(),
                        new int[] {0, first.length()},
                        new int[] {first.length(), second.length()},
                        new boolean[2],
                        new long[] {7, 8},
                        new int[] {1, 1})
                .subset(new int[] {0, 1});
    }

    private void assertAllWrittenOnce(int size) {
        assertThat(written).hasSize(size);
        assertThat(written.values()).containsOnly(1);
        assertThat(fatal).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ProvisionedThroughputExceededException",
                "ThrottlingException",
                "RequestLimitExceeded",
                "LimitExceededException"
            })
    void submit_throttled_backsOffDoublingAndWritesAll(String code) throws InterruptedException {
        BatchWriter writer = writer(batch -> sent.size() <= 9 ? error(400, code) : done());

        run(writer, batch(25));

        assertAllWrittenOnce(25);
        assertThat(throttled).isEqualTo(9 * 25);
        List<Long> waits = IntStream.range(1, sent.size())
                .mapToObj(i -> (sentAtNanos.get(i) - sentAtNanos.get(i - 1)) / 1_000_000)
                .toList();
        assertThat(waits).containsExactly(50L, 100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
    }

    @Test
    void submit_openAnswersOfAllKinds_sendsTheSameBytesAgain() throws InterruptedException {
        List<CompletableFuture<BatchWriteItemResponse>> answers = List.of(
                error(500, "InternalServerError"),
                error(503, null),
                error(408, null),
                error(400, "ReplicatedWriteConflictException"),
                CompletableFuture.failedFuture(new IOException("reset")),
                CompletableFuture.failedFuture(new UncheckedIOException(new IOException("reset"))),
                CompletableFuture.failedFuture(new TimeoutException()),
                CompletableFuture.failedFuture(SdkClientException.create("closed")),
                CompletableFuture.failedFuture(
                        Crc32MismatchException.builder().message("crc").build()),
                CompletableFuture.completedFuture(
                        BatchWriteItemResponse.builder().build()),
                CompletableFuture.completedFuture(null));
        BatchWriter writer = writer(batch -> sent.size() <= answers.size() ? answers.get(sent.size() - 1) : done());
        OutgoingBatch batch = batch(3);

        run(writer, batch);

        assertAllWrittenOnce(3);
        assertThat(resent).isEqualTo(3 * answers.size());
        assertThat(sent)
                .hasSize(answers.size() + 1)
                .allSatisfy(one -> assertThat(one.body()).isEqualTo(batch.body()));
    }

    @Test
    void submit_handedBackInAnotherSpelling_isRecognised() throws InterruptedException {
        OutgoingBatch both = twoItems(
                "{\"id\":{\"N\":\"1.0\"},\"s\":{\"SS\":[\"a\",\"b\"]},\"l\":{\"L\":[{\"N\":\"10\"}]}}",
                "{\"id\":{\"N\":\"2\"}}");
        BatchWriter writer = writer(batch -> sent.size() == 1
                ? handBack(
                        "arn:aws:dynamodb:eu-west-1:1:table/orders",
                        List.of(put(Map.of(
                                "id", AttributeValue.fromN("1"),
                                "s", AttributeValue.fromSs(List.of("b", "a")),
                                "l", AttributeValue.fromL(List.of(AttributeValue.fromN("1E+1")))))))
                : done());

        run(writer, both);

        assertAllWrittenOnce(2);
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).tokens()).containsExactly(7);
        // What is sent again is spelled as in the backup.
        assertThat(sent.get(1).attributes(0)).isEqualTo(both.attributes(0));
    }

    @Test
    void submit_handedBackUnknownWrite_sendsAllAgain() throws InterruptedException {
        BatchWriter writer = writer(batch -> sent.size() == 1
                ? handBack("orders", List.of(put(Map.of("id", AttributeValue.fromS("never sent")))))
                : done());

        run(writer, batch(25));

        assertAllWrittenOnce(25);
        assertThat(sent).extracting(OutgoingBatch::size).containsExactly(25, 25);
    }

    /** The service takes a random part of each call; every write ends once, and only ever with its own value. */
    @Test
    void submit_randomPartsTaken_losesAndAltersNothing() throws InterruptedException {
        Random random = new Random(11);
        Map<Map<String, AttributeValue>, Integer> table = new HashMap<>();
        BatchWriter writer = writer(batch -> {
            int kind = random.nextInt(5);
            if (kind == 0) {
                return error(500, "InternalServerError");
            }
            List<WriteRequest> back = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                if (random.nextBoolean()) {
                    back.add(put(batch.attributes(i)));
                } else {
                    table.merge(batch.attributes(i), 1, Integer::sum);
                }
            }
            // Done, but the answer is lost.
            return kind == 1
                    ? CompletableFuture.failedFuture(new IOException("reset"))
                    : back.isEmpty() ? done() : handBack("orders", back);
        });
        OutgoingBatch batch = batch(25);

        run(writer, batch);

        assertAllWrittenOnce(25);
        assertThat(table.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 25).mapToObj(batch::attributes).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "400, ValidationException, write.validation",
        "400, ItemCollectionSizeLimitExceededException, write.item-collection-size",
        "413, , write.validation"
    })
    void submit_refusedWrite_isSaidWithItsJson(int status, @Nullable String code, String reason)
            throws InterruptedException {
        BatchWriter writer =
                writer(batch -> Arrays.stream(batch.tokens()).anyMatch(t -> t == 13) ? error(status, code) : done());

        run(writer, batch(25));

        assertThat(refused).containsExactly(Map.entry(13L, reason));
        assertThat(refusedJson).containsEntry(13L, "{\"id\":{\"S\":\"13\"},\"v\":{\"N\":\"1\"}}");
        assertThat(written).hasSize(24).doesNotContainKey(13L);
        assertThat(sent).hasSizeLessThanOrEqualTo(11);
        writer.awaitDrained();
    }

    @ParameterizedTest
    @CsvSource({
        "ResourceNotFoundException, TARGET_MISSING",
        "AccessDeniedException, ACCESS_DENIED",
        "InvalidSignatureException, ACCESS_DENIED",
        "MissingAuthenticationTokenException, ACCESS_DENIED",
        "SerializationException, INTERNAL"
    })
    void submit_hopelessRefusal_endsTheRunAtOnce(String code, RestoreErrorCode expected) throws InterruptedException {
        BatchWriter writer = writer(batch -> error(400, code));

        run(writer, batch(25));
        run(writer, batch(25));

        assertThat(fatal).singleElement().satisfies(e -> {
            assertThat(e.code()).isEqualTo(expected);
            if (expected == RestoreErrorCode.ACCESS_DENIED) {
                assertThat(e).hasMessageContaining("dynamodb:BatchWriteItem");
            }
        });
        assertThat(sent).hasSize(1);
        assertThat(written).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ExpiredTokenException", "UnrecognizedClientException"})
    void submit_credentialsRunOut_waitsForNewOnes(String code) throws InterruptedException {
        BatchWriter writer = writer(batch -> sent.size() < 4 ? error(400, code) : done());

        run(writer, batch(25));

        assertAllWrittenOnce(25);
        assertThat(sent).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ExpiredTokenException", "UnrecognizedClientException"})
    void submit_credentialsStayRefused_isDeniedWhenPatienceEnds(String code) throws InterruptedException {
        BatchWriter writer = writer(batch -> error(400, code));

        run(writer, batch(25));

        assertThat(fatal).singleElement().satisfies(e -> {
            assertThat(e.code()).isEqualTo(RestoreErrorCode.ACCESS_DENIED);
            assertThat(e).hasMessageContaining(code);
        });
        assertThat((double) timer.nanoTime()).isCloseTo(PATIENCE.toNanos(), within(5.1e9));
    }

    @Test
    void submit_conditionFails_isAConflictAndNeitherWrittenNorSentAgain() throws InterruptedException {
        BatchWriter writer = writer(batch -> error(400, "ConditionalCheckFailedException"));

        run(writer, batch(1));

        assertThat(conflicts).containsExactly(0L);
        assertThat(handled).isEqualTo(1);
        assertThat(sent).hasSize(1);
        assertThat(written).isEmpty();
        assertThat(fatal).isEmpty();
        writer.awaitDrained();
    }

    @Test
    void pause_thenResume_holdsBatchesBackAndCountsNoStall() throws InterruptedException {
        BatchWriter writer = writer(batch -> sent.size() == 1 ? error(400, "ThrottlingException") : done());
        writer.pause();
        run(writer, batch(25));
        timer.advance(PATIENCE.toNanos() * 2);
        assertThat(sent).isEmpty();

        writer.resume();
        timer.runAll();

        assertAllWrittenOnce(25);
        assertThat(sent).hasSize(2);
    }

    @Test
    void submit_throttledForEver_stallsWhenPatienceEndsWithItsCause() throws InterruptedException {
        BatchWriter writer = writer(batch -> error(400, "ThrottlingException"));

        run(writer, batch(25));

        assertThat(fatal).singleElement().satisfies(e -> {
            assertThat(e.code()).isEqualTo(RestoreErrorCode.WRITES_STALLED);
            assertThat(e).hasCauseInstanceOf(DynamoDbException.class);
        });
        assertThat((double) timer.nanoTime()).isCloseTo(PATIENCE.toNanos(), within(5.1e9));
    }

    @Test
    void submit_firstThrottleAfterALongIdleTime_isNoStall() throws InterruptedException {
        BatchWriter writer = writer(batch -> sent.size() == 1 ? error(400, "ThrottlingException") : done());
        timer.advance(PATIENCE.toNanos() * 2);

        run(writer, batch(25));

        assertAllWrittenOnce(25);
    }

    @Test
    void cancel_whileBackingOff_sendsNothingMore() throws InterruptedException {
        BatchWriter writer = writer(batch -> error(400, "ThrottlingException"));
        writer.acquireSlot();
        writer.submit(batch(25));
        writer.cancel();
        timer.runAll();

        assertThat(sent).hasSize(1);
        assertThat(fatal).isEmpty();
    }

    @Test
    void awaitStopped_callThatNeverEnds_isBrokenOffWithoutAFault() throws InterruptedException {
        CompletableFuture<BatchWriteItemResponse> open = new CompletableFuture<>();
        BatchWriter writer = writer(batch -> open);
        writer.acquireSlot();
        writer.submit(batch(25));
        writer.cancel();
        writer.awaitStopped(Duration.ofMillis(50));
        timer.runAll();

        assertThat(open).isCancelled();
        assertThat(sent).hasSize(1);
        assertThat(fatal).isEmpty();
    }

    @Test
    void awaitStopped_answerArrives_isStillCounted() throws InterruptedException {
        CompletableFuture<BatchWriteItemResponse> open = new CompletableFuture<>();
        BatchWriter writer = writer(batch -> open);
        writer.acquireSlot();
        writer.submit(batch(25));
        writer.cancel();
        var unused = open.complete(done().join());
        writer.awaitStopped(Duration.ofSeconds(1));

        assertAllWrittenOnce(25);
    }

    @Test
    void submit_consumedCapacity_isSummed() throws InterruptedException {
        BatchWriter writer = writer(batch -> CompletableFuture.completedFuture(BatchWriteItemResponse.builder()
                .unprocessedItems(Map.of())
                .consumedCapacity(
                        ConsumedCapacity.builder().capacityUnits(2.5).build(),
                        ConsumedCapacity.builder().capacityUnits(4.0).build(),
                        ConsumedCapacity.builder().build())
                .build()));

        run(writer, batch(2));

        assertThat(consumed).isEqualTo(6.5);
    }

    /** Large items on a slow table: between two batches the rate alone may ask for more than the patience. */
    @Test
    void submit_firstFailureAfterALongWaitForTheRate_isNoStall() throws InterruptedException {
        long[] waits = {0, PATIENCE.toNanos() * 2, 0};
        int[] reservations = {0};
        BatchTransport transport = new BatchTransport() {
            @Override
            public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
                sent.add(batch);
                return sent.size() == 2 ? error(500, "InternalServerError") : done();
            }

            @Override
            public void close() {}
        };
        BatchWriter writer = new BatchWriter(new BatchWriter.Parts(
                transport,
                units -> waits[Math.min(reservations[0]++, 2)],
                4,
                PATIENCE,
                timer::nanoTime,
                timer,
                Runnable::run,
                new Observer(),
                () -> jitter,
                fatal::add));

        run(writer, batch(25));
        written.clear();
        run(writer, batch(25));

        assertThat(sent).hasSize(3);
        assertAllWrittenOnce(25);
    }

    /** On the timer's thread nobody else would hear of it, and the batch's slot would never come free. */
    @Test
    void submit_transportThrowsAnErrorWhenTriedAgain_isFatalAndNoHang() throws InterruptedException {
        BatchWriter writer = writer(batch -> {
            if (sent.size() > 1) {
                throw new NoClassDefFoundError("gone");
            }
            return error(500, "InternalServerError");
        });

        run(writer, batch(25));

        assertThat(fatal).singleElement().satisfies(e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.INTERNAL));
    }

    /** A client that somebody has wrapped may block its caller; a cancel must not wait for it. */
    @Test
    void cancel_transportBlocks_returnsAtOnce() throws Exception {
        var entered = new CountDownLatch(1);
        var released = new CountDownLatch(1);
        BatchWriter writer = writer(batch -> {
            entered.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return done();
        });
        writer.acquireSlot();
        Thread submitting = new Thread(() -> writer.submit(batch(25)));
        submitting.start();
        entered.await();
        try {
            CompletableFuture.runAsync(writer::cancel).get(2, TimeUnit.SECONDS);
        } finally {
            released.countDown();
            submitting.join();
        }
    }
}
