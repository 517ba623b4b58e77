package io.github.dynarestore.spi;

import java.time.Instant;

/**
 * What a reader may know of its object. Fields will be added.
 *
 * @param objectUri where the object lies, for messages
 * @param objectKey S3 key or path
 * @param lastModified when the object was written
 * @param maxRecordBytes longest record to accept; a longer one is malformed
 * @param isReadAgain whether the object was read to its end before, and is read for a few of its records now: digests are
 *     no longer asked for, and what was checked need not be checked again; records must come as they came then
 */
public record ReaderContext(
        String objectUri, String objectKey, Instant lastModified, int maxRecordBytes, boolean isReadAgain) {

    /** Of an object that is read for the first time. */
    public ReaderContext(String objectUri, String objectKey, Instant lastModified, int maxRecordBytes) {
        this(objectUri, objectKey, lastModified, maxRecordBytes, false);
    }

    /** Longest record unless said otherwise: two items of 400 KB, every character escaped, fit in. */
    public static final int DEFAULT_MAX_RECORD_BYTES = 8 * 1024 * 1024;
}
