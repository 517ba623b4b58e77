package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

/**
 * Makes items on both sides of each rule that DynamoDB has for them, many of them at the very edge. It knows the rules'
 * names, and not their verdicts: these are asked of DynamoDB Local.
 */
final class PoisonGenerator {

    static final String GOOD = "good";
    static final String DEVIATING = "deviating";

    private static final int LARGEST_ITEM = 409_600;
    private static final List<String> TAGS = List.of("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL");

    /** Where we refuse what DynamoDB Local takes. */
    enum Deviation {
        PARSER_CONVERTS("DynamoDB Local's parser turns one kind of value into another; DynamoDB itself does not"),
        NAME_TWICE("the last of the two would win, and nobody knows that it should"),
        UNKNOWN_TAG_IGNORED("what is ignored would be lost without a word"),
        UTF8_UNCHECKED("DynamoDB Local does not check surrogates; what it keeps cannot be read back"),
        BASE64_WITH_SPACES("base64 has neither spaces nor line ends (RFC 4648)"),
        BASE64_TWICE("two texts in base64 are not one (RFC 4648)"),
        ZERO_OF_HUGE_EXPONENT("a power of ten of six digits, which only a zero can have");

        final String reason;

        Deviation(String reason) {
            this.reason = reason;
        }
    }

    /** A table to put an item into; between them they have keys of every type, and indexes. */
    enum Shape {
        TEXT,
        NUMBER,
        BINARY;

        CreateTableRequest create() {
            CreateTableRequest.Builder table = CreateTableRequest.builder();
            return switch (this) {
                case TEXT ->
                    table.keySchema(key("pk", KeyType.HASH), key("sk", KeyType.RANGE))
                            .attributeDefinitions(
                                    type("pk", "S"),
                                    type("sk", "S"),
                                    type("ghs", "S"),
                                    type("grs", "S"),
                                    type("ghn", "N"),
                                    type("ghb", "B"),
                                    type("lb", "B"),
                                    type("ln", "N"))
                            .globalSecondaryIndexes(
                                    index -> index.indexName("by-text")
                                            .keySchema(key("ghs", KeyType.HASH), key("grs", KeyType.RANGE))
                                            .projection(ALL),
                                    index -> index.indexName("by-number")
                                            .keySchema(key("ghn", KeyType.HASH), key("pk", KeyType.RANGE))
                                            .projection(ALL),
                                    index -> index.indexName("by-bytes")
                                            .keySchema(key("ghb", KeyType.HASH))
                                            .projection(ALL))
                            .localSecondaryIndexes(
                                    index -> index.indexName("local-bytes")
                                            .keySchema(key("pk", KeyType.HASH), key("lb", KeyType.RANGE))
                                            .projection(ALL),
                                    index -> index.indexName("local-number")
                                            .keySchema(key("pk", KeyType.HASH), key("ln", KeyType.RANGE))
                                            .projection(ALL))
                            .build();
                case NUMBER ->
                    table.keySchema(key("pk", KeyType.HASH))
                            .attributeDefinitions(type("pk", "N"))
                            .build();
                case BINARY ->
                    table.keySchema(key("pk", KeyType.HASH), key("sk", KeyType.RANGE))
                            .attributeDefinitions(type("pk", "B"), type("sk", "B"))
                            .build();
            };
        }

        private static final Projection ALL =
                Projection.builder().projectionType(ProjectionType.ALL).build();

        private static KeySchemaElement key(String name, KeyType type) {
            return KeySchemaElement.builder().attributeName(name).keyType(type).build();
        }

        private static AttributeDefinition type(String name, String type) {
            return AttributeDefinition.builder()
                    .attributeName(name)
                    .attributeType(type)
                    .build();
        }
    }

    /** An item with the rule that it is about. */
    @SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
    record Candidate(
            String rule,
            Shape shape,
            byte[] bytes,
            @Nullable Deviation deviation) {
        @Override
        public String toString() {
            String json = new String(bytes, UTF_8);
            return shape + " " + (json.length() < 400 ? json : json.substring(0, 400) + "... of " + json.length());
        }
    }

    /** Makes one item of a rule, given as its attributes. */
    private interface Maker {
        Candidate make();
    }

    private record Rule(String name, int weight, Maker maker) {}

    private final Random random;
    private final List<Rule> rules;
    private int keys;

