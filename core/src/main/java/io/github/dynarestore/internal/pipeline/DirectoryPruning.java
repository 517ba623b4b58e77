package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.source.DateDirectories;
import io.github.dynarestore.internal.source.SkippedObject;
import io.github.dynarestore.internal.source.SourceListing;
import io.github.dynarestore.model.BackupObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leaves those date directories of a log unread in which nothing can lie that counts. A record lies in the hour of its
 * delivery or, where a delivery stream buffers, in the one before; at most so much later than it was made as the plan says.
 *
 * @param readUntil directories that begin later are left; null to read all
 * @param readFrom directories that end earlier are left; null to read all
 */
record DirectoryPruning(
        @Nullable Instant readUntil, @Nullable Instant readFrom) {

    private static final String AFTER_CUT = "after-cut";
    private static final String BEFORE_SINCE = "before-since";

    /** Why objects are left. */
    static final Set<String> REASONS = Set.of(AFTER_CUT, BEFORE_SINCE);

    private static final Duration MARGIN = DateDirectories.ZONES;

    private static final Instant NEVER = Instant.parse("+10000-01-01T00:00:00Z");

    static DirectoryPruning of(RestoreSettings settings) {
        Instant cut = settings.asOf();
        Instant since = settings.history().since();
        return new DirectoryPruning(
                cut == null || cut.isAfter(NEVER)
                        ? null
                        : cut.plus(settings.history().lateness()).plus(MARGIN),
                since == null || since.isBefore(Instant.EPOCH) ? null : since.minus(MARGIN));
    }

    /** A location that is a date directory itself was named to be read, whatever its date is: it may be that of a copy. */
    SourceListing prune(URI location, SourceListing listing) {
        String path = location.getPath();
        if (readUntil == null && readFrom == null
                || DateDirectories.arrival(path.endsWith("/") ? path : path + "/") != null) {
            return listing;
        }
        List<BackupObject> kept = new ArrayList<>();
        List<SkippedObject> skipped = new ArrayList<>(listing.skipped());
        for (BackupObject object : listing.objects()) {
            DateDirectories.Span arrival = DateDirectories.arrival(object.uri().getPath());
            if (arrival != null && readUntil != null && arrival.from().isAfter(readUntil)) {
                skipped.add(new SkippedObject(object, AFTER_CUT));
            } else if (arrival != null && readFrom != null && arrival.until().isBefore(readFrom)) {
                skipped.add(new SkippedObject(object, BEFORE_SINCE));
            } else {
                kept.add(object);
            }
        }
        return new SourceListing(kept, skipped);
    }
}
