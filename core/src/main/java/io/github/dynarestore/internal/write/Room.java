package io.github.dynarestore.internal.write;

/**
 * Bounds the writes that have been taken over and have not ended, by their number and their bytes. What has ended of a
 * batch makes room at once, so that a few writes that DynamoDB puts off do not hold the others' places. Thread-safe.
 */
final class Room {

    private int mostWrites;
    private final long mostBytes;
    private int writes;
    private long bytes;

    Room(int mostWrites, long mostBytes) {
        this.mostWrites = mostWrites;
        this.mostBytes = mostBytes;
    }

    /** Changes how many writes there is room for; what is in stays, also if it is more. */
    synchronized void mostWrites(int writes) {
        mostWrites = writes;
        notifyAll();
    }

    /** Waits until there is room; blocks the calling thread. */
    synchronized void take(int someWrites, long someBytes) throws InterruptedException {
        while (!tryTake(someWrites, someBytes)) {
            wait();
        }
    }

    /** Takes room if there is enough; what is larger than all of it fits into an empty one. */
    synchronized boolean tryTake(int someWrites, long someBytes) {
        boolean fits = writes + someWrites <= mostWrites && (bytes + someBytes <= mostBytes || bytes == 0);
        if (fits) {
            writes += someWrites;
            bytes += someBytes;
        }
        return fits;
    }

    synchronized void giveBack(int someWrites, long someBytes) {
        writes -= someWrites;
        bytes -= someBytes;
        notifyAll();
    }

    /** Whether there is no room for another batch of so many writes. */
    synchronized boolean isFull(int someWrites) {
        return writes + someWrites > mostWrites;
    }

    synchronized void awaitEmpty() throws InterruptedException {
        while (writes > 0) {
            wait();
        }
    }
}
