package io.github.dynarestore.model;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Type of a Hive column, which says what the text of a column means, since the text does not. */
public sealed interface ColumnType {

    /** The types as {@link #parse} takes them, for messages. */
    String SPELLINGS = "string, bigint, double, boolean, binary, array<TYPE>, list<TYPE>, map<string,TYPE>";

    /** One value. */
    enum Scalar implements ColumnType {
        /** Text; a string of DynamoDB. */
        STRING,
        /** Whole number of any length; a number of DynamoDB. */
        BIGINT,
        /** Number; a number of DynamoDB with the digits that stand there. */
        DOUBLE,
        /** {@code true} or {@code false}. */
        BOOLEAN,
        /** Base64 of bytes. */
        BINARY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Values of one type: of strings, numbers and bytes a set of DynamoDB, as EMR exported sets; of anything else a list.
     */
    record Array(ColumnType element) implements ColumnType {
        @Override
        public String toString() {
            return "array<" + element + ">";
        }
    }

    /** Values of one type; a list of DynamoDB. Hive spells it as an array; which of the two it was, only the caller knows. */
    record Listing(ColumnType element) implements ColumnType {
        @Override
        public String toString() {
            return "list<" + element + ">";
        }
    }

    /** Values of one type by name; a map of DynamoDB. */
    record Mapping(ColumnType value) implements ColumnType {
        @Override
        public String toString() {
            return "map<string," + value + ">";
        }
    }

    /** Reads a type as Hive spells it, in any case and with any white space; null if there is none of this spelling. */
    static @Nullable ColumnType parse(String spelling) {
        String type = spelling.replaceAll("\\s", "").toLowerCase(Locale.ROOT);
        if (type.endsWith(">")) {
            ColumnType array = inner(type, "array<");
            ColumnType list = inner(type, "list<");
            ColumnType map = inner(type, "map<string,");
            return array != null
                    ? new Array(array)
                    : list != null ? new Listing(list) : map != null ? new Mapping(map) : null;
        }
        for (Scalar scalar : Scalar.values()) {
            if (scalar.toString().equals(type)) {
                return scalar;
            }
        }
        return null;
    }

    private static @Nullable ColumnType inner(String type, String prefix) {
        return type.startsWith(prefix) ? parse(type.substring(prefix.length(), type.length() - 1)) : null;
    }
}
