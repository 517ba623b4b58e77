package io.github.dynarestore.internal.plan;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * A secondary index of the table, global or local.
 *
 * @param name its name
 * @param keyTypes type letter of each of its key attributes; an item without all of them is not in the index
 * @param sortNames which of them are sort keys
 * @param projectsAll whether an entry holds the whole item
 * @param projected attributes that an entry holds otherwise, the table's and the index's keys among them
 */
public record TableIndex(
        String name, Map<String, String> keyTypes, Set<String> sortNames, boolean projectsAll, Set<String> projected) {

    /** Copies what it is given. */
    public TableIndex {
        keyTypes = Map.copyOf(keyTypes);
        sortNames = Set.copyOf(sortNames);
        projected = Set.copyOf(projected);
    }

    static List<TableIndex> of(TableDescription table) {
        List<String> tableKey =
                table.keySchema().stream().map(KeySchemaElement::attributeName).toList();
        List<TableIndex> indexes = new java.util.ArrayList<>();
        table.globalSecondaryIndexes()
                .forEach(index ->
                        indexes.add(of(table, tableKey, index.indexName(), index.keySchema(), index.projection())));
        table.localSecondaryIndexes()
                .forEach(index ->
                        indexes.add(of(table, tableKey, index.indexName(), index.keySchema(), index.projection())));
        return indexes;
    }

    private static TableIndex of(
            TableDescription table,
            List<String> tableKey,
            String name,
            List<KeySchemaElement> keySchema,
            Projection projection) {
        Map<String, String> types = table.attributeDefinitions().stream()
                .collect(Collectors.toMap(
                        AttributeDefinition::attributeName, AttributeDefinition::attributeTypeAsString));
        Map<String, String> keyTypes = keySchema.stream()
                .collect(Collectors.toMap(
                        KeySchemaElement::attributeName, element -> types.getOrDefault(element.attributeName(), "")));
        Set<String> sortNames = keySchema.stream()
                .filter(element -> element.keyType() == KeyType.RANGE)
                .map(KeySchemaElement::attributeName)
                .collect(Collectors.toSet());
        Set<String> projected = new HashSet<>(tableKey);
        projected.addAll(keyTypes.keySet());
        projected.addAll(projection.nonKeyAttributes());
        return new TableIndex(name, keyTypes, sortNames, projection.projectionType() == ProjectionType.ALL, projected);
    }
}
