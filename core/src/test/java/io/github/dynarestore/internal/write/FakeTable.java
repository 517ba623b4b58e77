package io.github.dynarestore.internal.write;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;

/** A table with the key {@code id}, in memory; its next calls can be made to fail, or to be done without an answer. */
final class FakeTable implements DynamoDbAsyncClient {

    /** What happens to a call. */
    enum Fate {
        ANSWERED,
        THROTTLED,
        LOST_BEFORE,
        CUT_SHORT,
        LOST_AFTER
    }

    private static final SdkHttpResponse OK =
            SdkHttpResponse.builder().statusCode(200).build();

    final Map<AttributeValue, Map<String, AttributeValue>> items = new HashMap<>();
    final List<String> calls = new ArrayList<>();
    final Deque<Fate> reads = new ArrayDeque<>();
    final Deque<Fate> writes = new ArrayDeque<>();
    final List<PutItemRequest> puts = new ArrayList<>();
    Runnable beforeWrite = () -> {};
    CompletableFuture<@Nullable Void> readGate = CompletableFuture.completedFuture(null);

    private static boolean isCutShort(Deque<Fate> fates) {
        if (fates.peek() == Fate.CUT_SHORT) {
            fates.poll();
            return true;
        }
        return false;
    }

    private <T> CompletableFuture<T> fated(Deque<Fate> fates, T response) {
        return fates.poll() == Fate.LOST_AFTER ? lost() : CompletableFuture.completedFuture(response);
    }

    private static <T> CompletableFuture<T> lost() {
        return CompletableFuture.failedFuture(new IOException("reset"));
    }

    private static <T> @Nullable CompletableFuture<T> failedBefore(Deque<Fate> fates) {
        if (fates.peek() == Fate.LOST_BEFORE) {
            fates.poll();
            return lost();
        }
        if (fates.peek() == Fate.THROTTLED) {
            fates.poll();
            return CompletableFuture.failedFuture(DynamoDbException.builder()
                    .statusCode(400)
                    .awsErrorDetails(AwsErrorDetails.builder()
                            .errorCode("ThrottlingException")
                            .build())
                    .build());
        }
        return null;
    }

    @Override
    public CompletableFuture<GetItemResponse> getItem(GetItemRequest request) {
        calls.add("get");
        CompletableFuture<GetItemResponse> failed = failedBefore(reads);
        if (failed != null) {
            return failed;
        }
        if (isCutShort(reads)) {
            return CompletableFuture.completedFuture((GetItemResponse)
                    GetItemResponse.builder().sdkHttpResponse(OK).build());
        }
        GetItemResponse.Builder response = GetItemResponse.builder().consumedCapacity(units(1));
        Map<String, AttributeValue> item = items.get(request.key().get("id"));
        return readGate.thenCompose(nothing -> fated(
                reads, item == null ? response.build() : response.item(item).build()));
    }

    @Override
    public CompletableFuture<PutItemResponse> putItem(PutItemRequest request) {
        calls.add("put");
        puts.add(request);
        CompletableFuture<PutItemResponse> failed = failedBefore(writes);
        if (failed != null) {
            return failed;
        }
        if (isCutShort(writes)) {
            return CompletableFuture.completedFuture((PutItemResponse)
                    PutItemResponse.builder().sdkHttpResponse(OK).build());
        }
        beforeWrite.run();
        AttributeValue id = request.item().get("id");
        if (!holds(
                request.conditionExpression(),
                request.expressionAttributeNames(),
                request.expressionAttributeValues(),
                items.get(id))) {
            return refused(items.get(id));
        }
        items.put(id, request.item());
        return fated(
                writes, PutItemResponse.builder().consumedCapacity(units(3)).build());
    }

    @Override
    public CompletableFuture<DeleteItemResponse> deleteItem(DeleteItemRequest request) {
        calls.add("delete");
        CompletableFuture<DeleteItemResponse> failed = failedBefore(writes);
        if (failed != null) {
            return failed;
        }
        beforeWrite.run();
        AttributeValue id = request.key().get("id");
        if (!holds(
                request.conditionExpression(),
                request.expressionAttributeNames(),
                request.expressionAttributeValues(),
                items.get(id))) {
            return refused(items.get(id));
        }
        items.remove(id);
        return fated(
                writes, DeleteItemResponse.builder().consumedCapacity(units(3)).build());
    }

    private static boolean holds(
            String condition,
            Map<String, String> names,
            Map<String, AttributeValue> values,
            @Nullable Map<String, AttributeValue> item) {
        return Arrays.stream(condition.split(" AND ")).allMatch(part -> {
            if (part.startsWith("attribute_not_exists(")) {
                return item == null;
            }
            if (part.startsWith("attribute_exists(")) {
                return item != null;
            }
            String[] sides = part.split(" = ");
            return item != null && values.get(sides[1]).equals(item.get(names.get(sides[0])));
        });
    }

    private static <T> CompletableFuture<T> refused(@Nullable Map<String, AttributeValue> item) {
        var refusal = ConditionalCheckFailedException.builder();
        if (item != null) {
            refusal.item(item);
        }
        return CompletableFuture.failedFuture(refusal.statusCode(400)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("ConditionalCheckFailedException")
                        .build())
                .build());
    }

    private static ConsumedCapacity units(double units) {
        return ConsumedCapacity.builder().capacityUnits(units).build();
    }

    @Override
    public String serviceName() {
        return "dynamodb";
    }

    @Override
    public void close() {}
}
