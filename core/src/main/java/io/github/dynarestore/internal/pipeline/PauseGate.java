package io.github.dynarestore.internal.pipeline;

/** Holds threads back while a run is paused. Thread-safe. */
final class PauseGate {

    private volatile boolean closed;

    /** Lets nobody through from now on. */
    void close() {
        closed = true;
    }

    /** Lets everybody through again. */
    synchronized void open() {
        closed = false;
        notifyAll();
    }

    /** Whether it is closed. */
    boolean isClosed() {
        return closed;
    }

    /** Goes through, or waits until that is allowed. */
    void pass() throws InterruptedException {
        if (closed) {
            await();
        }
    }

    private synchronized void await() throws InterruptedException {
        while (closed) {
            wait();
        }
    }
}
