package io.github.dynarestore.model;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One object of a backup as it was listed.
 *
 * @param uri {@code s3://bucket/key} or {@code file:///path}
 * @param bucket S3 bucket; empty for a file
 * @param key S3 key as listed, or the file's absolute path
 * @param sizeBytes listed size
 * @param etag listed ETag without quotes; for a file, its size and modification time; empty if there is none
 * @param lastModified when the object was last written
 * @param storageClass S3 storage class; null for the standard one and for files
 */
public record BackupObject(
        URI uri,
        String bucket,
        String key,
        long sizeBytes,
        String etag,
        Instant lastModified,
        @Nullable String storageClass) {}
