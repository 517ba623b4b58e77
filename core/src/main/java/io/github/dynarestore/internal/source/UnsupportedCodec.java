package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;

/** A compression that is told apart only in order to say its name in the refusal. */
final class UnsupportedCodec implements Codec {

    private final String name;
    private final byte[] magic;

    UnsupportedCodec(String name, String magicHex) {
        this.name = name;
        this.magic = HexFormat.of().parseHex(magicHex);
    }

    @Override
    public boolean recognises(byte[] head, int headBytes) {
        return headBytes >= magic.length && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
    }

    @Override
    public DecompressedStream open(InputStream compressed) throws IOException {
        throw new DamagedObjectException(
                DamagedObjectException.CODEC_UNSUPPORTED, 0, "compressed with " + name + ", which cannot be read");
    }
}
