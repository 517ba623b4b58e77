package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.KeySchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An item that the scanner and the key reader take, DynamoDB takes; and one that they refuse, it refuses, but for those
 * of {@link #strictnesses}. Items are sent as raw bytes, since the SDK would spell them anew.
 */
class ItemsDynamoDbTakesTest {

    private static final String DIGITS_38 = "12345678901234567890123456789012345678";
    private static final String NUMBER_LETTERS = "001259-+..eE ";

    private static final String TABLE = Fixture.table(TableShape.S);
    private static final KeySchema SCHEMA = new KeySchema(new KeySchema.Attribute("pk", KeySchema.Type.S), null);

    private final ItemScanner scanner = new ItemScanner();
    private final KeyReader key = new KeyReader(SCHEMA);

    static Stream<Named<String>> numbers() {
        return Stream.of(
                        DIGITS_38,
                        DIGITS_38 + "9",
                        DIGITS_38 + "0",
                        "-0." + DIGITS_38,
                        "9".repeat(38) + "E88",
                        "9".repeat(38) + "E87",
                        "1" + "0".repeat(37) + "1",
                        "1" + "0".repeat(125),
                        "1" + "0".repeat(126),
                        "1E125",
                        "9.9E125",
                        "1E126",
                        "-1E126",
                        "0.1E126",
                        "10E125",
                        "1E-130",
                        "-1E-130",
                        "1.5E-130",
                        "9.9E-131",
                        "1E-131",
                        "0.1E-129",
                        "10E-131",
                        "1.",
                        ".5",
                        "-.5",
                        ".",
                        "+1",
                        "-0",
                        "+0",
                        "00",
                        "01",
                        "-01",
                        "0".repeat(50) + "1",
                        "0." + "0".repeat(50) + "1",
                        "1." + "0".repeat(50),
                        "1e+5",
                        "1e5",
                        "1E05",
                        "1e-0",
                        "1e00000000000000000005",
                        "0e126",
                        "0e-131",
                        "0e99999",
                        "0e-99999",
                        // Not 0e2147483648, which DynamoDB Local takes on later JDKs and refuses on 17.
                        "0e9999999999",
                        "1e2147483648",
                        "1e-9999999999",
                        " 1",
                        "1 ",
                        "1\\n",
                        "\\u0031",
                        "0x1",
                        "1d",
                        "1f",
                        "1L",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "",
                        "-",
                        "+",
                        "--1",
                        "+-1",
                        "1e",
                        "1e+",
                        "e5",
                        ".e5",
                        "1e1.0",
                        "1.2.3",
                        "1,0",
                        "1_0",
                        "1/2",
                        "\\u00bd")
                .map(text -> value("{\"N\":\"" + text + "\"}"));
    }

    static Stream<Named<String>> values() {
        return Stream.of(
                        "{\"S\":\"\"}",
                        "{\"S\":\"a\\u0000\"}",
                        "{\"S\":\"\\ud83d\\ude00\"}",
                        "{\"S\":\"\u007f\u2028\"}",
                        "{\"S\":\"\\x\"}",
                        "{\"S\":\"a\tb\"}",
                        "{\"S\":null}",
                        "{ \"S\" : \"x\" }",
                        "{\"S\":\"x\",}",
                        "{\"S\":\"x\"},",
                        "{'S':'x'}",
                        "{S:\"x\"}",
                        "{\"s\":\"x\"}",
                        "{\"X\":\"x\"}",
                        "{\"S\":\"x\",\"N\":\"1\"}",
                        "{}",
                        "null",
                        "1",
                        "[]",
                        "{\"B\":\"\"}",
                        "{\"B\":\"YWI=\"}",
                        "{\"B\":\"YR==\"}",
                        "{\"B\":\"Y\\u0051==\"}",
                        "{\"B\":\"YQ=\"}",
                        "{\"B\":\"YQ\"}",
                        "{\"B\":\"Y Q=\"}",
                        "{\"B\":\"Y===\"}",
                        "{\"B\":\"====\"}",
                        "{\"B\":\"-_8=\"}",
                        "{\"SS\":[]}",
                        "{\"NS\":[]}",
                        "{\"BS\":[]}",
                        "{\"SS\":[\"\"]}",
                        "{\"BS\":[\"\"]}",
                        "{\"NS\":[\"\"]}",
                        "{\"NS\":[\"x\"]}",
                        "{\"SS\":\"a\"}",
                        "{\"SS\":[null]}",
                        "{\"SS\":[\"a\",]}",
                        "{\"SS\":[\"a\",\"b\",\"a\"]}",
                        "{\"SS\":[\"a\",\"\\u0061\"]}",
                        "{\"SS\":[\"\",\"\"]}",
                        "{\"SS\":[\"\u00e9\",\"e\u0301\"]}",
                        "{\"NS\":[\"1\",\"2\"]}",
                        "{\"NS\":[\"1\",\"1\"]}",
                        "{\"NS\":[\"1\",\"1.0\"]}",
                        "{\"NS\":[\"1e2\",\"+100\"]}",
                        "{\"NS\":[\"0\",\"-0\"]}",
                        "{\"NS\":[\"0\",\"0e5\"]}",
                        "{\"BS\":[\"YQ==\",\"Yg==\"]}",
                        "{\"BS\":[\"YQ==\",\"YQ==\"]}",
                        "{\"BS\":[\"YQ==\",\"YR==\"]}",
                        "{\"BS\":[\"\",\"\"]}",
                        "{\"BOOL\":true}",
                        "{\"BOOL\":false }",
                        "{\"BOOL\":null}",
                        "{\"BOOL\":TRUE}",
                        "{\"NULL\":true}",
                        "{\"NULL\":false}",
                        "{\"NULL\":null}",
                        "{\"L\":[]}",
                        "{\"L\":{}}",
                        "{\"L\":null}",
                        "{\"L\":[null]}",
                        "{\"L\":[{}]}",
                        "{\"L\":[{\"S\":\"x\"},]}",
                        "{\"M\":{}}",
                        "{\"M\":[]}",
                        "{\"M\":null}",
                        "{\"M\":{\"a\":null}}",
                        "{\"M\":{\"\":{\"S\":\"x\"}}}")
                .map(ItemsDynamoDbTakesTest::value);
    }

    static Stream<Named<String>> nestings() {
        return IntStream.rangeClosed(30, 33)
                .boxed()
                .flatMap(levels -> Stream.of(
                        nested(levels, "{\"L\":[", "{\"S\":\"x\"}", "]}"),
                        nested(levels, "{\"M\":{\"m\":", "{\"S\":\"x\"}", "}}"),
                        nested(levels, "{\"M\":{\"m\":", "{\"NS\":[\"1\"]}", "}}"),
                        nested(levels - 1, "{\"L\":[", "{\"L\":[]}", "]}"),
                        nested(levels - 1, "{\"L\":[", "{\"M\":{}}", "]}")));
    }

    private static Named<String> nested(int levels, String open, String inside, String close) {
        Named<String> item = value(open.repeat(levels) + inside + close.repeat(levels));
        return Named.of(levels + " of " + open + " about " + inside, item.getPayload());
    }

    static Stream<Named<String>> keys() {
        return Stream.of(
                        "{}",
                        "{\"v\":{\"S\":\"x\"}}",
                        "{\"pk\":{\"S\":\"\"}}",
                        "{\"pk\":{\"N\":\"1\"}}",
                        "{\"pk\":{\"SS\":[\"a\"]}}",
                        "{\"pk\":{\"NULL\":true}}",
                        "{\"pk\":{\"S\":\"" + "k".repeat(2048) + "\"}}",
                        "{\"pk\":{\"S\":\"" + "k".repeat(2049) + "\"}}",
                        "{\"pk\":{\"S\":\"" + "\\u00e9".repeat(1024) + "\"}}",
                        "{\"pk\":{\"S\":\"" + "\\u00e9".repeat(1024) + "k\"}}",
                        "{\"p\\u006b\":{\"S\":\"a\"}}",
                        "{\"pk\":{\"S\":\"a\"},\"\":{\"S\":\"x\"}}",
                        "{\"pk\":{\"S\":\"a\"},\"" + "n".repeat(65_535) + "\":{\"S\":\"x\"}}",
                        "{\"pk\":{\"S\":\"a\"},\"" + "n".repeat(65_536) + "\":{\"S\":\"x\"}}",
                        "{\"pk\":{\"S\":\"a\"},\"m\":{\"M\":{\"" + "n".repeat(65_535) + "\":{\"S\":\"x\"}}}}",
                        "{\"pk\":{\"S\":\"a\"},\"m\":{\"M\":{\"" + "n".repeat(65_536) + "\":{\"S\":\"x\"}}}}")
                .map(ItemsDynamoDbTakesTest::named);
    }

    @ParameterizedTest
    @MethodSource({"numbers", "values", "nestings", "keys"})
    void scan_example_takesWhatDynamoDbTakes(String item) throws InterruptedException {
        assertThat(isTakenByUs(bytes(item))).isEqualTo(isTakenByDynamoDb(bytes(item)));
    }

    /** What DynamoDB Local takes and the scanner refuses. DynamoDB itself writes none of it into a backup. */
    static Stream<Arguments> strictnesses() {
        String parser = "DynamoDB Local's parser turns one kind of value into another; DynamoDB itself does not";
        String twice = "the last of the two would win, and nobody knows that it should";
        String utf8 = "DynamoDB Local does not check its UTF-8 or its surrogates; what it keeps cannot be read back";
        String ignored = "what is ignored would be lost without a word";
        return Stream.of(
                strictness("{\"N\":1}", parser),
                strictness("{\"S\":1}", parser),
                strictness("{\"SS\":[1]}", parser),
                strictness("{\"BOOL\":\"true\"}", parser),
                strictness("{\"BOOL\":1}", parser),
                strictness("{\"NULL\":\"true\"}", parser),
                strictness("\"x\"", parser),
                strictness("{\"S\":\"x\",\"S\":\"x\"}", twice),
                strictness("{\"M\":{\"a\":{\"S\":\"x\"},\"a\":{\"S\":\"y\"}}}", twice),
                strictness("{\"M\":{\"a\":{\"S\":\"x\"},\"\\u0061\":{\"S\":\"y\"}}}", twice),
                strictness("{\"S\":\"x\"},\"v\":{\"S\":\"y\"}", twice),
                strictness("{\"S\":\"x\"},\"pk\":{\"S\":\"b\"}", twice),
                strictness("{\"S\":\"x\",\"X\":1}", ignored),
                strictness("{\"S\":\"x\",\"N\":null}", ignored),
                strictness(
                        "{\"\\u0053\":\"x\"}", "nobody spells a tag with an escape, and it would be slow to look for"),
                strictness("{\"B\":\"YQ==YQ==\"}", "two texts in base64 are not one (RFC 4648)"),
                strictness("{\"B\":\"YWJj\\n\"}", "base64 has no line ends (RFC 4648)"),
                strictness("{\"S\":\"\\ud800\"}", utf8),
                strictness("{\"S\":\"\\udc00\"}", utf8),
                strictness("{\"S\":\"\u00ed\u00a0\u0080\"}", utf8),
                strictness("{\"S\":\"\u00c0\u00af\"}", utf8),
                strictness("{\"S\":\"\u00e0\u0080\u00af\"}", utf8),
                strictness("{\"S\":\"\u00f4\u0090\u0080\u0080\"}", utf8),
                strictness("{\"N\":\"\\u0661\"}", "a digit of another script; DynamoDB's own numbers have none"),
                strictness("{\"N\":\"" + "0".repeat(4096) + "1\"}", "a number of more than 4,096 characters"),
                strictness("{\"N\":\"0e100000\"}", "a power of ten of six digits, which only a zero can have"));
    }

    private static Arguments strictness(String value, String reason) {
        Named<String> item = value(value);
        return Arguments.of(item, reason);
    }

    /** The bytes of these items stand one in a character. */
    @ParameterizedTest
    @MethodSource("strictnesses")
    void scan_knownStrictness_refusesWhatDynamoDbLocalTakes(String item, String reason) throws InterruptedException {
        byte[] bytes = item.getBytes(ISO_8859_1);

        assertThat(isTakenByDynamoDb(bytes)).as(reason).isTrue();
        assertThat(isTakenByUs(bytes)).as(reason).isFalse();
    }

    static Stream<String> measured() {
        return Stream.of(
                "{\"S\":\"\"}",
                "{\"S\":\"\\u00e9\u4e2d\\ud83d\\ude00\"}",
                "{\"NULL\":true}",
                "{\"BOOL\":false}",
                "{\"M\":{}}",
                "{\"L\":[]}",
                "{\"L\":[{\"S\":\"\"},{\"L\":[]}]}",
                "{\"M\":{\"a\":{\"S\":\"\"},\"\u00e9\":{\"M\":{}}}}",
                "{\"SS\":[\"a\",\"bc\",\"\"]}",
                "{\"B\":\"YWJj\"}",
                "{\"BS\":[\"YWJj\",\"YQ==\",\"\"]}",
                "{\"NS\":[\"1.1\",\"-2\",\"0\"]}",
                "{\"N\":\"0\"}",
                "{\"N\":\"-0\"}",
                "{\"N\":\"1\"}",
                "{\"N\":\"-1\"}",
                "{\"N\":\"1.1\"}",
                "{\"N\":\"12.3\"}",
                "{\"N\":\"123\"}",
                "{\"N\":\"1000\"}",
                "{\"N\":\"0.01\"}",
                "{\"N\":\"0.1\"}",
                "{\"N\":\"100.5\"}",
                "{\"N\":\"" + DIGITS_38 + "\"}",
                "{\"N\":\"-0." + DIGITS_38 + "\"}",
                "{\"N\":\"-1." + DIGITS_38.substring(1) + "\"}",
                "{\"N\":\"1e125\"}",
                "{\"N\":\"1e-130\"}");
    }

    @ParameterizedTest
    @MethodSource("measured")
    void scan_itemAboutTheLargest_takesWhatDynamoDbTakes(String value)
            throws InterruptedException, InvalidItemException {
        byte[] smallest = filled(value, 0);
        scanner.scan(smallest, 0, smallest.length);
        int fill = ItemScanner.MAX_ITEM_BYTES - scanner.itemSizeBytes();

        for (int more = -1; more <= 1; more++) {
            byte[] item = filled(value, fill + more);
            assertThat(isTakenByUs(item)).as("%d bytes more", more).isEqualTo(more <= 0);
            assertThat(isTakenByDynamoDb(item)).as("%d bytes more", more).isEqualTo(more <= 0);
        }
    }

    private static byte[] filled(String value, int bytes) {
        return bytes("{\"pk\":{\"S\":\"a\"},\"fill\":{\"S\":\"" + "f".repeat(bytes) + "\"},\"v\":" + value + "}");
    }

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void scan_anyNumber_takesWhatDynamoDbTakes(@ForAll long seed) throws InterruptedException {
        Random random = new Random(seed);
        String text =
                random.nextInt(3) == 0 ? nearlyANumber(random) : number(random).toString();

        byte[] item = bytes(value("{\"N\":\"" + text + "\"}").getPayload());

        assertThat(isTakenByUs(item)).as(text).isEqualTo(isTakenByDynamoDb(item));
    }

    private static String nearlyANumber(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            text.append(NUMBER_LETTERS.charAt(random.nextInt(NUMBER_LETTERS.length())));
        }
        return text.toString();
    }

    /** Often with about 38 digits, often at the edges of the range. */
    private static BigDecimal number(Random random) {
        BigInteger digits = new BigInteger(140, random).mod(BigInteger.TEN.pow(1 + random.nextInt(39)));
        int exponent = random.nextBoolean() ? 124 + random.nextInt(3) : -131 + random.nextInt(3);
        BigDecimal number = new BigDecimal(random.nextBoolean() ? digits : digits.negate());
        return number.scaleByPowerOfTen(exponent - number.precision() + 1);
    }

    private static Named<String> value(String value) {
        return named("{\"pk\":{\"S\":\"a\"},\"v\":" + value + "}");
    }

    private static Named<String> named(String item) {
        return Named.of(item.length() < 120 ? item : item.substring(0, 60) + "... of " + item.length(), item);
    }

    private static byte[] bytes(String item) {
        return item.getBytes(UTF_8);
    }

    private boolean isTakenByUs(byte[] item) {
        try {
            int end = scanner.scan(item, 0, item.length);
            key.read(item, 0, item.length);
            return end == item.length;
        } catch (InvalidItemException e) {
            return false;
        }
    }

    private static boolean isTakenByDynamoDb(byte[] item) throws InterruptedException {
        return RawPuts.areTaken(TABLE, List.of(item));
    }
}
