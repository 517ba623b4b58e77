package io.github.dynarestore;

import io.github.dynarestore.S3CheckpointObjects.Stored;
import io.github.dynarestore.spi.CheckpointInUseException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** That a checkpoint in S3 is this process's, until a time that is put off again and again. Thread-safe. */
final class S3Lease implements Closeable {

    /** Object that says whose the checkpoint is. */
    static final String NAME = "lease";

    static final Duration TERM = Duration.ofSeconds(60);
    private static final long RENEWED_AFTER_NANOS = TERM.toNanos() / 3;
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** Half a term more, for clocks that differ. */
    private static final int MAX_WAITS = (int) (TERM.toSeconds() * 3 / 2);

    /** Lets time go by. */
    @FunctionalInterface
    interface Waiting {
        void waitFor(Duration time) throws InterruptedIOException;
    }

    private static final Pattern TEXT =
            Pattern.compile("dynarestore lease 1\nowner (\\S+)\nexpires (\\S+)\nstate (held|deleting)\n");
    private static final String HELD = "held";
    private static final String DELETING = "deleting";

    private final S3CheckpointObjects objects;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final String owner = UUID.randomUUID().toString();

    private @Nullable Stored stored;
    private String state = HELD;
    private long renewedNanos;
    private boolean gone;

    private S3Lease(S3CheckpointObjects objects, Clock clock, LongSupplier nanoTime) {
        this.objects = objects;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes the lease if nobody has it. One of a process that was killed looks as if somebody had it until it expires:
     * whether its owner renews it meanwhile is waited for, at most a little longer than its term.
     *
     * @throws CheckpointInUseException if somebody has
     */
    static S3Lease take(S3CheckpointObjects objects, Clock clock, LongSupplier nanoTime, Waiting waiting)
            throws IOException {
        S3Lease lease = new S3Lease(objects, clock, nanoTime);
        lease.take(waiting);
        return lease;
    }

    private synchronized void take(Waiting waiting) throws IOException {
        Stored first = objects.get(NAME);
        Stored before = first;
        int waits = 0;
        while (before != null && !isFree(before)) {
            if (!isSame(before, Objects.requireNonNull(first)) || waits == MAX_WAITS) {
                throw new CheckpointInUseException("process " + parse(before).group(1) + " has it");
            }
            waits++;
            waiting.waitFor(BETWEEN_LOOKS);
            before = objects.get(NAME);
        }
        stored = before;
        if (before != null) {
            state = parse(before).group(3);
        }
        renew();
    }

    private static boolean isSame(Stored left, Stored right) {
        return Arrays.equals(left.bytes(), right.bytes());
    }

    private static Matcher parse(Stored lease) throws IOException {
        Matcher before = TEXT.matcher(new String(lease.bytes(), StandardCharsets.UTF_8));
        if (!before.matches()) {
            throw new IOException("the object " + NAME + " is none of a restore");
        }
        return before;
    }

    private boolean isFree(Stored lease) throws IOException {
        try {
            return !Instant.parse(parse(lease).group(2)).isAfter(clock.instant());
        } catch (DateTimeException e) {
            throw new IOException("the object " + NAME + " does not say until when it is good", e);
        }
    }

    /** Stands for this taking of the lease. */
    String owner() {
        return owner;
    }

    /** Whether everything is to be deleted, by this process or by one that did not finish. */
    synchronized boolean isDeleting() {
        return state.equals(DELETING);
    }

    /** Says that what is there is good again, or empty. */
    synchronized void hold() throws IOException {
        state = HELD;
        renew();
    }

    /** Says that everything is to be deleted. */
    synchronized void markDeleting() throws IOException {
        state = DELETING;
        renew();
    }

    /**
     * Renews the lease if a third of its term has gone.
     *
     * @throws CheckpointInUseException if it was lost
     */
    synchronized void keep() throws IOException {
        if (!gone && nanoTime.getAsLong() - renewedNanos >= RENEWED_AFTER_NANOS) {
            renew();
        }
    }

    private void renew() throws IOException {
        long startedNanos = nanoTime.getAsLong();
        if (!write(clock.instant().plus(TERM))) {
            throw new CheckpointInUseException("another process took it");
        }
        renewedNanos = startedNanos;
    }

    private boolean write(Instant expires) throws IOException {
        byte[] bytes = ("dynarestore lease 1\nowner " + owner + "\nexpires " + expires + "\nstate " + state + "\n")
                .getBytes(StandardCharsets.UTF_8);
        String etag = stored == null ? objects.putNew(NAME, owner, bytes) : objects.replace(NAME, owner, stored, bytes);
        if (etag != null) {
            stored = new Stored(bytes, etag, owner);
            return true;
        }
        // The first attempt of a call may have gone well and only its answer been lost.
        Stored there = objects.get(NAME);
        if (there == null || !Arrays.equals(there.bytes(), bytes)) {
            return false;
        }
        stored = there;
        return true;
    }

    /** Deletes the lease; only after {@link #markDeleting}, so that it is certainly still this process's. */
    synchronized void delete() throws IOException {
        objects.delete(NAME);
        gone = true;
    }

    /** Lets another process have it at once. */
    @Override
    public synchronized void close() throws IOException {
        if (!gone) {
            gone = true;
            // If somebody has taken it there is nothing to be given back.
            var unused = write(Instant.EPOCH);
        }
    }
}
