package io.github.dynarestore.testing;

import io.github.dynarestore.model.ColumnList;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a test's table is filled from.
 *
 * @param name what the table is called, 1 to 200 letters, digits and {@code _.-}; its real name has something unique behind
 * @param from where the data lies, a directory or a file, in any format that is on the class path: {@code
 *     classpath:orders/}, {@code file:///directory/}
 * @param asOf the cut; null to take everything
 * @param key types of the key attributes, S, N or B, by name, partition key first; empty to find them: in {@code table.json}
 *     beside the data, as {@code aws dynamodb describe-table} prints it, or in the keys of the records, if these have one attribute
 * @param format id of the data's format; null to recognise it
 * @param columns what the columns of a positional format mean, such as {@code id string,n bigint}; null for any other
 */
public record TableFixture(
        String name,
        String from,
        @Nullable Instant asOf,
        Map<String, String> key,
        @Nullable String format,
        @Nullable String columns) {

    static final String CLASSPATH = "classpath:";
    private static final String FILE = "file:/";

    /**
     * Copies the key, in its order.
     *
     * @throws IllegalArgumentException if the name, the location or the list of columns is none, or the key has more than
     *     two attributes
     */
    public TableFixture {
        if (!name.matches("[A-Za-z0-9_.-]{1,200}")) {
            throw new IllegalArgumentException(
                    "a fixture's name is 1 to 200 letters, digits and '_.-', not '" + name + "'");
        }
        if (!from.startsWith(CLASSPATH) && !from.startsWith(FILE)) {
            throw new IllegalArgumentException(
                    "a fixture lies at classpath:directory/ or file:///directory/, not at '" + from + "'");
        }
        if (key.size() > 2) {
            throw new IllegalArgumentException("a key has one or two attributes, not " + key.keySet());
        }
        if (columns != null) {
            var unused = ColumnList.parse(columns);
        }
        key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
    }

    /** Returns a fixture from a place. */
    public static TableFixture of(String name, String from) {
        return new TableFixture(name, from, null, Map.of(), null, null);
    }

    /** Returns the same, as it was at an instant. */
    public TableFixture asOf(Instant instant) {
        return new TableFixture(name, from, instant, key, format, columns);
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
        return new TableFixture(name, from, asOf, more, format, columns);
    }

    /** Returns the same, of a format that is not left to be recognised. */
    public TableFixture format(String id) {
        return new TableFixture(name, from, asOf, key, id, columns);
    }

    /** Returns the same, of a positional format whose columns mean this, as {@code Backup.columns} takes it. */
    public TableFixture columns(String list) {
        return new TableFixture(name, from, asOf, key, format, list);
    }
}
