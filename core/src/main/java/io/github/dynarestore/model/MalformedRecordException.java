package io.github.dynarestore.model;

import java.io.IOException;

/**
 * A record that cannot be used, while the rest of its object can: the reader that throws this can be asked for the next
 * record. Any other {@link IOException} of a reader condemns the whole object.
 */
public final class MalformedRecordException extends IOException {

    private static final long serialVersionUID = 1L;

    private final long byteOffset;
    private final String reason;
    private final transient byte[] raw;

    /**
     * Creates one.
     *
     * @param byteOffset where the record begins in the decompressed object
     * @param reason stable code of lower-case words, such as {@code json.truncated}
     * @param detail what was expected and what stands there; never an item's value
     * @param raw the record's first bytes, bounded by the reader; the array is kept
     */
    public MalformedRecordException(long byteOffset, String reason, String detail, byte[] raw) {
        super(detail);
        this.byteOffset = byteOffset;
        this.reason = reason;
        this.raw = raw;
    }

    /** Has no stack trace, because a damaged backup makes millions. */
    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // Does nothing.
    public Throwable fillInStackTrace() {
        return this;
    }

    /** Where the record begins in the decompressed object, in bytes. */
    public long byteOffset() {
        return byteOffset;
    }

    /** Stable code of what is wrong. */
    public String reason() {
        return reason;
    }

    /** What was expected and what stands there. */
    public String detail() {
        return String.valueOf(getMessage());
    }

    /** First bytes of the record. */
    public byte[] raw() {
        return raw.clone();
    }
}
