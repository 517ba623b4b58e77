package io.github.dynarestore.internal.write;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Sends batches of one write each, which are done only if the table holds what a guard wants. A write that is not done
 * fails with {@link ConditionalCheckFailedException}. Sent again after an answer that was lost, it finds what it left and
 * counts as done.
 */
public final class GuardedTransport implements BatchTransport {

    /** Longest condition, in bytes, and most operators in one (developer guide, "Quotas"), with room to spare. */
    private static final int MAX_CONDITION_BYTES = 3_800;

    private static final int MAX_COMPARED = 60;

    /** Longest value that is compared, as its JSON: a request holds the item as well. */
    private static final int MAX_COMPARED_BYTES = 300_000;

    private static final long ANSWER_TIMEOUT_SECONDS = 30;

    private final DynamoDbAsyncClient dynamoDb;
    private final String table;
    private final List<String> keyNames;
    private final ItemGuard guard;
    private final Set<Long> sentBefore = ConcurrentHashMap.newKeySet();

    /** Uses a client that stays the caller's. */
    public GuardedTransport(DynamoDbAsyncClient dynamoDb, String table, List<String> keyNames, ItemGuard guard) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.keyNames = List.copyOf(keyNames);
        this.guard = guard;
    }

    private record Write(long token, boolean isDelete, Map<String, AttributeValue> attributes, boolean isAgain) {}

    /** A condition, with the names and values that stand in it. */
    private record Condition(String text, Map<String, String> names, Map<String, AttributeValue> values) {}

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch) {
        if (batch.size() != 1) {
            throw new IllegalArgumentException("a guarded batch has one write, not " + batch.size());
        }
        long token = batch.tokens()[0];
        Write write = new Write(token, batch.deletes()[0], batch.attributes(0), !sentBefore.add(token));
        CompletableFuture<BatchWriteItemResponse> answer =
                guard instanceof ItemGuard.IsUnchanged unchanged ? ifUnchanged(write, unchanged) : ifAbsent(write);
        return answer.orTimeout(ANSWER_TIMEOUT_SECONDS, TimeUnit.SECONDS).whenComplete((response, failure) -> {
            if (response != null || cause(failure) instanceof ConditionalCheckFailedException) {
                sentBefore.remove(token);
            }
        });
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private CompletableFuture<BatchWriteItemResponse> ifAbsent(Write write) {
        return put(write, absent()).exceptionallyCompose(failure -> {
            Throwable cause = cause(failure);
            boolean isOwn = write.isAgain()
                    && cause instanceof ConditionalCheckFailedException check
                    && check.hasItem()
                    && guard.digest().applyAsLong(check.item())
                            == guard.digest().applyAsLong(write.attributes());
            return isOwn ? CompletableFuture.completedFuture(done(0)) : CompletableFuture.failedFuture(failure);
        });
    }

    private CompletableFuture<BatchWriteItemResponse> ifUnchanged(Write write, ItemGuard.IsUnchanged unchanged) {
        Map<String, AttributeValue> key = new HashMap<>(write.attributes());
        key.keySet().retainAll(keyNames);
        return dynamoDb.getItem(request -> request.tableName(table)
                        .key(key)
                        .consistentRead(true)
                        .overrideConfiguration(AttributeValueTransport.SENT_ONCE))
                .thenCompose(response -> {
                    Map<String, AttributeValue> present = response.hasItem() ? response.item() : null;
                    long found =
                            present == null ? ItemGuard.ABSENT : guard.digest().applyAsLong(present);
                    long wanted =
                            write.isDelete() ? ItemGuard.ABSENT : guard.digest().applyAsLong(write.attributes());
                    if (found == wanted) {
                        return CompletableFuture.completedFuture(done(0));
                    }
                    if (found != unchanged.expected().applyAsLong(write.token())) {
                        return CompletableFuture.failedFuture(otherThanExpected());
                    }
                    Condition condition = present == null ? absent() : stillThis(present);
                    return write.isDelete() ? delete(key, condition) : put(write, condition);
                });
    }

    private static ConditionalCheckFailedException otherThanExpected() {
        return (ConditionalCheckFailedException) ConditionalCheckFailedException.builder()
                .message("the table holds another item than expected")
                .statusCode(400)
                .build();
    }

    private CompletableFuture<BatchWriteItemResponse> put(Write write, Condition condition) {
        return dynamoDb.putItem(request -> request.tableName(table)
                        .item(write.attributes())
                        .conditionExpression(condition.text())
                        .expressionAttributeNames(condition.names())
                        .expressionAttributeValues(condition.values().isEmpty() ? null : condition.values())
                        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                        .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                        .overrideConfiguration(AttributeValueTransport.SENT_ONCE))
                .thenApply(response -> done(units(response.consumedCapacity())));
    }

    private CompletableFuture<BatchWriteItemResponse> delete(Map<String, AttributeValue> key, Condition condition) {
        return dynamoDb.deleteItem(request -> request.tableName(table)
                        .key(key)
                        .conditionExpression(condition.text())
                        .expressionAttributeNames(condition.names())
                        .expressionAttributeValues(condition.values().isEmpty() ? null : condition.values())
                        .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                        .overrideConfiguration(AttributeValueTransport.SENT_ONCE))
                .thenApply(response -> done(units(response.consumedCapacity())));
    }

    private Condition absent() {
        return new Condition("attribute_not_exists(#0)", Map.of("#0", keyNames.get(0)), Map.of());
    }

    /** That every attribute is still what was read; of very many, those that a condition has room for. */
    private static Condition stillThis(Map<String, AttributeValue> item) {
        StringBuilder text = new StringBuilder();
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, AttributeValue> values = new LinkedHashMap<>();
        long bytes = 0;
        for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
            int index = names.size();
            String comparison = (index == 0 ? "" : " AND ") + "#" + index + " = :" + index;
            long size = size(attribute.getValue());
            if (bytes + size <= MAX_COMPARED_BYTES) {
                text.append(comparison);
                names.put("#" + index, attribute.getKey());
                values.put(":" + index, attribute.getValue());
                bytes += size;
            }
            if (names.size() == MAX_COMPARED || text.length() > MAX_CONDITION_BYTES) {
                break;
            }
        }
        return new Condition(text.toString(), names, values);
    }

    private static long size(AttributeValue value) {
        return value.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static double units(@Nullable ConsumedCapacity consumed) {
        return consumed == null || consumed.capacityUnits() == null ? 0 : consumed.capacityUnits();
    }

    private static BatchWriteItemResponse done(double units) {
        return BatchWriteItemResponse.builder()
                .unprocessedItems(Map.of())
                .consumedCapacity(
                        ConsumedCapacity.builder().capacityUnits(units).build())
                .build();
    }

    @Override
    public void close() {}
}
