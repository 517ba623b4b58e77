package io.github.dynarestore.cli;

import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreReport;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Cancels the restore when the process is told to end, by Ctrl-C for one, and leaves time to tell what was done. */
final class CancelOnSignal {

    private static final long SECONDS_TO_CANCEL = 5;
    private static final long SECONDS_TO_TELL = 1;

    private final CountDownLatch told = new CountDownLatch(1);
    private final Thread hook;
    private final PrintStream err;

    /** How long DynamoDB may take until capacity that was raised can be put back. */
    private final Duration puttingBack;

    private CancelOnSignal(RestoreHandle handle, RestorePlan plan, PrintStream err) {
        hook = new Thread(() -> cancel(handle), "dynarestore-cancel");
        this.err = err;
        puttingBack = plan.boost().isPresent() ? plan.patience() : Duration.ZERO;
    }

    static CancelOnSignal of(RestoreHandle handle, RestorePlan plan, PrintStream err) {
        CancelOnSignal cancel = new CancelOnSignal(handle, plan, err);
        try {
            Runtime.getRuntime().addShutdownHook(cancel.hook);
        } catch (IllegalStateException endingAlready) {
            cancel.cancel(handle);
        }
        return cancel;
    }

    private void cancel(RestoreHandle handle) {
        try {
            CompletableFuture<RestoreReport> end = handle.cancel();
            if (!hasEnded(end, Duration.ofSeconds(SECONDS_TO_CANCEL)) && !puttingBack.isZero()) {
                err.println("waiting until DynamoDB lets the write capacity be put back");
                boolean unused = hasEnded(end, puttingBack);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        try {
            // The JVM ends when its hooks have, even if the main thread is still writing the report.
            told.await(SECONDS_TO_TELL, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the end; how the restore ended the main thread tells. */
    private static boolean hasEnded(CompletableFuture<RestoreReport> end, Duration atMost) throws InterruptedException {
        try {
            var unused = end.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** The restore has ended and its report is written. */
    void close() {
        told.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException endingAlready) {
            // Then the hook runs already and has just been let go.
        }
    }
}
