package io.github.dynarestore.model;

/**
 * A record that could not be used.
 *
 * @param object URI of the backup object
 * @param byteOffset where the record begins in the decompressed object, in bytes
 * @param reason stable code of lower-case words with dots, such as {@code json.truncated}
 * @param detail one sentence for people; never an item's value
 * @param raw the record's bytes as read, cut after a bound
 */
@SuppressWarnings("ArrayRecordComponent") // Written once and handed on; compared by nobody.
public record DeadLetter(String object, long byteOffset, String reason, String detail, byte[] raw) {

    /** Most bytes of a record that a dead letter keeps. */
    public static final int MAX_RAW_BYTES = 65_536;

    /** Says all but the raw bytes, which hold values. */
    @Override
    public String toString() {
        return object + " at byte " + byteOffset + ": " + reason + ": " + detail;
    }
}
