package io.github.dynarestore.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Base64 with the standard alphabet and padding (RFC 4648, section 4), checked and decoded in place of a copy. */
final class Base64Text {

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long TOP_BITS = EACH_BYTE << 7;
    private static final byte[] VALUES = new byte[256];

    static {
        Arrays.fill(VALUES, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            VALUES[alphabet.charAt(i)] = (byte) i;
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
        int bits = 0;
        int held = 0;
        int next = at;
        for (int i = from; i < to && text[i] != '='; i++) {
            held = held << 6 | VALUES[text[i]];
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                out[next++] = (byte) (held >> bits);
            }
        }
    }
}
