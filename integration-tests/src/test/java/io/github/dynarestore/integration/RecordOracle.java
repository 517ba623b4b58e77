package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.dynarestore.json.ItemOracle;
import io.github.dynarestore.json.JacksonNode;
import io.github.dynarestore.json.JacksonNode.Array;
import io.github.dynarestore.json.JacksonNode.Member;
import io.github.dynarestore.json.JacksonNode.Members;
import io.github.dynarestore.json.JacksonNode.Text;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a record is and holds, by way of Jackson's tokens and Java's own collections, numbers and base64: the pages of {@code
 * docs/} on the formats, said once more.
 *
 * @param keys the key attributes; null if the record does not say them apart
 * @param newImage the item as it is afterwards, as DynamoDB spells it; null if there is none
 * @param newItemSizeBytes DynamoDB's size of that; 0 if there is none
 * @param oldImage what was there before; null if the record does not say
 * @param isPut whether the key exists afterwards
 * @param sequenceNumber what orders the change; null if that is a time, or nothing
 */
record RecordOracle(
        @Nullable JacksonNode keys,
        @Nullable JacksonNode newImage,
        long newItemSizeBytes,
        @Nullable JacksonNode oldImage,
        boolean isPut,
        @Nullable BigInteger sequenceNumber) {

    private static final Set<String> OF_CHANGE = Set.of(
            "Keys",
            "NewImage",
            "OldImage",
            "eventName",
            "userIdentity",
            "SequenceNumber",
            "eventSourceARN",
            "ApproximateCreationDateTime");
    private static final Set<String> OF_ENVELOPE = Set.of("dynamodb", "tableName");
    private static final Set<String> TAGS = Set.of("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL");

    private static final BigInteger MOST_BEFORE_LAST_ZERO =
            BigInteger.valueOf(Long.MAX_VALUE).divide(BigInteger.valueOf(100));

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal() {
            super(null, null, false, false);
        }
    }

    /** How a format says what its records are. */
    interface Reading {
        /** Says what a record is. */
        RecordOracle read(Members record);
    }

    /** What a format makes of what stands in a record's place; null if it must refuse it. */
    static @Nullable RecordOracle of(@Nullable JacksonNode record, Reading reading) {
        if (!(record instanceof Members members)) {
            return null;
        }
        try {
            return reading.read(members);
        } catch (Refusal e) {
            return null;
        }
    }

    /** A line of the connector of EMR. */
    static RecordOracle emrExport(Members record) {
        require(!record.members().isEmpty());
        return item(attributes(record, RecordOracle::dynamoDbTag, UnaryOperator.identity()));
    }

    private static String dynamoDbTag(String tag) {
        if (tag.chars().anyMatch(c -> c >= 0x80)) {
            return tag;
        }
        String capitals = tag.toUpperCase(Locale.ROOT);
        return capitals.equals("NULLVALUE") ? "NULL" : TAGS.contains(capitals) ? capitals : tag;
    }

    private static RecordOracle item(JacksonNode item) {
        return new RecordOracle(null, item, sizeBytes(item), null, true, null);
    }

    /** A line of an export, full or incremental. */
    static RecordOracle export(Members record) {
        Map<String, JacksonNode> known =
                only(record, Set.of("Item", "Metadata", "Keys", "OldImage", "NewImage"), new HashMap<>());
        known.values().forEach(member -> as(Members.class, member));
        if (known.keySet().equals(Set.of("Item"))) {
            return item(of(known, "Item"));
        }
        require(!known.containsKey("Item"));
        JacksonNode time = of(as(Members.class, of(known, "Metadata")), "WriteTimestampMicros");
        require(text(onlyMember(time, "N")).matches("[0-9]{1,18}"));
        JacksonNode newImage = known.get("NewImage");
        JacksonNode oldImage = known.get("OldImage");
        return new RecordOracle(
                of(known, "Keys"),
                newImage,
                newImage == null ? 0 : sizeBytes(newImage),
                oldImage,
                newImage != null,
                null);
    }

    /** A record of DynamoDB Streams, or a line with its inner part. */
    static RecordOracle stream(Members record) {
        Map<String, JacksonNode> known = change(record, OF_ENVELOPE);
        require(known.containsKey("SequenceNumber")
                || !known.containsKey("tableName")
                || !known.containsKey("dynamodb"));
        JacksonNode oldImage = known.get("OldImage");
        return change(
                known, object(of(known, "Keys")), known.get("NewImage"), oldImage == null ? null : object(oldImage));
    }

    /** A record of Kinesis Data Streams for DynamoDB. */
    static RecordOracle kinesis(Members record) {
        Map<String, JacksonNode> known = change(record, Set.of("dynamodb", "tableName", "eventID"));
        require(!known.containsKey("SequenceNumber")
                && known.containsKey("tableName")
                && known.containsKey("dynamodb"));
        JacksonNode newImage = known.get("NewImage");
        JacksonNode oldImage = known.get("OldImage");
        return change(
                known,
                decoded(object(of(known, "Keys"))),
                newImage == null ? null : attributes(newImage, UnaryOperator.identity(), RecordOracle::onceStrictly),
                oldImage == null ? null : decoded(object(oldImage)));
    }

    private static JacksonNode decoded(JacksonNode attributes) {
        return attributes(attributes, UnaryOperator.identity(), RecordOracle::once);
    }

    /** All members that say something, of the envelope and within it; none of them stands in both. */
    private static Map<String, JacksonNode> change(Members record, Set<String> ofEnvelope) {
        Set<String> names = new HashSet<>(OF_CHANGE);
        names.addAll(ofEnvelope);
        Map<String, JacksonNode> known = only(record, names, new HashMap<>());
        if (known.get("dynamodb") instanceof Members change) {
            only(change, OF_CHANGE, known);
        }
        known.values().removeIf(JacksonNode.Null.class::isInstance);
        known.forEach(RecordOracle::requireType);
        return known;
    }

    private static void requireType(String name, JacksonNode value) {
        switch (name) {
            case "SequenceNumber" -> require(text(value).matches("[0-9]{1,40}"));
            case "ApproximateCreationDateTime" -> requireTime(value);
            case "eventName" -> require(Set.of("INSERT", "MODIFY", "REMOVE").contains(text(value)));
            case "eventID" -> text(value);
            case "tableName" -> requireTableName(text(value));
            case "eventSourceARN" -> {
                require(text(value).matches("[!-~]{1,1024}"));
                String[] parts = text(value).split(":table/", 2);
                if (parts.length == 2) {
                    requireTableName(parts[1].split("/", 2)[0]);
                }
            }
            default -> object(value);
        }
    }

    private static void requireTableName(String name) {
        require(name.matches("[A-Za-z0-9_.-]{1,255}"));
    }

    private static void requireTime(JacksonNode value) {
        if (value instanceof Text text) {
            try {
                Instant instant = Instant.parse(text.text());
                BigInteger.valueOf(instant.getEpochSecond())
                        .multiply(BigInteger.valueOf(1_000_000))
                        .add(BigInteger.valueOf(instant.getNano() / 1_000))
                        .longValueExact();
            } catch (DateTimeException | ArithmeticException e) {
                throw new Refusal();
            }
            return;
        }
        String number = as(JacksonNode.Number.class, value).spelled();
        String[] parts = number.split("[eE]", 2);
        require(!number.startsWith("-") && parts[0].replace(".", "").length() <= 18);
        require(parts.length == 1 || new BigInteger(parts[1]).abs().compareTo(BigInteger.valueOf(30)) <= 0);
        BigDecimal time = new BigDecimal(number);
        while (time.scale() > 0 && time.unscaledValue().mod(BigInteger.TEN).signum() == 0 && time.signum() != 0) {
            time = time.setScale(time.scale() - 1);
        }
        int zeros = time.scale() > 0 ? 6 - time.scale() : -time.scale();
        require(zeros <= 0
                || time.unscaledValue().multiply(BigInteger.TEN.pow(zeros - 1)).compareTo(MOST_BEFORE_LAST_ZERO) <= 0);
    }

    private static RecordOracle change(
            Map<String, JacksonNode> known,
            JacksonNode keys,
            @Nullable JacksonNode newImage,
            @Nullable JacksonNode oldImage) {
        long newItemSizeBytes = newImage == null ? 0 : sizeBytes(newImage);
        boolean isPut = !text(of(known, "eventName")).equals("REMOVE");
        require(!isPut || newImage != null);
        JacksonNode sequenceNumber = known.get("SequenceNumber");
        require(sequenceNumber != null || known.containsKey("ApproximateCreationDateTime"));
        return new RecordOracle(
                keys,
                newImage,
                newItemSizeBytes,
                oldImage,
                isPut,
                sequenceNumber == null ? null : new BigInteger(text(sequenceNumber)));
    }

    /**
     * Whether the keys are those of a table with the partition key {@code pk} and the sort key {@code sk}, both texts, or left
     * to the item.
     */
    boolean hasKeysOfTable() {
        if (keys == null) {
            return true;
        }
        try {
            List<Member> members = as(Members.class, keys).members();
            require(members.size() == 2);
            requireKey(of(as(Members.class, keys), "pk"), 2_048);
            requireKey(of(as(Members.class, keys), "sk"), 1_024);
            return true;
        } catch (Refusal e) {
            return false;
        }
    }

    private static void requireKey(JacksonNode value, int maxBytes) {
        int length = text(onlyMember(value, "S")).getBytes(UTF_8).length;
        require(length > 0 && length <= maxBytes);
    }

    /** Attributes with other tags, and with their binary values spelled otherwise. */
    private static JacksonNode attributes(JacksonNode node, UnaryOperator<String> tag, UnaryOperator<String> binary) {
        return node instanceof Members members ? mapped(members, value -> value(value, tag, binary)) : node;
    }

    private static JacksonNode value(JacksonNode node, UnaryOperator<String> tag, UnaryOperator<String> binary) {
        if (!(node instanceof Members members)) {
            return node;
        }
        List<Member> values = new ArrayList<>();
        for (Member member : members.members()) {
            String name = tag.apply(member.name());
            JacksonNode content = member.value();
            values.add(new Member(
                    name,
                    switch (name) {
                        case "M" -> attributes(content, tag, binary);
                        case "L" ->
                            content instanceof Array list ? mapped(list, value -> value(value, tag, binary)) : content;
                        case "B" -> text(content, binary);
                        case "BS" -> content instanceof Array set ? mapped(set, value -> text(value, binary)) : content;
                        default -> content;
                    }));
        }
        return new Members(values);
    }

    private static JacksonNode text(JacksonNode node, UnaryOperator<String> binary) {
        return node instanceof Text text ? new Text(binary.apply(text.text())) : node;
    }

    private static JacksonNode mapped(Members members, UnaryOperator<JacksonNode> value) {
        return new Members(members.members().stream()
                .map(member -> new Member(member.name(), value.apply(member.value())))
                .toList());
    }

    private static JacksonNode mapped(Array array, UnaryOperator<JacksonNode> value) {
        return new Array(array.members().stream().map(value).toList());
    }

    private static String onceStrictly(String twice) {
        require(twice.length() % 4 == 0);
        return once(twice);
    }

    private static String once(String twice) {
        try {
            String once = new String(Base64.getDecoder().decode(twice), ISO_8859_1);
            require(once.chars().allMatch(c -> c > ' ' && c < 0x80 && c != '"' && c != '\\'));
            return once;
        } catch (IllegalArgumentException e) {
            throw new Refusal();
        }
    }

    private static Map<String, JacksonNode> only(Members object, Set<String> names, Map<String, JacksonNode> into) {
        for (Member member : object.members()) {
            if (names.contains(member.name())) {
                require(into.put(member.name(), member.value()) == null);
            }
        }
        return into;
    }

    private static JacksonNode of(Map<String, JacksonNode> members, String name) {
        JacksonNode value = members.get(name);
        if (value == null) {
            throw new Refusal();
        }
        return value;
    }

    private static JacksonNode of(Members object, String name) {
        return of(only(object, Set.of(name), new HashMap<>()), name);
    }

    private static JacksonNode onlyMember(JacksonNode object, String name) {
        require(as(Members.class, object).members().size() == 1);
        return of(as(Members.class, object), name);
    }

    private static long sizeBytes(JacksonNode item) {
        long sizeBytes = ItemOracle.sizeBytes(item);
        require(sizeBytes != ItemOracle.REFUSED);
        return sizeBytes;
    }

    private static Members object(JacksonNode node) {
        return as(Members.class, node);
    }

    private static String text(JacksonNode node) {
        return as(Text.class, node).text();
    }

    private static <T extends JacksonNode> T as(Class<T> type, @Nullable JacksonNode node) {
        if (!type.isInstance(node)) {
            throw new Refusal();
        }
        return type.cast(node);
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new Refusal();
        }
    }
}
