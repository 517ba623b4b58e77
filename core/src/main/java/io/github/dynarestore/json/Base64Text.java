package io.github.dynarestore.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Base64 with the standard alphabet and padding (RFC 4648, section 4), checked and decoded in place of a copy. */
final class Base64Text {

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle FOUR_BYTES =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Two more are written as zeros. */
    private static final VarHandle SIX_BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long TOP_BITS = EACH_BYTE << 7;
    private static final byte[] VALUES = new byte[256];

    /**
     * Twelve bits of two characters, the first one lowest; -1 if one is none of the alphabet. Half the steps of one at a time:
     * {@code FormatBenchmark} of {@code KINESIS}, nested items. Of the table 12 KB are ever looked at.
     */
    private static final short[] PAIRS = new short[1 << Short.SIZE];

    static {
        Arrays.fill(VALUES, (byte) -1);
        Arrays.fill(PAIRS, (short) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            VALUES[alphabet.charAt(i)] = (byte) i;
            for (int j = 0; j < alphabet.length(); j++) {
                PAIRS[alphabet.charAt(j) << Byte.SIZE | alphabet.charAt(i)] = (short) (i << 6 | j);
            }
        }
    }

    private Base64Text() {}

    /** Returns how many bytes a text decodes to, or -1 if it is not base64. */
    static int decodedLength(byte[] text, int from, int to) {
        int length = to - from;
        if (length % 4 != 0) {
            return -1;
        }
        if (length == 0) {
            return 0;
        }
        int padding = text[to - 1] != '=' ? 0 : text[to - 2] != '=' ? 1 : 2;
        return isOfAlphabet(text, from, to - padding) ? length / 4 * 3 - padding : -1;
    }

    private static boolean isOfAlphabet(byte[] text, int from, int to) {
        int i = from;
        long others = 0;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            others |= others((long) EIGHT_BYTES.get(text, i));
        }
        int values = 0;
        for (; i < to; i++) {
            values |= VALUES[text[i] & 0xff];
        }
        return others == 0 && values >= 0;
    }

    /** Has the top bit set of each byte that is none of the alphabet. */
    private static long others(long eight) {
        long low = eight & ~TOP_BITS;
        // A sum sets the top bit of the bytes that are not less than a character; none carries into the next byte.
        long smallLetters = low | 0x20 * EACH_BYTE;
        long letters = smallLetters + (0x80 - 'a') * EACH_BYTE & ~(smallLetters + (0x7f - 'z') * EACH_BYTE);
        // The slash stands right before the digits.
        long digits = low + (0x80 - '/') * EACH_BYTE & ~(low + (0x7f - '9') * EACH_BYTE);
        long plus = ~((low ^ '+' * EACH_BYTE) + 0x7f * EACH_BYTE);
        return (eight | ~(letters | digits | plus)) & TOP_BITS;
    }

    /** Decodes a text that {@link #decodedLength} accepted. */
    static void decode(byte[] text, int from, int to, byte[] out, int at) {
        int rest = decodeGroups(text, from, to, out, at);
        if (rest < to) {
            int next = at + (rest - from) / 4 * 3;
            int bits = VALUES[text[rest]] << 18 | VALUES[text[rest + 1]] << 12;
            out[next] = (byte) (bits >> 16);
            if (text[rest + 2] != '=') {
                out[next + 1] = (byte) ((bits | VALUES[text[rest + 2]] << 6) >> 8);
            }
        }
    }

    /**
     * Decodes groups of four characters, until one is not wholly of the alphabet, or has no room: two groups a step, {@code
     * FormatBenchmark} of {@code KINESIS}.
     *
     * @return index behind the last one
     */
    static int decodeGroups(byte[] text, int from, int to, byte[] out, int at) {
        int steps = Math.min((to - from) / 8, (out.length - at - 2) / 6);
        int i = from;
        int next = at;
        for (int step = 0; step < steps; step++) {
            long eight = (long) EIGHT_BYTES.get(text, i);
            int first = group((int) eight);
            int second = group((int) (eight >>> Integer.SIZE));
            if ((first | second) < 0) {
                break;
            }
            SIX_BYTES.set(out, next, (long) first << 40 | (long) second << 16);
            i += 8;
            next += 6;
        }
        while (i <= to - Integer.BYTES && next <= out.length - 3) {
            int group = group((int) FOUR_BYTES.get(text, i));
            if (group < 0) {
                break;
            }
            out[next] = (byte) (group >> 16);
            out[next + 1] = (byte) (group >> 8);
            out[next + 2] = (byte) group;
            i += Integer.BYTES;
            next += 3;
        }
        return i;
    }

    /** The 24 bits of four characters, the first one lowest; negative if one is none of the alphabet. */
    private static int group(int four) {
        return PAIRS[four & 0xffff] << 12 | PAIRS[four >>> Short.SIZE];
    }
}
