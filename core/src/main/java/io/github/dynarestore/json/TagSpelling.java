package io.github.dynarestore.json;

/**
 * Writes type tags over as DynamoDB spells them: those in any other case, and NULLVALUE, which version 1 of the SDK said for
 * NULL. Tags are looked at as they stand, so that one with escapes is none. Not thread-safe.
 */
final class TagSpelling {

    private static final int CASE_BIT = 0x20;
    private static final String NULL_OF_THE_SDK = "NULLVALUE";

    private int end;
    private boolean isWritten;

    /**
     * Writes over the tag whose opening quote stands at an index, in its place. What becomes free behind it is filled with
     * blanks.
     *
     * @return the letters that {@link ItemScanner} tells the tag by; 0 if there is none
     */
    int write(byte[] bytes, int quote, int to) {
        isWritten = false;
        int from = quote + 1;
        int last = Math.min(to - 1, from + NULL_OF_THE_SDK.length());
        end = from;
        while (end < last && bytes[end] != '"') {
            end++;
        }
        if (end > last || bytes[end] != '"') {
            return 0;
        }
        return switch (end - from) {
            case 1 -> scalarOrNested(bytes, from);
            case 2 -> set(bytes, from);
            case 4 -> word(bytes, from);
            default -> isIn(NULL_OF_THE_SDK, bytes, from) ? shortened(bytes, from) : 0;
        };
    }

    /** Index of the quote behind the tag, as it stood there. */
    int end() {
        return end;
    }

    /** Whether the tag was spelled otherwise. */
    boolean isWritten() {
        return isWritten;
    }

    private int scalarOrNested(byte[] bytes, int from) {
        int capital = bytes[from] & ~CASE_BIT;
        if (capital != 'S' && capital != 'N' && capital != 'B' && capital != 'M' && capital != 'L') {
            return 0;
        }
        put(capital, bytes, from);
        return capital;
    }

    private int set(byte[] bytes, int from) {
        int capital = bytes[from] & ~CASE_BIT;
        if ((bytes[from + 1] & ~CASE_BIT) != 'S' || capital != 'S' && capital != 'N' && capital != 'B') {
            return 0;
        }
        put(capital, bytes, from);
        put('S', bytes, from + 1);
        return capital << Byte.SIZE | 'S';
    }

    private int word(byte[] bytes, int from) {
        boolean isBool = isIn("BOOL", bytes, from);
        if (!isBool && !isIn("NULL", bytes, from)) {
            return 0;
        }
        put(isBool ? "BOOL" : "NULL", bytes, from);
        return isBool ? ItemScanner.BOOL : ItemScanner.NULL;
    }

    /** {@code "nULLValue"} becomes {@code "NULL"     }. */
    private int shortened(byte[] bytes, int from) {
        put("NULL\"     ", bytes, from);
        return ItemScanner.NULL;
    }

    private static boolean isIn(String capitals, byte[] bytes, int from) {
        if (from + capitals.length() > bytes.length) {
            return false;
        }
        for (int i = 0; i < capitals.length(); i++) {
            if ((bytes[from + i] & ~CASE_BIT) != capitals.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void put(String text, byte[] bytes, int from) {
        for (int i = 0; i < text.length(); i++) {
            put(text.charAt(i), bytes, from + i);
        }
    }

    private void put(int c, byte[] bytes, int at) {
        if (bytes[at] != c) {
            bytes[at] = (byte) c;
            isWritten = true;
        }
    }
}
