package io.github.dynarestore.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

class TargetTableTest {

    private ScanRequest asked;

    private CompletableFuture<Boolean> isEmpty(ScanResponse.Builder answer) {
        answer.sdkHttpResponse(SdkHttpResponse.builder().statusCode(200).build());
        return TargetTable.isEmpty(
                new DynamoDbAsyncClient() {
                    @Override
                    public CompletableFuture<ScanResponse> scan(Consumer<ScanRequest.Builder> request) {
                        asked = ScanRequest.builder().applyMutation(request).build();
                        return CompletableFuture.completedFuture(answer.build());
                    }

                    @Override
                    public String serviceName() {
                        return "dynamodb";
                    }

                    @Override
                    public void close() {}
                },
                "orders");
    }

    @Test
    void isEmpty_noItemAndNoFurtherPage_isTrue() {
        assertThat(isEmpty(ScanResponse.builder().items(List.of()).count(0))).isCompletedWithValue(true);
        assertThat(asked.consistentRead()).isTrue();
    }

    @Test
    void isEmpty_itemOrAFurtherPage_isFalse() {
        Map<String, AttributeValue> key = Map.of("id", AttributeValue.fromS("a"));
        assertThat(isEmpty(ScanResponse.builder().items(List.of(key)).count(1))).isCompletedWithValue(false);
        assertThat(isEmpty(ScanResponse.builder().lastEvaluatedKey(key).count(0)))
                .isCompletedWithValue(false);
    }

    /** What the SDK makes of an HTTP 200 without a body, as proxies give: a full table must not pass for an empty one. */
    @Test
    void isEmpty_answerThatSaysNothing_failsInsteadOfBeingTrue() {
        assertThat(isEmpty(ScanResponse.builder()))
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        RestoreException.class,
                        e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.TARGET_UNREACHABLE));
    }
}
