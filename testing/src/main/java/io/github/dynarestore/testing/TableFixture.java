package io.github.dynarestore.testing;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a test's table is filled from.
 *
 * @param name what the table is called; its real name has something unique behind
 * @param from where the data lies, in any format that is on the class path: {@code classpath:orders/}, {@code
 *     file:///directory/} or {@code s3://bucket/prefix}
 * @param asOf the cut; null to take everything
 * @param key types of the key attributes, S, N or B, by name, partition key first; empty to find them: in {@code table.json}
 *     beside the data, as {@code aws dynamodb describe-table} prints it, or in the keys of the records
 */
public record TableFixture(
        String name, String from, @Nullable Instant asOf, Map<String, String> key) {

    /** Copies the key, in its order. */
    public TableFixture {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(from, "from");
        key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
    }

    /** Returns a fixture from a place. */
    public static TableFixture of(String name, String from) {
        return new TableFixture(name, from, null, Map.of());
    }

    /** Returns the same, as it was at an instant. */
    public TableFixture asOf(Instant instant) {
        return new TableFixture(name, from, instant, key);
    }

    /**
     * Returns the same with one more attribute in its key, partition key first.
     *
     * @param type S, N or B
     */
    public TableFixture key(String attribute, String type) {
        if (!type.matches("[SNB]")) {
            throw new IllegalArgumentException("a key attribute is S, N or B, not " + type);
        }
        Map<String, String> more = new LinkedHashMap<>(key);
        more.put(attribute, type);
        return new TableFixture(name, from, asOf, more);
    }
}