    PoisonGenerator(long seed) {
        random = new Random(seed);
        rules = List.of(
                new Rule(GOOD, 14, () -> text(GOOD, attribute("v", value(4)), attribute("w", value(3)))),
                new Rule("key of text", 8, this::keyOfText),
                new Rule("key of number", 8, this::keyOfNumber),
                new Rule("key of binary", 8, this::keyOfBinary),
                new Rule("key missing", 2, this::keyMissing),
                new Rule("key type", 5, this::keyType),
                new Rule("index key type", 8, this::indexKeyType),
                new Rule("index key empty", 4, this::indexKeyEmpty),
                new Rule("index key length", 8, this::indexKeyLength),
                new Rule("item size", 1, this::itemSize),
                new Rule("nesting", 4, this::nesting),
                new Rule("number digits", 8, () -> text("number digits", attribute("v", number(digits())))),
                new Rule("number range", 8, () -> text("number range", attribute("v", number(ranged())))),
                new Rule("number spelling", 6, () -> text("number spelling", attribute("v", number(spelt())))),
                new Rule("set of texts", 6, () -> text("set of texts", attribute("v", setOfTexts()))),
                new Rule("set of numbers", 6, () -> text("set of numbers", attribute("v", setOfNumbers()))),
                new Rule("set of binaries", 6, () -> text("set of binaries", attribute("v", setOfBinaries()))),
                new Rule("type tags", 6, () -> text("type tags", attribute("v", typeTags()))),
                new Rule("attribute name", 4, this::attributeName),
                new Rule("base64", 5, () -> text("base64", attribute("v", "{\"B\":\"" + nearlyBase64() + "\"}"))),
                new Rule("json", 3, () -> text("json", attribute("v", nearlyJson()))),
                new Rule(DEVIATING, 2, this::deviating));
    }

    /** Names of all rules. */
    static List<String> ruleNames() {
        return new PoisonGenerator(0).rules.stream().map(Rule::name).toList();
    }

    List<Candidate> generate(int count) {
        List<Candidate> candidates = new ArrayList<>(edges());
        int weights = rules.stream().mapToInt(Rule::weight).sum();
        while (candidates.size() < count) {
            int drawn = random.nextInt(weights);
            for (Rule rule : rules) {
                drawn -= rule.weight();
                if (drawn < 0) {
                    candidates.add(rule.maker().make());
                    break;
                }
            }
        }
        Collections.shuffle(candidates, random);
        return candidates;
    }

    /** The edges that no run may leave to chance. */
    private List<Candidate> edges() {
        List<Candidate> edges = new ArrayList<>();
        for (int size : new int[] {LARGEST_ITEM - 1, LARGEST_ITEM, LARGEST_ITEM + 1}) {
            edges.add(ofSize(size));
        }
        for (int levels : new int[] {31, 32}) {
            edges.add(text("nesting", attribute("v", nested(levels, () -> true))));
            edges.add(text("nesting", attribute("v", nested(levels, () -> false))));
        }
        for (String digits : List.of("1".repeat(38), "1".repeat(39), "1".repeat(38) + "0")) {
            edges.add(text("number digits", attribute("v", number(digits))));
        }
        for (String ranged : List.of("1E125", "9.9E125", "1E126", "1E-130", "1E-131", "-1E125", "-1E126", "-0")) {
            edges.add(text("number range", attribute("v", number(ranged))));
        }
        for (String members : List.of("\"1\",\"1.0\"", "\"0\",\"-0\"", "\"100\",\"1E2\"", "\"1\",\"1\"", "")) {
            edges.add(text("set of numbers", attribute("v", "{\"NS\":[" + members + "]}")));
        }
        for (int length : new int[] {0, 1, 2048, 2049}) {
            edges.add(item("key of text", Shape.TEXT, key("pk", string(length, "p")), key("sk", string(1, "s"))));
        }
        for (int length : new int[] {0, 1, 1024, 1025}) {
            edges.add(item("key of text", Shape.TEXT, key("pk", string(9, "p")), key("sk", string(length, "s"))));
        }
        edges.add(text("attribute name", attribute("", "{\"S\":\"x\"}")));
        edges.add(text("type tags", attribute("v", "{\"S\":\"x\",\"N\":\"1\"}")));
        return edges;
    }

    private static String attribute(String name, String value) {
        return "\"" + name + "\":" + value;
    }

    private static String key(String name, String value) {
        return attribute(name, value);
    }

