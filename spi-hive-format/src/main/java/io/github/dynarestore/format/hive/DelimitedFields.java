package io.github.dynarestore.format.hive;

/** Fields with one byte between them, which no value has, as Hive writes them without {@code ESCAPED BY}. */
final class DelimitedFields implements Fields {

    private final byte delimiter;
    private byte[] line = {};
    private int end;
    private int from;
    private int to;

    DelimitedFields(char delimiter) {
        this.delimiter = (byte) delimiter;
    }

    @Override
    public void reset(byte[] newLine, int newFrom, int newEnd) {
        line = newLine;
        end = newEnd;
        to = newFrom - 1;
    }

    @Override
    public boolean next() {
        if (to >= end) {
            return false;
        }
        from = to + 1;
        to = from;
        while (to < end && line[to] != delimiter) {
            to++;
        }
        return true;
    }

    @Override
    public byte[] bytes() {
        return line;
    }

    @Override
    public int from() {
        return from;
    }

    @Override
    public int to() {
        return to;
    }

    @Override
    public boolean isNull() {
        return ColumnValues.isNull(line, from, to);
    }

    /** Hive ends lines with a line feed; a carriage return before it is a value's. */
    @Override
    public boolean allowsCarriageReturn() {
        return false;
    }
}
