package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.ColumnType;

/**
 * Makes DynamoDB JSON of the text of a column. Numbers keep the digits that stand there; what is no number is found where
 * every item is checked. Members of arrays and maps are parted by the bytes 0x02 to 0x08, one for each level, as Hive's
 * {@code LazySimpleSerDe} has them.
 */
final class ColumnValues {

    static final String NOT_OF_TYPE = "column.type";

    private static final byte FIRST_SEPARATOR = 2;
    private static final byte LAST_SEPARATOR = 8;

    private final JsonText json;

    ColumnValues(JsonText json) {
        this.json = json;
    }

    /** Whether this is how Hive writes that there is no value. */
    static boolean isNull(byte[] text, int from, int to) {
        return to - from == 2 && text[from] == '\\' && text[from + 1] == 'N';
    }

    /**
     * Refuses types that nest deeper than Hive has separators.
     *
     * @throws IllegalArgumentException naming the type
     */
    static void requireSeparators(ColumnType type) {
        if (FIRST_SEPARATOR + levels(type) - 1 > LAST_SEPARATOR) {
            throw new IllegalArgumentException(type + " nests deeper than Hive writes it to text");
        }
    }

    private static int levels(ColumnType type) {
        if (type instanceof ColumnType.Array array) {
            return 1 + levels(array.element());
        }
        if (type instanceof ColumnType.Listing list) {
            return 1 + levels(list.element());
        }
        return type instanceof ColumnType.Mapping map ? 2 + levels(map.value()) : 0;
    }

    /** Writes a column's value. */
    void write(ColumnType type, byte[] text, int from, int to) throws InvalidItemException {
        write(type, text, from, to, FIRST_SEPARATOR);
    }

    private void write(ColumnType type, byte[] text, int from, int to, byte separator) throws InvalidItemException {
        if (type instanceof ColumnType.Scalar scalar) {
            json.put(opening(scalar));
            member(scalar, text, from, to);
        } else if (type instanceof ColumnType.Mapping map) {
            json.put("{\"M\":");
            entries(map.value(), text, from, to, separator);
        } else {
            elements(type, text, from, to, separator);
        }
        json.put('}');
    }

    private static String opening(ColumnType.Scalar scalar) {
        return switch (scalar) {
            case STRING -> "{\"S\":";
            case BIGINT, DOUBLE -> "{\"N\":";
            case BOOLEAN -> "{\"BOOL\":";
            case BINARY -> "{\"B\":";
        };
    }

    private static String openingOfSet(ColumnType.Scalar member) {
        return switch (member) {
            case STRING -> "{\"SS\":[";
            case BIGINT, DOUBLE -> "{\"NS\":[";
            case BINARY -> "{\"BS\":[";
            case BOOLEAN -> throw new IllegalArgumentException("there are no sets of booleans");
        };
    }

    private void member(ColumnType.Scalar scalar, byte[] text, int from, int to) throws InvalidItemException {
        switch (scalar) {
            case BIGINT -> requireWhole(text, from, to);
            case BOOLEAN -> {
                json.put(truth(text, from, to) ? "true" : "false");
                return;
            }
            default -> {}
        }
        json.string(text, from, to);
    }

    private static void requireWhole(byte[] text, int from, int to) throws InvalidItemException {
        for (int i = from < to && text[from] == '-' ? from + 1 : from; i < to; i++) {
            if (text[i] < '0' || text[i] > '9') {
                throw new InvalidItemException(NOT_OF_TYPE, i, "a bigint with something else than digits");
            }
        }
    }

    private static boolean truth(byte[] text, int from, int to) throws InvalidItemException {
        if (is("true", text, from, to)) {
            return true;
        }
        if (is("false", text, from, to)) {
            return false;
        }
        throw new InvalidItemException(NOT_OF_TYPE, from, "a boolean that is neither true nor false");
    }

    /** Hive writes small letters; OpenCSV and people write others. */
    private static boolean is(String word, byte[] text, int from, int to) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if ((text[from + i] | 0x20) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void elements(ColumnType type, byte[] text, int from, int to, byte separator) throws InvalidItemException {
        boolean isArray = type instanceof ColumnType.Array;
        ColumnType element = isArray ? ((ColumnType.Array) type).element() : ((ColumnType.Listing) type).element();
        ColumnType.Scalar member =
                isArray && element instanceof ColumnType.Scalar scalar && scalar != ColumnType.Scalar.BOOLEAN
                        ? scalar
                        : null;
        if (from == to && member != null) {
            throw new InvalidItemException(NOT_OF_TYPE, from, "an empty array, which no set is");
        }
        json.put(member == null ? "{\"L\":[" : openingOfSet(member));
        for (int at = from; at <= to && from < to; ) {
            int end = index(text, separator, at, to);
            if (isNull(text, at, end)) {
                throw new InvalidItemException(NOT_OF_TYPE, at, "an array with a null");
            }
            if (at > from) {
                json.put(',');
            }
            if (member == null) {
                write(element, text, at, end, (byte) (separator + 1));
            } else {
                member(member, text, at, end);
            }
            at = end + 1;
        }
        json.put(']');
    }

    private void entries(ColumnType value, byte[] text, int from, int to, byte separator) throws InvalidItemException {
        json.put('{');
        boolean isFirst = true;
        for (int at = from; at <= to && from < to; ) {
            int end = index(text, separator, at, to);
            int mark = index(text, (byte) (separator + 1), at, end);
            if (mark == end) {
                throw new InvalidItemException(NOT_OF_TYPE, at, "an entry of a map without a value");
            }
            if (!isNull(text, mark + 1, end)) {
                if (!isFirst) {
                    json.put(',');
                }
                isFirst = false;
                json.string(text, at, mark);
                json.put(':');
                write(value, text, mark + 1, end, (byte) (separator + 2));
            }
            at = end + 1;
        }
        json.put('}');
    }

    private static int index(byte[] text, byte wanted, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text[i] == wanted) {
                return i;
            }
        }
        return to;
    }
}
