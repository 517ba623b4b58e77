package io.github.dynarestore.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberTextTest {

    private static final String LETTERS = "00112359-+..eE \u0661xdf_,";

    private final NumberText number = new NumberText();

    @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
    void read_anySpelling_agreesWithBigDecimal(@ForAll long seed) {
        Random random = new Random(seed);
        BigDecimal one = NumberOracle.any(random);
        BigDecimal other = random.nextInt(4) == 0 ? one.negate() : one;

        byte[] oneCanonical = assertAgrees(NumberOracle.spell(one, random));
        byte[] otherCanonical = assertAgrees(NumberOracle.spell(other, random));

        if (oneCanonical != null && otherCanonical != null) {
            assertThat(Arrays.equals(oneCanonical, otherCanonical))
                    .as("%s and %s", one, other)
                    .isEqualTo(one.compareTo(other) == 0);
        }
    }

    @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
    void read_anyTextLikeANumber_agreesWithBigDecimal(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(9); i > 0; i--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        assertAgrees(text.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0e99999",
                "0e-99999",
                "0e100000",
                "0e-100000",
                "0e9999999999",
                "0e-9999999999",
                "0e2147483648",
                "1e2147483647",
                "1e-2147483647",
                "1e4294967296",
                "1e0000000000000000005",
                "0e00000000000000000000",
                "99999999999999999999999999999999999999e88",
                "9.9999999999999999999999999999999999999e125",
                "1e126",
                "0.1e126",
                "10e125",
                "1e-130",
                "0.9e-130",
                "10e-131",
                "1.5e-130",
                "-1e-130",
                "-1e126",
                "123456789012345678901234567890123456789",
                "1234567890123456789012345678901234567890",
                "100000000000000000000000000000000000001",
                "100000000000000000000000000000000000000",
                "1.",
                ".5",
                ".",
                "",
                "+",
                "-",
                "+-1",
                "-.5e1",
                "1d",
                "0x1",
                " 1",
                "1 ",
                "\u0661",
                "NaN",
                "Infinity",
                "1e",
                "1e+",
                "e1",
                ".e1"
            })
    void read_examplesAtTheEdges_agreeWithBigDecimal(String text) {
        assertAgrees(text);
        assertAgrees("0".repeat(100) + text);
    }

    /** BigDecimal, and so DynamoDB Local, refuses this zero. */
    @Test
    void read_zeroWithPowerBeyondInt_isRefused() {
        byte[] text = "0e9999999999".getBytes(UTF_8);

        assertThat(number.read(text, 0, text.length)).isFalse();
    }

    @Test
    void read_longestText_isTakenAndOneMoreIsRefused() {
        assertThat(assertAgrees("0".repeat(4095) + "1")).isNotNull();
        assertThat(assertAgrees("0".repeat(4096) + "1")).isNull();
        assertThat(assertAgrees("1" + "0".repeat(125))).isNotNull();
        assertThat(assertAgrees("1" + "0".repeat(126))).isNull();
    }

    /** Measured with DynamoDB Local 2.6.1: the longest item that it takes with such a number in it. */
    @ParameterizedTest
    @CsvSource({
        "0,1",
        "-0,1",
        "1,2",
        "12,2",
        "123,3",
        "1234,3",
        "-1,3",
        "-123,4",
        "0.1,2",
        "1.1,3",
        "12.3,3",
        "1.23,3",
        "100,2",
        "1000,2",
        "0.01,2",
        "0.001,2",
        "1e125,2",
        "1e-130,2",
        "10.5,3",
        "100.5,4",
        "1010,3",
        "101,3",
        "-10,3",
        "-0.01,3",
        "12345678901234567890123456789012345678,20",
        "-12345678901234567890123456789012345678,21",
        "1.2345678901234567890123456789012345678,21",
        "-1.2345678901234567890123456789012345678,21",
        "-1.234567890123456789012345678901234567,21",
        "-1.23456789012345678901234567890123456,21",
        "1.23456789012345678901234567890123456,20"
    })
    void sizeBytes_examples_areDynamoDbs(String text, int sizeBytes) {
        byte[] utf8 = text.getBytes(UTF_8);

        assertThat(number.read(utf8, 0, utf8.length)).isTrue();
        assertThat(number.sizeBytes()).isEqualTo(sizeBytes);
        assertThat(NumberOracle.sizeBytes(new BigDecimal(text))).isEqualTo(sizeBytes);
    }

    /** Returns the canonical form, or null if the number is refused, as it must be then. */
    private byte @Nullable [] assertAgrees(String text) {
        byte[] padded = ("1" + text + "1").getBytes(UTF_8);
        BigDecimal expected = NumberOracle.value(text);

        boolean isRead = number.read(padded, 1, padded.length - 1);

        assertThat(isRead).as(text).isEqualTo(expected != null);
        if (expected == null) {
            return null;
        }
        assertThat(number.sizeBytes()).as(text).isEqualTo(NumberOracle.sizeBytes(expected));
        byte[] canonical = new byte[number.canonicalLength()];
        number.writeCanonical(canonical, 0);
        return canonical;
    }
}
