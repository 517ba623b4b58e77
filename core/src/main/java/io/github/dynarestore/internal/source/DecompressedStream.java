package io.github.dynarestore.internal.source;

import java.io.InputStream;

/** Decompressed bytes that know how many compressed ones they came from. */
abstract class DecompressedStream extends InputStream {

    /** How many compressed bytes have been used so far; a little more if a library reads ahead. */
    abstract long consumedBytes();

    /** Over how much of what comes out its growth can be measured, in MiB. */
    abstract int growthWindowMib();
}
