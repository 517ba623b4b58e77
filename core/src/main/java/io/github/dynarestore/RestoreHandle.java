package io.github.dynarestore;

import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreProgress;
import java.util.concurrent.CompletableFuture;

/** A restore under way. Thread-safe. */
public interface RestoreHandle {

    /**
     * Completes when the restore has ended: with a report that says {@code COMPLETED} or {@code CANCELLED}, or with a
     * {@link io.github.dynarestore.model.RestoreException} that carries the report so far. Callbacks run on a thread of
     * the restore's own, one for each future that this returned, and may block. Cancelling this future does not cancel the
     * restore.
     */
    CompletableFuture<RestoreReport> completion();

    /** Where it is now. */
    RestoreProgress progress();

    /**
     * Has it read and send nothing more until {@link #resume()}. Calls that are under way are waited for by the service's
     * own time; the time of a pause counts neither as a stall nor for the rate. Without effect if it is paused or has ended.
     */
    void pause();

    /** Goes on after a pause; without effect otherwise. */
    void resume();

    /** Changes how fast to write, also before the first write. */
    void changeRate(WriteRate rate);

    /**
     * Ends it. Nothing is written after the returned future has completed, which takes at most 5 seconds; writes that
     * are under way are waited for within that time. Only a plan that raises capacity may take longer: while DynamoDB is about
     * other changes of the table, of the raise itself for one, the capacity cannot be put back; that is waited for with the
     * plan's patience, until the manager is closed. Calling it again, or after the end, changes nothing.
     */
    CompletableFuture<RestoreReport> cancel();
}
