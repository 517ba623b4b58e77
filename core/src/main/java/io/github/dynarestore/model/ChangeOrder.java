package io.github.dynarestore.model;

import java.math.BigInteger;

/**
 * Place of a change among the changes of the same key.
 *
 * <p>A sequence number is compared as a number: real ones have 21 to 40 digits, so neither a {@code long} nor text
 * order would do. A snapshot's item comes before every change. A change of a log without sequence numbers has only its
 * time to be ordered by; such a place has no digits, and the time decides.
 *
 * @param basis what the place was taken from
 * @param high the digits above the lowest 36, as a number
 * @param middle the 18 digits above the lowest 18, as a number
 * @param low the lowest 18 digits, as a number
 */
public record ChangeOrder(Basis basis, short high, long middle, long low) implements Comparable<ChangeOrder> {

    /** What a place in the order of a key is taken from. */
    public enum Basis {
        /** An item of a snapshot: before every change. */
        SNAPSHOT,
        /** A change without a sequence number: its time decides. */
        TIME,
        /** A change with a DynamoDB Streams sequence number. */
        SEQUENCE_NUMBER
    }

    /** Most digits that a sequence number may have. */
    public static final int MAX_DIGITS = 40;

    private static final ChangeOrder SNAPSHOT = new ChangeOrder(Basis.SNAPSHOT, (short) 0, 0, 0);
    private static final ChangeOrder TIME = new ChangeOrder(Basis.TIME, (short) 0, 0, 0);
    private static final BigInteger TEN_TO_18 = BigInteger.TEN.pow(18);

    /** Returns the place of a snapshot's item. */
    public static ChangeOrder snapshot() {
        return SNAPSHOT;
    }

    /** Returns the place of a change that only its time orders. */
    public static ChangeOrder time() {
        return TIME;
    }

    /**
     * Returns the place that a sequence number says.
     *
     * @param digits 1 to 40 decimal digits; leading zeros are allowed
     * @throws IllegalArgumentException if there are none, more than 40, or anything else than digits
     */
    public static ChangeOrder sequenceNumber(String digits) {
        int length = digits.length();
        if (length == 0 || length > MAX_DIGITS) {
            throw new IllegalArgumentException("a sequence number has 1 to 40 digits, not " + length);
        }
        for (int i = 0; i < length; i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                throw new IllegalArgumentException("a sequence number has only digits; at " + i + " stands U+"
                        + Integer.toHexString(digits.charAt(i)));
            }
        }
        int lowFrom = Math.max(0, length - 18);
        int middleFrom = Math.max(0, length - 36);
        return new ChangeOrder(
                Basis.SEQUENCE_NUMBER,
                (short) number(digits, 0, middleFrom),
                number(digits, middleFrom, lowFrom),
                number(digits, lowFrom, length));
    }

    private static long number(String digits, int from, int to) {
        return from == to ? 0 : Long.parseLong(digits, from, to, 10);
    }

    @Override
    public int compareTo(ChangeOrder other) {
        int byBasis = basis.compareTo(other.basis);
        if (byBasis != 0) {
            return byBasis;
        }
        if (high != other.high) {
            return Short.compare(high, other.high);
        }
        return middle != other.middle ? Long.compare(middle, other.middle) : Long.compare(low, other.low);
    }

    /** The sequence number in plain digits, or the basis where there is none. */
    @Override
    public String toString() {
        if (basis != Basis.SEQUENCE_NUMBER) {
            return basis.name();
        }
        return BigInteger.valueOf(high)
                .multiply(TEN_TO_18)
                .add(BigInteger.valueOf(middle))
                .multiply(TEN_TO_18)
                .add(BigInteger.valueOf(low))
                .toString();
    }
}
