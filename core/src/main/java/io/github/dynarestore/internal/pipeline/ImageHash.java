package io.github.dynarestore.internal.pipeline;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * 64 bits that tell two images apart: two checksums over the same bytes, both done by the processor, neither of them
 * allocating. Not for keys: an adversary can make two images alike, which only costs him his own alarm. Not thread-safe.
 */
final class ImageHash {

    private final CRC32 first = new CRC32();
    private final CRC32C second = new CRC32C();

    long of(byte[] bytes, int offset, int length) {
        first.reset();
        first.update(bytes, offset, length);
        second.reset();
        second.update(bytes, offset, length);
        return first.getValue() << 32 | second.getValue();
    }
}
