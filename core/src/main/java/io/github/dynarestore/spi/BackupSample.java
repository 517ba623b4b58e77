package io.github.dynarestore.spi;

/**
 * The beginning of an object, decompressed, to recognise its format by.
 *
 * @param objectKey S3 key or path, for what a name may tell; never decide by it alone
 * @param bytes the first bytes; not to be changed. 64 KiB at most to begin with; where no format is certain of those, once more as
 *     many as a record may have, so that a format need not judge by half a record
 * @param isWhole whether that is the whole object
 */
@SuppressWarnings("ArrayRecordComponent") // Looked at once and dropped; compared by nobody.
public record BackupSample(String objectKey, byte[] bytes, boolean isWhole) {}
