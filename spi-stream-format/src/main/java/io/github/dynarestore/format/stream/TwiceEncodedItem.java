package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.JsonCursor;
import java.io.ByteArrayOutputStream;
import java.util.Base64;

/**
 * An item that Kinesis Data Streams for DynamoDB has put a second base64 into, around its binary values. It is undone as the
 * item is checked. Keys, and what is no item but may stand in a record, are walked apart. Not thread-safe.
 */
final class TwiceEncodedItem {

    /** As deep as JSON may be; how deep an item may be says who checks the outcome. */
    private static final int MAX_NESTING = JsonCursor.MAX_DEPTH;

    private final ItemScanner items = ItemScanner.unwrappingBinary();
    private boolean isUnchecked;
    private final JsonCursor json = new JsonCursor();
    private byte[] source = new byte[0];
    private final Copy copy = new Copy();
    private int copiedTo;

    private static final class Copy extends ByteArrayOutputStream {
        byte[] bytes() {
            return buf;
        }
    }

    /**
     * Looks through the item that begins at an index.
     *
     * @return the index behind it; -1 if it is none, or its binary values were not encoded twice, so that {@link #isUnchecked()}
     * @throws InvalidItemException with the reason {@link JsonCursor#TRUNCATED} if the bytes end within it
     */
    int scan(byte[] bytes, int from, int limit) throws InvalidItemException {
        isUnchecked = false;
        try {
            return items.scan(bytes, from, limit);
        } catch (InvalidItemException e) {
            if (e.reason().equals(JsonCursor.TRUNCATED)) {
                throw e;
            }
            isUnchecked = true;
            return -1;
        }
    }

    /** Forgets what was looked through last. */
    void reset() {
        isUnchecked = false;
    }

    /** Whether what was looked through last is no item, as far as is known. */
    boolean isUnchecked() {
        return isUnchecked;
    }

    /** DynamoDB's size of the item looked through last. */
    int sizeBytes() {
        return items.itemSizeBytes();
    }

    /** {@link ItemScanner#digest()} of the item looked through last. */
    long digest() {
        return items.digest();
    }

    /** Array that holds the item as DynamoDB spells it; valid until the next one is looked through. */
    byte[] bytes() {
        return isUnchecked ? copy.bytes() : items.itemBytes();
    }

    int offset() {
        return isUnchecked ? 0 : items.itemOffset();
    }

    int length() {
        return isUnchecked ? copy.size() : items.itemLength();
    }

    /**
     * Undoes the second base64 of an object that may be no item.
     *
     * @return whether it has binary values, so that {@link #bytes()} is the object to use instead
     * @throws InvalidItemException if a binary value was not encoded twice
     */
    boolean unwrapUnchecked(byte[] bytes, int from, int length) throws InvalidItemException {
        isUnchecked = true;
        source = bytes;
        copy.reset();
        copiedTo = from;
        json.reset(bytes, from, from + length);
        attributes(0);
        if (copy.size() == 0) {
            return false;
        }
        copyUpTo(from + length);
        return true;
    }

    private void attributes(int depth) throws InvalidItemException {
        json.take('{');
        if (json.takeIf('}')) {
            return;
        }
        do {
            json.string();
            json.take(':');
            value(depth);
        } while (json.takeIf(','));
        json.take('}');
    }

    private void value(int depth) throws InvalidItemException {
        if (json.peek() != '{' || depth > MAX_NESTING) {
            json.skipValue();
            return;
        }
        json.take('{');
        if (json.takeIf('}')) {
            return;
        }
        do {
            json.string();
            boolean isBinary = json.textIs("B");
            boolean isSet = json.textIs("BS");
            boolean isMap = json.textIs("M");
            boolean isList = json.textIs("L");
            json.take(':');
            int first = json.peek();
            if (isBinary && first == '"') {
                binary();
            } else if (isSet && first == '[') {
                set();
            } else if (isMap && first == '{') {
                attributes(depth + 1);
            } else if (isList && first == '[') {
                list(depth + 1);
            } else {
                json.skipValue();
            }
        } while (json.takeIf(','));
        json.take('}');
    }

    private void list(int depth) throws InvalidItemException {
        json.take('[');
        if (json.takeIf(']')) {
            return;
        }
        do {
            value(depth);
        } while (json.takeIf(','));
        json.take(']');
    }

    private void set() throws InvalidItemException {
        json.take('[');
        if (json.takeIf(']')) {
            return;
        }
        do {
            if (json.peek() == '"') {
                binary();
            } else {
                json.skipValue();
            }
        } while (json.takeIf(','));
        json.take(']');
    }

    private void binary() throws InvalidItemException {
        json.string();
        byte[] once;
        try {
            once = Base64.getDecoder().decode(json.text());
        } catch (IllegalArgumentException e) {
            throw notTwice();
        }
        for (byte b : once) {
            if (b <= ' ' || b == '"' || b == '\\') {
                throw notTwice();
            }
        }
        copyUpTo(json.textFrom());
        copy.writeBytes(once);
        copiedTo = json.textTo();
    }

    private InvalidItemException notTwice() {
        return new InvalidItemException("item.base64", json.textFrom(), "a binary value that is not base64 of base64");
    }

    private void copyUpTo(int index) {
        copy.write(source, copiedTo, index - copiedTo);
        copiedTo = index;
    }
}
