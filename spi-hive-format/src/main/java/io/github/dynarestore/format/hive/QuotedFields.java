package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;

/**
 * Fields with a comma between them, in quotes where they hold one; a quote within quotes stands twice. As RFC 4180 says and
 * Hive's {@code OpenCSVSerde} writes, but without line ends within quotes, which Hive cannot read either.
 */
final class QuotedFields implements Fields {

    static final String QUOTES = "record.quotes";

    private byte[] line = {};
    private int end;
    private int next;
    private byte[] text = new byte[256];
    private int length;
    private boolean isQuoted;

    @Override
    public void reset(byte[] newLine, int newFrom, int newEnd) {
        line = newLine;
        end = newEnd;
        next = newFrom;
        if (text.length < newEnd - newFrom) {
            text = new byte[Math.max(text.length * 2, newEnd - newFrom)];
        }
    }

    @Override
    public boolean next() throws InvalidItemException {
        if (next > end) {
            return false;
        }
        length = 0;
        isQuoted = next < end && line[next] == '"';
        int i = isQuoted ? readQuoted(next + 1) : readPlain(next);
        if (i < end && line[i] != ',') {
            throw new InvalidItemException(QUOTES, i, "something between a closing quote and the comma");
        }
        next = i + 1;
        return true;
    }

    /** Returns the index behind the closing quote. */
    private int readQuoted(int from) throws InvalidItemException {
        for (int i = from; i < end; i++) {
            if (line[i] == '"') {
                if (i + 1 == end || line[i + 1] != '"') {
                    return i + 1;
                }
                i++;
            }
            text[length++] = line[i];
        }
        throw new InvalidItemException(QUOTES, from, "a quote that is not closed on its line");
    }

    private int readPlain(int from) throws InvalidItemException {
        int i = from;
        while (i < end && line[i] != ',') {
            if (line[i] == '"') {
                throw new InvalidItemException(QUOTES, i, "a quote within a value that does not begin with one");
            }
            text[length++] = line[i++];
        }
        return i;
    }

    @Override
    public byte[] bytes() {
        return text;
    }

    @Override
    public int from() {
        return 0;
    }

    @Override
    public int to() {
        return length;
    }

    /** An empty text stands in quotes. */
    @Override
    public boolean isNull() {
        return !isQuoted && (length == 0 || ColumnValues.isNull(text, 0, length));
    }

    @Override
    public boolean allowsCarriageReturn() {
        return true;
    }
}
