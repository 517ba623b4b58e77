package io.github.dynarestore.integration;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Random attribute values of every type, and what they mean apart from how they are spelled. */
final class Values {

    private static final String LETTERS = "abcXYZ09 \u00e9\u4e2d\u2028\"\\/\n\t{}[]:,";

    private Values() {}

    static Map<String, AttributeValue> attributes(Random random) {
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            attributes.put("a" + i + text(random, 3), value(random, 0));
        }
        return attributes;
    }

    private static AttributeValue value(Random random, int depth) {
        return switch (random.nextInt(depth < 3 ? 10 : 8)) {
            case 0 -> AttributeValue.fromS(text(random, 20));
            case 1 -> AttributeValue.fromN(number(random));
            case 2 -> AttributeValue.fromB(bytes(random));
            case 3 -> AttributeValue.fromBool(random.nextBoolean());
            case 4 -> AttributeValue.fromNul(true);
            case 5 -> {
                Set<String> members = new LinkedHashSet<>();
                for (int i = 0; i <= random.nextInt(3); i++) {
                    members.add(i + text(random, 4));
                }
                yield AttributeValue.fromSs(List.copyOf(members));
            }
            case 6 -> AttributeValue.fromNs(List.of("1", "-2.5", "" + (10 + random.nextInt(1000))));
            case 7 ->
                AttributeValue.fromBs(List.of(SdkBytes.fromByteArray(new byte[] {1, 2}), SdkBytes.fromUtf8String("x")));
            case 8 -> {
                List<AttributeValue> members = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    members.add(value(random, depth + 1));
                }
                yield AttributeValue.fromL(members);
            }
            default -> {
                Map<String, AttributeValue> members = new LinkedHashMap<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    members.put("m" + i, value(random, depth + 1));
                }
                yield AttributeValue.fromM(members);
            }
        };
    }

    private static String text(Random random, int longest) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(longest + 1); i > 0; i--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    private static String number(Random random) {
        BigInteger digits = new BigInteger(random.nextInt(126), random).mod(BigInteger.TEN.pow(38));
        return new BigDecimal(digits, random.nextInt(60) - 30)
                .multiply(BigDecimal.valueOf(random.nextBoolean() ? 1 : -1))
                .toString();
    }

    private static SdkBytes bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(10)];
        random.nextBytes(bytes);
        return SdkBytes.fromByteArray(bytes);
    }

    /** What attributes mean: numbers by value, sets without order, binary by its bytes. */
    static Map<String, Object> plain(Map<String, AttributeValue> attributes) {
        Map<String, Object> plain = new TreeMap<>();
        attributes.forEach((name, value) -> plain.put(name, plain(value)));
        return plain;
    }

    private static Object plain(AttributeValue value) {
        return switch (value.type()) {
            case S -> "S " + value.s();
            case N -> "N " + number(value.n());
            case B ->
                "B " + List.of(java.util.HexFormat.of().formatHex(value.b().asByteArray()));
            case SS -> "SS " + new TreeSet<>(value.ss());
            case NS ->
                "NS " + new TreeSet<>(value.ns().stream().map(Values::number).toList());
            case BS ->
                "BS "
                        + new TreeSet<>(value.bs().stream()
                                .map(b -> java.util.HexFormat.of().formatHex(b.asByteArray()))
                                .toList());
            case BOOL -> value.bool();
            case NUL -> "NULL";
            case M -> plain(value.m());
            case L -> value.l().stream().map(Values::plain).toList();
            default -> throw new IllegalArgumentException(value.type().toString());
        };
    }

    private static BigDecimal number(String digits) {
        BigDecimal number = new BigDecimal(digits);
        return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    }
}
