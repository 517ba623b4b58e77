package io.github.dynarestore;

import io.github.dynarestore.S3CheckpointObjects.Stored;
import io.github.dynarestore.spi.CheckpointInUseException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
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
     * Takes the lease if nobody has it.
     *
     * @throws CheckpointInUseException if somebody has
     */
    static S3Lease take(S3CheckpointObjects objects, Clock clock, LongSupplier nanoTime) throws IOException {
        S3Lease lease = new S3Lease(objects, clock, nanoTime);
        lease.take();
        return lease;
    }

    private synchronized void take() throws IOException {
        Stored before = objects.get(NAME);
        stored = before;
        if (before != null) {
            takeOver(new String(before.bytes(), StandardCharsets.UTF_8));
        }
        renew();
    }

    private void takeOver(String text) throws IOException {
        Matcher before = TEXT.matcher(text);
        if (!before.matches()) {
            throw new IOException("the object " + NAME + " is none of a restore");
        }
        Instant expires;
        try {
            expires = Instant.parse(before.group(2));
        } catch (DateTimeException e) {
            throw new IOException("the object " + NAME + " does not say until when it is good", e);
        }
        if (expires.isAfter(clock.instant())) {
            throw new CheckpointInUseException("process " + before.group(1) + " has it until " + expires);
        }
        state = before.group(3);
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
