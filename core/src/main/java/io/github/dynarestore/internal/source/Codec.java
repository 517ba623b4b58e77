package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;

/** One way of compressing an object, known by its first bytes. */
interface Codec {

    /** Most bytes that {@link #recognises} may ask for. */
    int MAX_HEAD_BYTES = 16;

    /**
     * Says whether an object that begins like this is compressed this way.
     *
     * @param head at least {@code headBytes} long
     * @param headBytes how many bytes of {@code head} count; below {@link #MAX_HEAD_BYTES} only if the object ends there
     */
    boolean recognises(byte[] head, int headBytes);

    /**
     * Opens a stream of the decompressed bytes.
     *
     * @param compressed the object from its first byte; closed with the returned stream
     */
    DecompressedStream open(InputStream compressed) throws IOException;
}
