package io.github.dynarestore.internal.write;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.ItemImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Does writes one by one, each only if the table holds what a guard wants; a write that is not done ends as a conflict.
 * Takes batches of exactly one write, whose tokens differ.
 *
 * <p>Under {@link ItemGuard.IsUnchanged} a table that holds what the write would leave counts as written, whoever left it,
 * so that a write may be sent again after any failure. What somebody does between the read and the write is found out by
 * the write's condition, but for an attribute added, and for those that {@link ItemCondition#unchanged} has no room for.
 *
 * <p>Under {@link ItemGuard.IsAbsent} an item that equals the write's counts as written only after an answer to the same
 * write was lost, or if an earlier run may have sent it: it may then be our own, and if it is not, nothing is harmed.
 */
public final class GuardedTransport implements BatchTransport {

    private static final int BYTES_PER_UNIT = 1024;

    private final DynamoDbAsyncClient dynamoDb;
    private final List<String> keyNames;
    private final ItemGuard guard;
    private final Executor callbacks;

    /** Tokens of writes whose answer was lost; each is under way, so there are no more than of those. */
    private final Set<Long> maybeDone = ConcurrentHashMap.newKeySet();

    /**
     * Uses a client that stays the caller's.
     *
     * @param keyNames names of the key attributes, the partition key's first
     * @param callbacks handles answers, so that no SDK thread does
     */
    public GuardedTransport(DynamoDbAsyncClient dynamoDb, List<String> keyNames, ItemGuard guard, Executor callbacks) {
        this.dynamoDb = dynamoDb;
        this.keyNames = List.copyOf(keyNames);
        this.guard = guard;
        this.callbacks = callbacks;
    }

    @Override
    public int mostWrites() {
        return 1;
    }

