package io.github.dynarestore.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * 64 bits that are the same for two spellings of one item: attributes and members of sets in any order, numbers by value,
 * texts with escapes resolved, binary decoded. Tells whether the image before a change is the one that the change before
 * it left. Not for keys, and no guard against an adversary, who could make two images alike. Not thread-safe.
 */
public final class ImageDigest {

    /** What stands for no item; no item has it. */
    public static final long ABSENT = 0;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long FIRST_PRIME = 0x9e3779b185ebca87L;
    private static final long SECOND_PRIME = 0xc2b2ae3d27d4eb4fL;

    private final JsonCursor json = new JsonCursor();
    private final NumberText number = new NumberText();
    private final byte[] canonicalNumber = new byte[NumberText.MAX_DIGITS + 2];
    private byte[] bytes = new byte[0];
    private byte[] text = new byte[64];

    /**
     * Digests an item that {@link ItemScanner} takes.
     *
     * @return never {@link #ABSENT}
     * @throws InvalidItemException for what is no item in DynamoDB JSON; what is one, but breaks a limit of DynamoDB, may
     *     pass
     */
    public long of(byte[] image, int offset, int length) throws InvalidItemException {
        bytes = image;
        json.reset(image, offset, offset + length);
        long digest = attributes(0);
        return digest == ABSENT ? 1 : digest;
    }

    private long attributes(int depth) throws InvalidItemException {
        if (depth > JsonCursor.MAX_DEPTH) {
            throw JsonCursor.error(JsonCursor.DEPTH, json.position(), "nested too deep");
        }
        json.take('{');
        if (json.takeIf('}')) {
            return FIRST_PRIME;
        }
        // A sum does not depend on the order of what is added.
        long sum = 0;
        do {
            json.string();
            long name = text();
            int letter = json.typedText();
            long value;
            if (letter == 0) {
                json.take(':');
                value = value(depth);
            } else {
                value = scalar(letter);
                json.take('}');
            }
            sum += finish(name * FIRST_PRIME ^ value);
        } while (json.takeIf(','));
        json.take('}');
        return finish(sum);
    }

    private long value(int depth) throws InvalidItemException {
        json.take('{');
        json.string();
        int letter = json.textUtf8Length() == 1 ? bytes[json.textFrom()] : 0;
        long digest;
        if (letter == 'S' || letter == 'N' || letter == 'B') {
            json.take(':');
            json.string();
            digest = scalar(letter);
        } else if (letter == 'M') {
            json.take(':');
            digest = tagged('M', attributes(depth + 1));
        } else if (letter == 'L') {
            json.take(':');
            digest = tagged('L', list(depth + 1));
        } else if (json.textIs("BOOL")) {
            json.take(':');
            digest = tagged('b', json.bool() ? 2 : 1);
        } else if (json.textIs("NULL")) {
            json.take(':');
            json.bool();
            digest = tagged('0', 1);
        } else {
            digest = set();
        }
        json.take('}');
        return digest;
    }

    private long set() throws InvalidItemException {
        int letter = json.textIs("SS") ? 'S' : json.textIs("NS") ? 'N' : json.textIs("BS") ? 'B' : 0;
        if (letter == 0) {
            throw JsonCursor.error("item.type", json.textFrom(), "not one of DynamoDB's ten type tags");
        }
        json.take(':');
        json.take('[');
        long sum = 0;
        do {
            json.string();
            sum += scalar(letter);
        } while (json.takeIf(','));
        json.take(']');
        return tagged('{', sum);
    }

    private long list(int depth) throws InvalidItemException {
        if (depth > JsonCursor.MAX_DEPTH) {
            throw JsonCursor.error(JsonCursor.DEPTH, json.position(), "nested too deep");
        }
        json.take('[');
        if (json.takeIf(']')) {
            return 0;
        }
        long digest = 1;
        do {
            digest = finish(digest + value(depth));
        } while (json.takeIf(','));
        json.take(']');
        return digest;
    }

    /** Digests the string just taken as a value of S, N or B. */
    private long scalar(int letter) throws InvalidItemException {
        if (letter == 'S') {
            return tagged('S', text());
        }
        byte[] from = bytes;
        int at = json.textFrom();
        int length = json.textUtf8Length();
        if (json.isTextEscaped()) {
            from = resolved();
            at = 0;
        }
        return letter == 'N' ? number(from, at, length) : binary(from, at, length);
    }

    private long number(byte[] from, int at, int length) throws InvalidItemException {
        if (!number.read(from, at, at + length)) {
            throw JsonCursor.error("item.number", json.textFrom(), "not a number that DynamoDB takes");
        }
        number.writeCanonical(canonicalNumber, 0);
        return tagged('N', digest(canonicalNumber, 0, number.canonicalLength()));
    }

    private long binary(byte[] from, int at, int length) throws InvalidItemException {
        int decodedLength = Base64Text.decodedLength(from, at, at + length);
        if (decodedLength < 0) {
            throw JsonCursor.error("item.base64", json.textFrom(), "not base64");
        }
        // Only the last letter can be spelled otherwise: its lowest bits may be anything.
        int whole = decodedLength / 3 * 4;
        long digest = digest(from, at, whole);
        if (whole < length) {
            Base64Text.decode(from, at + whole, at + length, canonicalNumber, 0);
            digest = finish(digest + digest(canonicalNumber, 0, decodedLength % 3));
        }
        return tagged('B', digest);
    }

    private long text() {
        if (json.isTextEscaped()) {
            return digest(resolved(), 0, json.textUtf8Length());
        }
        int from = json.textFrom();
        return digest(bytes, from, json.textTo() - from);
    }

    private byte[] resolved() {
        if (text.length < json.textUtf8Length()) {
            text = new byte[json.textUtf8Length() * 2];
        }
        json.copyText(text, 0);
        return text;
    }

    private static long tagged(int tag, long digest) {
        return finish(digest ^ tag * FIRST_PRIME);
    }

    private static long digest(byte[] b, int from, int length) {
        long digest = length * SECOND_PRIME;
        int to = from + length;
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            digest = mix(digest, (long) EIGHT_BYTES.get(b, i));
        }
        if (i < to) {
            long rest = 0;
            for (int shift = 0; i < to; i++, shift += 8) {
                rest |= (b[i] & 0xffL) << shift;
            }
            digest = mix(digest, rest);
        }
        return finish(digest);
    }

    private static long mix(long digest, long eight) {
        return Long.rotateLeft(digest ^ eight * SECOND_PRIME, 31) * FIRST_PRIME;
    }

    private static long finish(long value) {
        long mixed = (value ^ value >>> 33) * SECOND_PRIME;
        mixed = (mixed ^ mixed >>> 29) * FIRST_PRIME;
        return mixed ^ mixed >>> 32;
    }
}
