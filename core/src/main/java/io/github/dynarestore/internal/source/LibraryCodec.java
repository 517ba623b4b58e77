package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * A compression that a library reads which need not be there.
 *
 * @param name for messages
 * @param artifact the library, for whoever lacks it
 * @param growthWindowMib over how much content its growth can be measured
 * @param head whether an object that begins so is compressed this way; of at most {@link Codec#MAX_HEAD_BYTES} bytes
 * @param opening opens the library's stream
 */
record LibraryCodec(String name, String artifact, int growthWindowMib, Predicate<byte[]> head, Opening opening)
        implements Codec {

    /** Opens a library's stream. */
    @FunctionalInterface
    interface Opening {
        InputStream open(InputStream compressed) throws IOException;
    }

    @Override
    public boolean recognises(byte[] bytes, int headBytes) {
        return head.test(headBytes == bytes.length ? bytes : Arrays.copyOf(bytes, headBytes));
    }

    @Override
    public DecompressedStream open(InputStream compressed) throws IOException {
        CountedInputStream counted = new CountedInputStream(compressed);
        try {
            return new CheckedDecompression(name, counted, opening.open(counted), growthWindowMib);
        } catch (NoClassDefFoundError | ExceptionInInitializerError | UnsatisfiedLinkError e) {
            throw new RestoreException(
                    RestoreErrorCode.CODEC_MISSING,
                    "the backup is compressed with " + name + ", and the library that reads it is not there",
                    "add " + artifact + " to the class path",
                    e,
                    null);
        } catch (RestoreException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw CheckedDecompression.damage(name, counted, e);
        }
    }
}
