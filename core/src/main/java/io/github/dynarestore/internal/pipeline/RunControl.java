package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestorePhase;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the stages of a run need of it. */
interface RunControl {

    /** How its threads are called. */
    String name();

    /** Whether it is to end. */
    boolean isStopped();

    /** Holds threads back while the run is paused. */
    PauseGate gate();

    /** How fast to write, as it was said last. */
    WriteRate writeRate();

    /** Says something in the report and the log that is no failure. */
    void notice(String sentence);

    /** Ends it with a failure. */
    void fail(Throwable cause);

    /** Says which threads work now, so that a stop can interrupt them. */
    void working(Stoppable threads);

    /** Says what writes now; null when it has ended. From the first on, the table may have been changed. */
    void writing(@Nullable WriteStage stage) throws InterruptedException;

    /** Begins a phase. */
    void enter(RestorePhase phase, long objects, long bytes);

    /** An object of the phase is done. */
    void objectDone();

    /**
     * Has work done by several threads, each of which takes the next index until there is none left.
     *
     * @param count how many indices there are
     * @param threads what each thread does
     */
    default void inThreads(String suffix, int count, ThreadsTask threads) throws InterruptedException {
        WorkerThreads workers = new WorkerThreads(name() + suffix, count, this::fail, this::isStopped);
        working(workers);
        AtomicInteger next = new AtomicInteger();
        workers.run(() -> threads.run(() -> {
            int index = isStopped() ? count : next.getAndIncrement();
            return index < count ? index : -1;
        }));
        if (isStopped()) {
            throw new InterruptedException("stopped");
        }
    }

    /** What one of several threads does. */
    @FunctionalInterface
    interface ThreadsTask {
        void run(NextIndex next) throws InterruptedException;
    }

    /** Gives the next index; -1 when there is none left. */
    @FunctionalInterface
    interface NextIndex {
        int next();
    }
}
