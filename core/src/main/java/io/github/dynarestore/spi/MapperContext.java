package io.github.dynarestore.spi;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a mapper is made from. Fields will be added.
 *
 * @param tableName target table
 * @param keyAttributeNames names of the table's key attributes, partition key first
 * @param parameters the plan's parameters for this mapper
 * @param now when the restore was started; the first time, if it is taken up again
 * @param asOf the cut; null for none
 */
public record MapperContext(
        String tableName,
        List<String> keyAttributeNames,
        Map<String, String> parameters,
        Instant now,
        @Nullable Instant asOf) {

    /** Copies the collections. */
    public MapperContext {
        keyAttributeNames = List.copyOf(keyAttributeNames);
        parameters = Map.copyOf(parameters);
    }
}
