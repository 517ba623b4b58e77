package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

class BatchWriterTest {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<List<Long>> sent = new ArrayList<>();
    private final List<Long> written = new ArrayList<>();
    private int acknowledgements;
    private final List<String> refused = new ArrayList<>();
    private final List<RestoreException> fatal = new ArrayList<>();
    private final long[] now = {0};
    private double unitsTaken;
    private double unitsDeparted;

    private final class CountedPace implements BatchWriter.Pace {
        @Override
        public long tryTake(double units) {
            unitsTaken += units;
            return 0;
        }

        @Override
        public void departed(double units) {
            unitsDeparted += units;
        }
    }

    @AfterEach
    void stopTimer() {
        timer.shutdownNow();
    }

    /** Runs one batch of 25 to its end; no wait is longer than 0, and callbacks run at once. */
    private BatchWriter writer(Function<OutgoingBatch, BatchWriteItemResponse> service) {
        BatchTransport transport = new BatchTransport() {
            @Override
            public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
                List<Long> tokens = new ArrayList<>();
                for (long token : batch.tokens()) {
                    tokens.add(token);
                }
                sent.add(tokens);
                if (sent.size() % 2 == 0) {
                    departed.run();
                }
                now[0] += Duration.ofMinutes(1).toNanos();
                try {
                    return CompletableFuture.completedFuture(service.apply(batch));
                } catch (RuntimeException e) {
                    return CompletableFuture.failedFuture(e);
                }
            }

            @Override
            public void close() {}
        };
        WriteObserver observer = new WriteObserver() {
            @Override
            public void written(long[] tokens, boolean[] deletes) {
                acknowledgements++;
                Arrays.stream(tokens).forEach(written::add);
            }

            @Override
            public void refused(long token, String reason, String detail, byte[] json) {
                refused.add(token + " " + reason);
            }

            @Override
            public void conflict(long token) {
                throw new AssertionError("no write is guarded");
            }

            @Override
            public void handled(Runnable kept) {
                kept.run();
            }

            @Override
            public void putOff(PutOff writes) {}

            @Override
            public void resent(int writes) {}

            @Override
            public void settled(Settlement settlement) {}

            @Override
            public Runnable sent(long waitedNanos) {
                return () -> {};
            }

            @Override
            public void answered(long nanos) {}
        };
        return new BatchWriter(new BatchWriter.Parts(
                transport,
                new CountedPace(),
                1,
                Duration.ofMinutes(15),
                () -> now[0],
                timer,
                Runnable::run,
                observer,
                () -> 0,
                fatal::add));
    }

    private static BatchWriteItemResponse done() {
        return BatchWriteItemResponse.builder().unprocessedItems(Map.of()).build();
    }

    private static DynamoDbException error(int status, String code) {
        return (DynamoDbException) DynamoDbException.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
                .build();
    }

    private static boolean holds(OutgoingBatch batch, long token) {
        for (long one : batch.tokens()) {
            if (one == token) {
                return true;
            }
        }
        return false;
    }

    @Test
    void submit_onePoisonedWriteAtAnyPlace_isAloneRefusedInElevenCalls() throws InterruptedException {
        for (long poison = 0; poison < 25; poison++) {
            long bad = poison;
            sent.clear();
            written.clear();
            refused.clear();
            BatchWriter writer = writer(batch -> {
                if (holds(batch, bad)) {
                    throw error(400, "ValidationException");
                }
                return done();
            });
            writer.acquireSlot();
            writer.submit(DirectTransportTest.batch(25));
            writer.awaitDrained();

            assertThat(refused).containsExactly(bad + " write.validation");
            assertThat(written).hasSize(24).doesNotContain(bad).doesNotHaveDuplicates();
            assertThat(sent).hasSizeLessThanOrEqualTo(11);
        }
    }

    @Test
    void submit_someUnprocessed_sendsExactlyThoseAgain() throws InterruptedException {
        BatchWriter writer = writer(batch -> {
            if (batch.size() < 25) {
                return done();
            }
            List<WriteRequest> open = List.of(3, 17).stream()
                    .map(i -> WriteRequest.builder()
                            .putRequest(put -> put.item(batch.attributes(i)))
                            .build())
                    .toList();
            return BatchWriteItemResponse.builder()
                    .unprocessedItems(Map.of("orders", open))
                    .build();
        });
        writer.acquireSlot();
        writer.submit(DirectTransportTest.batch(25));
        writer.awaitDrained();

        assertThat(sent).hasSize(2);
        assertThat(sent.get(1)).containsExactly(3L, 17L);
        assertThat(written).hasSize(25).doesNotHaveDuplicates();
        assertThat(acknowledgements).as("answers, not writes, are told of").isEqualTo(2);
    }

    @Test
    void submit_emptyAnswerThenServerErrorThenThrottle_isSentUntilAcknowledged() throws InterruptedException {
        BatchWriter writer = writer(batch -> switch (sent.size()) {
            case 1 -> BatchWriteItemResponse.builder().build();
            case 2 -> throw error(500, "InternalServerError");
            case 3 -> throw error(400, "ThrottlingException");
            default -> done();
        });
        writer.acquireSlot();
        writer.submit(DirectTransportTest.batch(2));
        writer.awaitDrained();

        assertThat(sent).hasSize(4);
        assertThat(written).containsExactly(0L, 1L);
        assertThat(unitsTaken).isPositive();
        assertThat(unitsDeparted)
                .as("once for each call, whether it said when it left or failed without")
                .isEqualTo(unitsTaken);
    }

    @Test
    void submit_throttledForEver_givesUpWhenPatienceEnds() throws InterruptedException {
        BatchWriter writer = writer(batch -> {
            throw error(400, "ProvisionedThroughputExceededException");
        });
        writer.acquireSlot();
        writer.submit(DirectTransportTest.batch(1));

        assertThat(fatal)
                .singleElement()
                .satisfies(e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.WRITES_STALLED));
        assertThat(sent).hasSize(15);
        assertThat(written).isEmpty();
    }

    @Test
    void submit_afterCancel_sendsNothing() throws InterruptedException {
        BatchWriter writer = writer(batch -> done());
        writer.cancel();
        writer.acquireSlot();
        writer.submit(DirectTransportTest.batch(1));

        assertThat(sent).isEmpty();
    }
}
