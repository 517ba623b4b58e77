package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import java.util.Arrays;
import java.util.List;

/**
 * Spells the type tags of an item as DynamoDB does. An item that is spelled so already stays where it is; of any other
 * one a copy is made in a buffer that is used again. Values are not looked into, but for where they end. Not thread-safe.
 */
final class TagSpeller {

    /** Deeper than any item: how deep one may be says who checks the outcome. */
    private static final int MAX_NESTING = 50;

    /** Field of NULL in version 1 of the SDK, in capitals. */
    private static final String NULL_OF_THE_SDK = "NULLVALUE";

    /** DynamoDB's types, named as DynamoDB spells them. */
    private enum Tag {
        S('"'),
        N('"'),
        B('"'),
        SS('['),
        NS('['),
        BS('['),
        M('{'),
        L('['),
        BOOL('t'),
        NULL('t');

        private static final List<Tag> ALL = List.of(values());
        private static final int MAX_LENGTH = 4;

        /** What a value of the type begins with; BOOL also with f. */
        private final char first;

        Tag(char first) {
            this.first = first;
        }
    }

    private final JsonCursor json = new JsonCursor();
    private byte[] copy = new byte[0];
    private byte[] source = copy;
    private int sourceFrom;
    private int sourceTo;
    private int copied;
    private int copiedTo;
    private boolean spelledOtherwise;

    /**
     * Spells the item that begins at an index. The copy never is longer than the item, since no other spelling of a tag is
     * shorter than DynamoDB's.
     *
     * @return the index behind the item in the source
     * @throws InvalidItemException if there is no item; with the reason {@link JsonCursor#TRUNCATED} if the bytes end
     *     within it
     */
    int spell(byte[] bytes, int from, int to) throws InvalidItemException {
        source = bytes;
        sourceFrom = from;
        copied = 0;
        copiedTo = from;
        spelledOtherwise = false;
        json.reset(bytes, from, to);
        attributes(0);
        sourceTo = json.position();
        if (copied > 0) {
            copyUpTo(sourceTo);
        }
        return sourceTo;
    }

    /** Array that holds the item as DynamoDB spells it: the source, or the buffer. */
    byte[] bytes() {
        return copied > 0 ? copy : source;
    }

    /** Where the item begins in {@link #bytes()}. */
    int from() {
        return copied > 0 ? 0 : sourceFrom;
    }

    /** Where the item ends in {@link #bytes()}. */
    int to() {
        return copied > 0 ? copied : sourceTo;
    }

    /** Whether the item, or what could be read of it, has a whole value whose tag is not spelled as DynamoDB does. */
    boolean isSpelledOtherwise() {
        return spelledOtherwise;
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
        if (json.peek() != '{') {
            throw type("an attribute value is an object with a type tag");
        }
        json.take('{');
        if (json.peek() != '"') {
            throw type("an attribute value has a type tag");
        }
        json.string();
        Tag tag = tag();
        boolean isOther = spell(tag);
        json.take(':');
        int first = json.peek();
        if (first != tag.first && !(tag == Tag.BOOL && first == 'f')) {
            throw type("not a value of the type that its tag says");
        }
        if (tag == Tag.M || tag == Tag.L) {
            nest(tag, depth + 1);
        } else {
            json.skipValue();
        }
        if (json.peek() == ',') {
            throw type("an attribute value has one type tag");
        }
        json.take('}');
        spelledOtherwise |= isOther;
    }

    private void nest(Tag tag, int depth) throws InvalidItemException {
        if (depth > MAX_NESTING) {
            throw new InvalidItemException(
                    "item.nesting", json.position(), "nested more than " + MAX_NESTING + " deep");
        }
        if (tag == Tag.M) {
            attributes(depth);
            return;
        }
        json.take('[');
        if (json.takeIf(']')) {
            return;
        }
        do {
            value(depth);
        } while (json.takeIf(','));
        json.take(']');
    }

    /** Copies up to the tag just taken and spells it, unless it is spelled so; returns whether it was not. */
    private boolean spell(Tag tag) {
        String spelling = tag.name();
        if (json.textIs(spelling)) {
            return false;
        }
        copyUpTo(json.textFrom());
        for (int i = 0; i < spelling.length(); i++) {
            copy[copied++] = (byte) spelling.charAt(i);
        }
        copiedTo = json.textTo();
        return true;
    }

    private void copyUpTo(int index) {
        int length = index - copiedTo;
        int needed = copied + length + Tag.MAX_LENGTH;
        if (copy.length < needed) {
            copy = Arrays.copyOf(copy, Math.max(needed, copy.length * 2));
        }
        System.arraycopy(source, copiedTo, copy, copied, length);
        copied += length;
        copiedTo = index;
    }

    /** The tag just taken, in any case. */
    private Tag tag() throws InvalidItemException {
        for (int i = 0; i < Tag.ALL.size(); i++) {
            Tag tag = Tag.ALL.get(i);
            if (isInAnyCase(tag.name())) {
                return tag;
            }
        }
        if (isInAnyCase(NULL_OF_THE_SDK)) {
            return Tag.NULL;
        }
        throw new InvalidItemException("item.type", json.textFrom(), "not one of the type tags of an export");
    }

    /** Whether the text just taken is a word, given in capitals; one bit tells the cases of an ASCII letter apart. */
    private boolean isInAnyCase(String capitals) {
        int from = json.textFrom();
        if (json.textTo() - from != capitals.length()) {
            return false;
        }
        for (int i = 0; i < capitals.length(); i++) {
            if ((source[from + i] & ~0x20) != capitals.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private InvalidItemException type(String detail) {
        return new InvalidItemException("item.type", json.position(), detail);
    }
}
