package io.github.dynarestore.internal.source;

import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
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

    /**
     * Returns the source for a location, {@code s3:} or {@code file:}; it owns nothing of what it is given.
     *
     * @param s3 asked for only if the location is in S3
     */
    static ObjectSource at(
            URI location, Supplier<S3AsyncClient> s3, RetrySettings retry, ScheduledExecutorService timer) {
        if (!"s3".equals(location.getScheme())) {
            return new DirectorySource(Path.of(location));
        }
        String path = location.getPath();
        return new S3Source(s3.get(), location.getAuthority(), path.isEmpty() ? "" : path.substring(1), retry, timer);
    }
}
