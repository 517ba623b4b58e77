package io.github.dynarestore.internal.rate;

import io.github.dynarestore.model.WriteLimit;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Adds up for how long each limit held writes back, and knows which one does at present. Thread-safe. */
public final class LimitTimes {

    private static final double NANOS_PER_SECOND = 1e9;

    private static final class Held {
        private long nanos;
        private double lately;
    }

    private final LongSupplier nanoTime;
    private final Map<WriteLimit, Held> times = new HashMap<>();
    private @Nullable WriteLimit now;
    private long sinceNanos;

    /** Creates one in which nothing holds back. */
    public LimitTimes(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        sinceNanos = nanoTime.getAsLong();
    }

    /** Says what holds writes back from now on; null for nothing. */
    public synchronized void heldBy(@Nullable WriteLimit limit) {
        addUp();
        now = limit;
    }

    private void addUp() {
        long at = nanoTime.getAsLong();
        long passed = at - sinceNanos;
        sinceNanos = at;
        if (passed <= 0) {
            return;
        }
        // What was a second ago counts for a third of what is now.
        double seconds = passed / NANOS_PER_SECOND;
        double fading = Math.exp(-seconds);
        times.values().forEach(held -> held.lately *= fading);
        if (now != null) {
            Held held = times.computeIfAbsent(now, first -> new Held());
            held.nanos += passed;
            held.lately += 1 - fading;
        }
    }

    /** What has held writes back for most of the last second or so; null if hardly anything did. */
    public synchronized @Nullable WriteLimit current() {
        addUp();
        WriteLimit most = null;
        double longest = 0.05;
        for (Map.Entry<WriteLimit, Held> time : times.entrySet()) {
            if (time.getValue().lately > longest) {
                longest = time.getValue().lately;
                most = time.getKey();
            }
        }
        return most;
    }

    /** For how many nanoseconds each limit held writes back. */
    public synchronized Map<WriteLimit, Long> nanos() {
        addUp();
        Map<WriteLimit, Long> nanos = new HashMap<>();
        times.forEach((limit, held) -> nanos.put(limit, held.nanos));
        return nanos;
    }
}
