package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;

/** What is in a failure's {@code rawData}, to be read as a stream as often as it is rewound. Not thread-safe. */
final class RawData extends InputStream {

    private byte[] bytes = {};
    private int length;
    private int at;

    /**
     * Decodes the string that a cursor has taken last, in place of what was there.
     *
     * @throws InvalidItemException if it is not base64
     */
    void decode(JsonCursor json) throws InvalidItemException {
        int decoded = json.base64Length();
        if (decoded < 0) {
            decodeLeniently(json);
            return;
        }
        if (bytes.length < decoded) {
            bytes = new byte[Math.max(decoded, bytes.length * 2)];
        }
        json.copyBase64(bytes, 0);
        length = decoded;
    }

    /** With escapes, or without padding. */
    private void decodeLeniently(JsonCursor json) throws InvalidItemException {
        try {
            bytes = Base64.getDecoder().decode(json.text());
            length = bytes.length;
        } catch (IllegalArgumentException e) {
            throw new InvalidItemException(FailedRecordsReader.NO_RAW_DATA, json.textFrom(), "rawData is not base64");
        }
    }

    boolean isEmpty() {
        return length == 0;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /** Has the next byte read be the first one. */
    void rewind() {
        at = 0;
    }

    @Override
    public int read() {
        return at < length ? bytes[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] out, int offset, int most) {
        if (at == length) {
            return -1;
        }
        int count = Math.min(most, length - at);
        System.arraycopy(bytes, at, out, offset, count);
        at += count;
        return count;
    }
}
