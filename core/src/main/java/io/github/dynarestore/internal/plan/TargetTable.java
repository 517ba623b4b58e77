package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.WriteRate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/**
 * The table as it was found before anything was read.
 *
 * @param name its name
 * @param id what tells it from another of the same name: DynamoDB's id, or where there is none ARN and time of creation
 * @param key its key
 * @param indexes its secondary indexes
 * @param writeCapacityUnits write units per second that it can be expected to take
 */
public record TargetTable(String name, String id, KeySchema key, List<TableIndex> indexes, double writeCapacityUnits) {

    /** What a new on-demand table takes at once, in write units per second (DynamoDB developer guide, on-demand mode). */
    public static final double NEW_ON_DEMAND_UNITS = 4000;

    /**
     * Looks at the table.
     *
     * @return a future that fails with a {@link RestoreException} if the table is missing, not ACTIVE or not to be seen, or
     *     if DynamoDB does not answer
     */
    public static CompletableFuture<TargetTable> find(DynamoDbAsyncClient dynamoDb, String name) {
        return dynamoDb.describeTable(request -> request.tableName(name)).handle((response, failure) -> {
            if (failure != null) {
                throw explain(failure, name, "dynamodb:DescribeTable");
            }
            return from(response.table());
        });
    }

    private static TargetTable from(TableDescription table) {
        String name = table.tableName();
        if (table.tableStatus() != TableStatus.ACTIVE && table.tableStatus() != TableStatus.UPDATING) {
            throw new RestoreException(
                    RestoreErrorCode.TARGET_NOT_ACTIVE,
                    "table " + name + " is " + table.tableStatusAsString() + ", not ACTIVE",
                    "wait until it is ACTIVE, then run again");
        }
        KeySchema.Attribute partition = null;
        KeySchema.Attribute sort = null;
        for (KeySchemaElement element : table.keySchema()) {
            if (element.keyType() == KeyType.HASH) {
                partition = attribute(table, element.attributeName());
            } else {
                sort = attribute(table, element.attributeName());
            }
        }
        return new TargetTable(
                name,
                id(table),
                new KeySchema(Objects.requireNonNull(partition), sort),
                TableIndex.of(table),
                capacity(table));
    }

    private static String id(TableDescription table) {
        return table.tableId() != null ? table.tableId() : table.tableArn() + " of " + table.creationDateTime();
    }

    private static KeySchema.Attribute attribute(TableDescription table, String name) {
        return table.attributeDefinitions().stream()
                .filter(definition -> definition.attributeName().equals(name))
                .findFirst()
                .map(definition ->
                        new KeySchema.Attribute(name, KeySchema.Type.valueOf(definition.attributeTypeAsString())))
                .orElseThrow();
    }

    private static double capacity(TableDescription table) {
        boolean onDemand = table.billingModeSummary() != null
                && table.billingModeSummary().billingMode() == BillingMode.PAY_PER_REQUEST;
        if (!onDemand && table.provisionedThroughput() != null) {
            Long units = table.provisionedThroughput().writeCapacityUnits();
            if (units != null && units > 0) {
                return units;
            }
        }
        if (table.onDemandThroughput() != null) {
            Long most = table.onDemandThroughput().maxWriteRequestUnits();
            if (most != null && most > 0) {
                return most;
            }
        }
        return NEW_ON_DEMAND_UNITS;
    }

    /** Whether the table holds no item; asks the table itself, since its item count is hours old. */
    public CompletableFuture<Boolean> isEmpty(DynamoDbAsyncClient dynamoDb) {
        return dynamoDb.scan(request -> request.tableName(name).limit(1).consistentRead(true))
                .handle((response, failure) -> {
                    if (failure != null) {
                        throw explain(failure, name, "dynamodb:Scan");
                    }
                    return response.items().isEmpty()
                            && response.lastEvaluatedKey().isEmpty();
                });
    }

    /** The pace that a plan's rate means for this table, in write units per second. */
    public double unitsPerSecond(WriteRate rate) {
        if (rate instanceof WriteRate.UnitsPerSecond absolute) {
            return absolute.value();
        }
        return ((WriteRate.FractionOfTable) rate).value() * writeCapacityUnits;
    }

    private static RestoreException explain(Throwable failure, String table, String action) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ResourceNotFoundException) {
            return new RestoreException(
                    RestoreErrorCode.TARGET_MISSING,
                    "table " + table + " does not exist",
                    "create it with the key schema of the table that was backed up; check region and endpoint",
                    cause,
                    null);
        }
        String code = errorCode(cause);
        if (code != null
                && cause instanceof AwsServiceException service
                && service.statusCode() < 500
                && !service.isThrottlingException()) {
            return new RestoreException(
                    RestoreErrorCode.ACCESS_DENIED,
                    "DynamoDB refused " + action + " on table " + table + ": " + code,
                    "allow " + action + " to these credentials, and check that they are valid",
                    cause,
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.TARGET_UNREACHABLE,
                "DynamoDB did not answer " + action + " on table " + table + ": "
                        + cause.getClass().getSimpleName(),
                "check region, endpoint and network",
                cause,
                null);
    }

    private static @Nullable String errorCode(Throwable cause) {
        return cause instanceof AwsServiceException service && service.awsErrorDetails() != null
                ? service.awsErrorDetails().errorCode()
                : null;
    }
}
