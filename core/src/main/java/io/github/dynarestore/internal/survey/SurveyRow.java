package io.github.dynarestore.internal.survey;

import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;

/**
 * What the survey keeps of a record: eight longs, in memory and on disk alike.
 *
 * <pre>
 * 0, 1  hash of the key
 * 2     index of the object (32 bits), highest digits of the order (14), flags (18)
 * 3, 4  middle and lowest digits of the order
 * 5     time in microseconds since 1970 UTC
 * 6     digest of the new image (48 bits), ordinal's upper half (16)
 * 7     digest of the old image (48 bits), ordinal's lower half (16)
 * </pre>
 */
final class SurveyRow {

    static final int LONGS = 8;
    static final int BYTES = LONGS * Long.BYTES;

    static final int HASH_HIGH = 0;
    static final int HASH_LOW = 1;
    static final int META = 2;
    static final int ORDER_MIDDLE = 3;
    static final int ORDER_LOW = 4;
    static final int TIME = 5;
    static final int NEW_DIGEST = 6;
    static final int OLD_DIGEST = 7;

    /** The key is gone afterwards. */
    static final int DELETE = 1;
    /** DynamoDB's time to live removed the item. */
    static final int EXPIRY = 1 << 1;
    /** There was no item before. */
    static final int INSERT = 1 << 2;
    /** The old image is there, and its digest known. */
    static final int OLD_IMAGE = 1 << 3;
    /** From after the cut: only proves what was before it. */
    static final int AFTER_CUT = 1 << 4;
    /** Left out by the plan's filter: only proves that nothing is missing. */
    static final int FILTERED = 1 << 5;
    /** No record: a key that the target table holds. */
    static final int IN_TARGET = 1 << 6;

    private static final int PRECISION_SHIFT = 7;
    private static final int PRECISION_MASK = 7;
    private static final int DELIVERED = 5;
    private static final int BASIS_SHIFT = 10;
    private static final int BASIS_MASK = 3;
    private static final int HIGH_SHIFT = 18;
    private static final long FLAGS_MASK = (1L << HIGH_SHIFT) - 1;
    private static final long HIGH_MASK = (1L << 14) - 1;
    private static final int OBJECT_SHIFT = 32;

    private static final long DIGEST_MASK = -1L << 16;
    private static final long ORDINAL_MASK = 0xffff;

    private static final TimePrecision[] PRECISIONS = TimePrecision.values();
    private static final ChangeOrder.Basis[] BASES = ChangeOrder.Basis.values();

    private SurveyRow() {}

    static int basisFlag(ChangeOrder.Basis basis) {
        return basis.ordinal() << BASIS_SHIFT;
    }

    static int precisionFlag(TimePrecision precision) {
        return precision.ordinal() + 1 << PRECISION_SHIFT;
    }

    /** Says that the time is that of the object's delivery. */
    static int deliveredFlag() {
        return DELIVERED << PRECISION_SHIFT;
    }

    static long meta(int object, short orderHigh, int flags) {
        return (long) object << OBJECT_SHIFT | (long) orderHigh << HIGH_SHIFT | flags;
    }

    /** The part of a digest that a row keeps; 0 stays with what is absent. */
    static long kept(long digest) {
        long kept = digest & DIGEST_MASK;
        return kept == 0 && digest != 0 ? 1L << 16 : kept;
    }

    static void ordinal(long[] rows, int at, int ordinal) {
        rows[at + NEW_DIGEST] |= ordinal >>> 16;
        rows[at + OLD_DIGEST] |= ordinal & ORDINAL_MASK;
    }

    static boolean is(long[] rows, int at, int flag) {
        return (rows[at + META] & flag) != 0;
    }

    static int object(long[] rows, int at) {
        return (int) (rows[at + META] >>> OBJECT_SHIFT);
    }

    static int ordinal(long[] rows, int at) {
        return (int) ((rows[at + NEW_DIGEST] & ORDINAL_MASK) << 16 | rows[at + OLD_DIGEST] & ORDINAL_MASK);
    }

    /** Object and ordinal in one number, in the order of the listing. */
    static long place(long[] rows, int at) {
        return rows[at + META] >>> OBJECT_SHIFT << OBJECT_SHIFT | ordinal(rows, at);
    }