    /** An item of the table with text keys, under a key that no other has. */
    private Candidate text(String rule, String... attributes) {
        List<String> all = new ArrayList<>(
                List.of(key("pk", "{\"S\":\"p" + keys++ + "\"}"), key("sk", "{\"S\":\"s" + random.nextInt(3) + "\"}")));
        all.addAll(Arrays.asList(attributes));
        return item(rule, Shape.TEXT, all.toArray(new String[0]));
    }

    private static Candidate item(String rule, Shape shape, String... attributes) {
        return new Candidate(rule, shape, ("{" + String.join(",", attributes) + "}").getBytes(UTF_8), null);
    }

    /** A text of so many bytes, some of its characters of two to four bytes, some of them escaped. */
    private String string(int bytes, String beginning) {
        StringBuilder text = new StringBuilder(bytes == 0 ? "" : beginning);
        int left = bytes - text.length();
        while (left > 0) {
            int kind = random.nextInt(40);
            if (kind == 0 && left >= 4) {
                text.append("\ud83d\ude00");
                left -= 4;
            } else if (kind == 1 && left >= 3) {
                text.append("\u4e2d");
                left -= 3;
            } else if (kind == 2 && left >= 2) {
                text.append("\\u00e9");
                left -= 2;
            } else if (kind == 3) {
                text.append("\\u0000");
                left--;
            } else {
                text.append((char) ('a' + random.nextInt(26)));
                left--;
            }
        }
        return "{\"S\":\"" + text + "\"}";
    }

    private String binary(int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return "{\"B\":\"" + Base64.getEncoder().encodeToString(value) + "\"}";
    }

    private static String number(String text) {
        return "{\"N\":\"" + text + "\"}";
    }

