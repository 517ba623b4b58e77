package io.github.dynarestore.internal.pipeline;

/** Threads that can be told to end. */
interface Stoppable {

    void interrupt();
}
