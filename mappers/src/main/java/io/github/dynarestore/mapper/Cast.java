package io.github.dynarestore.mapper;

import io.github.dynarestore.model.ColumnType;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue.Type;

/**
 * Makes values of one type of values of another, without loss. A text, a number, a truth and bytes (in base64) become one
 * another where they spell one; a list and the sets become one another member by member. Numbers keep their digits and
 * never pass through a double.
 */
final class Cast {

    static final Set<Type> TYPES =
            new LinkedHashSet<>(List.of(Type.S, Type.N, Type.B, Type.BOOL, Type.SS, Type.NS, Type.BS, Type.L));

    private static final int MAX_NUMBER_CHARACTERS = 200;

    private final Type type;

    private Cast(Type type) {
        this.type = type;
    }

    /**
     * Returns the cast to a type.
     *
     * @throws IllegalArgumentException if it is not one of {@link #TYPES}
     */
    static Cast to(Type type) {
        if (!TYPES.contains(type)) {
            throw new IllegalArgumentException("not one of " + TYPES);
        }
        return new Cast(type);
    }

    /** Returns the cast to what a Hive column becomes in DynamoDB; null if values of its type stay what they are. */
    static @Nullable Cast to(ColumnType column) {
        if (column instanceof ColumnType.Array array && array.element() instanceof ColumnType.Scalar member) {
            return switch (member) {
                case STRING -> to(Type.SS);
                case BIGINT, DOUBLE -> to(Type.NS);
                case BINARY -> to(Type.BS);
                case BOOLEAN -> null;
            };
        }
        if (column instanceof ColumnType.Scalar scalar) {
            return switch (scalar) {
                case STRING -> to(Type.S);
                case BIGINT, DOUBLE -> to(Type.N);
                case BINARY -> to(Type.B);
                case BOOLEAN -> to(Type.BOOL);
            };
        }
        return null;
    }

    /**
     * Casts a value.
     *
     * @param attribute its name, for the error
     * @throws CannotMapException if something would be lost
     */
    AttributeValue of(String attribute, AttributeValue value) {
        if (value.type() == type) {
            return value;
        }
        try {
            return switch (type) {
                case S, N, B, BOOL -> scalar(type, text(value));
                case SS ->
                    AttributeValue.fromSs(members(
                            value, member -> scalar(Type.S, text(member)).s()));
                case NS ->
                    AttributeValue.fromNs(members(
                            value, member -> scalar(Type.N, text(member)).n()));
                case BS ->
                    AttributeValue.fromBs(members(
                            value, member -> scalar(Type.B, text(member)).b()));
                default -> AttributeValue.fromL(each(value).toList());
            };
        } catch (IllegalArgumentException e) {
            throw new CannotMapException("'" + attribute + "' is " + value.type() + " and cannot become " + type);
        }
    }

    private static AttributeValue scalar(Type type, String text) {
        return switch (type) {
            case N -> AttributeValue.fromN(number(text));
            case B ->
                AttributeValue.fromB(SdkBytes.fromByteArray(Base64.getDecoder().decode(text)));
            case BOOL -> AttributeValue.fromBool(truth(text));
            default -> AttributeValue.fromS(text);
        };
    }

    private static String text(AttributeValue value) {
        return switch (value.type()) {
            case S -> value.s();
            case N -> value.n();
            case B -> Base64.getEncoder().encodeToString(value.b().asByteArray());
            case BOOL -> value.bool().toString();
            default -> throw new IllegalArgumentException("not one value");
        };
    }

    private static String number(String text) {
        // A number that DynamoDB does not hold is found where every item is checked.
        if (text.length() > MAX_NUMBER_CHARACTERS) {
            throw new IllegalArgumentException("too long for a number");
        }
        Object unused = new BigDecimal(text);
        return text;
    }

    private static boolean truth(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("neither true nor false");
        }
        return text.equals("true");
    }

    /** A set has each member once: a list with two of the same would lose one. */
    private static <T> List<T> members(AttributeValue value, Function<AttributeValue, T> cast) {
        List<T> members = each(value).map(cast).toList();
        if (members.isEmpty() || members.stream().collect(Collectors.toSet()).size() < members.size()) {
            throw new IllegalArgumentException("not a set");
        }
        return members;
    }

    private static Stream<AttributeValue> each(AttributeValue value) {
        return switch (value.type()) {
            case SS -> value.ss().stream().map(AttributeValue::fromS);
            case NS -> value.ns().stream().map(AttributeValue::fromN);
            case BS -> value.bs().stream().map(AttributeValue::fromB);
            case L -> value.l().stream();
            case S, N, B, BOOL -> Stream.of(value);
            default -> throw new IllegalArgumentException("neither a list nor a set");
        };
    }
}
