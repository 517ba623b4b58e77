package io.github.dynarestore.internal.plan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.github.dynarestore.model.KeySchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.OnDemandThroughput;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.SSESpecification;
import software.amazon.awssdk.services.dynamodb.model.Tag;

/**
 * What {@code aws dynamodb describe-table} prints, with or without the {@code {"Table":…}} around it, as far as another
 * table can be made of it. Beside {@code Table} may stand what {@code describe-time-to-live}, {@code
 * list-tags-of-resource} and {@code describe-continuous-backups} print.
 */
public final class DescribedTable {

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(32).build())
            .build();

    private DescribedTable() {}

    /**
     * Reads a description.
     *
     * @throws IllegalArgumentException if it is no JSON, or lacks what a table must have, saying what
     */
    public static TableSetup parse(String json) {
        Map<?, ?> whole;
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            whole = object(value(parser));
        } catch (IOException e) {
            throw new IllegalArgumentException("no JSON: " + e.getMessage(), e);
        }
        Map<?, ?> table = whole.get("Table") == null ? whole : object(whole.get("Table"));
        return new TableSetup(key(table), request(table, whole), List.of(), later(table, whole));
    }

    private static List<TableSetup.KeyPart> key(Map<?, ?> table) {
        Map<String, String> types = new LinkedHashMap<>();
        definitions(table)
                .forEach(attribute -> types.put(attribute.attributeName(), attribute.attributeTypeAsString()));
        List<TableSetup.KeyPart> key = new ArrayList<>();
        for (KeySchemaElement element : keySchema(table)) {
            String type = types.get(element.attributeName());
            if (type == null) {
                throw new IllegalArgumentException("it does not say the type of " + element.attributeName());
            }
            key.add(new TableSetup.KeyPart(element.attributeName(), KeySchema.Type.valueOf(type)));
        }
        return key;
    }

    private static CreateTableRequest request(Map<?, ?> table, Map<?, ?> whole) {
        boolean isOnDemand = isOnDemand(table);
        List<GlobalSecondaryIndex> global = new ArrayList<>();
        for (Object element : list(table, "GlobalSecondaryIndexes")) {
            Map<?, ?> index = object(element);
            global.add(GlobalSecondaryIndex.builder()
                    .indexName(text(index, "IndexName"))
                    .keySchema(keySchema(index))
                    .projection(projection(index))
                    .provisionedThroughput(isOnDemand ? null : provisioned(index, table))
                    .onDemandThroughput(isOnDemand ? onDemand(index) : null)
                    .build());
        }
        List<LocalSecondaryIndex> local = new ArrayList<>();
        for (Object element : list(table, "LocalSecondaryIndexes")) {
            Map<?, ?> index = object(element);
            local.add(LocalSecondaryIndex.builder()
                    .indexName(text(index, "IndexName"))
                    .keySchema(keySchema(index))
                    .projection(projection(index))
                    .build());
        }
        List<Tag> tags = tags(whole);
        return CreateTableRequest.builder()
                .attributeDefinitions(definitions(table))
                .billingMode(isOnDemand ? BillingMode.PAY_PER_REQUEST : BillingMode.PROVISIONED)
                .provisionedThroughput(isOnDemand ? null : provisioned(table, table))
                .onDemandThroughput(isOnDemand ? onDemand(table) : null)
                .globalSecondaryIndexes(global.isEmpty() ? null : global)
                .localSecondaryIndexes(local.isEmpty() ? null : local)
                .deletionProtectionEnabled(
                        Boolean.TRUE.equals(table.get("DeletionProtectionEnabled")) ? Boolean.TRUE : null)
                .tableClass(optional(table, "TableClassSummary", "TableClass"))
                .sseSpecification(encryption(table))
                .tags(tags.isEmpty() ? null : tags)
                .build();
    }

    private static boolean isOnDemand(Map<?, ?> table) {
        String mode = optional(table, "BillingModeSummary", "BillingMode");
        // A table that has always been provisioned has no summary.
        return mode == null
                ? !(table.get("ProvisionedThroughput") instanceof Map<?, ?> units
                        && number(units, "WriteCapacityUnits") > 0)
                : mode.equals(BillingMode.PAY_PER_REQUEST.toString());
    }

    /** An index of which it is not said gets as much as the table. */
    private static ProvisionedThroughput provisioned(Map<?, ?> described, Map<?, ?> table) {
        Object own = described.get("ProvisionedThroughput");
        Map<?, ?> units = object(own == null ? table.get("ProvisionedThroughput") : own);
        return ProvisionedThroughput.builder()
                .readCapacityUnits(number(units, "ReadCapacityUnits"))
                .writeCapacityUnits(number(units, "WriteCapacityUnits"))
                .build();
    }

    private static @Nullable OnDemandThroughput onDemand(Map<?, ?> described) {
        return described.get("OnDemandThroughput") instanceof Map<?, ?> units
                ? OnDemandThroughput.builder()
                        .maxReadRequestUnits(
                                units.containsKey("MaxReadRequestUnits") ? number(units, "MaxReadRequestUnits") : null)
                        .maxWriteRequestUnits(
                                units.containsKey("MaxWriteRequestUnits")
                                        ? number(units, "MaxWriteRequestUnits")
                                        : null)
                        .build()
                : null;
    }

    private static @Nullable SSESpecification encryption(Map<?, ?> table) {
        String key = optional(table, "SSEDescription", "KMSMasterKeyArn");
        return key == null
                ? null
                : SSESpecification.builder()
                        .enabled(true)
                        .sseType("KMS")
                        .kmsMasterKeyId(key)
                        .build();
    }

    private static List<Tag> tags(Map<?, ?> whole) {
        List<Tag> tags = new ArrayList<>();
        for (Object element : list(whole, "Tags")) {
            Map<?, ?> tag = object(element);
            if (!text(tag, "Key").startsWith("aws:")) {
                // Those are AWS's own, and nobody else may set them.
                tags.add(Tag.builder()
                        .key(text(tag, "Key"))
                        .value(text(tag, "Value"))
                        .build());
            }
        }
        return tags;
    }

    private static TableSetup.Later later(Map<?, ?> table, Map<?, ?> whole) {
        Map<?, ?> stream = table.get("StreamSpecification") instanceof Map<?, ?> found ? found : Map.of();
        Map<?, ?> timeToLive = whole.get("TimeToLiveDescription") instanceof Map<?, ?> found ? found : Map.of();
        Object status = timeToLive.get("TimeToLiveStatus");
        boolean expires = "ENABLED".equals(status) || "ENABLING".equals(status);
        return new TableSetup.Later(
                expires ? text(timeToLive, "AttributeName") : null,
                Boolean.TRUE.equals(stream.get("StreamEnabled")) ? text(stream, "StreamViewType") : null,
                recoveryDays(whole));
    }

    private static @Nullable Integer recoveryDays(Map<?, ?> whole) {
        Map<?, ?> backups = whole.get("ContinuousBackupsDescription") instanceof Map<?, ?> found ? found : Map.of();
        Map<?, ?> recovery =
                backups.get("PointInTimeRecoveryDescription") instanceof Map<?, ?> found ? found : Map.of();
        if (!"ENABLED".equals(recovery.get("PointInTimeRecoveryStatus"))) {
            return null;
        }
        return recovery.containsKey("RecoveryPeriodInDays") ? (int) number(recovery, "RecoveryPeriodInDays") : 0;
    }

    private static List<AttributeDefinition> definitions(Map<?, ?> table) {
        List<AttributeDefinition> definitions = new ArrayList<>();
        for (Object definition : list(table, "AttributeDefinitions")) {
            definitions.add(AttributeDefinition.builder()
                    .attributeName(text(object(definition), "AttributeName"))
                    .attributeType(text(object(definition), "AttributeType"))
                    .build());
        }
        return definitions;
    }

    private static List<KeySchemaElement> keySchema(Map<?, ?> described) {
        List<KeySchemaElement> elements = new ArrayList<>();
        for (Object element : list(described, "KeySchema")) {
            elements.add(KeySchemaElement.builder()
                    .attributeName(text(object(element), "AttributeName"))
                    .keyType(text(object(element), "KeyType"))
                    .build());
        }
        if (elements.isEmpty()) {
            throw new IllegalArgumentException("it has no KeySchema");
        }
        return elements;
    }

    private static Projection projection(Map<?, ?> index) {
        Map<?, ?> projection = object(index.get("Projection"));
        List<String> attributes = list(projection, "NonKeyAttributes").stream()
                .map(String::valueOf)
                .toList();
        return Projection.builder()
                .projectionType(text(projection, "ProjectionType"))
                .nonKeyAttributes(attributes.isEmpty() ? null : attributes)
                .build();
    }

    private static Map<?, ?> object(@Nullable Object value) {
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw new IllegalArgumentException("it is not what describe-table prints");
    }

    private static List<?> list(Map<?, ?> object, String name) {
        return object.get(name) instanceof List<?> list ? list : List.of();
    }

    private static String text(Map<?, ?> object, String name) {
        if (object.get(name) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("it lacks a " + name);
    }

    private static long number(Map<?, ?> object, String name) {
        try {
            return Long.parseLong(text(object, name));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("its " + name + " is no whole number", e);
        }
    }

    private static @Nullable String optional(Map<?, ?> table, String name, String member) {
        return table.get(name) instanceof Map<?, ?> object && object.get(member) instanceof String text ? text : null;
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                object.put(name, value(json));
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(json));
            }
            return list;
        }
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            return json.getBooleanValue();
        }
        return token == null || token == JsonToken.VALUE_NULL ? null : json.getText();
    }
}
