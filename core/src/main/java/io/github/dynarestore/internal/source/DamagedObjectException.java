package io.github.dynarestore.internal.source;

import java.io.IOException;

/** One object whose bytes are not what its producer wrote; other objects can still be read. */
public final class DamagedObjectException extends IOException {

    /** The object ends in the midst of a gzip member. */
    public static final String GZIP_TRUNCATED = "gzip.truncated";

    /** A member's content does not match the checksum or the length in its trailer. */
    public static final String GZIP_CRC = "gzip.crc";

    /** What should be the header of a gzip member is not one. */
    public static final String GZIP_HEADER = "gzip.header";

    /** Something that is neither a member nor zero padding follows a member. */
    public static final String GZIP_TRAILING_GARBAGE = "gzip.trailing-garbage";

    /** The deflated data cannot be inflated. */
    public static final String GZIP_DATA = "gzip.data";

    /** What is compressed otherwise than with gzip ends early, or cannot be decompressed. */
    public static final String CODEC_DATA = "codec.data";

    /** The object is compressed in a way that nothing here reads. */
    public static final String CODEC_UNSUPPORTED = "codec.unsupported";

    /** The object grows so much when decompressed that it must be meant to do harm. */
    public static final String CODEC_RATIO = "codec.ratio";

    /** What was decompressed twice is compressed still. */
    public static final String CODEC_LAYERS = "codec.layers";

    /** The object has more bytes, decompressed, than an object may have. */
    public static final String OBJECT_TOO_LARGE = "object.too-large";

    /** The store hands out other bytes than its own checksum, ETag or length promises. */
    public static final String OBJECT_CORRUPT = "object.corrupt";

    /** The object is another one than the manifest of its backup says, by its checksum or by how much it holds. */
    public static final String MANIFEST_MISMATCH = "object.manifest-mismatch";

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final long compressedOffset;
    private final String detail;

    /**
     * Creates one.
     *
     * @param reason one of the stable codes above
     * @param compressedOffset byte of the stored object at which the damage was noticed
     * @param detail one phrase without any of the object's content
     */
    public DamagedObjectException(String reason, long compressedOffset, String detail) {
        super(reason + " at byte " + compressedOffset + ": " + detail);
        this.reason = reason;
        this.compressedOffset = compressedOffset;
        this.detail = detail;
    }

    /** The same damage, noticed at another byte. */
    DamagedObjectException at(long offset) {
        DamagedObjectException moved = new DamagedObjectException(reason, offset, detail);
        moved.initCause(this);
        return moved;
    }

    /** Stable code of the damage. */
    public String reason() {
        return reason;
    }

    /** Byte of the stored object at which the damage was noticed. */
    public long compressedOffset() {
        return compressedOffset;
    }
}
