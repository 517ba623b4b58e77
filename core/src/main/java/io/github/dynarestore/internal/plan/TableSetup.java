package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.KeySchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputDescription;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/**
 * A table that is to be created.
 *
 * @param key its key attributes, partition key first; empty if the records say it
 * @param request all else that it is created with, without its name and its key
 * @param indexes indexes besides those of the request
 * @param later what is switched on when it is full
 */
public record TableSetup(List<KeyPart> key, CreateTableRequest request, List<IndexPart> indexes, Later later) {

    /** What a table that is not there yet has for its id. */
    public static final String NO_ID = "created by this restore";

    /** Copies the lists. */
    public TableSetup {
        key = List.copyOf(key);
        indexes = List.copyOf(indexes);
    }

    /**
     * A key attribute.
     *
     * @param type null if the records say it
     */
    public record KeyPart(String name, KeySchema.@Nullable Type type) {}

    /**
     * An index.
     *
     * @param partition its partition key; null for that of the table, which makes it a local index
     * @param sort its sort key; null for none
     * @param projection what it holds
     */
    public record IndexPart(
            String name,
            KeySchema.@Nullable Attribute partition,
            KeySchema.@Nullable Attribute sort,
            Projection projection) {}

    /**
     * What would take restored items away, or send each of them on, while the restore goes on.
     *
     * @param timeToLive attribute of time to live; null for none
     * @param stream kind of the stream's images; null for no stream
     * @param recoveryDays how many days point-in-time recovery goes back, 0 for as many as it does by itself; null for none
     */
    public record Later(
            @Nullable String timeToLive,
            @Nullable String stream,
            @Nullable Integer recoveryDays) {

        /** Nothing. */
        public static final Later NOTHING = new Later(null, null, null);
    }

    /**
     * The whole request.
     *
     * @throws IllegalArgumentException if an attribute has two types
     */
    public CreateTableRequest create(String name, KeySchema schema) {
        Map<String, String> types = new LinkedHashMap<>();
        List<KeySchemaElement> elements = new ArrayList<>();
        add(types, schema.partition());
        elements.add(element(schema.partition(), KeyType.HASH));
        if (schema.sort() != null) {
            add(types, schema.sort());
            elements.add(element(schema.sort(), KeyType.RANGE));
        }
        request.attributeDefinitions()
                .forEach(definition -> add(types, definition.attributeName(), definition.attributeTypeAsString()));
        List<GlobalSecondaryIndex> global = new ArrayList<>(request.globalSecondaryIndexes());
        List<LocalSecondaryIndex> local = new ArrayList<>(request.localSecondaryIndexes());
        for (IndexPart index : indexes) {
            if (index.partition() != null) {
                add(types, index.partition());
                global.add(globalIndex(index, index.partition(), types));
            } else {
                local.add(localIndex(index, schema, types));
            }
        }
        return request.toBuilder()
                .tableName(name)
                .keySchema(elements)
                .attributeDefinitions(types.entrySet().stream()
                        .map(type -> AttributeDefinition.builder()
                                .attributeName(type.getKey())
                                .attributeType(type.getValue())
                                .build())
                        .toList())
                .globalSecondaryIndexes(global.isEmpty() ? null : global)
                .localSecondaryIndexes(local.isEmpty() ? null : local)
                .build();
    }

    private GlobalSecondaryIndex globalIndex(
            IndexPart index, KeySchema.Attribute partition, Map<String, String> types) {
        List<KeySchemaElement> elements = new ArrayList<>(List.of(element(partition, KeyType.HASH)));
        if (index.sort() != null) {
            add(types, index.sort());
            elements.add(element(index.sort(), KeyType.RANGE));
        }
        return GlobalSecondaryIndex.builder()
                .indexName(index.name())
                .keySchema(elements)
                .projection(index.projection())
                .provisionedThroughput(request.provisionedThroughput())
                .build();
    }

    private static LocalSecondaryIndex localIndex(IndexPart index, KeySchema schema, Map<String, String> types) {
        KeySchema.Attribute sort = Objects.requireNonNull(index.sort());
        add(types, sort);
        return LocalSecondaryIndex.builder()
                .indexName(index.name())
                .keySchema(element(schema.partition(), KeyType.HASH), element(sort, KeyType.RANGE))
                .projection(index.projection())
                .build();
    }

    private static KeySchemaElement element(KeySchema.Attribute attribute, KeyType type) {
        return KeySchemaElement.builder()
                .attributeName(attribute.name())
                .keyType(type)
                .build();
    }

    private static void add(Map<String, String> types, KeySchema.Attribute attribute) {
        add(types, attribute.name(), attribute.type().name());
    }

    private static void add(Map<String, String> types, String name, String type) {
        String before = types.put(name, type);
        if (before != null && !before.equals(type)) {
            throw new IllegalArgumentException(
                    "the attribute " + name + " is " + before + " in one key and " + type + " in another");
        }
    }

    /** The table as it will be described, for those who must know it before it is there. */
    public static TableDescription planned(CreateTableRequest create) {
        return TableDescription.builder()
                .tableName(create.tableName())
                .tableId(NO_ID)
                .tableStatus(TableStatus.ACTIVE)
                .keySchema(create.keySchema())
                .attributeDefinitions(create.attributeDefinitions())
                .billingModeSummary(summary -> summary.billingMode(create.billingMode()))
                .provisionedThroughput(planned(create.provisionedThroughput()))
                .onDemandThroughput(create.onDemandThroughput())
                .globalSecondaryIndexes(create.globalSecondaryIndexes().stream()
                        .map(index -> GlobalSecondaryIndexDescription.builder()
                                .indexName(index.indexName())
                                .keySchema(index.keySchema())
                                .projection(index.projection())
                                .provisionedThroughput(planned(index.provisionedThroughput()))
                                .onDemandThroughput(index.onDemandThroughput())
                                .build())
                        .toList())
                .localSecondaryIndexes(create.localSecondaryIndexes().stream()
                        .map(index -> LocalSecondaryIndexDescription.builder()
                                .indexName(index.indexName())
                                .keySchema(index.keySchema())
                                .projection(index.projection())
                                .build())
                        .toList())
                .build();
    }

    private static @Nullable ProvisionedThroughputDescription planned(@Nullable ProvisionedThroughput units) {
        return units == null
                ? null
                : ProvisionedThroughputDescription.builder()
                        .readCapacityUnits(units.readCapacityUnits())
                        .writeCapacityUnits(units.writeCapacityUnits())
                        .build();
    }
}
