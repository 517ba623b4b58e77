package io.github.dynarestore.json;

import static io.github.dynarestore.json.JsonCursor.error;

/**
 * Checks an item in DynamoDB JSON without decoding it, and measures it. Refuses what BatchWriteItem would refuse, since
 * one such item has its whole batch refused: unknown or repeated type tags, names twice, empty sets or sets with a member
 * twice, numbers out of range, base64 that is none, nesting and size. Allocates nothing per item. Not thread-safe.
 */
public final class ItemScanner {

    /** Largest item, in bytes of DynamoDB's own measure (API reference, BatchWriteItem: 400 KB). */
    public static final int MAX_ITEM_BYTES = 400 * 1024;

    /** Longest attribute name, in bytes (developer guide, "Constraints"). */
    private static final int MAX_NAME_BYTES = 65_535;

    /** Containers that may stand in one another within an attribute. */
    private static final int MAX_NESTING = 31;

    private final JsonCursor json = new JsonCursor();
    private final NumberText number = new NumberText();
    private final Distinct distinct = new Distinct();
    private byte[] bytes = new byte[0];
    private int limit;
    private byte[] text = new byte[64];
    private long size;

    /**
     * Checks the item that begins at an index.
     *
     * @return the index behind the item
     * @throws InvalidItemException if there is no item that DynamoDB would take; with the reason {@link
     *     JsonCursor#TRUNCATED} if the bytes end within it
     */
    public int scan(byte[] source, int from, int to) throws InvalidItemException {
        bytes = source;
        limit = to;
        json.reset(source, from, to);
        distinct.reset();
        size = 0;
        attributes(0, false);
        if (size > MAX_ITEM_BYTES) {
            throw error("item.too-large", from, "an item of " + size + " bytes; DynamoDB takes " + MAX_ITEM_BYTES);
        }
        return json.position();
    }

    /**
     * Size of the item scanned last, in bytes as DynamoDB counts them (developer guide, "Item sizes and formats"): names
     * and texts in UTF-8, decoded binary, two digits of a number a byte, three bytes and one a member for a list or map.
     */
    public int itemSizeBytes() {
        return (int) size;
    }

    private void attributes(int depth, boolean nested) throws InvalidItemException {
        json.take('{');
        if (json.takeIf('}')) {
            return;
        }
        int group = distinct.begin();
        int start = json.position();
        do {
            json.string();
            int length = json.textUtf8Length();
            if (length == 0) {
                throw error("item.empty-name", json.textFrom(), "an attribute without a name");
            }
            if (length > MAX_NAME_BYTES) {
                throw error("item.name-too-long", json.textFrom(), "an attribute name of " + length + " bytes");
            }
            rememberText();
            size += length + (nested ? 1 : 0);
            int tag = json.typedText();
            if (tag != 0) {
                text(tag);
                end();
            } else {
                json.take(':');
                value(depth);
            }
        } while (json.takeIf(','));
        json.take('}');
        if (!distinct.end(group)) {
            throw error("item.duplicate-name", start, "one name stands twice in an object");
        }
    }

    private void rememberText() {
        if (json.isTextEscaped()) {
            int length = json.textUtf8Length();
            int at = distinct.room(length);
            json.copyText(distinct.arena(), at);
            distinct.add(distinct.arena(), at, length);
        } else {
            distinct.add(bytes, json.textFrom(), json.textTo() - json.textFrom());
        }
    }

    private void value(int depth) throws InvalidItemException {
        if (json.peek() != '{') {
            throw error("item.type", json.position(), "an attribute value is an object with a type tag");
        }
        int tag = shortTag(json.position());
        if (tag == 0) {
            json.take('{');
            if (json.peek() != '"') {
                throw error("item.type", json.position(), "an attribute value has a type tag");
            }
            json.string();
            tag = tag();
            json.take(':');
        }
        switch (tag) {
            case 'S', 'N', 'B' -> {
                string();
                text(tag);
            }
            case 'S' << 8 | 'S' -> set('S');
            case 'N' << 8 | 'S' -> set('N');
            case 'B' << 8 | 'S' -> set('B');
            case 'M' -> {
                size += 3;
                nest(depth);
                if (json.peek() != '{') {
                    throw error("item.type", json.position(), "a map is an object");
                }
                attributes(depth + 1, true);
            }
            case 'L' -> list(depth);
            case 'L' << 8 | 'B' -> {
                int c = json.peek();
                if (c != 't' && c != 'f') {
                    throw error("item.type", json.position(), "BOOL is true or false");
                }
                json.bool();
                size += 1;
            }
            default -> {
                if (json.peek() != 't') {
                    throw error("item.type", json.position(), "NULL is true");
                }
                json.bool();
                size += 1;
            }
        }
        end();
    }

