package io.github.dynarestore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeOrderTest {

    @Provide
    Arbitrary<String> digits() {
        return Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(40);
    }

    @Property
    void compareTo_anyTwoNumbers_agreesWithBigInteger(@ForAll("digits") String a, @ForAll("digits") String b) {
        int expected = Integer.signum(new BigInteger(a).compareTo(new BigInteger(b)));

        assertThat(Integer.signum(ChangeOrder.sequenceNumber(a).compareTo(ChangeOrder.sequenceNumber(b))))
                .isEqualTo(expected);
    }

    @Property
    void toString_anyNumber_isTheNumberWithoutLeadingZeros(@ForAll("digits") String digits) {
        assertThat(ChangeOrder.sequenceNumber(digits)).hasToString(new BigInteger(digits).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "12a", "-1", "+1", " 1", "\u0661", "11111111111111111111111111111111111111111"})
    void sequenceNumber_notOneToFortyDigits_isRefused(String text) {
        assertThatThrownBy(() -> ChangeOrder.sequenceNumber(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
