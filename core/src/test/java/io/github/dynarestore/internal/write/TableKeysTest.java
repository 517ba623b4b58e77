package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** Reading keys, in virtual time. */
class TableKeysTest {

    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final int PAGES = 5;

    private final ManualTimer timer = new ManualTimer();
    private final List<ScanRequest> asked = new ArrayList<>();
    private final List<Long> askedAtNanos = new ArrayList<>();
    private final List<Double> reserved = new ArrayList<>();
    private final List<Map<String, AttributeValue>> keys = new ArrayList<>();
    private long waitNanos;

    private TableKeys reader(int segments, Function<ScanRequest, CompletableFuture<ScanResponse>> service) {
        DynamoDbAsyncClient client = new DynamoDbAsyncClient() {
            @Override
            public CompletableFuture<ScanResponse> scan(ScanRequest request) {
                asked.add(request);
                askedAtNanos.add(timer.nanoTime());
                return service.apply(request);
            }

            @Override
            public String serviceName() {
                return "dynamodb";
            }

            @Override
            public void close() {}
        };
        return new TableKeys(new TableKeys.Parts(
                client,
                "orders",
                List.of("id", "size"),
                segments,
                units -> {
                    reserved.add(units);
                    return waitNanos;
                },
                PATIENCE,
                timer::nanoTime,
                timer,
                Runnable::run,
                () -> 1));
    }

    private CompletableFuture<Void> read(TableKeys reader) {
        CompletableFuture<Void> done = reader.read(keys::addAll);
        timer.runAll();
        return done;
    }

    private static Map<String, AttributeValue> key(int segment, int page, int i) {
        return Map.of("id", AttributeValue.fromS(segment + "/" + page), "size", AttributeValue.fromN("" + i));
    }

    /** Pages of two keys, but for the second, which is empty and not the last. */
    private static CompletableFuture<ScanResponse> page(ScanRequest request) {
        int page = request.hasExclusiveStartKey()
                ? Integer.parseInt(request.exclusiveStartKey().get("id").s().split("/")[1]) + 1
                : 0;
        ScanResponse.Builder response = ScanResponse.builder()
                .items(
                        page == 1
                                ? List.of()
                                : List.of(key(request.segment(), page, 0), key(request.segment(), page, 1)))
                .consumedCapacity(capacity -> capacity.capacityUnits(10.0 + page));
        if (page < PAGES - 1) {
            response.lastEvaluatedKey(key(request.segment(), page, 1));
        }
        return CompletableFuture.completedFuture(response.build());
    }

    private static CompletableFuture<ScanResponse> error(int status, String code) {
        return CompletableFuture.failedFuture(new CompletionException(DynamoDbException.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
                .build()));
    }