    /** Checks and measures the string just taken as a value of S, N or B. */
    private void text(int tag) throws InvalidItemException {
        switch (tag) {
            case 'S' -> size += json.textUtf8Length();
            case 'N' -> {
                number();
                size += number.sizeBytes();
            }
            default -> size += binaryLength();
        }
    }

    private void end() throws InvalidItemException {
        if (json.takeIf('}')) {
            return;
        }
        if (json.peek() == ',') {
            throw error("item.type", json.position(), "an attribute value has one type tag");
        }
        json.take('}');
    }

    /**
     * The tag of {@code {"S":}, which is nearly every one, or 0 if something else stands there; goes behind its colon. Worth
     * a twentieth of {@code HotPathBenchmark.findSlices}.
     */
    private int shortTag(int at) {
        byte[] b = bytes;
        if (at + 5 <= limit && b[at + 1] == '"' && b[at + 3] == '"' && b[at + 4] == ':') {
            int c = b[at + 2];
            if (c == 'S' || c == 'N' || c == 'B' || c == 'M' || c == 'L') {
                json.position(at + 5);
                return c;
            }
        }
        return 0;
    }

    /** Letters that tell all ten tags apart. */
    private int tag() throws InvalidItemException {
        if (!json.isTextEscaped()) {
            int from = json.textFrom();
            int length = json.textTo() - from;
            if (length == 1) {
                int c = bytes[from];
                if (c == 'S' || c == 'N' || c == 'B' || c == 'M' || c == 'L') {
                    return c;
                }
            } else if (length == 2 && bytes[from + 1] == 'S') {
                int c = bytes[from];
                if (c == 'S' || c == 'N' || c == 'B') {
                    return c << 8 | 'S';
                }
            } else if (json.textIs("BOOL")) {
                return 'L' << 8 | 'B';
            } else if (json.textIs("NULL")) {
                return 'L' << 8 | 'N';
            }
        }
        throw error("item.type", json.textFrom(), "not one of DynamoDB's ten type tags");
    }

    private void string() throws InvalidItemException {
        if (json.peek() != '"') {
            throw error("item.type", json.position(), "the value of this type is a JSON string");
        }
        json.string();
    }

    private void number() throws InvalidItemException {
        boolean escaped = json.isTextEscaped();
        byte[] from = escaped ? resolvedText() : bytes;
        int at = escaped ? 0 : json.textFrom();
        if (!number.read(from, at, at + json.textUtf8Length())) {
            throw error("item.number", json.textFrom(), "not a number that DynamoDB takes");
        }
    }

    private int binaryLength() throws InvalidItemException {
        boolean escaped = json.isTextEscaped();
        byte[] from = escaped ? resolvedText() : bytes;
        int at = escaped ? 0 : json.textFrom();
        int length = Base64Text.decodedLength(from, at, at + json.textUtf8Length());
        if (length < 0) {
            throw error("item.base64", json.textFrom(), "not base64");
        }
        return length;
    }

    private byte[] resolvedText() {
        if (text.length < json.textUtf8Length()) {
            text = new byte[json.textUtf8Length() * 2];
        }
        json.copyText(text, 0);
        return text;
    }

    private void set(int memberType) throws InvalidItemException {
        int start = json.position();
        array();
        if (json.takeIf(']')) {
            throw error("item.empty-set", start, "a set without a member");
        }
        int group = distinct.begin();
        do {
            string();
            switch (memberType) {
                case 'S' -> {
                    rememberText();
                    size += json.textUtf8Length();
                }
                case 'N' -> {
                    number();
                    size += number.sizeBytes();
                    int at = distinct.room(number.canonicalLength());
                    number.writeCanonical(distinct.arena(), at);
                    distinct.add(distinct.arena(), at, number.canonicalLength());
                }
                default -> {
                    int length = binaryLength();
                    size += length;
                    int at = distinct.room(length);
                    boolean escaped = json.isTextEscaped();
                    int from = escaped ? 0 : json.textFrom();
                    Base64Text.decode(escaped ? text : bytes, from, from + json.textUtf8Length(), distinct.arena(), at);
                    distinct.add(distinct.arena(), at, length);
                }
            }
        } while (json.takeIf(','));
        json.take(']');
        if (!distinct.end(group)) {
            throw error("item.set-duplicate", start, "one member stands twice in a set");
        }
    }

    private void list(int depth) throws InvalidItemException {
        size += 3;
        nest(depth);
        array();
        if (json.takeIf(']')) {
            return;
        }
        do {
            size += 1;
            value(depth + 1);
        } while (json.takeIf(','));
        json.take(']');
    }

    private void array() throws InvalidItemException {
        if (json.peek() != '[') {
            throw error("item.type", json.position(), "the value of this type is an array");
        }
        json.take('[');
    }

    private void nest(int depth) throws InvalidItemException {
        if (depth >= MAX_NESTING) {
            throw error("item.nesting", json.position(), "nested more than " + MAX_NESTING + " deep");
        }
    }
}
