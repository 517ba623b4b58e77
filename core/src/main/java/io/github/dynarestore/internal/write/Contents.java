package io.github.dynarestore.internal.write;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What an item holds, however it is spelled: DynamoDB may hand back sets in another order and numbers otherwise written. */
final class Contents {

    private Contents() {}

    /** Returns a value that equals that of every spelling of the same item. */
    static Object of(Map<String, AttributeValue> attributes) {
        return attributes.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> value(entry.getValue())));
    }

    private static Object value(AttributeValue value) {
        return switch (value.type()) {
            case N -> number(value.n());
            case SS -> List.of("SS", Set.copyOf(value.ss()));
            case NS -> List.of("NS", value.ns().stream().map(Contents::number).collect(Collectors.toSet()));
            case BS -> List.of("BS", new HashSet<>(value.bs()));
            case L -> value.l().stream().map(Contents::value).toList();
            case M -> of(value.m());
            default -> value;
        };
    }

    private static BigDecimal number(String digits) {
        BigDecimal number = new BigDecimal(digits);
        // Zero keeps its scale in some versions of Java.
        return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    }
}
