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

    /** Tags are known by their letters; of these two, by two that no other tag has. */
    static final int BOOL = 'L' << Byte.SIZE | 'B';

    static final int NULL = 'L' << Byte.SIZE | 'N';

    private final JsonCursor json = new JsonCursor();
    private final NumberText number = new NumberText();
    private final Distinct distinct = new Distinct();
    private final TagSpelling tags = new TagSpelling();
    private final UnwrappedItem unwrapped = new UnwrappedItem();
    private final boolean writesTags;
    private final boolean unwraps;
    private byte[] bytes = new byte[0];
    private int limit;
    private byte[] resolved = new byte[64];
    private final byte[] lastGroup = new byte[3];
    private long size;
    private long digest;

    /** Of the text or value that was gone behind last. */
    private long hash;

    /** Where the UTF-8 of the string that was gone behind last stands: among the bytes or, if it had escapes, resolved. */
    private int textFrom;

    private int textTo;
    private boolean isResolved;
    private boolean hasWrittenTag;
    private boolean hasBinary;

    /** Creates a scanner of items as DynamoDB spells them. */
    public ItemScanner() {
        this(false, false);
    }

    private ItemScanner(boolean writesTags, boolean unwraps) {
        this.writesTags = writesTags;
        this.unwraps = unwraps;
    }

    /**
     * Creates a scanner that takes type tags in any case, and NULLVALUE for NULL, as version 1 of the SDK has it, and writes
     * them over in the array that it scans: what it has accepted there is an item as DynamoDB spells it, and of what it has
     * refused some tags may be written over. Else it is as strict.
     */
    public static ItemScanner writingTags() {
        return new ItemScanner(true, false);
    }

    /**
     * Creates a scanner of items whose binary values are base64 of base64, as Kinesis Data Streams has them. It makes a copy
     * of those that have any, without the second base64, and what it says of an item it says of that copy. Else it is as
     * strict.
     */
    public static ItemScanner unwrappingBinary() {
        return new ItemScanner(false, true);
    }

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
        hasWrittenTag = false;
        hasBinary = false;
        json.reset(source, from, to);
        distinct.reset(source);
        unwrapped.reset(source, from);
        size = 0;
        int brace = json.skipWhiteSpace(from);
        json.expect('{', brace);
        int end = attributes(brace, 0, false);
        unwrapped.end(end);
        digest = hash == ABSENT ? 1 : hash;
        if (size > MAX_ITEM_BYTES) {
            throw error("item.too-large", from, "an item of " + size + " bytes; DynamoDB takes " + MAX_ITEM_BYTES);
        }
        return end;
    }

    /**
     * Array that holds the item scanned last as DynamoDB spells it: the one that was scanned or, if binary values were encoded
     * twice there, one of the scanner's own, which changes with the next scan.
     */
    public byte[] itemBytes() {
        return unwrapped.bytes();
    }

    /** Where the item scanned last begins in {@link #itemBytes()}. */
    public int itemOffset() {
        return unwrapped.offset();
    }

    /** Length of the item scanned last in {@link #itemBytes()}. */
    public int itemLength() {
        return unwrapped.length();
    }

    /**
     * Size of the item scanned last, in bytes as DynamoDB counts them (developer guide, "Item sizes and formats"): names
     * and texts in UTF-8, decoded binary, two digits of a number a byte, three bytes and one a member for a list or map.
     */
    public int itemSizeBytes() {
        return (int) size;
    }

    /**
     * Whether the item scanned last, or what could be read of it, had a whole value with a tag that was written over.
     */
    public boolean hasWrittenTag() {
        return hasWrittenTag;
    }

    /** Whether the item scanned last has a binary value, or a set of them, anywhere. */
    public boolean hasBinary() {
        return hasBinary;
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

    /** Goes behind the object whose brace stands at an index, and leaves its hash. */
    private int attributes(int brace, int depth, boolean nested) throws InvalidItemException {
        int i = json.skipWhiteSpace(brace + 1);
        if (bytes[i] == '}') {
            hash = 'M';
            return i + 1;
        }
        int start = i;
        // A sum does not depend on the order of what is added.
        long sum = 0;
        distinct.begin();
        while (true) {
            json.expect('"', i);
            int quote = name(i + 1);
            long name = hash;
            size += nested ? 1 : 0;
            int tag = writesTags ? json.writeTypedText(quote) : json.letterOfTypedText(quote);
            if (tag != 0) {
                i = end(scalar(tag, quote + Long.BYTES));
                hasWrittenTag |= writesTags;
            } else if (writesTags) {
                i = valueWithAnyTag(behindColon(quote), depth);
            } else {
                i = value(behindColon(quote), depth);
            }
            sum += ByteHash.combine(name, hash);
            i = json.skipWhiteSpace(i);
            if (bytes[i] != ',') {
                break;
            }
            i = json.skipWhiteSpace(i + 1);
        }
        json.expect('}', i);
        if (!distinct.end()) {
            throw error("item.duplicate-name", start, "one name stands twice in an object");
        }
        hash = ByteHash.combine(sum, 'M');
        return i + 1;
    }

    /** Index of the closing quote of the name whose first byte stands at an index, which is checked and remembered. */
    private int name(int from) throws InvalidItemException {
        int quote = text(from);
        int length = textTo - textFrom;
        if (length == 0) {
            throw error("item.empty-name", from, "an attribute without a name");
        }
        if (length > MAX_NAME_BYTES) {
            throw error("item.name-too-long", from, "an attribute name of " + length + " bytes");
        }
        size += length;
        remember();
        return quote;
    }

    /**
     * Index of the closing quote of the string whose first byte stands at an index. Leaves its hash, and where its UTF-8
     * stands, escapes resolved.
     */
    private int text(int from) throws InvalidItemException {
        int quote = json.plainString(from);
        if (quote >= 0) {
            hash = json.plainHash();
            isResolved = false;
            textFrom = from;
            textTo = quote;
            return quote;
        }
        return anyText(from);
    }

    private int anyText(int from) throws InvalidItemException {
        int quote = json.string(from);
        int length = json.textUtf8Length();
        isResolved = json.isTextEscaped();
        if (isResolved) {
            resolved = resolved.length < length ? new byte[length * 2] : resolved;
            json.copyText(resolved, 0);
        }
        textFrom = isResolved ? 0 : from;
        textTo = textFrom + length;
        hash = ByteHash.of(text(), textFrom, length);
        return quote;
    }

    /** Array that holds the text. */
    private byte[] text() {
        return isResolved ? resolved : bytes;
    }

    /** Remembers the text as a member of the group. */
    private void remember() {
        int length = textTo - textFrom;
        if (!isResolved) {
            distinct.add(textFrom, length, hash);
        } else {
            int at = distinct.room(length);
            System.arraycopy(resolved, textFrom, distinct.arena(), at, length);
            distinct.addOfArena(at, length, hash);
        }
    }

    private int behindColon(int quote) throws InvalidItemException {
        int colon = json.skipWhiteSpace(quote + 1);
        json.expect(':', colon);
        return json.skipWhiteSpace(colon + 1);
    }

    /** The same as {@link #value} for one whose tag may be spelled otherwise. */
    private int valueWithAnyTag(int from, int depth) throws InvalidItemException {
        int small = json.writeTag(from);
        if (small != 0) {
            int end = end(taggedValue(small, json.skipWhiteSpace(from + bytesOfTag(small)), depth));
            hasWrittenTag = true;
            return end;
        }
        int quote = bytes[from] == '{' ? json.skipWhiteSpace(from + 1) : -1;
        int tag = quote >= 0 && bytes[quote] == '"' ? tags.write(bytes, quote, limit) : 0;
        if (tag == 0) {
            // It says what is wrong.
            return value(from, depth);
        }
        boolean isWritten = tags.isWritten();
        int end = end(taggedValue(tag, behindColon(tags.end()), depth));
        hasWrittenTag |= isWritten;
        return end;
    }

    /** Goes behind the value with a type tag that stands at an index, and leaves its hash. */
    private int value(int from, int depth) throws InvalidItemException {
        if (bytes[from] != '{') {
            throw error("item.type", from, "an attribute value is an object with a type tag");
        }
        int tag = json.tag(from);
        int i = from + bytesOfTag(tag);
        if (tag == 0) {
            i = json.skipWhiteSpace(from + 1);
            if (bytes[i] != '"') {
                throw error("item.type", i, "an attribute value has a type tag");
            }
            i = json.string(i + 1) + 1;
            tag = tag();
            i = json.skipWhiteSpace(i);
            json.expect(':', i);
            i++;
        }
        return end(taggedValue(tag, json.skipWhiteSpace(i), depth));
    }

    /** Length of <code>{"S":</code>, of <code>{"SS":</code> and of <code>{"BOOL":</code>. */
    private static int bytesOfTag(int tag) {
        return tag <= 0xff ? 5 : tag == BOOL || tag == NULL ? 8 : 6;
    }

    /** Goes behind the end of a value, from behind what its tag stands for. */
    private int end(int from) throws InvalidItemException {
        int i = json.skipWhiteSpace(from);
        if (bytes[i] == ',') {
            throw error("item.type", i, "an attribute value has one type tag");
        }
        json.expect('}', i);
        return i + 1;
    }

    private int taggedValue(int tag, int from, int depth) throws InvalidItemException {
        switch (tag) {
            case 'S', 'N', 'B' -> {
                requireString(from);
                return scalar(tag, from + 1);
            }
            case 'M' -> {
                size += 3;
                requireNesting(from, depth);
                if (bytes[from] != '{') {
                    throw error("item.type", from, "a map is an object");
                }
                return attributes(from, depth + 1, true);
            }
            case 'L' -> {
                return list(from, depth);
            }
            case BOOL, NULL -> {
                return word(tag, from);
            }
            default -> {
                return set(tag >> Byte.SIZE, from);
            }
        }
    }

    private int word(int tag, int from) throws InvalidItemException {
        boolean isTrue = bytes[from] == 't';
        if (!isTrue && (tag == NULL || bytes[from] != 'f')) {
            throw error("item.type", from, tag == NULL ? "NULL is true" : "BOOL is true or false");
        }
        json.position(from);
        json.bool();
        size += 1;
        hash = isTrue ? tag : ~tag;
        return json.position();
    }

    /** Goes behind the string whose first byte stands at an index, a value of S, N or B, and leaves its hash. */
    private int scalar(int tag, int from) throws InvalidItemException {
        if (tag == 'B') {
            return binary(from);
        }
        int quote = text(from);
        if (tag == 'S') {
            size += textTo - textFrom;
            hash ^= 'S';
        } else {
            number(from);
            hash = number.hash() ^ 'N';
        }
        return quote + 1;
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
                    return c << Byte.SIZE | 'S';
                }
            } else if (json.textIs("BOOL")) {
                return BOOL;
            } else if (json.textIs("NULL")) {
                return NULL;
            }
        }
        throw error("item.type", json.textFrom(), "not one of DynamoDB's ten type tags");
    }

    private void requireString(int at) throws InvalidItemException {
        if (bytes[at] != '"') {
            throw error("item.type", at, "the value of this type is a JSON string");
        }
    }

    private void number(int from) throws InvalidItemException {
        if (!number.read(text(), textFrom, textTo)) {
            throw error("item.number", from, "not a number that DynamoDB takes");
        }
        size += number.sizeBytes();
    }

    /** Goes behind the string whose first byte stands at an index, a value of B, and leaves the hash of what it means. */
    private int binary(int from) throws InvalidItemException {
        int quote = binaryText(from);
        int length = binaryLength(from);
        int whole = length / 3 * 4;
        if (whole < textTo - textFrom) {
            byte[] text = textOfBinary();
            long hashOfWhole = ByteHash.of(text, textFrom, whole);
            // Of the last group the lowest bits may be anything, so that only what they decode to can be compared.
            Base64Text.decode(text, textFrom + whole, textTo, lastGroup, 0);
            hash = ByteHash.combine(hashOfWhole, ByteHash.of(lastGroup, 0, length % 3));
        } else if (unwraps) {
            hash = ByteHash.of(textOfBinary(), textFrom, whole);
        }
        hash ^= 'B';
        return quote + 1;
    }

    /**
     * Index of the closing quote of the string whose first byte stands at an index, a value or member of binary. Leaves where
     * its text stands, without a second base64, and of a text that has none its hash.
     */
    private int binaryText(int from) throws InvalidItemException {
        if (!unwraps) {
            return text(from);
        }
        int quote = unwrapped.unwrap(from, limit);
        if (quote < 0) {
            quote = text(from);
            if (!unwrapped.unwrap(text(), textFrom, textTo, quote)) {
                throw error("item.base64", from, "a binary value that is not base64 of base64");
            }
        }
        textFrom = unwrapped.textFrom();
        textTo = unwrapped.textTo();
        return quote;
    }

    /** Array that holds the text of {@link #binaryText}. */
    private byte[] textOfBinary() {
        return unwraps ? unwrapped.bytes() : text();
    }

    private int binaryLength(int from) throws InvalidItemException {
        int length = Base64Text.decodedLength(textOfBinary(), textFrom, textTo);
        if (length < 0) {
            throw error("item.base64", from, "not base64");
        }
        size += length;
        hasBinary = true;
        return length;
    }

    private int set(int memberType, int from) throws InvalidItemException {
        int i = array(from);
        if (bytes[i] == ']') {
            throw error("item.empty-set", from, "a set without a member");
        }
        distinct.begin();
        long sum = 0;
        while (true) {
            requireString(i);
            int quote = memberType == 'B' ? binaryText(i + 1) : text(i + 1);
            member(memberType, i + 1);
            sum += ByteHash.combine(hash, memberType);
            i = json.skipWhiteSpace(quote + 1);
            if (bytes[i] != ',') {
                break;
            }
            i = json.skipWhiteSpace(i + 1);
        }
        json.expect(']', i);
        if (!distinct.end()) {
            throw error("item.set-duplicate", from, "one member stands twice in a set");
        }
        hash = ByteHash.combine(sum, '{');
        return i + 1;
    }

    /** Checks, measures and remembers the text as a member of a set, and leaves its hash. */
    private void member(int type, int from) throws InvalidItemException {
        switch (type) {
            case 'S' -> {
                size += textTo - textFrom;
                remember();
            }
            case 'N' -> {
                number(from);
                int length = number.canonicalLength();
                int at = distinct.room(length);
                number.writeCanonical(distinct.arena(), at);
                hash = number.hash();
                distinct.addOfArena(at, length, hash);
            }
            default -> {
                int length = binaryLength(from);
                int at = distinct.room(length);
                Base64Text.decode(textOfBinary(), textFrom, textTo, distinct.arena(), at);
                hash = ByteHash.of(distinct.arena(), at, length);
                distinct.addOfArena(at, length, hash);
            }
        }
    }

    private int list(int from, int depth) throws InvalidItemException {
        size += 3;
        requireNesting(from, depth);
        int i = array(from);
        long members = '[';
        if (bytes[i] != ']') {
            while (true) {
                size += 1;
                i = json.skipWhiteSpace(writesTags ? valueWithAnyTag(i, depth + 1) : value(i, depth + 1));
                members = ByteHash.combine(members, hash);
                if (bytes[i] != ',') {
                    break;
                }
                i = json.skipWhiteSpace(i + 1);
            }
            json.expect(']', i);
        }
        hash = members;
        return i + 1;
    }

    /** Index of what stands first in the array that begins at an index. */
    private int array(int from) throws InvalidItemException {
        if (bytes[from] != '[') {
            throw error("item.type", from, "the value of this type is an array");
        }
        return json.skipWhiteSpace(from + 1);
    }

    private static void requireNesting(int at, int depth) throws InvalidItemException {
        if (depth >= MAX_NESTING) {
            throw error("item.nesting", at, "nested more than " + MAX_NESTING + " deep");
        }
    }
}
