package io.github.dynarestore.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks JSON in a byte array, strictly: RFC 8259 grammar, UTF-8 without overlong forms, no lone surrogates whether raw or
 * escaped, no raw control characters in strings. Allocates nothing but a scratch buffer for texts with escapes. Reading
 * past the end throws {@link #TRUNCATED}, so that a caller with more bytes can try again. Not thread-safe.
 */
public final class JsonCursor {

    /** Reason of an error: the bytes end too early. */
    public static final String TRUNCATED = "json.truncated";

    /** Reason of an error: not the grammar of JSON. */
    public static final String SYNTAX = "json.syntax";

    /** Reason of an error: not UTF-8. */
    public static final String UTF8 = "json.utf8";

    /** Reason of an error: half a surrogate pair. */
    public static final String SURROGATE = "json.surrogate";

    /** Reason of an error: nested too deeply. */
    public static final String DEPTH = "json.depth";

    /** Reason of an error: a name stands twice in one object. */
    static final String DUPLICATE_NAME = "item.duplicate-name";

    /** Deepest nesting: 32 levels of DynamoDB are 64 of JSON, and envelopes come on top. */
    public static final int MAX_DEPTH = 128;

    /** Strings are walked eight bytes a step: {@code HotPathBenchmark.findSlices}. */
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long TOP_BITS = EACH_BYTE << 7;

    private static final int LETTER_SHIFT = 4 * Byte.SIZE;
    private static final long LETTER = 0xffL << LETTER_SHIFT;
    private static final long TYPED_TEXT = eight("\":{\"\0\":\"");

    private static final long LETTER_TAG = eight("{\"\0\":\0\0\0");
    private static final long LETTER_TAG_MASK = 0xff_ff00_ffffL;
    private static final int LETTER_TAG_SHIFT = 2 * Byte.SIZE;
    private static final int CASE_BIT = 0x20;
    private static final long SET_TAG = eight("{\"\0S\":\0\0");
    private static final long SET_TAG_MASK = 0xffff_ff00_ffffL;
    private static final long BOOL_TAG = eight("{\"BOOL\":");
    private static final long NULL_TAG = eight("{\"NULL\":");

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int textFrom;
    private int textTo;
    private int textLength;
    private long plainHash;
    private boolean textEscaped;
    private byte[] scratch = new byte[64];

    /** Few cursors need one. */
    private @Nullable Distinct distinct;

    private static long eight(String ascii) {
        return (long) EIGHT_BYTES.get(ascii.getBytes(StandardCharsets.US_ASCII), 0);
    }

    /** Begins to walk a slice. */
    public void reset(byte[] json, int from, int to) {
        bytes = json;
        at = from;
        end = to;
    }

    /** Index of the next byte. */
    public int position() {
        return at;
    }

    /** Goes on at an index. */
    public void position(int index) {
        at = index;
    }

    /** Skips white space and returns the next byte without taking it. */
    public int peek() throws InvalidItemException {
        int i = at;
        if (i < end) {
            byte c = bytes[i];
            if (c > ' ') {
                return c;
            }
        }
        return peekBehindWhiteSpace();
    }

    private int peekBehindWhiteSpace() throws InvalidItemException {
        byte[] b = bytes;
        int i = at;
        while (i < end) {
            byte c = b[i];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                at = i;
                return c;
            }
            i++;
        }
        at = i;
        throw truncated();
    }

    /** Skips white space and takes the byte that must follow. */
    public void take(char expected) throws InvalidItemException {
        if (peek() != expected) {
            throw error(SYNTAX, at, "expected '" + expected + "'");
        }
        at++;
    }

    /** Skips white space and takes a byte if it is this one. */
    public boolean takeIf(char wanted) throws InvalidItemException {
        if (peek() != wanted) {
            return false;
        }
        at++;
        return true;
    }

    /** Takes a string; the {@code text…} methods then speak of it. */
    public void string() throws InvalidItemException {
        take('"');
        at = string(at) + 1;
    }

    /** Takes the name of a member, the colon behind it and white space; the {@code text…} methods then speak of the name. */
    public void name() throws InvalidItemException {
        int i = skipWhiteSpace(at);
        expect('"', i);
        i = skipWhiteSpace(string(i + 1) + 1);
        expect(':', i);
        at = skipWhiteSpace(i + 1);
    }

    /** Takes the first bytes of an array if these very bytes stand next and more follow. */
    public boolean takeIf(byte[] wanted, int length) {
        int to = at + length;
        if (to >= end || !areNext(wanted, length)) {
            return false;
        }
        at = to;
        return true;
    }

    /** Arrays.equals takes longer for so few bytes: {@code FormatBenchmark} of {@code KINESIS}, small items. */
    private boolean areNext(byte[] wanted, int length) {
        int last = length - Long.BYTES;
        if (last < 0) {
            return Arrays.equals(bytes, at, at + length, wanted, 0, length);
        }
        for (int i = 0; i < last; i += Long.BYTES) {
            if ((long) EIGHT_BYTES.get(bytes, at + i) != (long) EIGHT_BYTES.get(wanted, i)) {
                return false;
            }
        }
        return (long) EIGHT_BYTES.get(bytes, at + last) == (long) EIGHT_BYTES.get(wanted, last);
    }

    /** Index of the closing quote of the string whose first byte stands at an index; the {@code text…} methods then speak of it. */
    int string(int from) throws InvalidItemException {
        byte[] b = bytes;
        int to = end;
        int i = from;
        textFrom = from;
        textEscaped = false;
        int saved = 0;
        while ((i = plainEnd(b, i, to)) < to) {
            int c = b[i];
            if (c == '"') {
                textTo = i;
                textLength = i - from - saved;
                return i;
            }
            if (c == '\\') {
                textEscaped = true;
                int width = escapeWidth(i);
                saved += width - escapedLength(i, width);
                i += width;
            } else if (c < 0) {
                do {
                    i = multiByte(i);
                } while (i < to && b[i] < 0);
            } else {
                throw error(SYNTAX, i, "a raw control character in a string");
            }
        }
        at = i;
        throw truncated();
    }

    /**
     * Index of the closing quote of the string whose first byte stands at an index, and its hash in {@link #plainHash}, if it
     * has no escapes, as most have none; else, or if it stands at the very end of the bytes, -1.
     */
    int plainString(int from) throws InvalidItemException {
        byte[] b = bytes;
        long hash = 0;
        long all = 0;
        int last = end - Long.BYTES;
        for (int i = from; i <= last; i += Long.BYTES) {
            long eight = (long) EIGHT_BYTES.get(b, i);
            long special = specialAscii(eight) & TOP_BITS;
            if (special != 0) {
                int bits = Long.numberOfTrailingZeros(special) & -Byte.SIZE;
                int quote = i + (bits >>> 3);
                long rest = eight & (1L << bits) - 1;
                plainHash = ByteHash.end(hash, rest, quote - from);
                if (b[quote] != '"') {
                    return -1;
                }
                if (((all | rest) & TOP_BITS) != 0) {
                    requireUtf8(from, quote);
                }
                return quote;
            }
            all |= eight;
            hash = ByteHash.step(hash, eight);
        }
        return -1;
    }

    private void requireUtf8(int from, int to) throws InvalidItemException {
        int i = from;
        while (i < to) {
            i = bytes[i] < 0 ? multiByte(i) : i + 1;
        }
    }

    /** Hash of the string that {@link #plainString} found last. */
    long plainHash() {
        return plainHash;
    }

    /** The letter of the eight bytes {@code ":{"S":"} at an index; 0 if something else stands there. */
    int letterOfTypedText(int quote) {
        if (end - quote < Long.BYTES) {
            return 0;
        }
        long eight = (long) EIGHT_BYTES.get(bytes, quote);
        if ((eight & ~LETTER) != TYPED_TEXT) {
            return 0;
        }
        int letter = (int) (eight >>> LETTER_SHIFT) & 0xff;
        return letter == 'S' || letter == 'N' || letter == 'B' ? letter : 0;
    }

    /** The same of the eight bytes {@code ":{"s":"}, whose letter is written over as a capital. */
    int writeTypedText(int quote) {
        if (end - quote < Long.BYTES) {
            return 0;
        }
        long eight = (long) EIGHT_BYTES.get(bytes, quote);
        int letter = (int) (eight >>> LETTER_SHIFT) & 0xff;
        if ((eight & ~LETTER) != TYPED_TEXT || letter != 's' && letter != 'n' && letter != 'b') {
            return 0;
        }
        int capital = letter - ('s' - 'S');
        bytes[quote + LETTER_SHIFT / Byte.SIZE] = (byte) capital;
        return capital;
    }

    /** The tag of {@code {"S":} at an index, in the letters of {@link ItemScanner}; 0 if none stands there in this spelling. */
    int tag(int brace) {
        if (end - brace < Long.BYTES) {
            return 0;
        }
        long eight = (long) EIGHT_BYTES.get(bytes, brace);
        if ((eight & LETTER_TAG_MASK) == LETTER_TAG) {
            int letter = (int) (eight >>> LETTER_TAG_SHIFT) & 0xff;
            return letter == 'S' || letter == 'N' || letter == 'M' || letter == 'L' || letter == 'B' ? letter : 0;
        }
        if ((eight & SET_TAG_MASK) == SET_TAG) {
            int letter = (int) (eight >>> LETTER_TAG_SHIFT) & 0xff;
            return letter == 'S' || letter == 'N' || letter == 'B' ? letter << Byte.SIZE | 'S' : 0;
        }
        return eight == BOOL_TAG ? ItemScanner.BOOL : eight == NULL_TAG ? ItemScanner.NULL : 0;
    }

    /** The same of {@code {"s":}, {@code {"sS":} and the like, whose small letter is written over as a capital. */
    int writeTag(int brace) {
        if (end - brace < Long.BYTES) {
            return 0;
        }
        long eight = (long) EIGHT_BYTES.get(bytes, brace);
        int small = (int) (eight >>> LETTER_TAG_SHIFT) & 0xff;
        if ((small & CASE_BIT) == 0) {
            return 0;
        }
        int letter = small & ~CASE_BIT;
        boolean isScalar = letter == 'S' || letter == 'N' || letter == 'B';
        if ((eight & LETTER_TAG_MASK) == LETTER_TAG && (isScalar || letter == 'M' || letter == 'L')) {
            bytes[brace + LETTER_TAG_SHIFT / Byte.SIZE] = (byte) letter;
            return letter;
        }
        if ((eight & SET_TAG_MASK) == SET_TAG && isScalar) {
            bytes[brace + LETTER_TAG_SHIFT / Byte.SIZE] = (byte) letter;
            return letter << Byte.SIZE | 'S';
        }
        return 0;
    }

    /** Index of the next byte that is not a printable character of ASCII, or is a quote or a backslash. */
    private static int plainEnd(byte[] b, int from, int to) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long eight = (long) EIGHT_BYTES.get(b, i);
            long special = special(eight);
            if (special != 0) {
                return i + (Long.numberOfTrailingZeros(special) >>> 3);
            }
        }
        while (i < to && b[i] >= ' ' && b[i] != '"' && b[i] != '\\') {
            i++;
        }
        return i;
    }

    /**
     * Has the top bit set of the lowest byte that is not a printable character of ASCII, or is a quote or a backslash, and
     * perhaps of bytes above it: a borrow only ever comes from a byte that is special itself.
     */
    private static long special(long eight) {
        return (specialAscii(eight) | eight) & TOP_BITS;
    }

    private static long specialAscii(long eight) {
        // The quote changes places with the blank, and then is the next one behind the control characters.
        long controlOrQuote = (eight ^ ('"' ^ ' ') * EACH_BYTE) - ('!' * EACH_BYTE) & ~eight;
        return controlOrQuote | marks(eight, '\\');
    }

    /** Index of the next byte that is a character of ASCII; the end if there is none. */
    static int indexOf(char c, byte[] b, int from, int to) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long marks = marks((long) EIGHT_BYTES.get(b, i), c) & TOP_BITS;
            if (marks != 0) {
                return i + (Long.numberOfTrailingZeros(marks) >>> 3);
            }
        }
        while (i < to && b[i] != c) {
            i++;
        }
        return i;
    }

    /** Has the top bit set of the lowest byte that equals a character of ASCII, and perhaps of bytes above it. */
    private static long marks(long eight, char c) {
        long zeroWhereEqual = eight ^ c * EACH_BYTE;
        return zeroWhereEqual - EACH_BYTE & ~zeroWhereEqual;
    }

    /** Bytes of the escape at an index: 2, 6, or 12 for a surrogate pair. */
    private int escapeWidth(int i) throws InvalidItemException {
        need(i + 1);
        switch (bytes[i + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return 2;
            }
            case 'u' -> {
                int unit = hex4(i + 2);
                if (unit < 0xd800 || unit > 0xdfff) {
                    return 6;
                }
                if (unit > 0xdbff) {
                    throw error(SURROGATE, i, "a low surrogate without a high one");
                }
                need(i + 6);
                if (bytes[i + 6] != '\\') {
                    throw error(SURROGATE, i, "a high surrogate without a low one");
                }
                need(i + 7);
                if (bytes[i + 7] != 'u') {
                    throw error(SURROGATE, i, "a high surrogate without a low one");
                }
                int low = hex4(i + 8);
                if (low < 0xdc00 || low > 0xdfff) {
                    throw error(SURROGATE, i, "a high surrogate without a low one");
                }
                return 12;
            }
            default -> throw error(SYNTAX, i, "an unknown escape");
        }
    }

    private int escapedLength(int i, int width) throws InvalidItemException {
        if (width == 2) {
            return 1;
        }
        if (width == 12) {
            return 4;
        }
        int unit = hex4(i + 2);
        return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    }

    private int hex4(int from) throws InvalidItemException {
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            need(i);
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0) {
                throw error(SYNTAX, i, "not a hexadecimal digit");
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** Checks the character of two to four bytes at an index and returns the index behind it. */
    private int multiByte(int i) throws InvalidItemException {
        int first = bytes[i] & 0xff;
        if (first >= 0xc2 && first <= 0xdf) {
            continuation(i + 1, 0x80, 0xbf, i);
            return i + 2;
        }
        if (first >= 0xe0 && first <= 0xef) {
            if (first == 0xed) {
                need(i + 1);
                if ((bytes[i + 1] & 0xff) >= 0xa0) {
                    throw error(SURROGATE, i, "a surrogate in UTF-8");
                }
            }
            continuation(i + 1, first == 0xe0 ? 0xa0 : 0x80, 0xbf, i);
            continuation(i + 2, 0x80, 0xbf, i);
            return i + 3;
        }
        if (first >= 0xf0 && first <= 0xf4) {
            continuation(i + 1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf, i);
            continuation(i + 2, 0x80, 0xbf, i);
            continuation(i + 3, 0x80, 0xbf, i);
            return i + 4;
        }
        throw error(UTF8, i, "not the first byte of a character");
    }

    private void continuation(int i, int least, int most, int character) throws InvalidItemException {
        need(i);
        int value = bytes[i] & 0xff;
        if (value < least || value > most) {
            throw error(UTF8, character, "not a character of UTF-8");
        }
    }

    /** Index of the last string's first byte behind its quote. */
    public int textFrom() {
        return textFrom;
    }

    /** Index of the last string's closing quote. */
    public int textTo() {
        return textTo;
    }

    /** Whether the last string has escapes, so that its bytes are not its text. */
    public boolean isTextEscaped() {
        return textEscaped;
    }

    /** Length of the last string in bytes of UTF-8, escapes resolved. */
    public int textUtf8Length() {
        return textLength;
    }

    /** Whether the last string is this text, escapes resolved; the text must be ASCII. */
    public boolean textIs(String ascii) {
        int length = ascii.length();
        if (textLength != length) {
            return false;
        }
        byte[] b = textEscaped ? decoded() : bytes;
        int from = textEscaped ? 0 : textFrom;
        for (int i = 0; i < length; i++) {
            if (b[from + i] != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the last string is this UTF-8, escapes resolved. */
    public boolean textIs(byte[] utf8) {
        if (textLength != utf8.length) {
            return false;
        }
        return textEscaped
                ? Arrays.equals(decoded(), 0, textLength, utf8, 0, utf8.length)
                : Arrays.equals(bytes, textFrom, textTo, utf8, 0, utf8.length);
    }

    /** Copies the last string's UTF-8, escapes resolved; there must be room for {@link #textUtf8Length()} bytes. */
    public void copyText(byte[] out, int offset) {
        System.arraycopy(textEscaped ? decoded() : bytes, textEscaped ? 0 : textFrom, out, offset, textLength);
    }

    /**
     * How many bytes the last string decodes to, if it is base64 (RFC 4648, section 4) with its padding and without escapes.
     *
     * @return -1 if it is not
     */
    public int base64Length() {
        return textEscaped ? -1 : Base64Text.decodedLength(bytes, textFrom, textTo);
    }

    /** Decodes the last string; there must be room for {@link #base64Length()} bytes, which must not be -1. */
    public void copyBase64(byte[] out, int offset) {
        Base64Text.decode(bytes, textFrom, textTo, out, offset);
    }

    /** The last string, escapes resolved. */
    public String text() {
        return textEscaped
                ? new String(decoded(), 0, textLength, StandardCharsets.UTF_8)
                : new String(bytes, textFrom, textTo - textFrom, StandardCharsets.UTF_8);
    }

    private byte[] decoded() {
        if (scratch.length < textLength) {
            scratch = new byte[Math.max(textLength, scratch.length * 2)];
        }
        int out = 0;
        int i = textFrom;
        while (i < textTo) {
            byte c = bytes[i];
            if (c != '\\') {
                scratch[out++] = c;
                i++;
                continue;
            }
            byte kind = bytes[i + 1];
            i += 2;
            switch (kind) {
                case 'b' -> scratch[out++] = '\b';
                case 'f' -> scratch[out++] = '\f';
                case 'n' -> scratch[out++] = '\n';
                case 'r' -> scratch[out++] = '\r';
                case 't' -> scratch[out++] = '\t';
                case 'u' -> {
                    int point = unit(i);
                    i += 4;
                    if (point >= 0xd800 && point <= 0xdbff) {
                        point = Character.toCodePoint((char) point, (char) unit(i + 2));
                        i += 6;
                    }
                    out = encode(point, out);
                }
                default -> scratch[out++] = kind;
            }
        }
        return scratch;
    }

    private int unit(int from) {
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            value = value << 4 | Character.digit(bytes[i], 16);
        }
        return value;
    }

    private int encode(int point, int out) {
        int next = out;
        if (point < 0x80) {
            scratch[next++] = (byte) point;
        } else if (point < 0x800) {
            scratch[next++] = (byte) (0xc0 | point >> 6);
            scratch[next++] = (byte) (0x80 | point & 0x3f);
        } else if (point < 0x10000) {
            scratch[next++] = (byte) (0xe0 | point >> 12);
            scratch[next++] = (byte) (0x80 | point >> 6 & 0x3f);
            scratch[next++] = (byte) (0x80 | point & 0x3f);
        } else {
            scratch[next++] = (byte) (0xf0 | point >> 18);
            scratch[next++] = (byte) (0x80 | point >> 12 & 0x3f);
            scratch[next++] = (byte) (0x80 | point >> 6 & 0x3f);
            scratch[next++] = (byte) (0x80 | point & 0x3f);
        }
        return next;
    }

    /** Takes {@code true} or {@code false}. */
    public boolean bool() throws InvalidItemException {
        boolean value = peek() == 't';
        literal(value ? "true" : "false");
        return value;
    }

    /** Takes a number of JSON; {@link #textFrom()} and {@link #textTo()} then say where it stands. */
    public void number() throws InvalidItemException {
        peek();
        int i = at;
        textFrom = i;
        textEscaped = false;
        if (bytes[i] == '-') {
            i++;
        }
        need(i);
        if (bytes[i] == '0') {
            i++;
        } else {
            i = digits(i);
        }
        if (i < end && bytes[i] == '.') {
            i = digits(i + 1);
        }
        if (i < end && (bytes[i] == 'e' || bytes[i] == 'E')) {
            i++;
            need(i);
            if (bytes[i] == '+' || bytes[i] == '-') {
                i++;
            }
            i = digits(i);
        }
        textTo = i;
        textLength = i - textFrom;
        at = i;
    }

    private int digits(int from) throws InvalidItemException {
        need(from);
        if (bytes[from] < '0' || bytes[from] > '9') {
            throw error(SYNTAX, from, "expected a digit");
        }
        int i = from + 1;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
            i++;
        }
        return i;
    }

    /** Skips white space and takes a word such as {@code null}. */
    public void literal(String word) throws InvalidItemException {
        peek();
        for (int i = 0; i < word.length(); i++) {
            need(at + i);
            if (bytes[at + i] != word.charAt(i)) {
                throw error(SYNTAX, at + i, "expected " + word);
            }
        }
        at += word.length();
    }

    /** Takes any value that has been checked before, and does not check it again. */
    public void skipChecked() throws InvalidItemException {
        int depth = 0;
        int i = at;
        while (i < end) {
            switch (bytes[i]) {
                case '"' -> i = closingQuote(i + 1);
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    if (depth == 0) {
                        // Of the object around a number or a word.
                        at = i;
                        return;
                    }
                    depth--;
                }
                case ',' -> {
                    if (depth == 0) {
                        at = i;
                        return;
                    }
                }
                default -> {
                    // A part of a number or a word, a colon, white space.
                }
            }
            i++;
        }
        at = end;
        throw truncated();
    }

    private int closingQuote(int from) throws InvalidItemException {
        byte[] b = bytes;
        int i = from;
        while (true) {
            for (; i <= end - Long.BYTES; i += Long.BYTES) {
                long eight = (long) EIGHT_BYTES.get(b, i);
                long special = (marks(eight, '"') | marks(eight, '\\')) & TOP_BITS;
                if (special != 0) {
                    i += Long.numberOfTrailingZeros(special) >>> 3;
                    break;
                }
            }
            while (i < end && b[i] != '"' && b[i] != '\\') {
                i++;
            }
            need(i);
            if (b[i] == '"') {
                return i;
            }
            i += 2;
        }
    }

    /**
     * Takes any value and checks it as {@link #skipValue()} does, and that no name stands twice in an object of it, however it
     * is escaped.
     */
    public void skipDistinct() throws InvalidItemException {
        int first = peek();
        at = first == '{' || first == '[' ? skipDistinct(at, 0, noNames()) : skipValue(at, 0);
    }

    private int skipDistinct(int from, int depth, Distinct names) throws InvalidItemException {
        int i = skipWhiteSpace(from);
        boolean isObject = bytes[i] == '{';
        if (depth > MAX_DEPTH || !isObject && bytes[i] != '[') {
            return skipValue(i, depth);
        }
        if (isObject) {
            return skipDistinctMembers(i, depth, names);
        }
        i = skipWhiteSpace(i + 1);
        if (bytes[i] == ']') {
            return i + 1;
        }
        while (true) {
            i = skipWhiteSpace(skipDistinct(i, depth + 1, names));
            if (bytes[i] != ',') {
                expect(']', i);
                return i + 1;
            }
            i++;
        }
    }

    private int skipDistinctMembers(int brace, int depth, Distinct names) throws InvalidItemException {
        int i = skipWhiteSpace(brace + 1);
        if (bytes[i] == '}') {
            return i + 1;
        }
        names.begin();
        while (true) {
            expect('"', i);
            int quote = name(i + 1, names);
            boolean isText = depth < MAX_DEPTH && letterOfTypedText(quote) != 0;
            int behindText = isText ? skipString(quote + Long.BYTES) : end;
            if (behindText < end && bytes[behindText] == '}') {
                // The one member of its object.
                i = behindText + 1;
            } else {
                i = skipWhiteSpace(quote + 1);
                expect(':', i);
                i = skipDistinct(i + 1, depth + 1, names);
            }
            i = skipWhiteSpace(i);
            if (bytes[i] != ',') {
                break;
            }
            i = skipWhiteSpace(i + 1);
        }
        expect('}', i);
        requireDistinct(names, brace);
        return i + 1;
    }

    /**
     * Refuses an object, which was taken already, if one of its own names stands twice, however it is escaped. The cursor
     * stays where it is.
     *
     * @param brace index of its first byte
     */
    public void requireDistinctNames(int brace) throws InvalidItemException {
        int behind = at;
        Distinct names = noNames();
        names.begin();
        int i = skipWhiteSpace(brace + 1);
        while (bytes[i] != '}') {
            int colon = skipWhiteSpace(name(i + 1, names) + 1);
            i = skipWhiteSpace(skipValue(colon + 1, 0));
            if (bytes[i] == ',') {
                i = skipWhiteSpace(i + 1);
            }
        }
        requireDistinct(names, brace);
        at = behind;
    }

    private Distinct noNames() {
        Distinct names = distinct == null ? new Distinct() : distinct;
        distinct = names;
        names.reset(bytes);
        return names;
    }

    /** Index of the closing quote of the name whose first byte stands at an index, which is remembered. */
    private int name(int from, Distinct names) throws InvalidItemException {
        int quote = plainString(from);
        if (quote >= 0) {
            names.add(from, quote - from, plainHash);
            return quote;
        }
        quote = string(from);
        int copy = names.room(textLength);
        copyText(names.arena(), copy);
        names.addOfArena(copy, textLength, ByteHash.of(names.arena(), copy, textLength));
        return quote;
    }

    private static void requireDistinct(Distinct names, int brace) throws InvalidItemException {
        if (!names.end()) {
            throw error(DUPLICATE_NAME, brace, "one name stands twice in an object");
        }
    }

    /** Takes any value and checks it; a name may stand twice in an object. */
    public void skipValue() throws InvalidItemException {
        at = skipValue(at, 0);
    }

    /** Takes and returns indices, as fields cost a third more here: {@code HotPathBenchmark.findSlices}. */
    private int skipValue(int from, int depth) throws InvalidItemException {
        if (depth > MAX_DEPTH) {
            throw error(DEPTH, from, "nested more than " + MAX_DEPTH + " deep");
        }
        int i = skipWhiteSpace(from);
        switch (bytes[i]) {
            case '"' -> {
                return skipString(i + 1);
            }
            case '{' -> {
                i = skipWhiteSpace(i + 1);
                if (bytes[i] == '}') {
                    return i + 1;
                }
                return skipMembers(i, depth);
            }
            case '[' -> {
                i = skipWhiteSpace(i + 1);
                if (bytes[i] == ']') {
                    return i + 1;
                }
                while (true) {
                    i = skipWhiteSpace(skipValue(i, depth + 1));
                    if (bytes[i] != ',') {
                        expect(']', i);
                        return i + 1;
                    }
                    i++;
                }
            }
            default -> {
                at = i;
                switch (bytes[i]) {
                    case 't' -> literal("true");
                    case 'f' -> literal("false");
                    case 'n' -> literal("null");
                    default -> number();
                }
                return at;
            }
        }
    }

    /** Index behind an object, one of whose names stands at an index. */
    private int skipMembers(int from, int depth) throws InvalidItemException {
        int i = from;
        while (true) {
            expect('"', i);
            i = skipString(i + 1);
            if (depth < MAX_DEPTH && letterOfTypedText(i - 1) != 0) {
                i = skipWhiteSpace(skipString(i - 1 + Long.BYTES));
                if (bytes[i] == '}') {
                    i++;
                } else {
                    expect(',', i);
                    i = skipMembers(skipWhiteSpace(i + 1), depth + 1);
                }
            } else {
                i = skipWhiteSpace(i);
                expect(':', i);
                i = skipValue(i + 1, depth + 1);
            }
            i = skipWhiteSpace(i);
            if (bytes[i] != ',') {
                expect('}', i);
                return i + 1;
            }
            i = skipWhiteSpace(i + 1);
        }
    }

    /** Index of the next byte that is no white space, from an index on. */
    int skipWhiteSpace(int from) throws InvalidItemException {
        if (from < end && bytes[from] > ' ') {
            return from;
        }
        at = from;
        peekBehindWhiteSpace();
        return at;
    }

    /** Refuses another byte at an index. */
    void expect(char expected, int i) throws InvalidItemException {
        if (bytes[i] != expected) {
            throw error(SYNTAX, i, "expected '" + expected + "'");
        }
    }

    /** Index behind the closing quote of the string whose first byte stands at an index. */
    private int skipString(int from) throws InvalidItemException {
        byte[] b = bytes;
        int i = from;
        while ((i = plainEnd(b, i, end)) < end) {
            int c = b[i];
            if (c == '"') {
                return i + 1;
            }
            if (c == '\\') {
                i += escapeWidth(i);
            } else if (c < 0) {
                i = multiByte(i);
            } else {
                throw error(SYNTAX, i, "a raw control character in a string");
            }
        }
        at = i;
        throw truncated();
    }

    private void need(int index) throws InvalidItemException {
        if (index >= end) {
            at = end;
            throw truncated();
        }
    }

    private InvalidItemException truncated() {
        return new InvalidItemException(TRUNCATED, end, "the bytes end in the midst of a value");
    }

    static InvalidItemException error(String reason, int position, String detail) {
        return new InvalidItemException(reason, position, detail);
    }
}
