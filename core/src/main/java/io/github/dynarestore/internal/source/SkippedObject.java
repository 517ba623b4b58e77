package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;

/**
 * A listed object that is not read.
 *
 * @param object the object
 * @param reason stable code: {@code directory-marker}, {@code processing-failed}, {@code success-marker}, {@code checksum},
 *     {@code manifest}, {@code not-in-manifest}, {@code export-unfinished}, {@code hidden}, {@code empty},
 *     {@code symbolic-link}, {@code not-a-file}, {@code after-cut} or {@code before-since}
 */
public record SkippedObject(BackupObject object, String reason) {

    /** Firehose's record of what it could not deliver. */
    public static final String PROCESSING_FAILED = "processing-failed";

    /** Of a backup that was begun, and whose manifest was not written. */
    public static final String UNFINISHED = "export-unfinished";
}
