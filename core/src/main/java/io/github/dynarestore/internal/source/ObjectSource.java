package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.Backup;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A location that can be listed. */
public interface ObjectSource {

    /**
     * Lists the location once, whole.
     *
     * <p>May complete on an SDK thread: dependents must not block there.
     *
     * @return fails with a {@link io.github.dynarestore.model.RestoreException} if the location cannot be listed
     */
    CompletableFuture<SourceListing> list();

    /** Returns the source for a backup's location; it owns nothing of what it is given. */
    static ObjectSource at(Backup backup, S3AsyncClient s3, RetrySettings retry, ScheduledExecutorService timer) {
        URI location = backup.location();
        if ("file".equals(location.getScheme())) {
            return new DirectorySource(Path.of(location));
        }
        String path = location.getPath();
        return new S3Source(s3, location.getAuthority(), path.isEmpty() ? "" : path.substring(1), retry, timer);
    }
}
