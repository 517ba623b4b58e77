package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ItemScannerTest {

    /** One for all tries, since a scanner goes on after an error. */
    private static final ItemScanner SCANNER = new ItemScanner();

    @AfterContainer
    static void sayHowMany() {
        Documents.sayHowMany("ItemScannerTest");
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void scan_anyItem_agreesWithOracle(@ForAll long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < Documents.ROUNDS; round++) {
            byte[] item = new ItemSpeller(random, 0).item();

            assertThat(refusal(item, 0, item.length)).isNull();
            assertAgrees(item, random);
        }
    }

    @Property(tries = 8_000, shrinking = ShrinkingMode.OFF)
    void scan_anyItemWithMistakes_agreesWithOracle(@ForAll long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < Documents.ROUNDS; round++) {
            assertAgrees(new ItemSpeller(random, random.nextInt(60)).item(), random);
        }
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void scan_anyDamagedItem_agreesWithOracle(@ForAll long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < Documents.ROUNDS; round++) {
            byte[] item = new ItemSpeller(random, 0).item();
            for (int i = 0; i < 8; i++) {
                assertAgrees(new JsonSpeller(random).damage(item), random);
            }
        }
    }

    /** A reader reads on only after {@link JsonCursor#TRUNCATED}, so no other error may come of what is not there yet. */
    @Property(tries = 500, shrinking = ShrinkingMode.OFF)
    void scan_anyPrefix_isTruncatedOrFailsLikeTheWhole(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] item = new ItemSpeller(random, 10).item();
        InvalidItemException whole = refusal(item, 0, item.length);
        int end = new String(item, UTF_8).stripTrailing().getBytes(UTF_8).length;

        for (int i = 0; i < 50; i++) {
            int length = random.nextInt(end);
            String as = "%s cut at %d".formatted(HexFormat.of().formatHex(item), length);
            InvalidItemException prefix = refusal(item, 0, length);
            assertThat(prefix).as(as).isNotNull();
            if (!prefix.reason().equals(JsonCursor.TRUNCATED)) {
                assertThat(whole).as(as).isNotNull();
                assertThat(prefix.reason()).as(as).isEqualTo(whole.reason());
                assertThat(prefix.position()).as(as).isEqualTo(whole.position());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "item.type | {'v':{'X':'x'}}",
                "item.type | {'v':{'S':'x','N':'1'}}",
                "item.type | {'v':{'S':'x','S':'x'}}",
                "item.type | {'v':{'s':'x'}}",
                "item.type | {'v':{'NULL':false}}",
                "item.type | {'v':{'N':1}}",
                "item.type | {'v':{'BOOL':'true'}}",
                "item.type | {'v':{}}",
                "item.type | {'v':null}",
                "item.type | {'v':{'L':[null]}}",
                "item.empty-set | {'v':{'SS':[]}}",
                "item.empty-set | {'v':{'NS':[ ]}}",
                "item.set-duplicate | {'v':{'SS':['a','\\u0061']}}",
                "item.set-duplicate | {'v':{'NS':['1','1.0']}}",
                "item.set-duplicate | {'v':{'NS':['0','-0e5']}}",
                "item.set-duplicate | {'v':{'BS':['YQ==','YR==']}}",
                "item.set-duplicate | {'v':{'BS':['','']}}",
                "item.duplicate-name | {'a':{'S':'x'},'a':{'S':'x'}}",
                "item.duplicate-name | {'a':{'S':'x'},'\\u0061':{'S':'x'}}",
                "item.duplicate-name | {'v':{'M':{'a':{'S':'x'},'b':{'S':'x'},'a':{'S':'x'}}}}",
                "item.empty-name | {'':{'S':'x'}}",
                "item.empty-name | {'v':{'M':{'':{'S':'x'}}}}",
                "item.base64 | {'v':{'B':'YQ'}}",
                "item.base64 | {'v':{'B':'YQ==YQ=='}}",
                "item.base64 | {'v':{'B':'===='}}",
                "item.base64 | {'v':{'B':'-_8='}}",
                "item.number | {'v':{'N':''}}",
                "item.number | {'v':{'N':' 1'}}"
            })
    void scan_wellKnownMistakes_areRefusedWithTheirReason(String reason, String quoted) {
        byte[] item = quoted.replace('\'', '"').getBytes(UTF_8);

        InvalidItemException refusal = refusal(item, 0, item.length);

        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
        assertAgrees(item, new Random(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'a':{'S':''}}",
                "{'a':{'B':''}}",
                "{'a':{'SS':['']}}",
                "{'a':{'BS':['']}}",
                "{'a':{'L':[]}}",
                "{'a':{'M':{}}}",
                "{'a':{'N':'\\u0031'}}",
                "{'a':{'B':'Y\\u0051=='}}",
                "{'a':{'B':'YR=='}}"
            })
    void scan_oddButGoodItems_areTaken(String quoted) {
        byte[] item = quoted.replace('\'', '"').getBytes(UTF_8);

        assertThat(refusal(item, 0, item.length)).isNull();
        assertAgrees(item, new Random(1));
    }

    /** The oracle and DynamoDB Local would take it; nobody has written one, and the tag is looked at where it stands. */
    @Test
    void scan_escapedTag_isRefused() {
        InvalidItemException refusal = refusal("{\"v\":{\"\\u0053\":\"x\"}}");

        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo("item.type");
    }

    @Test
    void scan_setOfThousands_findsTheOneDuplicate() {
        StringBuilder members = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            members.append('"').append(i).append("\",");
        }
        assertThat(refusal("{\"v\":{\"NS\":[" + members + "\"-1\"]}}")).isNull();
        InvalidItemException refusal = refusal("{\"v\":{\"NS\":[" + members + "\"777.0\"]}}");
        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo("item.set-duplicate");
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void scan_itemAboutTheLargest_agreesWithOracle(@ForAll long seed) {
        Random random = new Random(seed);
        String member =
                random.nextBoolean() ? "\"x\":{\"NS\":[\"1.1\",\"-22.3\"]}" : "\"x\":{\"L\":[{\"S\":\"\\u00e9\"}]}";
        int text = ItemScanner.MAX_ITEM_BYTES - 16 + random.nextInt(18);

        assertAgrees(("{\"s\":{\"S\":\"" + "s".repeat(text) + "\"}," + member + "}").getBytes(UTF_8), random);
    }

    @ParameterizedTest
    @CsvSource({"409599,true", "409600,true", "409601,false"})
    void scan_itemSize_isBounded(int sizeBytes, boolean isTaken) {
        InvalidItemException refusal = refusal("{\"s\":{\"S\":\"" + "s".repeat(sizeBytes - 1) + "\"}}");

        assertThat(refusal == null).isEqualTo(isTaken);
        if (refusal != null) {
            assertThat(refusal.reason()).isEqualTo("item.too-large");
        }
    }

    @ParameterizedTest
    @CsvSource({"65534,true", "65535,true", "65536,false"})
    void scan_nameLength_isBounded(int bytes, boolean isTaken) {
        assertAgrees(("{\"" + "n".repeat(bytes) + "\":{\"S\":\"\"}}").getBytes(UTF_8), new Random(1));
        assertThat(refusal("{\"" + "n".repeat(bytes) + "\":{\"S\":\"\"}}") == null)
                .isEqualTo(isTaken);
    }

    @ParameterizedTest
    @CsvSource({"30,true", "31,true", "32,false", "33,false"})
    void scan_nesting_isBounded(int containers, boolean isTaken) {
        String lists = "{\"v\":" + "{\"L\":[".repeat(containers) + "{\"S\":\"x\"}" + "]}".repeat(containers) + "}";
        String maps =
                "{\"v\":" + "{\"M\":{\"m\":".repeat(containers) + "{\"SS\":[\"x\"]}" + "}}".repeat(containers) + "}";

        assertThat(refusal(lists) == null).isEqualTo(isTaken);
        assertThat(refusal(maps) == null).isEqualTo(isTaken);
        assertAgrees(lists.getBytes(UTF_8), new Random(1));
        assertAgrees(maps.getBytes(UTF_8), new Random(1));
    }

    private static @Nullable InvalidItemException refusal(String item) {
        byte[] json = item.getBytes(UTF_8);
        return refusal(json, 0, json.length);
    }

    private static @Nullable InvalidItemException refusal(byte[] json, int from, int to) {
        return catchThrowableOfType(InvalidItemException.class, () -> SCANNER.scan(json, from, to));
    }

    /** Compares with the oracle, with the item in the midst of other bytes. */
    private static void assertAgrees(byte[] item, Random random) {
        Documents.counted();
        int before = random.nextInt(9);
        byte[] padded = new JsonSpeller(random).between(item, before);
        String as = item.length < 5_000 ? HexFormat.of().formatHex(item) : "a large item";

        JacksonNode node = JacksonNode.parse(item);
        long expected = ItemOracle.sizeBytes(node);

        assertThat(scanned(padded, before, before + item.length)).as(as).isEqualTo(expected);
        if (expected != ItemOracle.REFUSED) {
            byte[] slice = Arrays.copyOfRange(
                    SCANNER.itemBytes(), SCANNER.itemOffset(), SCANNER.itemOffset() + SCANNER.itemLength());
            assertThat(JacksonNode.parseDistinct(slice)).as(as).isEqualTo(node);
        }
    }

    private static long scanned(byte[] json, int from, int to) {
        int end;
        try {
            end = SCANNER.scan(json, from, to);
        } catch (InvalidItemException e) {
            return ItemOracle.REFUSED;
        }
        // The oracle takes white space behind an item, and nothing else.
        for (int i = end; i < to; i++) {
            if (" \n\r\t".indexOf(json[i]) < 0) {
                return ItemOracle.REFUSED;
            }
        }
        return SCANNER.itemSizeBytes();
    }
}
