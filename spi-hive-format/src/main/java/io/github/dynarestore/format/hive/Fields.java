package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;

/** Cuts a line into the texts of its columns. Used by one thread. */
interface Fields {

    /** Takes a line, without its end, up to before its first field. */
    void reset(byte[] line, int from, int to);

    /**
     * Goes to the next field; false if there is none.
     *
     * @throws InvalidItemException if where it ends cannot be said
     */
    boolean next() throws InvalidItemException;

    /** Array that holds the field's text. */
    byte[] bytes();

    /** Where the text begins. */
    int from();

    /** Index behind its last byte. */
    int to();

    /** Whether the field says that there is no value. */
    boolean isNull();

    /** Whether a line end that belongs to no value may stand before the line's end. */
    boolean allowsCarriageReturn();
}
