package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.ItemImage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class ItemScannerDigestTest {

    private final ItemScanner scanner = new ItemScanner();

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void digest_anyItemInAnotherSpelling_isTheSame(@ForAll long seed) throws InvalidItemException {
        Random random = new Random(seed);
        byte[] item = new ItemSpeller(random, 0).item();
        Map<String, AttributeValue> attributes =
                ItemImage.wrap(item, 0, item.length).attributes();
        byte[] respelled = respell(attributes, random).getBytes(UTF_8);

        long expected = of(item);

        assertThat(expected).isNotEqualTo(ItemScanner.ABSENT);
        assertThat(of(respelled))
                .as("%s and %s", new String(item, UTF_8), new String(respelled, UTF_8))
                .isEqualTo(expected);
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void digest_anyTwoItems_areTheSameOnlyIfTheyMeanTheSame(@ForAll long seed) throws InvalidItemException {
        Random random = new Random(seed);
        byte[] one = new ItemSpeller(random, 0).item();
        Map<String, AttributeValue> attributes =
                ItemImage.wrap(one, 0, one.length).attributes();
        Map<String, AttributeValue> changed = new TreeMap<>(attributes);
        if (random.nextBoolean() || changed.isEmpty()) {
            changed.put("added", AttributeValue.fromNul(true));
        } else {
            String name = new ArrayList<>(changed.keySet()).get(random.nextInt(changed.size()));
            AttributeValue value = changed.remove(name);
            if (random.nextBoolean()) {
                changed.put(name, AttributeValue.fromL(List.of(value)));
            }
        }
        byte[] other = respell(changed, random).getBytes(UTF_8);

        assertThat(of(other)).isNotEqualTo(of(one));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'a':{'S':'x'}} | {'a':{'B':'eHg='}}",
                "{'a':{'S':'1'}} | {'a':{'N':'1'}}",
                "{'a':{'S':'x'},'b':{'S':'y'}} | {'a':{'S':'y'},'b':{'S':'x'}}",
                "{'a':{'L':[{'S':'x'},{'S':'y'}]}} | {'a':{'L':[{'S':'y'},{'S':'x'}]}}",
                "{'a':{'SS':['x']}} | {'a':{'L':[{'S':'x'}]}}",
                "{'a':{'SS':['1']}} | {'a':{'NS':['1']}}",
                "{'a':{'M':{}}} | {'a':{'L':[]}}",
                "{'a':{'BOOL':true}} | {'a':{'BOOL':false}}",
                "{'a':{'N':'1'}} | {'a':{'N':'10'}}",
                "{'a':{'N':'1'}} | {'a':{'N':'-1'}}",
                "{'a':{'B':'AAA='}} | {'a':{'B':'AA=='}}",
                "{'a':{'M':{'b':{'M':{}}}}} | {'a':{'M':{}},'b':{'M':{}}}",
                "{} | {'a':{'M':{}}}",
                "{'a':{'S':''}} | {'a':{'S':'\\u0000'}}"
            })
    void digest_itemsThatDifferInLittle_areNotTheSame(String one, String other) throws InvalidItemException {
        assertThat(of(one)).isNotEqualTo(of(other));
    }

    @Test
    void digest_binaryWithOtherUnusedBits_isTheSame() throws InvalidItemException {
        assertThat(of("{'a':{'B':'QQ=='}}")).isEqualTo(of("{'a':{'B':'QR=='}}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{'a':1}", "{'a':{'X':'x'}}", "{'a':{'N':'x'}}", "{'a':{'B':'!'}}"})
    void digest_noItem_isRefused(String json) {
        assertThatThrownBy(() -> of(json)).isInstanceOf(InvalidItemException.class);
    }

    @Test
    void digest_manyItemsThatCountUp_areAllDifferent() throws InvalidItemException {
        Set<Long> digests = new HashSet<>();
        for (int i = 0; i < 200_000; i++) {
            digests.add(of("{'id':{'S':'k" + i + "'},'n':{'N':'" + i + "'}}") & -1L << 16);
        }
        // Of the 48 bits that a row keeps.
        assertThat(digests).hasSize(200_000);
    }

    private long of(String json) throws InvalidItemException {
        byte[] bytes = json.replace('\'', '"').getBytes(UTF_8);
        return of(bytes);
    }

    private long of(byte[] item) throws InvalidItemException {
        scanner.scan(item, 0, item.length);
        return scanner.digest();
    }

    private static String respell(Map<String, AttributeValue> attributes, Random random) {
        List<String> members = new ArrayList<>();
        attributes.forEach((name, value) ->
                members.add(quote(name, random) + (random.nextBoolean() ? " :" : ":") + respell(value, random)));
        Collections.shuffle(members, random);
        return "{" + String.join(random.nextBoolean() ? "," : " ,\n", members) + "}";
    }

    private static String respell(AttributeValue value, Random random) {
        return switch (value.type()) {
            case S -> "{\"S\":" + quote(value.s(), random) + "}";
            case N -> "{ \"N\" : \"" + number(value.n(), random) + "\" }";
            case B -> "{\"B\":\"" + base64(value.b()) + "\"}";
            case BOOL -> "{\"BOOL\": " + value.bool() + "}";
            case NUL -> "{\"NULL\":true}";
            case SS -> set("SS", value.ss().stream().map(s -> quote(s, random)).toList(), random);
            case NS ->
                set(
                        "NS",
                        value.ns().stream()
                                .map(n -> '"' + number(n, random) + '"')
                                .toList(),
                        random);
            case BS ->
                set("BS", value.bs().stream().map(b -> '"' + base64(b) + '"').toList(), random);
            case M -> "{\"M\":" + respell(value.m(), random) + "}";
            case L ->
                value.l().stream()
                        .map(member -> respell(member, random))
                        .collect(Collectors.joining(",", "{\"L\":[", "]}"));
            default -> throw new IllegalArgumentException(value.type().toString());
        };
    }

    private static String set(String type, List<String> members, Random random) {
        List<String> shuffled = new ArrayList<>(members);
        Collections.shuffle(shuffled, random);
        return "{\"" + type + "\":[" + String.join(" , ", shuffled) + "]}";
    }

    private static String base64(SdkBytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.asByteArray());
    }

    private static String number(String number, Random random) {
        BigDecimal value = new BigDecimal(number);
        return switch (random.nextInt(4)) {
            case 0 -> value.stripTrailingZeros().toString();
            case 1 -> value.unscaledValue() + "e" + -value.scale();
            case 2 -> value.unscaledValue() + "0E" + (-value.scale() - 1);
            default -> number;
        };
    }

    private static String quote(String text, Random random) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < 0x20 || c == '"' || c == '\\' || random.nextInt(8) == 0 || Character.isSurrogate(c)) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
