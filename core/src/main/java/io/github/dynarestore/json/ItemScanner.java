package io.github.dynarestore.json;

import static io.github.dynarestore.json.JsonCursor.error;

/**
 * Checks an item in DynamoDB JSON without decoding it, and measures it. Refuses what BatchWriteItem would refuse, since
 * one such item has its whole batch refused: unknown or repeated type tags, names twice, empty sets or sets with a member
 * twice, numbers out of range, base64 that is none, nesting and size. Allocates nothing per item. Not thread-safe.
 */
public final class ItemScanner {

    /** Digest of no item; no item has it. */
    public static final long ABSENT = 0;

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
    private final byte[] lastGroup = new byte[3];
    private long size;
    private long digest;

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
        long found = attributes(0, false);
        digest = found == ABSENT ? 1 : found;
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

    /**
     * Digest of the item scanned last: 64 bits that are the same for two spellings of one item, with attributes and members
     * of sets in any order, numbers by value, texts with escapes resolved, binary decoded. Tells whether the image before a
     * change is the one that the change before it left. No guard against an adversary, who could make two items alike.
     *
     * @return never {@link #ABSENT}
     */
    public long digest() {
        return digest;
    }

    private long attributes(int depth, boolean nested) throws InvalidItemException {
        json.take('{');
        if (json.takeIf('}')) {
            return 'M';
        }
        // A sum does not depend on the order of what is added.
        long sum = 0;
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
            long name = rememberText();
            size += length + (nested ? 1 : 0);
            int tag = json.typedText();
            long value;
            if (tag != 0) {
                value = text(tag);
                end();
            } else {
                json.take(':');
                value = value(depth);
            }
            sum += ByteHash.combine(name, value);
        } while (json.takeIf(','));
        json.take('}');
        if (!distinct.end(group)) {
            throw error("item.duplicate-name", start, "one name stands twice in an object");
        }
        return ByteHash.combine(sum, 'M');
    }

    private long rememberText() {
        if (json.isTextEscaped()) {
            int length = json.textUtf8Length();
            int at = distinct.room(length);
            json.copyText(distinct.arena(), at);
            return distinct.add(distinct.arena(), at, length);
        }
        return distinct.add(bytes, json.textFrom(), json.textTo() - json.textFrom());
    }

    private long value(int depth) throws InvalidItemException {
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
        long value = taggedValue(tag, depth);
        end();
        return value;
    }

    private long taggedValue(int tag, int depth) throws InvalidItemException {
        switch (tag) {
            case 'S', 'N', 'B' -> {
                string();
                return text(tag);
            }
            case 'S' << 8 | 'S' -> {
                return set('S');
            }
            case 'N' << 8 | 'S' -> {
                return set('N');
            }
            case 'B' << 8 | 'S' -> {
                return set('B');
            }
            case 'M' -> {
                size += 3;
                nest(depth);
                if (json.peek() != '{') {
                    throw error("item.type", json.position(), "a map is an object");
                }
                return attributes(depth + 1, true);
            }
            case 'L' -> {
                return list(depth);
            }
            case 'L' << 8 | 'B' -> {
                int c = json.peek();
                if (c != 't' && c != 'f') {
                    throw error("item.type", json.position(), "BOOL is true or false");
                }
                size += 1;
                return json.bool() ? tag : ~tag;
            }
            default -> {
                if (json.peek() != 't') {
                    throw error("item.type", json.position(), "NULL is true");
                }
                json.bool();
                size += 1;
                return tag;
            }
        }
    }

    /** Checks and measures the string just taken as a value of S, N or B; returns its hash. */
    private long text(int tag) throws InvalidItemException {
        switch (tag) {
            case 'S' -> {
                size += json.textUtf8Length();
                return textHash() ^ 'S';
            }
            case 'N' -> {
                number();
                size += number.sizeBytes();
                return number.hash() ^ 'N';
            }
            default -> {
                return binary() ^ 'B';
            }
        }
    }

    private long textHash() {
        int from = json.textFrom();
        return json.isTextEscaped()
                ? ByteHash.of(resolvedText(), 0, json.textUtf8Length())
                : ByteHash.of(bytes, from, json.textTo() - from);
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

    private long binary() throws InvalidItemException {
        int length = binaryLength();
        size += length;
        boolean escaped = json.isTextEscaped();
        byte[] from = escaped ? text : bytes;
        int at = escaped ? 0 : json.textFrom();
        int whole = length / 3 * 4;
        long hash = ByteHash.of(from, at, whole);
        if (whole == json.textUtf8Length()) {
            return hash;
        }
        // Of the last group the lowest bits may be anything, so that only what they decode to can be compared.
        Base64Text.decode(from, at + whole, at + json.textUtf8Length(), lastGroup, 0);
        return ByteHash.combine(hash, ByteHash.of(lastGroup, 0, length % 3));
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

    private long set(int memberType) throws InvalidItemException {
        int start = json.position();
        array();
        if (json.takeIf(']')) {
            throw error("item.empty-set", start, "a set without a member");
        }
        int group = distinct.begin();
        long sum = 0;
        do {
            string();
            long member;
            switch (memberType) {
                case 'S' -> {
                    member = rememberText();
                    size += json.textUtf8Length();
                }
                case 'N' -> {
                    number();
                    size += number.sizeBytes();
                    int at = distinct.room(number.canonicalLength());
                    number.writeCanonical(distinct.arena(), at);
                    member = distinct.add(distinct.arena(), at, number.canonicalLength());
                }
                default -> {
                    int length = binaryLength();
                    size += length;
                    int at = distinct.room(length);
                    boolean escaped = json.isTextEscaped();
                    int from = escaped ? 0 : json.textFrom();
                    Base64Text.decode(escaped ? text : bytes, from, from + json.textUtf8Length(), distinct.arena(), at);
                    member = distinct.add(distinct.arena(), at, length);
                }
            }
            sum += ByteHash.combine(member, memberType);
        } while (json.takeIf(','));
        json.take(']');
        if (!distinct.end(group)) {
            throw error("item.set-duplicate", start, "one member stands twice in a set");
        }
        return ByteHash.combine(sum, '{');
    }

    private long list(int depth) throws InvalidItemException {
        size += 3;
        nest(depth);
        array();
        if (json.takeIf(']')) {
            return '[';
        }
        long hash = '[';
        do {
            size += 1;
            hash = ByteHash.combine(hash, value(depth + 1));
        } while (json.takeIf(','));
        json.take(']');
        return hash;
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
