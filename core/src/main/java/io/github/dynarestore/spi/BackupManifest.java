package io.github.dynarestore.spi;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a backup says of itself: which objects it consists of, and of which time it is.
 *
 * @param kind what the objects hold
 * @param from of a snapshot, when it was begun: changes from then on win over it; of changes, the first instant that they
 *     cover; null if the manifest does not say
 * @param until of a snapshot, when it was finished; of changes, the instant up to which they cover, exclusively; null if
 *     the manifest does not say
 * @param parts the objects
 */
public record BackupManifest(
        Kind kind, @Nullable Instant from, @Nullable Instant until, List<Part> parts) {

    /** What the objects of a backup hold. */
    public enum Kind {
        /** The items of a table at one time. */
        SNAPSHOT,
        /** For each key that changed in a window the change that was its last; what lay between is not there. */
        LAST_CHANGES
    }

    /** Copies the list; a window is given whole or not at all. */
    public BackupManifest {
        Objects.requireNonNull(kind, "kind");
        parts = List.copyOf(parts);
        if (kind == Kind.LAST_CHANGES && (from == null || until == null)) {
            throw new IllegalArgumentException("changes have a window");
        }
        if (from != null && until != null && until.isBefore(from)) {
            throw new IllegalArgumentException("a backup is finished after it was begun, not " + from + " to " + until);
        }
    }

    /**
     * One object.
     *
     * @param path where it lies, from the manifest's own directory on, with slashes: {@code data/x}, {@code ../data/x}; so
     *     a backup that was moved is still found
     * @param isMandatory whether the backup is not whole without it
     * @param records how many records it holds; -1 if the manifest does not say
     * @param md5 MD5 of the object as it is stored, in base64; null if the manifest does not say
     */
    public record Part(
            String path,
            boolean isMandatory,
            long records,
            @Nullable String md5) {}
}
