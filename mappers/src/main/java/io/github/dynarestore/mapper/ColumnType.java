package io.github.dynarestore.mapper;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue.Type;

/** What a Hive column of the Data Pipeline template becomes in DynamoDB. */
enum ColumnType {
    STRING(Type.S),
    NUMBER(Type.N),
    BINARY(Type.B),
    BOOLEAN(Type.BOOL),
    STRINGS(Type.SS),
    NUMBERS(Type.NS),
    BINARIES(Type.BS),
    /** A map or a structure stays what it is. */
    MAP(null);

    /** The types as Hive spells them, without white space. */
    private static final Map<String, ColumnType> SPELLED = Map.ofEntries(
            Map.entry("string", STRING),
            Map.entry("bigint", NUMBER),
            Map.entry("double", NUMBER),
            Map.entry("binary", BINARY),
            Map.entry("boolean", BOOLEAN),
            Map.entry("array<string>", STRINGS),
            Map.entry("array<bigint>", NUMBERS),
            Map.entry("array<double>", NUMBERS),
            Map.entry("array<binary>", BINARIES));

    private final @Nullable Cast cast;

    ColumnType(@Nullable Type type) {
        cast = type == null ? null : Cast.to(type);
    }

    /** The type of this spelling; null if there is none. */
    static @Nullable ColumnType parse(String spelling) {
        String type = spelling.replaceAll("\\s", "").toLowerCase(Locale.ROOT);
        return type.startsWith("map<string,") && type.endsWith(">") ? MAP : SPELLED.get(type);
    }

    /** How a value becomes one of this type; null if it stays as it is. */
    @Nullable
    Cast cast() {
        return cast;
    }
}
