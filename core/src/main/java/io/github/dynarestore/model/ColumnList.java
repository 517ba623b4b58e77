package io.github.dynarestore.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the columns of a positional export mean, in their order: the definition of the Hive table that it was written from.
 *
 * @param columns at least one; no attribute twice
 */
public record ColumnList(List<Column> columns) {

    /**
     * One column.
     *
     * @param attribute name of the attribute, not empty
     */
    public record Column(String attribute, ColumnType type) {}

    /** Creates one; {@link #parse} reads one. */
    public ColumnList {
        columns = List.copyOf(columns);
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("there are no columns");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < columns.size(); i++) {
            if (!seen.add(columns.get(i).attribute())) {
                throw new IllegalArgumentException(
                        "column " + (i + 1) + ", '" + columns.get(i).attribute() + "', is defined for the second time");
            }
        }
    }

    /**
     * Reads a list such as {@code id string, price double, tags array<string>}, as it stands in Hive's {@code CREATE TABLE}.
     * In a name, a backslash takes the next character as it is.
     *
     * @throws IllegalArgumentException if a column has not the form {@code name type}; it names the column's position, from
     *     1 on
     */
    public static ColumnList parse(String text) {
        List<Column> columns = new ArrayList<>();
        for (String definition : definitions(text)) {
            String at = "column " + (columns.size() + 1) + ", '" + definition + "',";
            int space = endOfName(definition);
            String name = definition.substring(0, space).replaceAll("(?s)\\\\(.)", "$1");
            if (name.isEmpty() || definition.substring(space).isBlank()) {
                throw new IllegalArgumentException(at + " has not the form name type");
            }
            ColumnType type = ColumnType.parse(definition.substring(space));
            if (type == null) {
                throw new IllegalArgumentException(at + " has a type that is none of " + ColumnType.SPELLINGS);
            }
            columns.add(new Column(name, type));
        }
        return new ColumnList(columns);
    }

    private static List<String> definitions(String text) {
        List<String> definitions = new ArrayList<>();
        int from = 0;
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> i++;
                case '<' -> depth++;
                case '>' -> depth--;
                case ',' -> {
                    if (depth <= 0) {
                        definitions.add(text.substring(from, i).strip());
                        from = i + 1;
                    }
                }
                default -> {}
            }
        }
        definitions.add(text.substring(from).strip());
        return definitions;
    }

    private static int endOfName(String definition) {
        int i = 0;
        while (i < definition.length() && !Character.isWhitespace(definition.charAt(i))) {
            i += definition.charAt(i) == '\\' ? 2 : 1;
        }
        return Math.min(i, definition.length());
    }

    /** Whether an attribute is among them. */
    public boolean has(String attribute) {
        return columns.stream().anyMatch(column -> column.attribute().equals(attribute));
    }

    /** The list as {@link #parse} reads it. */
    @Override
    public String toString() {
        return columns.stream()
                .map(column -> escaped(column.attribute()) + " " + column.type())
                .collect(Collectors.joining(","));
    }

    private static String escaped(String name) {
        StringBuilder escaped = new StringBuilder();
        for (char c : name.toCharArray()) {
            if (Character.isWhitespace(c) || ",<>\\".indexOf(c) >= 0) {
                escaped.append('\\');
            }
            escaped.append(c);
        }
        return escaped.toString();
    }
}
