package io.github.dynarestore.internal.write;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** Sends batches through any client, by decoding them; for clients that are decorated or not the SDK's own. */
public final class AttributeValueTransport implements BatchTransport {

    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    /** The writer owns the retries; the SDK's own would multiply them. A plugin, as a request cannot say so otherwise. */
    static final AwsRequestOverrideConfiguration SENT_ONCE = AwsRequestOverrideConfiguration.builder()
            .apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
            .addPlugin(client -> client.overrideConfiguration(client.overrideConfiguration().toBuilder()
                    .retryStrategy(AwsRetryStrategy.doNotRetry())
                    .build()))
            .build();

    private final DynamoDbAsyncClient dynamoDb;

    /** Uses a client that stays the caller's. */
    public AttributeValueTransport(DynamoDbAsyncClient dynamoDb) {
        this.dynamoDb = dynamoDb;
    }

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch) {
        List<WriteRequest> writes = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Map<String, AttributeValue> attributes = batch.attributes(i);
            writes.add(
                    batch.deletes()[i]
                            ? WriteRequest.builder()
                                    .deleteRequest(delete -> delete.key(attributes))
                                    .build()
                            : WriteRequest.builder()
                                    .putRequest(put -> put.item(attributes))
                                    .build());
        }
        CompletableFuture<BatchWriteItemResponse> call =
                dynamoDb.batchWriteItem(request -> request.requestItems(Map.of(batch.table(), writes))
                        .returnConsumedCapacity(ReturnConsumedCapacity.INDEXES)
                        .overrideConfiguration(SENT_ONCE));
        CompletableFuture<BatchWriteItemResponse> answer = call
                // A decorated client need not keep to the SDK's timeouts.
                .orTimeout(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .thenApply(AttributeValueTransport::nothingUnprocessedSaid);
        var unused = answer.whenComplete((response, failure) -> {
            if (answer.isCancelled()) {
                // A client that can break a call off is told to; the SDK's own goes on with it.
                call.cancel(true);
            }
        });
        return answer;
    }

    /** A stand-in that never spoke HTTP may leave out what the service always says; an empty HTTP answer may not. */
    private static BatchWriteItemResponse nothingUnprocessedSaid(BatchWriteItemResponse response) {
        return response == null || response.hasUnprocessedItems() || response.sdkHttpResponse() != null
                ? response
                : response.toBuilder().unprocessedItems(Map.of()).build();
    }

    @Override
    public void close() {}
}
