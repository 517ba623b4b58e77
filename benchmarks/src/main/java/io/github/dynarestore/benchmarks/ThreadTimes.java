package io.github.dynarestore.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * CPU time of the threads of this process, also of those that end meanwhile: a thread of its own looks at all of them
 * every few milliseconds. What a thread takes between the last look and its end is not seen.
 */
final class ThreadTimes {

    /** Name of the thread that looks. */
    static final String OBSERVER = "thread-times";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Map<Long, Long> nanosAtBegin = new HashMap<>();
    private final Map<Long, Long> nanos = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private final Thread observer = new Thread(this::observe, OBSERVER);
    private volatile boolean ended;

    private ThreadTimes() {}

    /** Begins to count. */
    static ThreadTimes begin() {
        ThreadTimes times = new ThreadTimes();
        times.look();
        times.nanosAtBegin.putAll(times.nanos);
        times.observer.setDaemon(true);
        times.observer.start();
        return times;
    }

    /** Returns the nanoseconds since the beginning by what the names of the threads are turned into. */
    Map<String, Long> end(UnaryOperator<String> group) throws InterruptedException {
        ended = true;
        observer.join();
        Map<String, Long> byGroup = new TreeMap<>();
        nanos.forEach((id, last) -> byGroup.merge(
                group.apply(names.getOrDefault(id, "")), last - nanosAtBegin.getOrDefault(id, 0L), Long::sum));
        return byGroup;
    }

    private void observe() {
        while (!ended) {
            LockSupport.parkNanos(EVERY_NANOS);
            look();
        }
    }

    private void look() {
        long[] ids = THREADS.getAllThreadIds();
        long[] times = THREADS.getThreadCpuTime(ids);
        for (int i = 0; i < ids.length; i++) {
            // -1 if it ended in between.
            if (times[i] >= 0) {
                nanos.put(ids[i], times[i]);
                if (!names.containsKey(ids[i])) {
                    ThreadInfo info = THREADS.getThreadInfo(ids[i]);
                    names.put(ids[i], info == null ? "" : info.getThreadName());
                }
            }
        }
    }
}
