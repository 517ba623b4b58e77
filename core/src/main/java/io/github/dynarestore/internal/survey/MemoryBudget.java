package io.github.dynarestore.internal.survey;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that the survey may hold. Thread-safe. */
public final class MemoryBudget {

    private final long limitBytes;
    private final AtomicLong takenBytes = new AtomicLong();

    /** Creates a budget of so many bytes. */
    public MemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes bytes, unless that would pass the limit. */
    boolean take(long bytes) {
        long before;
        do {
            before = takenBytes.get();
            if (before + bytes > limitBytes) {
                return false;
            }
        } while (!takenBytes.compareAndSet(before, before + bytes));
        return true;
    }

    void giveBack(long bytes) {
        takenBytes.addAndGet(-bytes);
    }

    /** The limit. */
    public long limitBytes() {
        return limitBytes;
    }

    /** What is taken now. */
    public long takenBytes() {
        return takenBytes.get();
    }
}
