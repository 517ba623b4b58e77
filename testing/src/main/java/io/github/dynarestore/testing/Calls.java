package io.github.dynarestore.testing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for calls of the SDK, never for ever. */
final class Calls {

    private static final long LIMIT_SECONDS = 60;

    private Calls() {}

    /**
     * Waits for an answer, at most a minute.
     *
     * @throws RuntimeException what the call failed with
     * @throws IllegalStateException if there is no answer in time, or the wait is interrupted
     */
    static <T> T await(CompletableFuture<T> call) {
        try {
            return call.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + LIMIT_SECONDS + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the call failed", e.getCause());
        }
    }
}
