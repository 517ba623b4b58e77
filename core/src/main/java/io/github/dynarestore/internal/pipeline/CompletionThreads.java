package io.github.dynarestore.internal.pipeline;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Runs each task in a thread of its own, at once: what one of them waits for may be another one. */
final class CompletionThreads implements Executor {

    private final String name;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

    CompletionThreads(String name) {
        this.name = name;
    }

    @Override
    public void execute(Runnable task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } finally {
                        running.remove(Thread.currentThread());
                    }
                },
                name);
        thread.setDaemon(true);
        running.add(thread);
        thread.start();
    }

    /** Waits until they have ended, but not for long: they are the users'. */
    void awaitEnd(long millis) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + millis * 1_000_000;
        for (Thread thread : running) {
            long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (left > 0) {
                thread.join(left);
            }
        }
    }
}
