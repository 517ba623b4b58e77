package io.github.dynarestore.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The key of a table.
 *
 * @param partition the partition key
 * @param sort the sort key; null if the table has none
 */
public record KeySchema(Attribute partition, @Nullable Attribute sort) {

    /** Types that a key attribute can have. */
    public enum Type {
        /** Text. */
        S,
        /** Number. */
        N,
        /** Binary. */
        B
    }

    /**
     * One key attribute.
     *
     * @param name attribute name
     * @param type attribute type
     */
    public record Attribute(String name, Type type) {}

    /** Names of the key attributes, partition key first. */
    public List<String> names() {
        return sort == null ? List.of(partition.name()) : List.of(partition.name(), sort.name());
    }
}
