package io.github.dynarestore.internal.source;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells by name and size which objects under a backup's location are not data. */
final class ObjectNames {

    private static final Set<String> MANIFESTS = Set.of("manifest", "manifest-files.json", "manifest-summary.json");

    private ObjectNames() {}

    /**
     * Says why an object is not data.
     *
     * @param relativeKey what follows the location's prefix in the key
     * @return the stable reason, or null if the object is data
     */
    static @Nullable String reasonToSkip(String relativeKey, long sizeBytes) {
        if (relativeKey.endsWith("/")
                || relativeKey.endsWith("_$folder$")
                || (relativeKey.isEmpty() && sizeBytes == 0)) {
            return "directory-marker";
        }
        // Firehose appends these to a prefix without a slash in between, hence the ends of segments.
        for (String segment : relativeKey.split("/", -1)) {
            if (segment.endsWith("processing-failed") || segment.endsWith("format-conversion-failed")) {
                return SkippedObject.PROCESSING_FAILED;
            }
        }
        String name = relativeKey.substring(relativeKey.lastIndexOf('/') + 1);
        if (name.equals("_SUCCESS") || name.equals("_started") || name.startsWith("_committed")) {
            return "success-marker";
        }
        if (name.endsWith(".md5") || name.endsWith(".checksum") || name.endsWith(".crc") || name.endsWith(".sha256")) {
            return "checksum";
        }
        if (MANIFESTS.contains(name) || name.endsWith(".manifest")) {
            return "manifest";
        }
        if (name.startsWith(".") || name.startsWith("_")) {
            return "hidden";
        }
        return sizeBytes == 0 ? "empty" : null;
    }
}
