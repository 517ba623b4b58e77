package io.github.dynarestore.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** DynamoDB's numbers by way of {@link BigDecimal}. */
final class NumberOracle {

    private NumberOracle() {}

    /** The number, the same object for the same value in any spelling; null if DynamoDB does not take it. */
    static @Nullable BigDecimal value(String text) {
        // BigDecimal takes digits of other scripts.
        if (text.chars().anyMatch(c -> c >= 0x80) || text.length() > 4096) {
            return null;
        }
        BigDecimal value;
        try {
            value = new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null;
        }
        int e = Math.max(text.indexOf('e'), text.indexOf('E'));
        if (e >= 0
                && new BigInteger(text.substring(text.charAt(e + 1) == '+' ? e + 2 : e + 1))
                                .abs()
                                .compareTo(BigInteger.valueOf(99_999))
                        > 0) {
            // Nothing but a zero could have such a power, and BigDecimal ends at 32 bits somewhere.
            return null;
        }
        if (value.signum() == 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal stripped = value.stripTrailingZeros();
        BigDecimal magnitude = stripped.abs();
        boolean isInRange = stripped.precision() <= 38
                && magnitude.compareTo(new BigDecimal("1E-130")) >= 0
                && magnitude.compareTo(new BigDecimal("1E126")) < 0;
        return isInRange ? stripped : null;
    }

    /** Size as DynamoDB Local counts it: a byte, one for a minus, one for each digit to the base of a hundred, at most 21. */
    static int sizeBytes(BigDecimal value) {
        if (value.signum() == 0) {
            return 1;
        }
        BigDecimal stripped = value.stripTrailingZeros();
        BigInteger digits = stripped.unscaledValue().abs();
        if (stripped.scale() % 2 != 0) {
            digits = digits.multiply(BigInteger.TEN);
        }
        int pairs = 0;
        for (; digits.signum() > 0; digits = digits.divide(BigInteger.valueOf(100))) {
            pairs++;
        }
        return Math.min(21, pairs + 1 + (value.signum() < 0 ? 1 : 0));
    }

    /** A number that DynamoDB takes, or nearly, of any length and often at the edges of the range. */
    static BigDecimal any(Random random) {
        int length = switch (random.nextInt(8)) {
            case 0 -> 37 + random.nextInt(3);
            case 1 -> 1 + random.nextInt(40);
            default -> 1 + random.nextInt(3);
        };
        BigInteger digits = new BigInteger(140, random).mod(BigInteger.TEN.pow(length));
        int exponent = switch (random.nextInt(8)) {
            case 0 -> 124 + random.nextInt(3);
            case 1 -> -131 + random.nextInt(3);
            case 2 -> random.nextInt(260) - 132;
            default -> random.nextInt(7) - 3;
        };
        BigDecimal number = new BigDecimal(digits);
        number = number.scaleByPowerOfTen(exponent - number.precision() + 1);
        return random.nextInt(3) == 0 ? number.negate() : number;
    }

    /** Spells a number in any way that {@link BigDecimal} reads. */
    static String spell(BigDecimal number, Random random) {
        String text;
        switch (random.nextInt(4)) {
            case 0 -> text = number.toPlainString();
            case 1 -> text = number.toString();
            case 2 -> text = number.toEngineeringString();
            default -> {
                int power = random.nextInt(9) - 4;
                text = number.scaleByPowerOfTen(-power).toPlainString()
                        + (random.nextBoolean() ? "e" : "E")
                        + (power >= 0 && random.nextBoolean() ? "+" : "")
                        + (random.nextInt(4) > 0 ? power : zeros(power));
            }
        }
        boolean isNegative = text.startsWith("-");
        String rest = isNegative ? text.substring(1) : text;
        if (random.nextInt(4) == 0) {
            rest = "0".repeat(random.nextInt(4)) + rest;
        }
        if (rest.startsWith("0.") && random.nextInt(3) == 0) {
            rest = rest.substring(1);
        }
        int e = Math.max(rest.indexOf('e'), rest.indexOf('E'));
        String mantissa = e < 0 ? rest : rest.substring(0, e);
        String power = e < 0 ? "" : rest.substring(e);
        if (random.nextInt(4) == 0) {
            mantissa += (mantissa.contains(".") ? "" : ".") + "0".repeat(random.nextInt(4));
        }
        String sign =
                isNegative || number.signum() == 0 && random.nextInt(3) == 0 ? "-" : random.nextInt(6) == 0 ? "+" : "";
        return sign + mantissa + power;
    }

    private static String zeros(int power) {
        return (power < 0 ? "-" : "") + "0".repeat(9) + Math.abs(power);
    }
}