    @Override
    public String permissions() {
        return guard instanceof ItemGuard.IsAbsent
                ? "dynamodb:PutItem"
                : "dynamodb:GetItem, dynamodb:PutItem and dynamodb:DeleteItem";
    }

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
        if (batch.size() != 1) {
            throw new IllegalArgumentException("a guarded batch has one write, not " + batch.size());
        }
        Attempt attempt = new Attempt(batch);
        CompletableFuture<BatchWriteItemResponse> answer = attempt.begin();
        departed.run();
        var unused = answer.whenComplete((response, failure) -> {
            if (answer.isCancelled()) {
                attempt.breakOff();
            }
        });
        return answer;
    }

    @Override
    public void close() {}

    /** One attempt at a write: up to two calls, one after the other. */
    private final class Attempt {

        private final OutgoingBatch batch;
        private final long token;
        private final boolean isDelete;
        private final Map<String, AttributeValue> attributes;
        private @Nullable CompletableFuture<?> call;
        private boolean brokenOff;

        Attempt(OutgoingBatch batch) {
            this.batch = batch;
            token = batch.tokens()[0];
            isDelete = batch.deletes()[0];
            attributes = batch.attributes(0);
        }

        CompletableFuture<BatchWriteItemResponse> begin() {
            if (guard instanceof ItemGuard.IsUnchanged unchanged) {
                return read().thenComposeAsync(found -> unlessChanged(unchanged, found), callbacks);
            }
            if (isDelete) {
                throw new IllegalArgumentException("a delete of what must be absent");
            }
            return write(ItemCondition.absent(keyNames.get(0)));
        }

        private CompletableFuture<GetItemResponse> read() {
            Map<String, AttributeValue> key = new HashMap<>(attributes);
            key.keySet().retainAll(keyNames);
            return called(() -> dynamoDb.getItem(request -> request.tableName(batch.table())
                    .key(key)
                    .consistentRead(true)
                    .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)
                    .overrideConfiguration(SentOnce.CONFIGURATION)));
        }

        private CompletableFuture<BatchWriteItemResponse> unlessChanged(
                ItemGuard.IsUnchanged unchanged, @Nullable GetItemResponse response) {
            if (response == null || isCutShort(response, response.consumedCapacity())) {
                return CompletableFuture.completedFuture(noAnswer());
            }
            Map<String, AttributeValue> found = response.hasItem() ? response.item() : null;
            if (digest(found) != unchanged.expected().applyAsLong(token)) {
                return CompletableFuture.completedFuture(writtenOrConflict(found, 0));
            }
            return write(
                    found == null ? ItemCondition.absent(keyNames.get(0)) : ItemCondition.unchanged(found, keyNames));
        }

        private CompletableFuture<BatchWriteItemResponse> write(ItemCondition condition) {
            return (isDelete ? delete(condition) : put(condition)).handleAsync(this::written, callbacks);
        }

        private CompletableFuture<BatchWriteItemResponse> put(ItemCondition condition) {
            return called(() -> dynamoDb.putItem(request -> request.tableName(batch.table())
                            .item(attributes)
                            .conditionExpression(condition.expression())
                            .expressionAttributeNames(condition.names())
                            .expressionAttributeValues(placeholders(condition))
                            .returnConsumedCapacity(ReturnConsumedCapacity.INDEXES)
                            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                            .overrideConfiguration(SentOnce.CONFIGURATION)))
                    .thenApply(
                            response -> response == null ? noAnswer() : answer(response, response.consumedCapacity()));
        }

        private CompletableFuture<BatchWriteItemResponse> delete(ItemCondition condition) {
            return called(() -> dynamoDb.deleteItem(request -> request.tableName(batch.table())
                            .key(attributes)
                            .conditionExpression(condition.expression())
                            .expressionAttributeNames(condition.names())
                            .expressionAttributeValues(placeholders(condition))
                            .returnConsumedCapacity(ReturnConsumedCapacity.INDEXES)
                            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                            .overrideConfiguration(SentOnce.CONFIGURATION)))
                    .thenApply(
                            response -> response == null ? noAnswer() : answer(response, response.consumedCapacity()));
        }

        private BatchWriteItemResponse written(@Nullable BatchWriteItemResponse response, @Nullable Throwable thrown) {
            if (thrown == null && response != null) {
                remember(!response.hasUnprocessedItems());
                return response;
            }
            CallFailure failure = CallFailure.of(thrown == null ? new CancellationException() : thrown);
            switch (failure.kind()) {
                case CONDITION_FAILED -> {
                    Map<String, AttributeValue> found =
                            failure.cause() instanceof ConditionalCheckFailedException refusal && refusal.hasItem()
                                    ? refusal.item()
                                    : null;
                    return writtenOrConflict(found, unitsOfRefusal(found));
                }
                case OPEN, UNKNOWN -> remember(true);
                case CONTENT_REFUSED -> remember(false);
                default -> {
                    // Nothing was done by this attempt; what earlier ones did is as open as before.
                }
            }
            throw new CompletionException(failure.cause());
        }

        private void remember(boolean mayBeDone) {
            if (mayBeDone) {
                maybeDone.add(token);
            } else {
                maybeDone.remove(token);
            }
        }

        /** The write has ended: the table holds what it would leave, or something else. */
        private BatchWriteItemResponse writtenOrConflict(@Nullable Map<String, AttributeValue> found, double units) {
            boolean mayBeOurs = maybeDone.remove(token) || guard.mayBeOurs(token);
            if (mayBeOurs && digest(found) == digest(isDelete ? null : attributes)) {
                return done(units);
            }
            throw new WriteConflictException(units);
        }

        /** A condition that fails takes what the write would, or as much as the item that is there (developer guide). */
        private double unitsOfRefusal(@Nullable Map<String, AttributeValue> found) {
            return found == null ? batch.totalUnits() : Math.max(batch.totalUnits(), units(found));
        }

        private long digest(@Nullable Map<String, AttributeValue> item) {
            return item == null ? ItemGuard.ABSENT : guard.digest().applyAsLong(item);
        }

        private <T> CompletableFuture<T> called(Supplier<CompletableFuture<T>> request) {
            synchronized (this) {
                if (brokenOff) {
                    return CompletableFuture.failedFuture(new CancellationException());
                }
            }
            CompletableFuture<T> sent;
            try {
                sent = request.get();
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
            boolean isLate;
            synchronized (this) {
                call = sent;
                isLate = brokenOff;
            }
            if (isLate) {
                sent.cancel(true);
            }
            return SentOnce.bounded(sent);
        }

        void breakOff() {
            CompletableFuture<?> known;
            synchronized (this) {
                brokenOff = true;
                known = call;
            }
            if (known != null) {
                known.cancel(true);
            }
        }
    }

    /** DynamoDB refuses a map of values that is there and empty. */
    private static @Nullable Map<String, AttributeValue> placeholders(ItemCondition condition) {
        return condition.values().isEmpty() ? null : condition.values();
    }

    /** The service says what a request took; an HTTP answer that does not is not the whole of one. */
    private static boolean isCutShort(DynamoDbResponse response, @Nullable ConsumedCapacity consumed) {
        return consumed == null && response.sdkHttpResponse() != null;
    }

    private static BatchWriteItemResponse answer(DynamoDbResponse response, @Nullable ConsumedCapacity consumed) {
        if (isCutShort(response, consumed)) {
            return noAnswer();
        }
        return done(consumed == null ? ConsumedCapacity.builder().build() : consumed);
    }

    private static BatchWriteItemResponse done(double units) {
        return done(ConsumedCapacity.builder().capacityUnits(units).build());
    }

    private static BatchWriteItemResponse done(ConsumedCapacity consumed) {
        return BatchWriteItemResponse.builder()
                .unprocessedItems(Map.of())
                .consumedCapacity(consumed)
                .build();
    }

    /** Says nothing of what was not processed, as an empty answer does. */
    private static BatchWriteItemResponse noAnswer() {
        return BatchWriteItemResponse.builder().build();
    }

    private static double units(Map<String, AttributeValue> item) {
        ItemImage image = ItemImage.of(item);
        ItemScanner scanner = new ItemScanner();
        try {
            scanner.scan(image.array(), image.offset(), image.offset() + image.length());
        } catch (InvalidItemException e) {
            // What DynamoDB holds it takes; should the measures ever differ, this is for the pace alone.
            return 1;
        }
        return Math.ceil((double) scanner.itemSizeBytes() / BYTES_PER_UNIT);
    }
}
