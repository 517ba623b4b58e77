package io.github.dynarestore.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.write.ManualTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/** A client that answers once and then throws instead of failing its futures, as one that was closed in the midst may. */
class ThrowingClientTest {

    private final ManualTimer timer = new ManualTimer();
    private DescribeTableResponse answer = DescribeTableResponse.builder()
            .table(table -> table.tableStatus(TableStatus.CREATING))
            .build();
    private int calls;

    private final DynamoDbAsyncClient client = new DynamoDbAsyncClient() {
        @Override
        public CompletableFuture<DescribeTableResponse> describeTable(Consumer<DescribeTableRequest.Builder> request) {
            if (++calls > 1) {
                throw new IllegalStateException("closed");
            }
            return CompletableFuture.completedFuture(answer);
        }

        @Override
        public String serviceName() {
            return "dynamodb";
        }

        @Override
        public void close() {}
    };

    @Test
    void until_clientThrowsOnTheTimersThread_failsInsteadOfHanging() {
        CompletableFuture<?> found = new TableLookup(client, "t", timer, timer::nanoTime)
                .until(TableLookup::takesWrites, Duration.ofMinutes(15));
        assertThat(found).isNotDone();
        timer.runAll();

        assertThat(found).isCompletedExceptionally();
    }

    /** As the SDK makes of a body that is not there. */
    @Test
    void until_answerWithoutADescription_failsInsteadOfHanging() {
        answer = DescribeTableResponse.builder().build();
        CompletableFuture<?> found = new TableLookup(client, "t", timer, timer::nanoTime)
                .until(TableLookup::takesWrites, Duration.ofMinutes(15));
        timer.runAll();

        assertThat(found).isCompletedExceptionally();
    }

    @Test
    void call_clientThrowsOnTheTimersThread_failsInsteadOfHanging() {
        CompletableFuture<?> done = new ControlPlane("t", timer, timer::nanoTime)
                .call(
                        "dynamodb:UpdateTable",
                        () -> {
                            if (++calls > 1) {
                                throw new IllegalStateException("closed");
                            }
                            return CompletableFuture.failedFuture(
                                    new CompletionException(ResourceInUseException.builder()
                                            .awsErrorDetails(AwsErrorDetails.builder()
                                                    .errorCode("ResourceInUseException")
                                                    .build())
                                            .build()));
                        },
                        Duration.ofMinutes(15));
        assertThat(done).isNotDone();
        timer.runAll();

        assertThat(done).isCompletedExceptionally();
        assertThat(calls).isEqualTo(2);
    }
}
