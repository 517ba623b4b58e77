package io.github.dynarestore.format.hive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON that is written into a buffer, which is used again for the next record. */
final class JsonText {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[1024];
    private int length;

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    void put(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
    }

    void put(String ascii) {
        int more = ascii.length();
        reserve(more);
        for (int i = 0; i < more; i++) {
            bytes[length + i] = (byte) ascii.charAt(i);
        }
        length += more;
    }

    void put(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
    }

    /** Writes a string of UTF-8 bytes, which are escaped where they must be, and not checked. */
    void string(byte[] source, int from, int to) {
        put('"');
        int i = from;
        while (i < to) {
            int plainTo = i;
            while (plainTo < to && isPlain(source[plainTo])) {
                plainTo++;
            }
            put(source, i, plainTo);
            if (plainTo < to) {
                escape(source[plainTo]);
            }
            i = plainTo + 1;
        }
        put('"');
    }

    private static boolean isPlain(byte b) {
        return b != '"' && b != '\\' && (b >= ' ' || b < 0);
    }

    private void escape(byte b) {
        if (b == '"' || b == '\\') {
            put('\\');
            put((char) b);
        } else {
            put("\\u00");
            put((char) HEX[b >> 4]);
            put((char) HEX[b & 15]);
        }
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
