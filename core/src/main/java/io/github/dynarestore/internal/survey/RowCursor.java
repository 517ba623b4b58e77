package io.github.dynarestore.internal.survey;

import java.io.Closeable;

/** Rows one after the other. */
interface RowCursor extends Closeable {

    /** Goes on to the next row; false at the end. */
    boolean next();

    /** The array in which the present row lies, until the next call of {@link #next()}. */
    long[] rows();

    /** Where in the array it begins. */
    int at();

    @Override
    void close();
}
