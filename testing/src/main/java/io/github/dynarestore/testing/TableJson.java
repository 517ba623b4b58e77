package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.github.dynarestore.TableDefinition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * What {@code aws dynamodb describe-table} prints, as far as a test's table takes it over: key, indexes and stream. Its
 * table is on demand, whatever the original's capacity.
 */
final class TableJson {

    private static final JsonFactory JSON = new JsonFactory();

    private TableJson() {}

    /**
     * Reads a description, with or without the {@code {"Table":…}} around it.
     *
     * @return a request without a name
     * @throws FixtureException if it is no JSON, or lacks the key
     */
    static CreateTableRequest read(byte[] json) {
        CreateTableRequest whole;
        try {
            whole = TableDefinition.parse(new String(json, StandardCharsets.UTF_8))
                    .request("any");
        } catch (IllegalArgumentException e) {
            throw new FixtureException(FixtureFiles.TABLE_FILE + " cannot be read: " + e.getMessage(), e);
        }
        CreateTableRequest.Builder table = CreateTableRequest.builder()
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(whole.attributeDefinitions())
                .keySchema(whole.keySchema())
                .streamSpecification(whole.streamSpecification());
        if (whole.hasGlobalSecondaryIndexes()) {
            table.globalSecondaryIndexes(whole.globalSecondaryIndexes().stream()
                    .map(index -> GlobalSecondaryIndex.builder()
                            .indexName(index.indexName())
                            .keySchema(index.keySchema())
                            .projection(index.projection())
                            .build())
                    .toList());
        }
        if (whole.hasLocalSecondaryIndexes()) {
            table.localSecondaryIndexes(whole.localSecondaryIndexes());
        }
        return table.build();
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
