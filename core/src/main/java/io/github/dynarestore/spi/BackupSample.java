package io.github.dynarestore.spi;

/**
 * The beginning of an object, decompressed, to recognise its format by.
 *
 * @param objectKey S3 key or path, for what a name may tell; never decide by it alone
 * @param bytes the first bytes, at most 64 KiB; not to be changed
 * @param isWhole whether that is the whole object
 */
@SuppressWarnings("ArrayRecordComponent") // Looked at once and dropped; compared by nobody.
public record BackupSample(String objectKey, byte[] bytes, boolean isWhole) {}
