package io.github.dynarestore.testing;

import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.ColumnType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Lays items down as Hive did with a mapping of columns: a line each, values by position, without names. */
public final class ColumnExportWriter {

    private static final String NULL = "\\N";

    /** How columns lie in a line. */
    public enum Layout {
        /** Parted by the byte 0x01. */
        HIVE("hive-columns", "\u0001"),
        /** Parted by commas, without quotes. */
        HIVE_CSV("hive-csv", ","),
        /** Parted by commas, each value in quotes, no value without. */
        CSV("csv", ",");

        private final String formatId;
        private final String delimiter;

        Layout(String formatId, String delimiter) {
            this.formatId = formatId;
            this.delimiter = delimiter;
        }

        /** Id of the format that reads it. */
        public String formatId() {
            return formatId;
        }
    }

    private ColumnExportWriter() {}

    /**
     * Returns items as lines in UTF-8, each with its end.
     *
     * @throws IllegalArgumentException if a value is not of its column's type, or cannot be spelled in this layout
     */
    public static byte[] encode(List<Map<String, AttributeValue>> items, ColumnList columns, Layout layout) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Map<String, AttributeValue> item : items) {
            lines.writeBytes(line(item, columns, layout).getBytes(StandardCharsets.UTF_8));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    /** Returns one item as a line without its end; see {@link #encode}. */
    public static String line(Map<String, AttributeValue> item, ColumnList columns, Layout layout) {
        List<String> fields = new ArrayList<>();
        for (ColumnList.Column column : columns.columns()) {
            AttributeValue value = item.get(column.attribute());
            fields.add(field(value == null ? null : text(column.type(), value, 2), layout));
        }
        String line = String.join(layout.delimiter, fields);
        // Readers of lines pass over empty ones.
        require(!line.isEmpty() && !line.equals("\r"));
        return line;
    }

    private static String field(@Nullable String text, Layout layout) {
        if (layout == Layout.CSV) {
            require(text == null || !text.contains("\n"));
            return text == null ? "" : '"' + text.replace("\"", "\"\"") + '"';
        }
        if (text == null) {
            return NULL;
        }
        require(!text.contains("\n") && !text.contains(layout.delimiter) && !text.equals(NULL));
        return text;
    }

    private static String text(ColumnType type, AttributeValue value, int separator) {
        if (type instanceof ColumnType.Scalar scalar) {
            return switch (scalar) {
                case STRING -> value.s();
                case BIGINT, DOUBLE -> value.n();
                case BOOLEAN -> value.bool().toString();
                case BINARY -> Base64.getEncoder().encodeToString(value.b().asByteArray());
            };
        }
        List<String> parts = new ArrayList<>();
        int inner = separator + 1;
        if (type instanceof ColumnType.Mapping map) {
            inner = separator + 2;
            for (Map.Entry<String, AttributeValue> entry : value.m().entrySet()) {
                String text = text(map.value(), entry.getValue(), inner);
                require(!text.equals(NULL));
                parts.add(spellable(entry.getKey(), inner) + (char) (separator + 1) + spellable(text, inner));
            }
        } else {
            ColumnType element =
                    type instanceof ColumnType.Array array ? array.element() : ((ColumnType.Listing) type).element();
            for (AttributeValue member : members(value)) {
                String text = text(element, member, inner);
                require(!text.equals(NULL));
                parts.add(spellable(text, inner));
            }
            require(parts.isEmpty() || !String.join("", parts).isEmpty() || parts.size() > 1);
        }
        return String.join(String.valueOf((char) separator), parts);
    }

    /** Separators of this level and above would part what belongs together. */
    private static String spellable(String text, int below) {
        for (int i = 2; i < below; i++) {
            require(text.indexOf(i) < 0);
        }
        return text;
    }

    private static List<AttributeValue> members(AttributeValue value) {
        return switch (value.type()) {
            case SS -> value.ss().stream().map(AttributeValue::fromS).toList();
            case NS -> value.ns().stream().map(AttributeValue::fromN).toList();
            case BS -> value.bs().stream().map(AttributeValue::fromB).toList();
            default -> value.l();
        };
    }

    private static void require(boolean isSpellable) {
        if (!isSpellable) {
            throw new IllegalArgumentException("a value that this layout cannot spell");
        }
    }
}
