package io.github.dynarestore.internal.source;

/** The bytes of one range, and whether the object's ETag can be the MD5 of its content. */
final class RangeBody {

    private final byte[] bytes;
    private final boolean isEtagOfContent;

    RangeBody(byte[] bytes, boolean isEtagOfContent) {
        this.bytes = bytes;
        this.isEtagOfContent = isEtagOfContent;
    }

    byte[] bytes() {
        return bytes;
    }

    /** False where S3 encrypts with a key of KMS or of the caller: ETags are not MD5 then, but look like it. */
    boolean isEtagOfContent() {
        return isEtagOfContent;
    }
}
