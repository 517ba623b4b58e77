package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.WriteRate;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/**
 * The table as it was found before anything was read.
 *
 * @param name its name
 * @param id what tells it from another of the same name: DynamoDB's id, or where there is none ARN and time of creation
 * @param key its key
 * @param indexes its secondary indexes
 * @param capacity what it and its global indexes can be expected to take
 */
public record TargetTable(String name, String id, KeySchema key, List<TableIndex> indexes, TableCapacity capacity) {

    /**
     * What a description says.
     *
     * @throws RestoreException if the table cannot be written to
     */
    public static TargetTable of(TableDescription table) {
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
                TableCapacity.of(table));
    }

    /** What tells it from another of the same name. */
    public static String id(TableDescription table) {
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

    /** Whether a table holds no item; asks the table itself, since its item count is hours old. */
    public static CompletableFuture<Boolean> isEmpty(DynamoDbAsyncClient dynamoDb, String name) {
        return dynamoDb.scan(request -> request.tableName(name).limit(1).consistentRead(true))
                .handle((response, failure) -> {
                    if (failure != null) {
                        throw TableErrors.explain(failure, name, "dynamodb:Scan");
                    }
                    if (response.count() == null && response.sdkHttpResponse() != null) {
                        // An empty body parses as an empty table; the service always counts a page's items.
                        throw TableErrors.explain(
                                SdkClientException.create("an answer without a body"), name, "dynamodb:Scan");
                    }
                    return response.items().isEmpty()
                            && response.lastEvaluatedKey().isEmpty();
                });
    }

    /** The pace that a plan's rate means for this table, in write units of the table per second. */
    public double unitsPerSecond(WriteRate rate) {
        return TableCapacity.unitsPerSecond(rate, capacity.table());
    }
}
