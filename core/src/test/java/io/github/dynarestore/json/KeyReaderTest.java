package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.dynarestore.model.KeySchema;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyReaderTest {

    private static final String[] NAMES = {"pk", "sk", "a", "\u00e9\u4e2d", "q\"\\/", "n\n\u0001", "\ud83d\ude00"};

    /** Attributes that are not of the key, some of them full of what might be taken for structure. */
    private static final String[] OTHERS = {
        "\"other\":{\"M\":{\"pk\":{\"L\":[{\"NULL\":true}]}}}",
        "\"}\":{\"S\":\"]}\\\"},{[\\\\\"}",
        "\"\\\\\" : { \"L\" : [ { \"N\" : \"1\" } , { \"BOOL\" : false } ] } ",
        "\"empty\":{\"M\":{}}",
        "\"long\":{\"S\":\"0123456789\\\"abcdefghijkl\\\\\"}",
        "\"words\":{\"SS\":[\"\",\"pk\",\"\\u0022\"]}"
    };

    /** What one key attribute holds: a text, a number without trailing zeros, or bytes in hexadecimal digits. */
    private record Value(KeySchema.Type type, Object value) {}

    private record Key(Value partition, @Nullable Value sort) {}

    @Property(tries = 8_000, shrinking = ShrinkingMode.OFF)
    void canonicalKey_anyTwoKeysInAnySpelling_areEqualIfAndOnlyIfTheKeysAre(@ForAll long seed)
            throws InvalidItemException {
        Random random = new Random(seed);
        KeySchema schema = schema(random);
        KeyReader one = new KeyReader(schema);
        KeyReader other = new KeyReader(schema);
        Key oneKey = key(schema, random);
        Key otherKey = random.nextInt(3) == 0 ? oneKey : nearby(oneKey, random);

        read(one, schema, oneKey, random);
        read(other, schema, otherKey, random);

        boolean areEqual = oneKey.equals(otherKey);
        String as = oneKey + " and " + otherKey;
        assertThat(one.matches(other)).as(as).isEqualTo(areEqual);
        assertThat(other.matches(one)).as(as).isEqualTo(areEqual);
        assertThat(Arrays.equals(one.canonicalKey(), other.canonicalKey()))
                .as(as)
                .isEqualTo(areEqual);
        boolean areHashesEqual = one.hashHigh() == other.hashHigh() && one.hashLow() == other.hashLow();
        assertThat(areHashesEqual).as(as).isEqualTo(areEqual);
    }

    /** One reader after another key, so that nothing of the one is left in the next. */
    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void keyJson_anyKey_isAnObjectWithTheSameKey(@ForAll long seed) throws InvalidItemException {
        Random random = new Random(seed);
        KeySchema schema = schema(random);
        KeyReader reader = new KeyReader(schema);
        for (int i = 0; i < 3; i++) {
            Key key = key(schema, random);
            read(reader, schema, key, random);

            byte[] json = reader.keyJson();

            assertThat(parsed(json, schema)).as(new String(json, UTF_8)).isEqualTo(key);
            KeyReader again = new KeyReader(schema);
            again.readExactly(json, 0, json.length);
            assertThat(again.matches(reader)).isTrue();
        }
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void read_anyNumber_isTakenIfAndOnlyIfDynamoDbTakesIt(@ForAll long seed) {
        Random random = new Random(seed);
        String text = NumberOracle.spell(NumberOracle.any(random), random);
        KeySchema schema = new KeySchema(new KeySchema.Attribute("k", KeySchema.Type.N), null);

        InvalidItemException refusal = refusal(schema, "{\"k\":{\"N\":\"" + text + "\"}}", false);

        assertThat(refusal == null).as(text).isEqualTo(NumberOracle.value(text) != null);
        if (refusal != null) {
            assertThat(refusal.reason()).isEqualTo("item.number");
        }
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void read_anyDamage_isRefusedOrLeavesAKey(@ForAll long seed) throws InvalidItemException {
        Random random = new Random(seed);
        KeySchema schema = schema(random);
        byte[] json = new JsonSpeller(random).damage(spell(schema, key(schema, random), random, false));
        KeyReader reader = new KeyReader(schema);

        InvalidItemException refusal =
                catchThrowableOfType(InvalidItemException.class, () -> reader.read(json, 0, json.length));

        if (refusal == null) {
            byte[] key = reader.keyJson();
            Key parsed = parsed(key, schema);
            assertThat(parsed).as(HexFormat.of().formatHex(json)).isNotNull();
            KeyReader again = new KeyReader(schema);
            byte[] spelled = spell(schema, parsed, random, false);
            again.read(spelled, 0, spelled.length);
            assertThat(again.matches(reader)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "key.missing | {}",
                "key.missing | {'pk':{'S':'a'}}",
                "key.missing | {'sk':{'N':'1'}}",
                "key.type | {'pk':{'N':'1'},'sk':{'N':'1'}}",
                "key.type | {'pk':{'SS':['a']},'sk':{'N':'1'}}",
                "key.type | {'pk':{'s':'a'},'sk':{'N':'1'}}",
                "key.empty | {'pk':{'S':''},'sk':{'N':'1'}}",
                "item.number | {'pk':{'S':'a'},'sk':{'N':''}}",
                "item.number | {'pk':{'S':'a'},'sk':{'N':'1e126'}}",
                "item.duplicate-name | {'pk':{'S':'a'},'p\\u006b':{'S':'a'},'sk':{'N':'1'}}",
                "key.extra | {'pk':{'S':'a'},'sk':{'N':'1'},'x':{'S':'a'}}"
            })
    void readExactly_wellKnownMistakes_areRefusedWithTheirReason(String reason, String quoted) {
        KeySchema schema = new KeySchema(
                new KeySchema.Attribute("pk", KeySchema.Type.S), new KeySchema.Attribute("sk", KeySchema.Type.N));

        InvalidItemException refusal = refusal(schema, quoted.replace('\'', '"'), true);

        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
    }

    @Test
    void read_otherAttributes_arePassedOver() {
        KeySchema schema = new KeySchema(new KeySchema.Attribute("pk", KeySchema.Type.B), null);

        assertThat(refusal(schema, "{\"x\":{\"M\":{\"pk\":{\"S\":\"\"}}},\"pk\":{\"B\":\"AA==\"}}", false))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"2048,1024,true", "2049,1,false", "1,1025,false"})
    void read_keyLength_isBounded(int partitionBytes, int sortBytes, boolean isTaken) {
        KeySchema schema = new KeySchema(
                new KeySchema.Attribute("pk", KeySchema.Type.S), new KeySchema.Attribute("sk", KeySchema.Type.B));
        String sort = Base64.getEncoder().encodeToString(new byte[sortBytes]);

        InvalidItemException refusal = refusal(
                schema,
                "{\"pk\":{\"S\":\"" + "\\u0061".repeat(partitionBytes) + "\"},\"sk\":{\"B\":\"" + sort + "\"}}",
                true);

        assertThat(refusal == null).isEqualTo(isTaken);
        if (refusal != null) {
            assertThat(refusal.reason()).isEqualTo("key.too-long");
        }
    }

    private static @Nullable InvalidItemException refusal(KeySchema schema, String text, boolean exactly) {
        byte[] json = text.getBytes(UTF_8);
        KeyReader reader = new KeyReader(schema);
        return catchThrowableOfType(InvalidItemException.class, () -> {
            if (exactly) {
                reader.readExactly(json, 0, json.length);
            } else {
                reader.read(json, 0, json.length);
            }
        });
    }

    private static KeySchema schema(Random random) {
        List<String> names = new ArrayList<>(List.of(NAMES));
        Collections.shuffle(names, random);
        return new KeySchema(
                attribute(names.get(0), random), random.nextBoolean() ? attribute(names.get(1), random) : null);
    }

    private static KeySchema.Attribute attribute(String name, Random random) {
        return new KeySchema.Attribute(name, KeySchema.Type.values()[random.nextInt(3)]);
    }

    private static Key key(KeySchema schema, Random random) {
        KeySchema.Attribute sort = schema.sort();
        return new Key(value(schema.partition().type(), random), sort == null ? null : value(sort.type(), random));
    }

    private static Value value(KeySchema.Type type, Random random) {
        return switch (type) {
            case S -> new Value(type, "a" + new JsonSpeller(random).text(4));
            case N -> {
                BigDecimal number;
                do {
                    number = NumberOracle.value(NumberOracle.any(random).toString());
                } while (number == null);
                yield new Value(type, number);
            }
            case B -> {
                byte[] bytes = new byte[1 + random.nextInt(4)];
                random.nextBytes(bytes);
                yield new Value(type, HexFormat.of().formatHex(bytes));
            }
        };
    }

    /** Another key of nearly the same bytes; rarely an equal one. */
    private static Key nearby(Key key, Random random) {
        Value sort = key.sort();
        if (sort == null) {
            return new Key(nearby(key.partition(), random), null);
        }
        if (key.partition().type() == sort.type() && sort.type() != KeySchema.Type.N && random.nextBoolean()) {
            // The same bytes one behind the other, cut elsewhere.
            int unit = sort.type() == KeySchema.Type.B ? 2 : 1;
            String both = key.partition().value() + "" + sort.value();
            int points = both.codePointCount(0, both.length()) / unit;
            int cut = both.offsetByCodePoints(0, unit * (1 + random.nextInt(points - 1)));
            return new Key(new Value(sort.type(), both.substring(0, cut)), new Value(sort.type(), both.substring(cut)));
        }
        return random.nextBoolean()
                ? new Key(nearby(key.partition(), random), sort)
                : new Key(key.partition(), nearby(sort, random));
    }

    private static Value nearby(Value value, Random random) {
        switch (value.type()) {
            case N -> {
                BigDecimal number = (BigDecimal) value.value();
                BigDecimal other = random.nextBoolean()
                        ? number.negate()
                        : number.scaleByPowerOfTen(random.nextBoolean() ? 1 : -1);
                BigDecimal taken = NumberOracle.value(other.toString());
                return taken == null ? value : new Value(value.type(), taken);
            }
            case S -> {
                return new Value(
                        value.type(), random.nextBoolean() ? value.value() + "\u0000" : "\u0000" + value.value());
            }
            default -> {
                return new Value(value.type(), random.nextBoolean() ? value.value() + "00" : "00" + value.value());
            }
        }
    }

    private static void read(KeyReader reader, KeySchema schema, Key key, Random random) throws InvalidItemException {
        boolean withOthers = random.nextBoolean();
        byte[] json = spell(schema, key, random, withOthers);
        int before = random.nextInt(9);
        byte[] padded = new JsonSpeller(random).between(json, before);
        if (withOthers && random.nextBoolean()) {
            reader.readChecked(padded, before, json.length);
        } else if (withOthers) {
            reader.read(padded, before, json.length);
        } else {
            reader.readExactly(padded, before, json.length);
        }
    }

    private static byte[] spell(KeySchema schema, Key key, Random random, boolean withOthers) {
        List<Runnable> attributes = new ArrayList<>();
        JsonSpeller json = new JsonSpeller(random);
        attributes.add(() -> spell(json, schema.partition().name(), key.partition(), random));
        KeySchema.Attribute sort = schema.sort();
        Value sortValue = key.sort();
        if (sort != null && sortValue != null) {
            attributes.add(() -> spell(json, sort.name(), sortValue, random));
        }
        if (withOthers) {
            for (int i = random.nextInt(OTHERS.length); i < OTHERS.length; i++) {
                String other = OTHERS[i];
                attributes.add(() -> json.raw(other));
            }
        }
        Collections.shuffle(attributes, random);
        json.raw("{");
        for (int i = 0; i < attributes.size(); i++) {
            json.raw(i > 0 ? "," : "");
            attributes.get(i).run();
        }
        json.raw("}");
        return json.take();
    }

    private static void spell(JsonSpeller json, String name, Value value, Random random) {
        json.string(name);
        json.raw(":");
        json.raw("{");
        json.raw('"' + value.type().name() + '"');
        json.raw(":");
        json.string(
                switch (value.type()) {
                    case S -> (String) value.value();
                    case N -> NumberOracle.spell((BigDecimal) value.value(), random);
                    case B -> Base64.getEncoder().encodeToString(HexFormat.of().parseHex((String) value.value()));
                });
        json.raw("}");
    }

    /** The key in a JSON object as Jackson reads it; null if it is not there, or if there is more. */
    private static @Nullable Key parsed(byte[] json, KeySchema schema) {
        if (!(JacksonNode.parse(json) instanceof JacksonNode.Members object)
                || object.members().size() != schema.names().size()) {
            return null;
        }
        KeySchema.Attribute sort = schema.sort();
        return new Key(
                parsed(object.members().get(0), schema.partition()),
                sort == null ? null : parsed(object.members().get(1), sort));
    }

    private static Value parsed(JacksonNode.Member member, KeySchema.Attribute attribute) {
        assertThat(member.name()).isEqualTo(attribute.name());
        JacksonNode.Member tagged =
                ((JacksonNode.Members) member.value()).members().get(0);
        assertThat(tagged.name()).isEqualTo(attribute.type().name());
        String text = ((JacksonNode.Text) tagged.value()).text();
        return new Value(
                attribute.type(),
                switch (attribute.type()) {
                    case S -> text;
                    case N -> Objects.requireNonNull(NumberOracle.value(text));
                    case B -> HexFormat.of().formatHex(Base64.getDecoder().decode(text));
                });
    }
}
