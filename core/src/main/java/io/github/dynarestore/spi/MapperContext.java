package io.github.dynarestore.spi;

import java.util.List;
import java.util.Map;

/**
 * What a mapper is made from. Fields will be added.
 *
 * @param tableName target table
 * @param keyAttributeNames names of the table's key attributes, partition key first
 * @param parameters the plan's parameters for this mapper
 */
public record MapperContext(String tableName, List<String> keyAttributeNames, Map<String, String> parameters) {

    /** Copies the collections. */
    public MapperContext {
        keyAttributeNames = List.copyOf(keyAttributeNames);
        parameters = Map.copyOf(parameters);
    }
}
