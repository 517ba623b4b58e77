package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What an item is and how large, by way of Jackson and Java's own collections, {@link BigDecimal} and {@link Base64}. */
public final class ItemOracle {

    /** Says that DynamoDB would not take it. */
    public static final long REFUSED = -1;

    private static final int MAX_ITEM_BYTES = 409_600;
    private static final int MAX_NAME_BYTES = 65_535;
    private static final int MAX_CONTAINERS = 31;

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** Most items are refused, and nobody asks where. */
        Refusal() {
            super(null, null, false, false);
        }
    }

    private ItemOracle() {}

    /** Size of an item in DynamoDB JSON in bytes, {@link #REFUSED} if DynamoDB would not take it. */
    public static long sizeBytes(@Nullable JacksonNode item) {
        if (item == null) {
            return REFUSED;
        }
        try {
            long sizeBytes = attributes(item, 0);
            return sizeBytes <= MAX_ITEM_BYTES ? sizeBytes : REFUSED;
        } catch (Refusal e) {
            return REFUSED;
        }
    }

    private static long attributes(JacksonNode node, int containers) {
        long size = 0;
        Set<String> names = new HashSet<>();
        for (JacksonNode.Member member : as(JacksonNode.Members.class, node).members()) {
            int length = member.name().getBytes(UTF_8).length;
            require(length > 0 && length <= MAX_NAME_BYTES && names.add(member.name()));
            size += length + value(member.value(), containers);
        }
        return size;
    }

    private static long value(JacksonNode node, int containers) {
        List<JacksonNode.Member> members = as(JacksonNode.Members.class, node).members();
        require(members.size() == 1);
        JacksonNode value = members.get(0).value();
        switch (members.get(0).name()) {
            case "S" -> {
                return text(value).getBytes(UTF_8).length;
            }
            case "N" -> {
                return NumberOracle.sizeBytes(number(text(value)));
            }
            case "B" -> {
                return binary(text(value)).length;
            }
            case "SS" -> {
                return set(value, text -> text).stream()
                        .mapToLong(text -> text.getBytes(UTF_8).length)
                        .sum();
            }
            case "NS" -> {
                return set(value, ItemOracle::number).stream()
                        .mapToLong(NumberOracle::sizeBytes)
                        .sum();
            }
            case "BS" -> {
                return set(value, text -> HexFormat.of().formatHex(binary(text))).stream()
                        .mapToLong(hex -> hex.length() / 2)
                        .sum();
            }
            case "M" -> {
                require(containers < MAX_CONTAINERS);
                long size = attributes(value, containers + 1);
                return 3 + size + as(JacksonNode.Members.class, value).members().size();
            }
            case "L" -> {
                require(containers < MAX_CONTAINERS);
                long size = 3;
                for (JacksonNode member : as(JacksonNode.Array.class, value).members()) {
                    size += 1 + value(member, containers + 1);
                }
                return size;
            }
            case "BOOL" -> {
                as(JacksonNode.Bool.class, value);
                return 1;
            }
            case "NULL" -> {
                require(as(JacksonNode.Bool.class, value).value());
                return 1;
            }
            default -> throw new Refusal();
        }
    }

    private static <T> Set<T> set(JacksonNode node, Function<String, T> member) {
        List<JacksonNode> members = as(JacksonNode.Array.class, node).members();
        require(!members.isEmpty());
        Set<T> set = new HashSet<>();
        members.forEach(text -> require(set.add(member.apply(text(text)))));
        return set;
    }

    private static BigDecimal number(String text) {
        BigDecimal value = NumberOracle.value(text);
        if (value == null) {
            throw new Refusal();
        }
        return value;
    }

    private static byte[] binary(String text) {
        // Java's decoder takes a last group without its padding.
        require(text.length() % 4 == 0);
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new Refusal();
        }
    }

    private static String text(JacksonNode node) {
        return as(JacksonNode.Text.class, node).text();
    }

    private static <T extends JacksonNode> T as(Class<T> type, JacksonNode node) {
        require(type.isInstance(node));
        return type.cast(node);
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new Refusal();
        }
    }
}
