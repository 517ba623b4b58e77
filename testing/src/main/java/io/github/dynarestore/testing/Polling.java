package io.github.dynarestore.testing;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Asks again and again until there is an answer or the time is up. */
final class Polling {

    private static final long PAUSE_MILLIS = 20;

    private Polling() {}

    /**
     * Asks until the question is answered.
     *
     * @param what what is waited for, for the message
     * @throws IllegalStateException if there is no answer within the time, or the wait is interrupted
     */
    static <T> T until(String what, Duration atMost, Callable<Optional<T>> question) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (true) {
            try {
                Optional<T> answer = question.call();
                if (answer.isPresent()) {
                    return answer.get();
                }
                if (System.nanoTime() - deadlineNanos >= 0) {
                    throw new IllegalStateException("no " + what + " within " + atMost);
                }
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + what, e);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("could not wait for " + what, e);
            }
        }
    }
}
