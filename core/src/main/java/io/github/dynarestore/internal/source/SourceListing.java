package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What lay at a location when it was looked at, frozen: each listed object is in exactly one of the lists.
 *
 * @param objects data, in the order of the listing
 * @param skipped everything else, with the reason
 */
public record SourceListing(List<BackupObject> objects, List<SkippedObject> skipped) {

    /** Most objects at one location; a listing lives in memory. */
    public static final int MAX_OBJECTS = 10_000_000;

    private static final Set<String> ARCHIVE_CLASSES = Set.of("GLACIER", "DEEP_ARCHIVE");
    private static final int OBJECTS_NAMED = 5;

    /** Copies the lists. */
    public SourceListing {
        objects = List.copyOf(objects);
        skipped = List.copyOf(skipped);
    }

    /**
     * Refuses data that would have to be brought back from an archive first.
     *
     * @throws RestoreException {@code OBJECT_ARCHIVED}, saying how many there are and naming the first
     */
    public void refuseArchived() {
        long archived = 0;
        List<String> named = new ArrayList<>();
        for (BackupObject object : objects) {
            String storageClass = object.storageClass();
            if (storageClass != null && ARCHIVE_CLASSES.contains(storageClass)) {
                archived++;
                if (named.size() < OBJECTS_NAMED) {
                    named.add(object.uri() + " (" + storageClass + ")");
                }
            }
        }
        if (archived > 0) {
            throw new RestoreException(
                    RestoreErrorCode.OBJECT_ARCHIVED,
                    archived + " of " + objects.size() + " objects lie in an archive class: " + String.join(", ", named)
                            + (archived > named.size() ? ", ..." : ""),
                    "Restore them in S3 first (RestoreObject, S3 Batch Operations), then copy them to a readable class.");
        }
    }

    static RestoreException tooMany(URI location, int maxObjects) {
        return new RestoreException(
                RestoreErrorCode.PLAN_INVALID,
                "more than " + maxObjects + " objects lie at " + location,
                "Restore from narrower prefixes, one plan each.");
    }
}
