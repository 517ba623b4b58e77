package io.github.dynarestore.internal.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens objects however they are compressed, told by their first bytes: names and content types of backup objects are
 * too often wrong. What no codec knows passes as it is.
 */
public final class Decompressor {

    /** A transform may hand gzip over that the delivery then compresses once more. */
    private static final int MAX_LAYERS = 2;

    private final List<Codec> codecs;
    private final long maxObjectBytes;

    /**
     * Creates one that reads every compression that producers use.
     *
     * @param maxObjectBytes most decompressed bytes of an object
     */
    public Decompressor(long maxObjectBytes) {
        this(Codecs.ALL, maxObjectBytes);
    }

    Decompressor(List<Codec> codecs, long maxObjectBytes) {
        this.codecs = List.copyOf(codecs);
        this.maxObjectBytes = maxObjectBytes;
    }

    private @Nullable Codec recognised(byte[] head, int headBytes) {
        return codecs.stream()
                .filter(codec -> codec.recognises(head, headBytes))
                .findFirst()
                .orElse(null);
    }

    /**
     * Opens a stream of an object's decompressed bytes. An object is proven whole only by reading to the end.
     *
     * @param raw the object from its first byte; closed with the returned stream, and at once if this throws
     * @throws DamagedObjectException if the object is compressed in a way that cannot be read
     */
    public InputStream open(InputStream raw) throws IOException {
        InputStream whole = raw;
        boolean opened = false;
        try {
            DecompressedStream outermost = null;
            for (int layer = 0; ; layer++) {
                byte[] head = new byte[Codec.MAX_HEAD_BYTES];
                int headBytes = whole.readNBytes(head, 0, head.length);
                whole = new RejoinedInputStream(head, headBytes, whole);
                Codec codec = recognised(head, headBytes);
                if (codec == null) {
                    opened = true;
                    return new BoundedContent(whole, outermost, maxObjectBytes);
                }
                if (outermost == null) {
                    outermost = codec.open(whole);
                    whole = outermost;
                } else if (layer < MAX_LAYERS) {
                    whole = new InnerLayer(codec, whole, outermost);
                } else {
                    throw new DamagedObjectException(
                            DamagedObjectException.CODEC_LAYERS,
                            outermost.consumedBytes(),
                            "compressed more than " + MAX_LAYERS + " times");
                }
            }
        } finally {
            if (!opened) {
                // With the layers, which have memory outside of the heap.
                whole.close();
            }
        }
    }
}