    private int about(int edge) {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(64);
            case 1 -> random.nextInt(2 * edge);
            default -> edge - 2 + random.nextInt(5);
        };
    }

    private Candidate keyOfText() {
        boolean isSort = random.nextBoolean();
        // Most of them are shorter, since an index has pk for its sort key.
        int length = random.nextInt(8) == 0 ? 0 : about(isSort || random.nextInt(3) > 0 ? 1024 : 2048);
        return item(
                "key of text",
                Shape.TEXT,
                key("pk", isSort ? "{\"S\":\"p" + keys++ + "\"}" : string(length, "k" + keys++ % 10)),
                key("sk", isSort ? string(length, "s") : "{\"S\":\"s" + keys++ + "\"}"));
    }

    private Candidate keyOfNumber() {
        String text = switch (random.nextInt(3)) {
            case 0 -> digits();
            case 1 -> ranged();
            default -> spelt();
        };
        return item("key of number", Shape.NUMBER, key("pk", number(text)), attribute("v", value(1)));
    }

    private Candidate keyOfBinary() {
        boolean isSort = random.nextBoolean();
        int length = random.nextInt(6) == 0 ? 0 : about(isSort ? 1024 : 2048);
        String pk = isSort ? binary(12) : binary(length);
        String sk = isSort ? binary(length) : binary(8);
        return item("key of binary", Shape.BINARY, key("pk", pk), key("sk", sk));
    }

    private Candidate keyMissing() {
        return switch (random.nextInt(6)) {
            case 0 -> item("key missing", Shape.TEXT, key("pk", string(4, "p")));
            case 1 -> item("key missing", Shape.TEXT, key("sk", string(4, "s")));
            case 2 -> item("key missing", Shape.NUMBER, key("PK", number("1")));
            case 3 -> item("key missing", Shape.BINARY, key("pk", binary(3)), attribute("v", value(2)));
            case 4 -> item("key missing", Shape.TEXT);
            default -> text("key missing", attribute("v", value(1)));
        };
    }

    private Candidate keyType() {
        String value = valueOf(TAGS.get(random.nextInt(TAGS.size())), 1);
        return switch (random.nextInt(4)) {
            case 0 -> item("key type", Shape.TEXT, key("pk", value), key("sk", string(3, "s")));
            case 1 -> item("key type", Shape.TEXT, key("pk", "{\"S\":\"t" + keys++ + "\"}"), key("sk", value));
            case 2 -> item("key type", Shape.NUMBER, key("pk", value));
            default -> item("key type", Shape.BINARY, key("pk", value), key("sk", binary(5)));
        };
    }

    private static final List<String> INDEX_KEYS = List.of("ghs", "grs", "ghn", "ghb", "lb", "ln");

    private Candidate indexKeyType() {
        List<String> attributes = new ArrayList<>();
        for (String name : INDEX_KEYS) {
            switch (random.nextInt(4)) {
                case 0 -> attributes.add(attribute(name, valueOf(TAGS.get(random.nextInt(TAGS.size())), 1)));
                case 1, 2 -> attributes.add(attribute(name, ofType(name)));
                default -> {
                    // It is not there, which is allowed.
                }
            }
        }
        if (random.nextInt(4) == 0) {
            // Only attributes of the item itself are keys of an index.
            attributes.add(attribute("v", "{\"M\":{\"ghn\":{\"S\":\"x\"},\"grs\":{\"S\":\"\"}}}"));
        }
        return text("index key type", attributes.toArray(new String[0]));
    }

    private String ofType(String indexKey) {
        return valueOf(indexKey.substring(indexKey.length() - 1).toUpperCase(Locale.ROOT), 1);
    }

    private Candidate indexKeyEmpty() {
        String name = INDEX_KEYS.get(random.nextInt(INDEX_KEYS.size()));
        String empty = switch (name.charAt(name.length() - 1)) {
            case 's' -> "{\"S\":\"\"}";
            case 'b' -> "{\"B\":\"\"}";
            default -> "{\"N\":\"\"}";
        };
        String other = random.nextInt(3) == 0 ? "x" + name : name;
        return text("index key empty", attribute(other, empty));
    }

    private Candidate indexKeyLength() {
        return switch (random.nextInt(5)) {
            case 0 -> text("index key length", attribute("ghs", string(about(2048), "i")));
            case 1 -> text("index key length", attribute("grs", string(about(1024), "i")));
            case 2 ->
                text(
                        "index key length",
                        attribute("ghs", string(about(2048), "i")),
                        attribute("grs", string(about(1024), "i")));
            case 3 -> text("index key length", attribute("ghb", binary(about(2048))));
            default -> text("index key length", attribute("lb", binary(about(1024))));
        };
    }

    private Candidate itemSize() {
        return ofSize(LARGEST_ITEM - 2 + random.nextInt(5));
    }

    /** An item of so many bytes as DynamoDB counts them: names, texts, and decoded binary. */
    private Candidate ofSize(int bytes) {
        String pk = "z" + keys++;
        int fixed = 2 + pk.length() + 2 + 1 + 1 + 1;
        int ofBinary = random.nextInt(1_000);
        byte[] value = new byte[ofBinary];
        random.nextBytes(value);
        return item(
                "item size",
                Shape.TEXT,
                key("pk", "{\"S\":\"" + pk + "\"}"),
                key("sk", "{\"S\":\"s\"}"),
                attribute("v", "{\"S\":\"" + "f".repeat(bytes - fixed - ofBinary) + "\"}"),
                attribute("b", "{\"B\":\"" + Base64.getEncoder().encodeToString(value) + "\"}"));
    }

    private Candidate nesting() {
        return text("nesting", attribute("v", nested(29 + random.nextInt(5), random::nextBoolean)));
    }

    private String nested(int levels, BooleanSupplier isMap) {
        String value = random.nextBoolean() ? "{\"S\":\"x\"}" : "{\"NS\":[\"1\"]}";
        for (int i = 0; i < levels; i++) {
            value = isMap.getAsBoolean() ? "{\"M\":{\"m\":" + value + "}}" : "{\"L\":[" + value + "]}";
        }
        return value;
    }

    /** A number of about 38 digits that count. */
    private String digits() {
        int count = 36 + random.nextInt(5);
        String digits = IntStream.range(0, count)
                .mapToObj(i -> i == 0 || i == count - 1 ? 1 + random.nextInt(9) : random.nextInt(10))
                .map(Object::toString)
                .collect(Collectors.joining());
        String zeros = "0".repeat(random.nextInt(3));
        return switch (random.nextInt(5)) {
            case 0 -> digits;
            case 1 -> "-" + digits + zeros;
            case 2 -> zeros + digits;
            case 3 -> digits.charAt(0) + "." + digits.substring(1) + zeros;
            default -> "0." + zeros + digits;
        };
    }

    /** A number at the edges of the range. */
    private String ranged() {
        BigInteger digits = new BigInteger(1 + random.nextInt(100), random).add(BigInteger.ONE);
        boolean isLarge = random.nextBoolean();
        int exponent = (isLarge ? 125 : -130)
                - 2
                + random.nextInt(5)
                - (digits.toString().length() - 1);
        String sign = random.nextInt(3) == 0 ? "-" : "";
        return switch (random.nextInt(8)) {
            case 0 -> sign + "0E" + (random.nextBoolean() ? "" : "-") + random.nextInt(200);
            case 1 -> sign + "1E" + (isLarge ? 125 + random.nextInt(2) : -130 - random.nextInt(2));
            case 2 -> sign + "1" + "0".repeat(124 + random.nextInt(3));
            case 3 -> sign + "0." + "0".repeat(128 + random.nextInt(3)) + "1";
            default -> sign + digits + (random.nextBoolean() ? "E" : "e") + exponent;
        };
    }

    private static final String NUMBER_LETTERS = "0012599--+...eEE ";

    private String spelt() {
        if (random.nextInt(6) == 0) {
            List<String> words = List.of(
                    "NaN", "Infinity", "-Infinity", "", " 1", "1 ", "-0", "+0", "0x1", "1d", "1f", "1L", "1_0", "1,0");
            return words.get(random.nextInt(words.size()));
        }
        if (random.nextInt(3) == 0) {
            return new BigDecimal(new BigInteger(60, random), random.nextInt(40) - 20).toString();
        }
        return IntStream.range(0, 1 + random.nextInt(6))
                .mapToObj(i -> String.valueOf(NUMBER_LETTERS.charAt(random.nextInt(NUMBER_LETTERS.length()))))
                .collect(Collectors.joining());
    }

    private String setOfTexts() {
        List<String> members = List.of("", "a", "b", "\\u0061", "\u00e9", "e\u0301", "aa", "\\u0000");
        return "{\"SS\":[" + drawn(members) + "]}";
    }

    private String setOfNumbers() {
        List<String> members = List.of(
                "1", "1.0", "01", "2", "1e0", "10E-1", "0", "-0", "0e5", "100", "1E2", "+100", "-1", "3.10", "3.1", "x",
                "");
        return "{\"NS\":[" + drawn(members) + "]}";
    }

    private String setOfBinaries() {
        List<String> members = List.of("", "YQ==", "YR==", "Yg==", "YWI=", "YWJj", "YWJk", "AAAA", "YQ");
        return "{\"BS\":[" + drawn(members) + "]}";
    }

    private String drawn(List<String> members) {
        return IntStream.range(0, random.nextInt(5))
                .mapToObj(i -> "\"" + members.get(random.nextInt(members.size())) + "\"")
                .collect(Collectors.joining(","));
    }

    private String typeTags() {
        String tag = TAGS.get(random.nextInt(TAGS.size()));
        String other = TAGS.get(random.nextInt(TAGS.size()));
        return switch (random.nextInt(7)) {
            case 0 -> "{}";
            case 1 -> {
                String value = valueOf(tag, 1);
                String second = tag.equals(other) ? "\"X\":\"x\"" : inner(valueOf(other, 1));
                yield tag.equals(other) ? "{}" : "{" + inner(value) + "," + second + "}";
            }
            case 2 -> "{\"" + tag.toLowerCase(Locale.ROOT) + "\":\"x\"}";
            case 3 -> "{\"NULL\":" + random.nextBoolean() + "}";
            case 4 -> "{\"BOOL\":" + List.of("true", "false", "null", "TRUE").get(random.nextInt(4)) + "}";
            case 5 -> "{\"" + tag + "\":null}";
            default -> valueOf(tag, 2);
        };
    }

    private static String inner(String object) {
        return object.substring(1, object.length() - 1);
    }

    private Candidate attributeName() {
        String name = switch (random.nextInt(6)) {
            case 0 -> "";
            case 1 -> "n".repeat(65_533 + random.nextInt(5));
            case 2 -> "\\u00e9\u4e2d";
            default -> "name" + random.nextInt(50);
        };
        return random.nextBoolean()
                ? text("attribute name", attribute(name, "{\"S\":\"x\"}"))
                : text("attribute name", attribute("v", "{\"M\":{" + attribute(name, "{\"S\":\"x\"}") + "}}"));
    }

    private static final String BASE64_LETTERS = "YWJjYWJjAZaz09+/=-_";

    private String nearlyBase64() {
        if (random.nextInt(3) == 0) {
            byte[] bytes = new byte[random.nextInt(10)];
            random.nextBytes(bytes);
            return Base64.getEncoder().encodeToString(bytes);
        }
        String text = IntStream.range(0, random.nextInt(9))
                .mapToObj(i -> String.valueOf(BASE64_LETTERS.charAt(random.nextInt(BASE64_LETTERS.length()))))
                .collect(Collectors.joining());
        // Padding within is a deviation.
        return text.indexOf('=') >= 0 && text.indexOf('=') < text.length() - 2 ? "YQ" : text;
    }

    private String nearlyJson() {
        List<String> values = List.of(
                "{\"S\":\"x\",}",
                "{'S':'x'}",
                "{S:\"x\"}",
                "{\"S\":\"\\x\"}",
                "{ \"S\" : \"x\" }",
                "{\"S\":\"a\\u0000\"}",
                "{\"L\":[null]}",
                "{\"L\":[{\"S\":\"x\"},]}",
                "{\"M\":[]}",
                "{\"L\":{}}",
                "{\"SS\":\"a\"}",
                "null",
                "1",
                "[]");
        return random.nextInt(3) == 0 ? value(3) : values.get(random.nextInt(values.size()));
    }

    private Candidate deviating() {
        Deviation deviation = Deviation.values()[random.nextInt(Deviation.values().length)];
        String value = switch (deviation) {
            case PARSER_CONVERTS ->
                List.of("{\"N\":1}", "{\"S\":1}", "{\"BOOL\":\"true\"}", "{\"SS\":[1]}")
                        .get(random.nextInt(4));
            case NAME_TWICE ->
                List.of("{\"S\":\"x\",\"S\":\"x\"}", "{\"M\":{\"a\":{\"S\":\"x\"},\"a\":{\"S\":\"y\"}}}")
                        .get(random.nextInt(2));
            case UNKNOWN_TAG_IGNORED ->
                List.of("{\"S\":\"x\",\"X\":1}", "{\"S\":\"x\",\"N\":null}").get(random.nextInt(2));
            case UTF8_UNCHECKED ->
                List.of("{\"S\":\"\\ud800\"}", "{\"S\":\"\\udc00\"}").get(random.nextInt(2));
            case BASE64_WITH_SPACES ->
                List.of("{\"B\":\"YWJj \"}", "{\"B\":\"YWJj\\n\"}", "{\"B\":\" \"}")
                        .get(random.nextInt(3));
            case BASE64_TWICE -> "{\"B\":\"YQ==YQ==\"}";
            case ZERO_OF_HUGE_EXPONENT -> "{\"N\":\"0e100000\"}";
        };
        Candidate item = text(DEVIATING, attribute("v", value));
        return new Candidate(item.rule(), item.shape(), item.bytes(), deviation);
    }

    /** A value that DynamoDB takes. */
    private String value(int depth) {
        List<String> tags = depth == 0 ? TAGS.subList(0, 6) : TAGS;
        return valueOf(tags.get(random.nextInt(tags.size())), depth);
    }

    private String valueOf(String tag, int depth) {
        return switch (tag) {
            case "S" -> string(random.nextInt(30) + 1, "x");
            case "N" -> number(Integer.toString(random.nextInt(2_000_000) - 1_000_000));
            case "B" -> binary(1 + random.nextInt(20));
            case "SS" -> "{\"SS\":[\"a\",\"b" + random.nextInt(9) + "\",\"\"]}";
            case "NS" -> "{\"NS\":[\"" + random.nextInt(100) + "\",\"-1.5\"]}";
            case "BS" -> "{\"BS\":[\"YQ==\",\"Yg==\"]}";
            case "BOOL" -> "{\"BOOL\":" + random.nextBoolean() + "}";
            case "NULL" -> "{\"NULL\":true}";
            case "L" ->
                "{\"L\":["
                        + IntStream.range(0, random.nextInt(3))
                                .mapToObj(i -> value(Math.max(0, depth - 1)))
                                .collect(Collectors.joining(","))
                        + "]}";
            default ->
                "{\"M\":{"
                        + IntStream.range(0, random.nextInt(3))
                                .mapToObj(i -> attribute("m" + i, value(Math.max(0, depth - 1))))
                                .collect(Collectors.joining(","))
                        + "}}";
        };
    }
}
