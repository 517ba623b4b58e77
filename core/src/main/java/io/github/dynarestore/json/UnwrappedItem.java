package io.github.dynarestore.json;

import java.util.Arrays;

/**
 * An item without the second base64 of its binary values: the item itself as long as no such value has come up, from then on
 * a copy. What is decoded on the way into the copy needs no room of its own. Not thread-safe.
 */
final class UnwrappedItem {

    private static final int LEAST_ROOM = 64;

    private byte[] source = {};
    private int sourceFrom;

    /** Up to where the source has been copied; up to the end once all is there. */
    private int sourceTo;

    private byte[] copy = {};

    /** 0 as long as there is none. */
    private int copied;

    private int textFrom;

    /** Begins anew with an item that begins at an index. */
    void reset(byte[] item, int from) {
        if (source != item) {
            source = item;
        }
        sourceFrom = from;
        sourceTo = from;
        copied = 0;
    }

    /**
     * Decodes the string whose first byte stands at an index, and finds its end on the way.
     *
     * @return index of its closing quote; -1 if it is not plainly base64, with an escape or the end of the bytes in it, say
     */
    int unwrap(int from, int limit) {
        copyUpTo(from);
        textFrom = copied;
        int i = from;
        while (true) {
            reserve(LEAST_ROOM);
            int end = Base64Text.decodeGroups(source, i, limit, copy, copied);
            copied += (end - i) / 4 * 3;
            i = end;
            if (copy.length - copied >= Long.BYTES) {
                break;
            }
        }
        if (i < limit && source[i] != '"') {
            int padded = i;
            i = Math.min(i + 4, limit);
            if (i - padded < 4 || source[i - 1] != '=' || !append(source, padded, i)) {
                i = limit;
            }
        }
        if (i >= limit || source[i] != '"') {
            copied = textFrom;
            return -1;
        }
        sourceTo = i;
        return i;
    }

    /**
     * Decodes a text, which an item has up to its closing quote with escapes in it.
     *
     * @return false if it is not base64
     */
    boolean unwrap(byte[] text, int from, int to, int quote) {
        if (!append(text, from, to)) {
            return false;
        }
        sourceTo = quote;
        return true;
    }

    private boolean append(byte[] text, int from, int to) {
        int length = Base64Text.decodedLength(text, from, to);
        if (length < 0) {
            return false;
        }
        reserve(length);
        Base64Text.decode(text, from, to, copy, copied);
        copied += length;
        return true;
    }

    /** Ends the item, which ends at an index. */
    void end(int to) {
        if (copied > 0) {
            copyUpTo(to);
        } else {
            sourceTo = to;
        }
    }

    private void copyUpTo(int index) {
        int length = index - sourceTo;
        reserve(length);
        System.arraycopy(source, sourceTo, copy, copied, length);
        copied += length;
        sourceTo = index;
    }

    private void reserve(int more) {
        if (copy.length - copied < more) {
            copy = Arrays.copyOf(copy, Math.max(copied + more, copy.length * 2));
        }
    }

    /** Where the text that was decoded last begins in {@link #bytes()}. */
    int textFrom() {
        return textFrom;
    }

    /** Index behind the text that was decoded last. */
    int textTo() {
        return copied;
    }

    /** Array that holds the item, and the text that was decoded last. */
    byte[] bytes() {
        return copied > 0 ? copy : source;
    }

    /** Where the item begins in {@link #bytes()}. */
    int offset() {
        return copied > 0 ? 0 : sourceFrom;
    }

    /** Length of the item. */
    int length() {
        return copied > 0 ? copied : sourceTo - sourceFrom;
    }
}