    private void assertAllKeysOnce(int segments) {
        assertThat(keys)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, segments)
                        .boxed()
                        .flatMap(segment -> IntStream.of(0, 2, 3, 4)
                                .boxed()
                                .flatMap(page -> IntStream.range(0, 2).mapToObj(i -> key(segment, page, i))))
                        .toList());
    }

    private static RestoreException failure(CompletableFuture<Void> done) {
        assertThat(done).isCompletedExceptionally();
        return (RestoreException) done.handle((nothing, failure) -> failure).join();
    }

    @Test
    void read_severalSegments_handsEachKeyOverOnce() {
        assertThat(read(reader(3, TableKeysTest::page))).isCompleted();

        assertAllKeysOnce(3);
        assertThat(asked).hasSize(3 * PAGES).allSatisfy(request -> {
            assertThat(request.consistentRead()).isTrue();
            assertThat(request.totalSegments()).isEqualTo(3);
            assertThat(request.projectionExpression()).isEqualTo("#0, #1");
            assertThat(request.expressionAttributeNames()).isEqualTo(Map.of("#0", "id", "#1", "size"));
        });
    }

    @Test
    void read_pages_arePacedByWhatTheOneBeforeTook() {
        waitNanos = Duration.ofMinutes(20).toNanos();

        assertThat(read(reader(1, TableKeysTest::page))).isCompleted();

        assertThat(reserved).containsExactly(1.0, 10.0, 11.0, 12.0, 13.0);
        assertThat(askedAtNanos).containsExactly(waitNanos, 2 * waitNanos, 3 * waitNanos, 4 * waitNanos, 5 * waitNanos);
    }

    @Test
    void read_openAnswersAndThrottles_areAskedForAgainWithBackOff() {
        ScanResponse cutShort = (ScanResponse) ScanResponse.builder()
                .sdkHttpResponse(SdkHttpResponse.builder().statusCode(200).build())
                .build();
        List<CompletableFuture<ScanResponse>> failures = List.of(
                error(400, "ProvisionedThroughputExceededException"),
                error(500, "InternalServerError"),
                error(503, "ServiceUnavailable"),
                error(400, "ExpiredTokenException"),
                CompletableFuture.failedFuture(new IOException("reset")),
                CompletableFuture.completedFuture(cutShort));

        assertThat(read(reader(
                        1,
                        request -> asked.size() <= failures.size() ? failures.get(asked.size() - 1) : page(request))))
                .isCompleted();

        assertAllKeysOnce(1);
        List<Long> waits = IntStream.rangeClosed(1, failures.size())
                .mapToObj(i -> (askedAtNanos.get(i) - askedAtNanos.get(i - 1)) / 1_000_000)
                .toList();
        assertThat(waits).containsExactly(50L, 100L, 200L, 400L, 800L, 1600L);
        assertThat(reserved).hasSize(PAGES);
    }

    @ParameterizedTest
    @CsvSource({
        "400, ThrottlingException, TARGET_UNREACHABLE",
        "500, InternalServerError, TARGET_UNREACHABLE",
        "400, ExpiredTokenException, ACCESS_DENIED"
    })
    void read_neverAnswered_failsWhenPatienceEnds(int status, String code, RestoreErrorCode expected) {
        // A wait for the rate that is longer than the patience is not counted.
        waitNanos = PATIENCE.toNanos() * 2;

        RestoreException failure = failure(read(reader(2, request -> error(status, code))));

        assertThat(failure.code()).isEqualTo(expected);
        assertThat(failure).hasMessageContaining("dynamodb:Scan").hasCauseInstanceOf(DynamoDbException.class);
        assertThat((double) timer.nanoTime() - waitNanos).isCloseTo(PATIENCE.toNanos(), within(10.1e9));
    }

    @ParameterizedTest
    @CsvSource({
        "AccessDeniedException, ACCESS_DENIED",
        "ResourceNotFoundException, TARGET_MISSING",
        "ValidationException, INTERNAL"
    })
    void read_hopelessRefusal_failsAtOnce(String code, RestoreErrorCode expected) {
        RestoreException failure =
                failure(read(reader(1, request -> asked.size() == 3 ? error(400, code) : page(request))));

        assertThat(failure.code()).isEqualTo(expected);
        assertThat(asked).hasSize(3);
        assertThat(keys).hasSize(2);
    }

    @Test
    void read_consumerFails_failsWithItsReason() {
        IllegalStateException reason = new IllegalStateException("full");
        CompletableFuture<Void> done = reader(2, TableKeysTest::page).read(page -> {
            throw reason;
        });

        assertThat(failure(done)).hasCause(reason);
        assertThat(asked).hasSize(1);
    }

    @Test
    void read_cancelled_breaksOffAndHandsNothingOver() {
        CompletableFuture<ScanResponse> open = new CompletableFuture<>();
        CompletableFuture<Void> done = reader(1, request -> open).read(keys::addAll);

        done.cancel(true);
        timer.runAll();

        assertThat(open).isCancelled();
        assertThat(asked).hasSize(1);
        assertThat(keys).isEmpty();
    }

    @Test
    void read_cancelledByTheConsumer_asksForNothingMore() {
        List<CompletableFuture<Void>> reading = new ArrayList<>();
        waitNanos = 1;
        reading.add(reader(1, TableKeysTest::page).read(page -> reading.get(0).cancel(true)));
        timer.runAll();

        assertThat(reading.get(0)).isCancelled();
        assertThat(asked).hasSize(1);
    }

    @Test
    void create_noSegments_isRefused() {
        assertThatThrownBy(() -> reader(0, TableKeysTest::page)).hasMessageContaining("not 0");
    }
}
