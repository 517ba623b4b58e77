package io.github.dynarestore.testing;

import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Spells items in Amazon Ion as DynamoDB's export does. */
final class IonText {

    private IonText() {}

    static String of(Map<String, AttributeValue> attributes) {
        return attributes.entrySet().stream()
                .map(attribute -> quoted(attribute.getKey(), '\'') + ":" + of(attribute.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String of(AttributeValue value) {
        return switch (value.type()) {
            case S -> quoted(value.s(), '"');
            case N -> number(value.n());
            case B -> blob(value.b());
            case SS -> list("$dynamodb_SS::", value.ss().stream().map(text -> quoted(text, '"')));
            case NS -> list("$dynamodb_NS::", value.ns().stream().map(IonText::number));
            case BS -> list("$dynamodb_BS::", value.bs().stream().map(IonText::blob));
            case L -> list("", value.l().stream().map(IonText::of));
            case M -> of(value.m());
            case BOOL -> value.bool().toString();
            case NUL -> "null";
            default -> throw new IllegalArgumentException("no value of a known type");
        };
    }

    private static String list(String annotation, Stream<String> members) {
        List<String> all = members.toList();
        return annotation + "[" + String.join(",", all) + "]";
    }

    private static String blob(SdkBytes bytes) {
        return "{{" + Base64.getEncoder().encodeToString(bytes.asByteArray()) + "}}";
    }

    /** A decimal has a point or an exponent with a d. */
    private static String number(String number) {
        String decimal = number.toLowerCase(Locale.ROOT).replace('e', 'd').replace("d+", "d");
        return decimal.contains(".") || decimal.contains("d") ? decimal : decimal + ".";
    }

    private static String quoted(String text, char quote) {
        StringBuilder quoted = new StringBuilder().append(quote);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == quote || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append(quote).toString();
    }
}
