package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.RestoreException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ApiName;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutRequest;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.UpdateContinuousBackupsRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTimeToLiveRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Calls that a restore will make, made before it without doing anything: each asks for what no table can do, whatever it
 * is like by then, so that IAM refuses it, or DynamoDB does. Thread-safe.
 */
public final class TrialCalls {

    private static final int ATTEMPTS = 3;
    private static final long DELAY_MILLIS = 200;

    /** The longest that point-in-time recovery goes back is 35 days. */
    private static final int TOO_MANY_DAYS = 36;

    /** The name of nothing that there is. */
    private static final String NOWHERE = "dynarestore-trial-" + UUID.randomUUID();

    /** No key is of this type, so that no item with it can be written, or found. */
    private static final AttributeValue IN_NO_KEY = AttributeValue.fromBool(true);

    /** Who looks into CloudTrail is to see why there are refusals. */
    private static final AwsRequestOverrideConfiguration NAMED = AwsRequestOverrideConfiguration.builder()
            .addApiName(ApiName.builder().name("dynarestore").version("trial").build())
            .build();

    private final DynamoDbAsyncClient dynamoDb;
    private final String table;
    private final Map<String, AttributeValue> impossible;
    private final @Nullable CreateTableRequest create;
    private final ScheduledExecutorService timer;

    /**
     * Creates one that waits by this timer.
     *
     * @param keyName the table's partition key; null if that is not known
     * @param create what the table will be created with; null if it is there
     */
    public TrialCalls(
            DynamoDbAsyncClient dynamoDb,
            String table,
            @Nullable String keyName,
            @Nullable CreateTableRequest create,
            ScheduledExecutorService timer) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        // A policy may name the attributes that may be touched: those of the key are always among them.
        impossible = Map.of(keyName == null ? NOWHERE : keyName, IN_NO_KEY);
        this.create = create;
        this.timer = timer;
    }

    /** What can be tried, by IAM's names. */
    public enum Call {
        /** Writes of many items. */
        BATCH_WRITE_ITEM("BatchWriteItem"),
        /** Conditional puts. */
        PUT_ITEM("PutItem"),
        /** Conditional deletes. */
        DELETE_ITEM("DeleteItem"),
        /** Reads before those. */
        GET_ITEM("GetItem"),
        /** Creating the table, with its tags. */
        CREATE_TABLE("CreateTable"),
        /** Capacity and stream. */
        UPDATE_TABLE("UpdateTable"),
        /** Time to live. */
        UPDATE_TIME_TO_LIVE("UpdateTimeToLive"),
        /** Point-in-time recovery. */
        UPDATE_CONTINUOUS_BACKUPS("UpdateContinuousBackups");

        private final String action;

        Call(String operation) {
            action = "dynamodb:" + operation;
        }
    }

    /**
     * Tries a call.
     *
     * @return a future of what IAM refuses it for; empty if it does not, or if that could not be found out, and never a
     *     failure
     */
    public CompletableFuture<Optional<RestoreException>> denial(Call call) {
        CompletableFuture<Optional<RestoreException>> denial = new CompletableFuture<>();
        attempt(call, ATTEMPTS, denial);
        return denial;
    }

    private void attempt(Call call, int left, CompletableFuture<Optional<RestoreException>> denial) {
        CompletableFuture<?> answer;
        try {
            answer = begin(call);
        } catch (RuntimeException e) {
            // A client that somebody has wrapped may throw, as one does that was interrupted while it blocked its
            // caller.
            denial.complete(judged(e, call));
            return;
        }
        var unused = answer.whenComplete((response, failure) -> {
            if (failure == null || isAnswered(failure) || left == 1) {
                denial.complete(failure == null ? Optional.empty() : judged(failure, call));
                return;
            }
            try {
                var unusedHandle =
                        timer.schedule(() -> attempt(call, left - 1, denial), DELAY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException runEnded) {
                denial.complete(Optional.empty());
            }
        });
    }

    private CompletableFuture<?> begin(Call call) {
        return switch (call) {
            case BATCH_WRITE_ITEM ->
                dynamoDb.batchWriteItem(BatchWriteItemRequest.builder()
                        .requestItems(Map.of(
                                table,
                                List.of(WriteRequest.builder()
                                        .putRequest(PutRequest.builder()
                                                .item(impossible)
                                                .build())
                                        .build())))
                        .overrideConfiguration(NAMED)
                        .build());
            case PUT_ITEM ->
                dynamoDb.putItem(PutItemRequest.builder()
                        .tableName(table)
                        .item(impossible)
                        .overrideConfiguration(NAMED)
                        .build());
            case DELETE_ITEM ->
                dynamoDb.deleteItem(DeleteItemRequest.builder()
                        .tableName(table)
                        .key(impossible)
                        .overrideConfiguration(NAMED)
                        .build());
            case GET_ITEM ->
                dynamoDb.getItem(GetItemRequest.builder()
                        .tableName(table)
                        .key(impossible)
                        .overrideConfiguration(NAMED)
                        .build());
            case CREATE_TABLE -> dynamoDb.createTable(withUndefinedKey());
            case UPDATE_TABLE ->
                dynamoDb.updateTable(UpdateTableRequest.builder()
                        .tableName(table)
                        .globalSecondaryIndexUpdates(index -> index.delete(none -> none.indexName(NOWHERE)))
                        .overrideConfiguration(NAMED)
                        .build());
            case UPDATE_TIME_TO_LIVE ->
                dynamoDb.updateTimeToLive(UpdateTimeToLiveRequest.builder()
                        .tableName(table)
                        .timeToLiveSpecification(ttl -> ttl.enabled(false).attributeName(NOWHERE))
                        .overrideConfiguration(NAMED)
                        .build());
            case UPDATE_CONTINUOUS_BACKUPS ->
                dynamoDb.updateContinuousBackups(UpdateContinuousBackupsRequest.builder()
                        .tableName(table)
                        .pointInTimeRecoverySpecification(recovery ->
                                recovery.pointInTimeRecoveryEnabled(true).recoveryPeriodInDays(TOO_MANY_DAYS))
                        .overrideConfiguration(NAMED)
                        .build());
        };
    }

    /** A key of an attribute that is not defined has no type; tags are asked of IAM in the same call. */
    private CreateTableRequest withUndefinedKey() {
        if (create == null) {
            throw new IllegalStateException("the table is there");
        }
        return CreateTableRequest.builder()
                .tableName(table)
                .keySchema(create.keySchema())
                .attributeDefinitions(AttributeDefinition.builder()
                        .attributeName(NOWHERE)
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .tags(create.hasTags() ? create.tags() : null)
                .overrideConfiguration(NAMED)
                .build();
    }

    /** Whether DynamoDB has said what it thinks of the call, and would say it again. */
    private static boolean isAnswered(Throwable failure) {
        return TableErrors.unwrap(failure) instanceof AwsServiceException service
                && service.statusCode() < 500
                && !service.isThrottlingException();
    }

    private Optional<RestoreException> judged(Throwable failure, Call call) {
        return "AccessDeniedException".equals(TableErrors.errorCode(TableErrors.unwrap(failure)))
                ? Optional.of(TableErrors.explain(failure, table, call.action))
                : Optional.empty();
    }
}
