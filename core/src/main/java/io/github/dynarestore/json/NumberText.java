package io.github.dynarestore.json;

/**
 * A DynamoDB number in the form that makes equal numbers equal bytes: sign, exponent of the first significant digit,
 * significant digits. Accepts what {@link java.math.BigDecimal} accepts, within DynamoDB's range (38 significant digits,
 * 1E-130 to 9.99E+125; developer guide, "Data types") and with a power of ten of less than six digits, even for zero.
 * Not thread-safe.
 */
final class NumberText {

    static final int MAX_DIGITS = 38;
    private static final int MAX_EXPONENT = 125;
    private static final int MIN_EXPONENT = -130;
    private static final int MAX_TEXT_BYTES = 4096;
    private static final int MAX_SIZE_BYTES = 21;
    private static final int MAX_POWER = 99_999;
    private static final int MAX_PLAIN_BYTES = 20;

    private final byte[] digits = new byte[MAX_DIGITS];
    private int digitCount;

    /** Of the digits as characters, whatever that overflows to. */
    private long significand;

    private int exponent;
    private boolean negative;

    /** Reads a number; false if it is none, or not one that DynamoDB takes. */
    boolean read(byte[] text, int from, int to) {
        if (readPlain(text, from, to)) {
            return true;
        }
        if (to - from > MAX_TEXT_BYTES) {
            return false;
        }
        int i = from;
        negative = i < to && text[i] == '-';
        if (i < to && (text[i] == '-' || text[i] == '+')) {
            i++;
        }
        digitCount = 0;
        int zerosPending = 0;
        int integerDigits = 0;
        int leadingFractionZeros = 0;
        boolean inFraction = false;
        boolean anyDigit = false;
        boolean tooLong = false;
        for (; i < to; i++) {
            byte c = text[i];
            if (c == '.') {
                if (inFraction) {
                    return false;
                }
                inFraction = true;
            } else if (c >= '0' && c <= '9') {
                anyDigit = true;
                boolean significant = digitCount > 0 || c != '0';
                if (significant && !inFraction) {
                    integerDigits++;
                } else if (!significant && inFraction) {
                    leadingFractionZeros++;
                }
                if (c == '0') {
                    zerosPending += significant ? 1 : 0;
                } else {
                    tooLong |= !append(zerosPending, c);
                    zerosPending = 0;
                }
            } else {
                break;
            }
        }
        if (!anyDigit) {
            return false;
        }
        int power = 0;
        if (i < to) {
            if (text[i] != 'e' && text[i] != 'E') {
                return false;
            }
            i++;
            boolean negativePower = i < to && text[i] == '-';
            if (i < to && (text[i] == '-' || text[i] == '+')) {
                i++;
            }
            if (i == to) {
                return false;
            }
            for (; i < to; i++) {
                if (text[i] < '0' || text[i] > '9') {
                    return false;
                }
                power = Math.min(MAX_POWER + 1, power * 10 + (text[i] - '0'));
            }
            if (power > MAX_POWER) {
                return false;
            }
            power = negativePower ? -power : power;
        }
        significand = 0;
        for (int d = 0; d < digitCount; d++) {
            significand = significand * 10 + digits[d];
        }
        if (digitCount == 0) {
            negative = false;
            exponent = 0;
            return true;
        }
        exponent = power + (integerDigits > 0 ? integerDigits - 1 : -leadingFractionZeros - 1);
        return !tooLong && exponent <= MAX_EXPONENT && exponent >= MIN_EXPONENT;
    }

    /** Reads a number of a few digits, perhaps with a point among them, as most are; false if it is of another form. */
    private boolean readPlain(byte[] text, int from, int to) {
        int first = from < to && text[from] == '-' ? from + 1 : from;
        if (first == to || to - first > MAX_PLAIN_BYTES || text[first] < '1' || text[first] > '9') {
            return false;
        }
        int count = 0;
        int significant = 0;
        int point = to;
        long value = 0;
        long valueOfSignificant = 0;
        for (int i = first; i < to; i++) {
            byte c = text[i];
            if (c >= '0' && c <= '9') {
                digits[count++] = c;
                value = value * 10 + c;
                if (c != '0') {
                    significant = count;
                    valueOfSignificant = value;
                }
            } else if (c == '.' && point == to) {
                point = i;
            } else {
                return false;
            }
        }
        negative = first > from;
        digitCount = significant;
        significand = valueOfSignificant;
        exponent = point - first - 1;
        return true;
    }

    private boolean append(int zeros, byte digit) {
        if (digitCount + zeros + 1 > MAX_DIGITS) {
            digitCount = Math.max(1, digitCount);
            return false;
        }
        for (int i = 0; i < zeros; i++) {
            digits[digitCount++] = '0';
        }
        digits[digitCount++] = digit;
        return true;
    }

    /** Length of the canonical form, in bytes. */
    int canonicalLength() {
        return 2 + digitCount;
    }

    /** Writes the canonical form. */
    void writeCanonical(byte[] out, int at) {
        out[at] = (byte) (digitCount == 0 ? 0 : negative ? -1 : 1);
        out[at + 1] = (byte) (exponent - MIN_EXPONENT - 128);
        System.arraycopy(digits, 0, out, at + 2, digitCount);
    }

    /** A hash that equal numbers share. */
    long hash() {
        return ByteHash.combine(significand, exponent * 2L + (negative ? 1 : 0));
    }

    /**
     * DynamoDB's size: a byte for two significant digits, and one more; one more for a minus sign (developer guide, "Item
     * sizes and formats", which says "approximately"). As DynamoDB Local counts, digits pair up from the decimal point, so
     * that 1.1 has two pairs, and no number takes more than {@value #MAX_SIZE_BYTES} bytes.
     */
    int sizeBytes() {
        if (digitCount == 0) {
            return 1;
        }
        int digitsBeforeFirst = (exponent & 1) == 0 ? 1 : 0;
        return Math.min(MAX_SIZE_BYTES, (digitsBeforeFirst + digitCount + 1) / 2 + 1 + (negative ? 1 : 0));
    }
}
