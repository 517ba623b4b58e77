package io.github.dynarestore.benchmarks;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * Bytes that this process allocated on its heap, by all threads, also those that have ended: what the heap grew by from
 * the end of each collection to the beginning of the next. (A sum over threads before Java 21 knows only those that live.)
 */
final class AllocatedBytes {

    private static final String ASKED_FOR = "System.gc()";

    private final Set<String> heapPools = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toSet());

    private final BlockingQueue<GarbageCollectionNotificationInfo> collections = new LinkedBlockingQueue<>();
    private long usedAfterLast;

    /** Collects garbage and begins to count. */
    AllocatedBytes() throws InterruptedException {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector).addNotificationListener((notice, none) -> see(notice), null, null);
        }
        var unused = sinceLastCall();
    }

    /** Collects garbage and returns what was allocated since the last call. */
    long sinceLastCall() throws InterruptedException {
        System.gc();
        long allocated = 0;
        while (true) {
            GarbageCollectionNotificationInfo collection = collections.take();
            allocated += used(collection.getGcInfo().getMemoryUsageBeforeGc()) - usedAfterLast;
            usedAfterLast = used(collection.getGcInfo().getMemoryUsageAfterGc());
            if (collection.getGcCause().equals(ASKED_FOR)) {
                return allocated;
            }
        }
    }

    private void see(Notification notice) {
        if (notice.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            collections.add(GarbageCollectionNotificationInfo.from((CompositeData) notice.getUserData()));
        }
    }

    private long used(Map<String, MemoryUsage> pools) {
        long used = 0;
        for (Map.Entry<String, MemoryUsage> pool : pools.entrySet()) {
            if (heapPools.contains(pool.getKey())) {
                used += pool.getValue().getUsed();
            }
        }
        return used;
    }
}
