package io.github.dynarestore.cli;

import io.github.dynarestore.RestoreHandle;
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

    private CancelOnSignal(RestoreHandle handle) {
        hook = new Thread(() -> cancel(handle), "dynarestore-cancel");
    }

    static CancelOnSignal of(RestoreHandle handle) {
        CancelOnSignal cancel = new CancelOnSignal(handle);
        try {
            Runtime.getRuntime().addShutdownHook(cancel.hook);
        } catch (IllegalStateException endingAlready) {
            cancel.cancel(handle);
        }
        return cancel;
    }

    private void cancel(RestoreHandle handle) {
        try {
            handle.cancel().get(SECONDS_TO_CANCEL, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // The main thread tells how the restore ended; here it only has to end.
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
