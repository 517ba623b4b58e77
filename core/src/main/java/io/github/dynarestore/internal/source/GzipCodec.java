package io.github.dynarestore.internal.source;

import java.io.InputStream;

/** Gzip, of one member or many. */
final class GzipCodec implements Codec {

    @Override
    public boolean recognises(byte[] head, int headBytes) {
        return headBytes >= 2 && head[0] == 0x1f && head[1] == (byte) 0x8b;
    }

    @Override
    public DecompressedStream open(InputStream compressed) {
        return new GzipReader(compressed);
    }
}
