package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * Opens objects however they are compressed, told by their first bytes: names and content types of backup objects are
 * too often wrong. What no codec knows passes as it is.
 */
public final class Decompressor {

    private static final List<Codec> STANDARD = List.of(
            new GzipCodec(),
            new UnsupportedCodec("zip", "504b0304"),
            new UnsupportedCodec("snappy (snappy-java)", "82534e4150505900"),
            new UnsupportedCodec("snappy (framed)", "ff060000734e61507059"),
            new UnsupportedCodec("zstd", "28b52ffd"),
            new UnsupportedCodec("bzip2", "425a68"),
            new UnsupportedCodec("xz", "fd377a585a00"),
            new UnsupportedCodec("lz4", "04224d18"));

    private final List<Codec> codecs;

    /** Creates one that reads plain objects and gzip. */
    public Decompressor() {
        this(STANDARD);
    }

    Decompressor(List<Codec> codecs) {
        this.codecs = List.copyOf(codecs);
    }

    /**
     * Opens a stream of an object's decompressed bytes. An object is proven whole only by reading to the end.
     *
     * @param raw the object from its first byte; closed with the returned stream, and at once if this throws
     * @throws DamagedObjectException if the object is compressed in a way that cannot be read
     */
    public InputStream open(InputStream raw) throws IOException {
        boolean opened = false;
        try {
            byte[] head = new byte[Codec.MAX_HEAD_BYTES];
            int headBytes = raw.readNBytes(head, 0, head.length);
            InputStream whole = new RejoinedInputStream(head, headBytes, raw);
            for (Codec codec : codecs) {
                if (codec.recognises(head, headBytes)) {
                    whole = codec.open(whole);
                    break;
                }
            }
            opened = true;
            return whole;
        } finally {
            if (!opened) {
                raw.close();
            }
        }
    }
}
