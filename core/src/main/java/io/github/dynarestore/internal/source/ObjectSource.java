package io.github.dynarestore.internal.source;

import java.util.concurrent.CompletableFuture;

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
}
