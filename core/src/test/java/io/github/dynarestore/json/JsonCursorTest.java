package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
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

class JsonCursorTest {

    private static final String NUMBER_LETTERS = "00112359-+..eE";
    private static final int DAMAGES_A_DOCUMENT = 12;

    /** One for all tries, since a cursor goes on after an error. */
    private static final JsonCursor CURSOR = new JsonCursor();

    @AfterContainer
    static void sayHowMany() {
        Documents.sayHowMany("JsonCursorTest");
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void walk_anyDocument_readsWhatJacksonReads(@ForAll long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < Documents.ROUNDS; round++) {
            byte[] json = new JsonSpeller(random).document();

            JacksonNode expected = JacksonNode.parse(json);

            assertThat(expected).as("%s", new String(json, UTF_8)).isNotNull();
            assertAgrees(json, random);
        }
    }

    @Property(tries = 4_000, shrinking = ShrinkingMode.OFF)
    void walk_anyDamagedDocument_readsOrRefusesAsJackson(@ForAll long seed) {
        Random random = new Random(seed);
        JsonSpeller speller = new JsonSpeller(random);
        for (int round = 0; round < Documents.ROUNDS; round++) {
            byte[] json = speller.document();
            for (int i = 0; i < DAMAGES_A_DOCUMENT; i++) {
                assertAgrees(speller.damage(json), random);
            }
        }
    }

