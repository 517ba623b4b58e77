package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.TableCapacity;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every minute at what the table takes, which autoscaling and people change. Nothing waits for it. */
final class CapacityWatch implements AutoCloseable {

    static final Duration INTERVAL = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(CapacityWatch.class);

    private final Supplier<CompletableFuture<TableCapacity>> look;
    private final Consumer<TableCapacity> found;
    private final ScheduledExecutorService timer;
    private volatile boolean closed;

    private CapacityWatch(
            Supplier<CompletableFuture<TableCapacity>> look,
            Consumer<TableCapacity> found,
            ScheduledExecutorService timer) {
        this.look = look;
        this.found = found;
        this.timer = timer;
    }

    /**
     * Looks for the first time in a minute.
     *
     * @param found told what was found, on any thread; must not block
     */
    static CapacityWatch start(
            Supplier<CompletableFuture<TableCapacity>> look,
            Consumer<TableCapacity> found,
            ScheduledExecutorService timer) {
        CapacityWatch watch = new CapacityWatch(look, found, timer);
        watch.lookLater();
        return watch;
    }

    private void lookLater() {
        if (closed) {
            return;
        }
        try {
            var unused = timer.schedule(this::look, INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            closed = true;
        }
    }

    private void look() {
        if (closed) {
            return;
        }
        CompletableFuture<TableCapacity> looking;
        try {
            looking = look.get();
        } catch (RuntimeException e) {
            looking = CompletableFuture.failedFuture(e);
        }
        var unused = looking.whenComplete((capacity, failure) -> {
            if (failure != null) {
                // What was found before still holds; writes say by themselves if it does not.
                LOG.debug("the table's capacity could not be looked up", failure);
            } else if (!closed) {
                found.accept(capacity);
            }
            lookLater();
        });
    }

    @Override
    public void close() {
        closed = true;
    }
}
