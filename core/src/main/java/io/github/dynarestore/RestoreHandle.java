package io.github.dynarestore;

import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.progress.RestoreProgress;
import java.util.concurrent.CompletableFuture;

/** A restore under way. Thread-safe. */
public interface RestoreHandle {

    /**
     * Completes when the restore has ended: with a report that says {@code COMPLETED} or {@code CANCELLED}, or with a
     * {@link io.github.dynarestore.model.RestoreException} that carries the report so far. Callbacks run on a thread of
     * the restore's own. Cancelling this future does not cancel the restore.
     */
    CompletableFuture<RestoreReport> completion();

    /** Where it is now. */
    RestoreProgress progress();

    /**
     * Ends it. Nothing is written after the returned future has completed, which takes at most 5 seconds; writes that
     * are under way are waited for within that time. Calling it again, or after the end, changes nothing.
     */
    CompletableFuture<RestoreReport> cancel();
}
