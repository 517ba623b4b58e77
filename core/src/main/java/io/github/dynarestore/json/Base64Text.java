package io.github.dynarestore.json;

import java.util.Arrays;

/** Base64 with the standard alphabet and padding (RFC 4648, section 4), checked and decoded in place of a copy. */
final class Base64Text {

    private static final byte[] VALUES = new byte[128];

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
        for (int i = from; i < to - padding; i++) {
            if (text[i] < 0 || VALUES[text[i]] < 0) {
                return -1;
            }
        }
        return length / 4 * 3 - padding;
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
