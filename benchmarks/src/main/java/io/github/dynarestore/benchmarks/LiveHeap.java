package io.github.dynarestore.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How much of this process's heap is alive at most: what full collections, one after another with a pause between them,
 * leave behind. What young ones leave has garbage in it, the more the longer a process runs.
 */
final class LiveHeap {

    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final List<MemoryPoolMXBean> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();

    private final Thread collector = new Thread(this::collect, "live-heap");
    private volatile boolean ended;
    private long mostBytes;

    private LiveHeap() {}

    /** Begins to collect. */
    static LiveHeap watch() {
        LiveHeap heap = new LiveHeap();
        heap.collector.setDaemon(true);
        heap.collector.start();
        return heap;
    }

    /** Stops, and returns the most bytes that were alive after any collection. */
    long mostBytes() throws InterruptedException {
        ended = true;
        collector.join();
        return mostBytes;
    }

    private void collect() {
        while (!ended) {
            System.gc();
            long bytes = 0;
            for (MemoryPoolMXBean pool : POOLS) {
                MemoryUsage afterCollection = pool.getCollectionUsage();
                bytes += afterCollection == null ? 0 : afterCollection.getUsed();
            }
            mostBytes = Math.max(mostBytes, bytes);
            LockSupport.parkNanos(EVERY_NANOS);
        }
    }
}
