package io.github.dynarestore.internal.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** Sends batches through any client, by decoding them; for clients that are decorated or not the SDK's own. */
public final class AttributeValueTransport implements BatchTransport {

    private final DynamoDbAsyncClient dynamoDb;

    /** Uses a client that stays the caller's. */
    public AttributeValueTransport(DynamoDbAsyncClient dynamoDb) {
        this.dynamoDb = dynamoDb;
    }

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
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
                        .overrideConfiguration(SentOnce.CONFIGURATION));
        // The client tells nobody when it sends; it has signed by now.
        departed.run();
        CompletableFuture<BatchWriteItemResponse> answer =
                SentOnce.bounded(call).thenApply(AttributeValueTransport::nothingUnprocessedSaid);
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
