package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * What {@code aws dynamodb describe-table} prints, as far as a test's table takes it over: key, indexes and stream. Its
 * table is on demand, whatever the original's capacity.
 */
final class TableJson {

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(32).build())
            .build();

    private TableJson() {}

    /**
     * Reads a description, with or without the {@code {"Table":…}} around it.
     *
     * @return a request without a name
     * @throws FixtureException if it is no JSON, or lacks the key
     */
    static CreateTableRequest read(byte[] json) {
        Map<?, ?> described;
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            Map<?, ?> whole = object(value(parser));
            described = whole.get("Table") == null ? whole : object(whole.get("Table"));
        } catch (IOException e) {
            throw new FixtureException(FixtureFiles.TABLE_FILE + " cannot be read: " + e.getMessage(), e);
        }
        StreamSpecification stream = described.get("StreamSpecification") == null
                ? null
                : stream(object(described.get("StreamSpecification")));
        List<GlobalSecondaryIndex> global = new ArrayList<>();
        for (Object index : list(described, "GlobalSecondaryIndexes")) {
            global.add(GlobalSecondaryIndex.builder()
                    .indexName(text(object(index), "IndexName"))
                    .keySchema(keySchema(object(index)))
                    .projection(projection(object(index)))
                    .build());
        }
        List<LocalSecondaryIndex> local = new ArrayList<>();
        for (Object index : list(described, "LocalSecondaryIndexes")) {
            local.add(LocalSecondaryIndex.builder()
                    .indexName(text(object(index), "IndexName"))
                    .keySchema(keySchema(object(index)))
                    .projection(projection(object(index)))
                    .build());
        }
        CreateTableRequest.Builder table = CreateTableRequest.builder()
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(definitions(described))
                .keySchema(keySchema(described))
                .streamSpecification(stream);
        if (!global.isEmpty()) {
            table.globalSecondaryIndexes(global);
        }
        if (!local.isEmpty()) {
            table.localSecondaryIndexes(local);
        }
        return table.build();
    }

    private static List<AttributeDefinition> definitions(Map<?, ?> described) {
        List<AttributeDefinition> definitions = new ArrayList<>();
        for (Object definition : list(described, "AttributeDefinitions")) {
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
            throw new FixtureException(FixtureFiles.TABLE_FILE + " has no KeySchema");
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

    private static StreamSpecification stream(Map<?, ?> stream) {
        boolean isEnabled = Boolean.TRUE.equals(stream.get("StreamEnabled"));
        return StreamSpecification.builder()
                .streamEnabled(isEnabled)
                .streamViewType(isEnabled ? text(stream, "StreamViewType") : null)
                .build();
    }

    private static Map<?, ?> object(@Nullable Object value) {
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw new FixtureException(FixtureFiles.TABLE_FILE + " is not what describe-table prints");
    }

    private static List<?> list(Map<?, ?> object, String name) {
        return object.get(name) instanceof List<?> list ? list : List.of();
    }

    private static String text(Map<?, ?> object, String name) {
        if (object.get(name) instanceof String text) {
            return text;
        }
        throw new FixtureException(FixtureFiles.TABLE_FILE + " lacks a " + name);
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

    /** Writes a description: always the same bytes for the same key, indexes and stream. */
    static byte[] write(TableDescription table) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            // Line ends that do not depend on the machine.
            json.setPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));
            json.writeStartObject();
            json.writeObjectFieldStart("Table");
            json.writeArrayFieldStart("AttributeDefinitions");
            for (AttributeDefinition definition :
                    sorted(table.attributeDefinitions(), Comparator.comparing(AttributeDefinition::attributeName))) {
                json.writeStartObject();
                json.writeStringField("AttributeName", definition.attributeName());
                json.writeStringField("AttributeType", definition.attributeTypeAsString());
                json.writeEndObject();
            }
            json.writeEndArray();
            write(json, table.keySchema());
            writeGlobal(json, table.globalSecondaryIndexes());
            writeLocal(json, table.localSecondaryIndexes());
            StreamSpecification stream = table.streamSpecification();
            if (stream != null && Boolean.TRUE.equals(stream.streamEnabled())) {
                json.writeObjectFieldStart("StreamSpecification");
                json.writeBooleanField("StreamEnabled", true);
                json.writeStringField("StreamViewType", stream.streamViewTypeAsString());
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private static void writeGlobal(JsonGenerator json, List<GlobalSecondaryIndexDescription> indexes)
            throws IOException {
        if (indexes.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("GlobalSecondaryIndexes");
        for (GlobalSecondaryIndexDescription index :
                sorted(indexes, Comparator.comparing(GlobalSecondaryIndexDescription::indexName))) {
            write(json, index.indexName(), index.keySchema(), index.projection());
        }
        json.writeEndArray();
    }

    private static void writeLocal(JsonGenerator json, List<LocalSecondaryIndexDescription> indexes)
            throws IOException {
        if (indexes.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("LocalSecondaryIndexes");
        for (LocalSecondaryIndexDescription index :
                sorted(indexes, Comparator.comparing(LocalSecondaryIndexDescription::indexName))) {
            write(json, index.indexName(), index.keySchema(), index.projection());
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String name, List<KeySchemaElement> key, Projection projection)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("IndexName", name);
        write(json, key);
        json.writeObjectFieldStart("Projection");
        json.writeStringField("ProjectionType", projection.projectionTypeAsString());
        if (projection.hasNonKeyAttributes() && !projection.nonKeyAttributes().isEmpty()) {
            json.writeArrayFieldStart("NonKeyAttributes");
            for (String attribute : sorted(projection.nonKeyAttributes(), Comparator.naturalOrder())) {
                json.writeString(attribute);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, List<KeySchemaElement> key) throws IOException {
        json.writeArrayFieldStart("KeySchema");
        for (KeySchemaElement element : key) {
            json.writeStartObject();
            json.writeStringField("AttributeName", element.attributeName());
            json.writeStringField("KeyType", element.keyTypeAsString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static <T> List<T> sorted(List<T> list, Comparator<T> order) {
        return list.stream().sorted(order).toList();
    }
}
