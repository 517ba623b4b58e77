package io.github.dynarestore.internal.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** As many threads as there are processors, or as there is work; all run the same task, and the first failure is told. */
final class WorkerThreads implements Stoppable {

    /** What each thread does. */
    @FunctionalInterface
    interface Task {
        void run() throws InterruptedException;
    }

    private final List<Thread> threads = new ArrayList<>();
    private final String name;
    private final int count;
    private final Consumer<Throwable> onFailure;
    private final BooleanSupplier stopped;

    WorkerThreads(String name, int work, Consumer<Throwable> onFailure, BooleanSupplier stopped) {
        this.name = name;
        this.onFailure = onFailure;
        this.stopped = stopped;
        count = Math.max(1, Math.min(work, Runtime.getRuntime().availableProcessors()));
    }

    /** Runs the task in every thread and waits for all of them. */
    void run(Task task) throws InterruptedException {
        synchronized (threads) {
            for (int i = 0; i < count; i++) {
                Thread thread = new Thread(() -> guard(task), name + "-" + i);
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            }
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // The workers hold buffers and connections: they end first, then the interrupt counts.
                    interrupted = true;
                    interrupt();
                }
            }
        }
        if (interrupted) {
            throw new InterruptedException("stopped");
        }
    }

    private void guard(Task task) {
        try {
            task.run();
        } catch (InterruptedException e) {
            if (!stopped.getAsBoolean()) {
                onFailure.accept(e);
            }
        } catch (Throwable e) {
            if (!stopped.getAsBoolean()) {
                onFailure.accept(e);
            }
        }
    }

    @Override
    public void interrupt() {
        synchronized (threads) {
            threads.forEach(Thread::interrupt);
        }
    }
}
