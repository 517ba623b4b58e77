package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.github.dynarestore.model.ItemImage;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A scanner that writes type tags over as DynamoDB spells them. */
class ItemScannerTagsTest {

    private final ItemScanner strict = new ItemScanner();
    private final ItemScanner writing = ItemScanner.writingTags();

    @Property(tries = 3_000, shrinking = ShrinkingMode.OFF)
    void scan_anyItemWithItsTagsInAnyCase_leavesTheSameItemInDynamoDbsSpelling(@ForAll long seed)
            throws InvalidItemException {
        Random random = new Random(seed);
        byte[] item = new ItemSpeller(random, 0).item();
        Map<String, AttributeValue> attributes =
                ItemImage.wrap(item, 0, item.length).attributes();
        byte[] respelled = map(attributes, random).getBytes(UTF_8);
        int before = random.nextInt(9);
        byte[] padded = new JsonSpeller(random).between(respelled, before);
        byte[] written = padded.clone();

        int end = writing.scan(written, before, before + respelled.length);
        strict.scan(item, 0, item.length);

        assertThat(end).isEqualTo(before + respelled.length);
        assertThat(writing.digest()).isEqualTo(strict.digest());
        assertThat(writing.itemSizeBytes()).isEqualTo(strict.itemSizeBytes());
        assertThat(writing.hasWrittenTag()).isEqualTo(!Arrays.equals(padded, written));
        assertThat(strict.scan(written, before, end)).isEqualTo(end);
        assertThat(strict.digest()).isEqualTo(writing.digest());
        assertThat(ItemImage.wrap(written, before, end - before).attributes()).isEqualTo(attributes);
    }

    /** Small letters are the only mistake that it lets pass, and what it lets pass is none when it was there. */
    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void scan_anyItemWithMistakes_isAsStrict(@ForAll long seed) {
        byte[] item = new ItemSpeller(new Random(seed), 40).item();
        byte[] written = item.clone();

        String outcome = outcome(writing, written);

        assertThat(outcome).isEqualTo(outcome(strict, written));
        if (!Arrays.equals(item, written)) {
            assertThat(outcome(strict, item)).startsWith("item.type@");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'v':{'x':'x'}}",
                "{'v':{'sb':['x']}}",
                "{'v':{'nULLValues':true}}",
                "{'v':{'nULLVal':true}}",
                "{'v':{'bOO':true}}",
                "{'v':{'3':'x'}}",
                "{'v':{'\\u0073':'x'}}",
                "{'v':{'':'x'}}",
                "{'v':{'s':'x','n':'1'}}",
                "{'v':{'s':1}}",
                "{'v':{'m':[]}}",
                "{'v':{'nULLValue':false}}"
            })
    void scan_noTagInAnyCase_isRefused(String quoted) {
        byte[] item = quoted.replace('\'', '"').getBytes(UTF_8);

        assertThatThrownBy(() -> writing.scan(item, 0, item.length))
                .isInstanceOfSatisfying(
                        InvalidItemException.class, e -> assertThat(e.reason()).isEqualTo("item.type"));
        assertThat(writing.hasWrittenTag()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'v':{'nULLValue':true}} | {'v':{'NULL'     :true}}",
                "{'v':{ 'nullvalue' :true}} | {'v':{ 'NULL'      :true}}",
                "{'v':{'l':[{'bOOL':false},{'S':'s'}]}} | {'v':{'L':[{'BOOL':false},{'S':'s'}]}}",
                "{'s':{'s':'s'}} | {'s':{'S':'s'}}"
            })
    void scan_tagInAnotherSpelling_isWrittenInItsPlace(String spelled, String expected) throws InvalidItemException {
        byte[] item = spelled.replace('\'', '"').getBytes(UTF_8);

        writing.scan(item, 0, item.length);

        assertThat(item).asString(UTF_8).isEqualTo(expected.replace('\'', '"'));
        assertThat(writing.hasWrittenTag()).isTrue();
    }

    private static String outcome(ItemScanner scanner, byte[] item) {
        try {
            return scanner.scan(item, 0, item.length) + " " + scanner.itemSizeBytes() + " " + scanner.digest();
        } catch (InvalidItemException e) {
            return e.reason() + "@" + e.position();
        }
    }

    private static String map(Map<String, AttributeValue> attributes, Random random) {
        return attributes.entrySet().stream()
                .map(attribute -> quote(attribute.getKey()) + blank(random) + ":" + blank(random)
                        + value(attribute.getValue(), random))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String value(AttributeValue value, Random random) {
        return switch (value.type()) {
            case S -> tagged("S", quote(value.s()), random);
            case N -> tagged("N", quote(value.n()), random);
            case B -> tagged("B", quote(base64(value.b())), random);
            case SS -> tagged("SS", list(value.ss(), ItemScannerTagsTest::quote), random);
            case NS -> tagged("NS", list(value.ns(), ItemScannerTagsTest::quote), random);
            case BS -> tagged("BS", list(value.bs(), bytes -> quote(base64(bytes))), random);
            case M -> tagged("M", map(value.m(), random), random);
            case L -> tagged("L", list(value.l(), member -> value(member, random)), random);
            case BOOL -> tagged("BOOL", value.bool().toString(), random);
            case NUL -> tagged(random.nextBoolean() ? "NULL" : "NULLVALUE", "true", random);
            default -> throw new IllegalArgumentException(value.type().toString());
        };
    }

    private static String tagged(String capitals, String value, Random random) {
        StringBuilder tag = new StringBuilder(capitals);
        boolean isAsItIs = random.nextInt(4) == 0;
        for (int i = 0; i < tag.length() && !isAsItIs; i++) {
            tag.setCharAt(i, random.nextBoolean() ? tag.charAt(i) : Character.toLowerCase(tag.charAt(i)));
        }
        return "{" + blank(random) + '"' + tag + '"' + blank(random) + ":" + blank(random) + value + blank(random)
                + "}";
    }

    private static <T> String list(List<T> members, Function<T, String> spelling) {
        return members.stream().map(spelling).collect(Collectors.joining(",", "[", "]"));
    }

    private static String blank(Random random) {
        return random.nextInt(8) == 0 ? " " : "";
    }

    private static String base64(SdkBytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.asByteArray());
    }

    private static String quote(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