    static ChangeOrder.Basis basis(long[] rows, int at) {
        return BASES[(int) (rows[at + META] >>> BASIS_SHIFT) & BASIS_MASK];
    }

    static boolean hasTime(long[] rows, int at) {
        return precision(rows, at) != 0;
    }

    /** Whether the time is that of the change itself, not of its delivery. */
    static boolean isTimed(long[] rows, int at) {
        int precision = precision(rows, at);
        return precision != 0 && precision != DELIVERED;
    }

    private static int precision(long[] rows, int at) {
        return (int) (rows[at + META] >>> PRECISION_SHIFT) & PRECISION_MASK;
    }

    /** Length of one step of the time's precision, in microseconds. */
    static long stepMicros(long[] rows, int at) {
        return PRECISIONS[precision(rows, at) - 1].micros();
    }

    /** Whether a row is still to end in a counter; others ended in one when they were read. */
    static boolean counts(long[] rows, int at) {
        return !is(rows, at, AFTER_CUT | FILTERED);
    }

    /** Whether a change was certainly made before a time. */
    static boolean isBefore(long[] rows, int at, long micros) {
        return isTimed(rows, at) && rows[at + TIME] + stepMicros(rows, at) <= micros;
    }

    /** All flags of a row: what the record says besides key, order, time and images. */
    static long contents(long[] rows, int at) {
        return rows[at + META] & FLAGS_MASK;
    }

    static long newDigest(long[] rows, int at) {
        return rows[at + NEW_DIGEST] & DIGEST_MASK;
    }

    static long oldDigest(long[] rows, int at) {
        return rows[at + OLD_DIGEST] & DIGEST_MASK;
    }

    /** Whether it is known what was there before a change. */
    static boolean knowsBefore(long[] rows, int at) {
        return is(rows, at, INSERT | OLD_IMAGE);
    }

    /** Digest of what was there before a change, 0 for nothing; if it is known. */
    static long before(long[] rows, int at) {
        return is(rows, at, INSERT) ? 0 : oldDigest(rows, at);
    }

    /** Digest of what a change left, 0 for nothing. */
    static long after(long[] rows, int at) {
        return is(rows, at, DELETE) ? 0 : newDigest(rows, at);
    }

    /** Whether a change that only time orders can be told from others of that time that say the same. */
    static boolean hasIdentity(long[] rows, int at) {
        return (rows[at + ORDER_MIDDLE] | rows[at + ORDER_LOW]) != 0;
    }

    /** Compares places in the order of a key. */
    static int compareOrder(long[] rows, int left, int right) {
        long leftTop = orderTop(rows[left + META]);
        long rightTop = orderTop(rows[right + META]);
        if (leftTop != rightTop) {
            return Long.compare(leftTop, rightTop);
        }
        if (basis(rows, left) == ChangeOrder.Basis.TIME) {
            return compareTimed(rows, left, right);
        }
        if (rows[left + ORDER_MIDDLE] != rows[right + ORDER_MIDDLE]) {
            return Long.compare(rows[left + ORDER_MIDDLE], rows[right + ORDER_MIDDLE]);
        }
        return Long.compare(rows[left + ORDER_LOW], rows[right + ORDER_LOW]);
    }

    /** Changes of one time are told apart by their identity or else by what they say; {@link TieOrder} orders them. */
    private static int compareTimed(long[] rows, int left, int right) {
        int order = Long.compare(rows[left + TIME], rows[right + TIME]);
        if (order == 0) {
            order = Long.compare(rows[left + ORDER_MIDDLE], rows[right + ORDER_MIDDLE]);
        }
        if (order == 0) {
            order = Long.compare(rows[left + ORDER_LOW], rows[right + ORDER_LOW]);
        }
        if (order != 0 || hasIdentity(rows, left)) {
            return order;
        }
        order = Long.compare(after(rows, left), after(rows, right));
        return order != 0 ? order : Long.compare(oldDigest(rows, left), oldDigest(rows, right));
    }

    static long orderTop(long[] rows, int at) {
        return orderTop(rows[at + META]);
    }

    private static long orderTop(long meta) {
        return (meta >>> BASIS_SHIFT & BASIS_MASK) << 14 | meta >>> HIGH_SHIFT & HIGH_MASK;
    }
}
