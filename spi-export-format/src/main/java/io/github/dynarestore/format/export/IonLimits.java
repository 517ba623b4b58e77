package io.github.dynarestore.format.export;

import io.github.dynarestore.json.InvalidItemException;

/**
 * Looks over the tokens of a line before the library does, which reads numbers of any length, in time that grows with the
 * square of it. Refuses comments too: exports have none, and to skip them otherwise than the library does would be to look at
 * other tokens than it. Not thread-safe.
 */
final class IonLimits {

    static final String SYNTAX = "ion.syntax";
    static final String DEPTH = "ion.depth";

    /** More than DynamoDB's 38 digits with a sign, a point and an exponent, however many zeros stand around them. */
    static final int MAX_NUMBER_BYTES = 256;

    /** 32 levels of DynamoDB, and the record around them. */
    static final int MAX_DEPTH = 64;

    private byte[] line = new byte[0];
    private int end;

    /** Checks a line; leaves it to the library to find what else is wrong with it. */
    void check(byte[] bytes, int from, int to) throws InvalidItemException {
        line = bytes;
        end = to;
        int depth = 0;
        int i = from;
        while (i < end) {
            byte c = line[i];
            switch (c) {
                case '"' -> i = behindQuote(i + 1, '"');
                case '\'' -> i = isLongQuote(i) ? behindLongQuote(i + 3) : behindQuote(i + 1, '\'');
                case '{' -> {
                    boolean isBinary = i + 1 < end && line[i + 1] == '{';
                    depth += isBinary ? 2 : 1;
                    i = isBinary ? behindBinary(i + 2) : i + 1;
                }
                case '[', '(' -> {
                    depth++;
                    i++;
                }
                case '}', ']', ')' -> {
                    depth--;
                    i++;
                }
                case '/' -> throw new InvalidItemException(SYNTAX, i, "a comment");
                default -> i = isOfWord(c) ? behindWord(i) : i + 1;
            }
            if (depth > MAX_DEPTH) {
                throw new InvalidItemException(DEPTH, i, "nested more than " + MAX_DEPTH + " deep");
            }
        }
    }

    private boolean isLongQuote(int i) {
        return i + 2 < end && line[i + 1] == '\'' && line[i + 2] == '\'';
    }

    private int behindQuote(int from, char quote) {
        int i = from;
        while (i < end && line[i] != quote) {
            i += line[i] == '\\' ? 2 : 1;
        }
        return i + 1;
    }

    private int behindLongQuote(int from) {
        int i = from;
        while (i < end && !(line[i] == '\'' && isLongQuote(i))) {
            i += line[i] == '\\' ? 2 : 1;
        }
        return i + 3;
    }

    /** Behind a blob's base64, or at the quote of a clob. */
    private int behindBinary(int from) {
        int i = from;
        while (i < end && line[i] != '}' && line[i] != '"' && line[i] != '\'') {
            i++;
        }
        return i;
    }

    /** Behind a name, a number or a word. */
    private int behindWord(int from) throws InvalidItemException {
        int i = from;
        while (i < end && isOfWord(line[i])) {
            i++;
        }
        boolean isNumber = line[from] == '-' || line[from] == '+' || line[from] >= '0' && line[from] <= '9';
        if (isNumber && i - from > MAX_NUMBER_BYTES) {
            throw new InvalidItemException("item.number", from, "a number of " + (i - from) + " characters");
        }
        return i;
    }

    private static boolean isOfWord(byte c) {
        return c >= '0' && c <= '9'
                || c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c == '_'
                || c == '$'
                || c == '-'
                || c == '+'
                || c == '.';
    }
}
