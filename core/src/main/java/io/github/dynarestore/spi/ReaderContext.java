package io.github.dynarestore.spi;

import java.time.Instant;

/**
 * What a reader may know of its object. Fields will be added.
 *
 * @param objectUri where the object lies, for messages
 * @param objectKey S3 key or path
 * @param lastModified when the object was written
 * @param maxRecordBytes longest record to accept; a longer one is malformed
 */
public record ReaderContext(String objectUri, String objectKey, Instant lastModified, int maxRecordBytes) {

    /** Longest record unless said otherwise: two items of 400 KB, every character escaped, fit in. */
    public static final int DEFAULT_MAX_RECORD_BYTES = 8 * 1024 * 1024;
}