    @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
    void number_anyBytesThatNumbersHave_areReadOrRefusedAsByJackson(@ForAll long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 4 * Documents.ROUNDS; i++) {
            StringBuilder number = new StringBuilder("[");
            for (int j = random.nextInt(8); j >= 0; j--) {
                number.append(NUMBER_LETTERS.charAt(random.nextInt(NUMBER_LETTERS.length())));
            }
            assertAgrees(number.append(']').toString().getBytes(UTF_8), random);
        }
    }

    /** A reader reads on only after {@link JsonCursor#TRUNCATED}, so no other error may come of what is not there yet. */
    @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
    void skip_anyPrefix_isTruncatedOrFailsLikeTheWhole(@ForAll long seed, @ForAll boolean isDistinct) {
        Random random = new Random(seed);
        JsonSpeller speller = new JsonSpeller(random);
        byte[] document = speller.document();
        byte[] inside = random.nextBoolean() ? document : speller.damage(document);
        byte[] json = ("[" + new String(inside, ISO_8859_1) + "]").getBytes(ISO_8859_1);

        Taking way = isDistinct ? JsonCursor::skipDistinct : JsonCursor::skipValue;
        InvalidItemException whole = skip(way, json, json.length);

        for (int length = 0; length < json.length; length++) {
            InvalidItemException prefix = skip(way, json, length);
            String as = "%s cut at %d".formatted(HexFormat.of().formatHex(json), length);
            if (prefix == null) {
                // An array closed by the damage; then it is closed for whoever sees more, too.
                assertThat(whole).as(as).isNull();
            } else if (prefix.reason().equals(JsonCursor.TRUNCATED)) {
                assertThat(prefix.position()).as(as).isEqualTo(length);
            } else {
                assertThat(whole).as(as).isNotNull();
                assertThat(whole.reason()).as(as).isEqualTo(prefix.reason());
                assertThat(whole.position()).as(as).isEqualTo(prefix.position());
            }
        }
    }

    private @Nullable InvalidItemException skip(Taking way, byte[] json, int length) {
        CURSOR.reset(json, 0, length);
        return catchThrowableOfType(InvalidItemException.class, () -> way.take(CURSOR));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\\ud800\"",
                "\"\\udc00\"",
                "\"\\ud800\\ud800\"",
                "\"\\ud800x\"",
                "\"\\ud800\\n\"",
                "\"\\x\"",
                "\"\t\"",
                "01",
                "+1",
                ".5",
                "1.",
                "-",
                "1e",
                "[1,]",
                "[,1]",
                "{\"a\":1,}",
                "{a:1}",
                "{'a':1}",
                "nul",
                "TRUE",
                "NaN",
                "//\n1",
                "\ufeff1",
                "1 2",
                "",
                "\u00a01"
            })
    void walk_wellKnownMistakes_areRefused(String json) {
        assertThat(walked(json.getBytes(UTF_8), 0, json.getBytes(UTF_8).length)).isNull();
        assertAgrees(json.getBytes(UTF_8), new Random(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"c0af", "e080af", "f08080af", "eda080", "edb080", "f4908080", "ff", "c3", "e4b8", "80", "f09f98"
            })
    void string_notUtf8_isRefused(String hex) {
        byte[] json = HexFormat.of().parseHex("22" + hex + "22");

        assertThat(walked(json, 0, json.length)).isNull();
    }

    @Test
    void skip_deepestNesting_isTakenAndOneMoreIsRefused() {
        byte[] deepest = ("[".repeat(JsonCursor.MAX_DEPTH) + "1" + "]".repeat(JsonCursor.MAX_DEPTH)).getBytes(UTF_8);
        byte[] deeper = ("[" + new String(deepest, UTF_8) + "]").getBytes(UTF_8);

        for (Taking way : List.<Taking>of(JsonCursor::skipValue, JsonCursor::skipDistinct)) {
            assertThat(skip(way, deepest, deepest.length)).isNull();
            InvalidItemException refusal = skip(way, deeper, deeper.length);
            assertThat(refusal).isNotNull();
            assertThat(refusal.reason()).isEqualTo(JsonCursor.DEPTH);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "true | {'a':{'S':'x'},'b':{'S':'x'}}",
                "true | [{'a':1},{'a':1}]",
                "true | {'a':{'a':{'a':1}}}",
                "true | {'a':1,'A':1,'':1}",
                "false | {'a':{'S':'x'},'a':{'S':'x'}}",
                "false | {'a':1,'\\u0061':1}",
                "false | {'':1,'':1}",
                "false | {'a':{'S':'x','S':'x'}}",
                "false | {'a':{'S':'x' ,'N':'1','S':'x'}}",
                "false | [1,[{'a':[{'b':1,'b':1}]}]]",
                "false | {'x':{'b':{'c':1},'d':{'c':1,'e':1,'c':1}},'y':1}"
            })
    void skipDistinct_names_mayStandOnceInAnObject(boolean isTaken, String quoted) {
        byte[] json = quoted.replace('\'', '"').getBytes(UTF_8);

        InvalidItemException refusal = skip(JsonCursor::skipDistinct, json, json.length);

        assertThat(refusal == null ? "" : refusal.reason()).isEqualTo(isTaken ? "" : JsonCursor.DUPLICATE_NAME);
        assertAgrees(json, new Random(1));
    }

    /** Compares with Jackson token by token and by skipping, with the document in the midst of other bytes. */
    private void assertAgrees(byte[] json, Random random) {
        Documents.counted();
        int before = random.nextInt(9);
        byte[] padded = new JsonSpeller(random).between(json, before);
        String as = HexFormat.of().formatHex(json);

        JacksonNode expected = JacksonNode.parse(json);

        assertThat(walked(padded, before, before + json.length)).as(as).isEqualTo(expected);
        assertThat(isTaken(JsonCursor::skipValue, padded, before, before + json.length))
                .as(as)
                .isEqualTo(expected != null);
        boolean isDistinct = expected != null && JacksonNode.parseDistinct(json) != null;
        assertThat(isTaken(JsonCursor::skipDistinct, padded, before, before + json.length))
                .as(as)
                .isEqualTo(isDistinct);
        if (expected instanceof JacksonNode.Members object) {
            long names = object.members().stream()
                    .map(JacksonNode.Member::name)
                    .distinct()
                    .count();
            assertThat(isTaken(JsonCursorTest::takeObject, padded, before, before + json.length))
                    .as(as)
                    .isEqualTo(names == object.members().size());
        }
    }

    /** Ways to take a value. */
    private interface Taking {
        void take(JsonCursor cursor) throws InvalidItemException;
    }

    private static void takeObject(JsonCursor cursor) throws InvalidItemException {
        cursor.peek();
        int brace = cursor.position();
        cursor.skipValue();
        cursor.requireDistinctNames(brace);
    }

    private boolean isTaken(Taking way, byte[] json, int from, int to) {
        CURSOR.reset(json, from, to);
        try {
            way.take(CURSOR);
            return isAtEnd();
        } catch (InvalidItemException e) {
            return false;
        }
    }

    private @Nullable JacksonNode walked(byte[] json, int from, int to) {
        CURSOR.reset(json, from, to);
        try {
            JacksonNode node = walk();
            return isAtEnd() ? node : null;
        } catch (InvalidItemException e) {
            return null;
        }
    }

    private boolean isAtEnd() {
        try {
            CURSOR.peek();
            return false;
        } catch (InvalidItemException e) {
            return e.reason().equals(JsonCursor.TRUNCATED);
        }
    }

    private JacksonNode walk() throws InvalidItemException {
        switch (CURSOR.peek()) {
            case '{' -> {
                List<JacksonNode.Member> members = new ArrayList<>();
                CURSOR.take('{');
                if (!CURSOR.takeIf('}')) {
                    do {
                        CURSOR.string();
                        String name = checkedText();
                        CURSOR.take(':');
                        members.add(new JacksonNode.Member(name, walk()));
                    } while (CURSOR.takeIf(','));
                    CURSOR.take('}');
                }
                return new JacksonNode.Members(members);
            }
            case '[' -> {
                List<JacksonNode> members = new ArrayList<>();
                CURSOR.take('[');
                if (!CURSOR.takeIf(']')) {
                    do {
                        members.add(walk());
                    } while (CURSOR.takeIf(','));
                    CURSOR.take(']');
                }
                return new JacksonNode.Array(members);
            }
            case '"' -> {
                CURSOR.string();
                return new JacksonNode.Text(checkedText());
            }
            case 't', 'f' -> {
                return new JacksonNode.Bool(CURSOR.bool());
            }
            case 'n' -> {
                CURSOR.literal("null");
                return new JacksonNode.Null();
            }
            default -> {
                CURSOR.number();
                return new JacksonNode.Number(checkedText());
            }
        }
    }

    /** The last text, on which all methods that speak of it must agree. */
    private String checkedText() {
        String text = CURSOR.text();
        byte[] utf8 = text.getBytes(UTF_8);
        assertThat(CURSOR.textUtf8Length()).isEqualTo(utf8.length);
        assertThat(CURSOR.textIs(utf8)).isTrue();
        assertThat(CURSOR.textIs(Arrays.copyOf(utf8, utf8.length + 1))).isFalse();
        byte[] copy = new byte[utf8.length + 5];
        CURSOR.copyText(copy, 3);
        assertThat(Arrays.copyOfRange(copy, 3, 3 + utf8.length)).isEqualTo(utf8);
        if (text.chars().allMatch(c -> c < 0x80)) {
            assertThat(CURSOR.textIs(text)).isTrue();
            assertThat(CURSOR.textIs(text + "a")).isFalse();
        }
        if (utf8.length > 0) {
            utf8[utf8.length / 2] ^= 1;
            assertThat(CURSOR.textIs(utf8)).isFalse();
        }
        if (!CURSOR.isTextEscaped()) {
            assertThat(CURSOR.textTo() - CURSOR.textFrom()).isEqualTo(utf8.length);
        }
        return text;
    }
}
