package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Fetches one range of one object, as often as it takes.
 *
 * <p>Every attempt starts at the range's first byte: what a broken body brought is thrown away. Attempts run on SDK and
 * timer threads and never block; the reader alone waits.
 */
final class RangeFetch {

    private static final String PERMISSIONS =
            "s3:GetObject on the object and, where it is encrypted with a key of KMS, kms:Decrypt on the key";

    private final S3AsyncClient s3;
    private final RetrySettings retry;
    private final ScheduledExecutorService timer;
    private final BackupObject object;
    private final long firstByte;
    private final int lengthBytes;
    private final GetObjectRequest request;

    private ByteBudget.@Nullable Claim claim;
    private CompletableFuture<RangeBody> body = new CompletableFuture<>();
    private @Nullable Attempt attempt;
    private @Nullable Future<?> pause;
    private long startedNanos;
    private int attempts;
    private int mismatches;
    private boolean isClosed;

    RangeFetch(
            S3AsyncClient s3,
            RetrySettings retry,
            ScheduledExecutorService timer,
            BackupObject object,
            long firstByte,
            int lengthBytes) {
        this.s3 = s3;
        this.retry = retry;
        this.timer = timer;
        this.object = object;
        this.firstByte = firstByte;
        this.lengthBytes = lengthBytes;
        this.request = request();
    }

    private GetObjectRequest request() {
        GetObjectRequest.Builder get = GetObjectRequest.builder()
                .bucket(object.bucket())
                .key(object.key())
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(retry.attemptTimeout()));
        if (!object.etag().isEmpty()) {
            get.ifMatch("\"" + object.etag() + "\"");
        }
        if (lengthBytes == object.sizeBytes()) {
            // S3 has checksums of whole objects only, so they can be verified only without a range.
            get.checksumMode(ChecksumMode.ENABLED);
        } else {
            get.range("bytes=" + firstByte + "-" + (firstByte + lengthBytes - 1));
        }
        return get.build();
    }

    /** Queues for the budget; the first attempt follows the grant. */
    void start(ByteBudget budget) {
        ByteBudget.Claim mine = budget.claim(lengthBytes, this::begin);
        boolean isLate;
        synchronized (this) {
            claim = mine;
            isLate = isClosed;
        }
        if (isLate) {
            mine.release();
        }
    }

    private void begin() {
        synchronized (this) {
            startedNanos = retry.nanoTime().getAsLong();
        }
        attempt();
    }

    private void attempt() {
        Attempt next = new Attempt(new RangeCollector(object, firstByte, lengthBytes));
        synchronized (this) {
            if (isClosed) {
                return;
            }
            attempts++;
            attempt = next;
            pause = null;
        }
        next.send();
    }

    /** Judges how an attempt ended, once for each. */
    private void ended(Attempt which, @Nullable RangeBody arrived, @Nullable Throwable error) {
        CompletableFuture<RangeBody> waiting;
        synchronized (this) {
            if (isClosed || attempt != which) {
                return;
            }
            attempt = null;
            waiting = body;
        }
        if (arrived != null) {
            waiting.complete(arrived);
        } else {
            Throwable why = error == null ? new IOException("no body") : S3Errors.unwrap(error);
            Throwable end;
            try {
                end = retryOrEnd(why);
            } catch (RuntimeException e) {
                // Nobody hears what is thrown here, and the reader would wait for ever.
                end = e;
            }
            if (end != null) {
                waiting.completeExceptionally(end);
            }
        }
    }

    private @Nullable Throwable retryOrEnd(Throwable error) {
        RestoreException fatal = S3Errors.fatal(error, object.uri(), PERMISSIONS);
        if (fatal != null) {
            return fatal;
        }
        BodyMismatchException mismatch = S3Errors.inChain(error, BodyMismatchException.class);
        synchronized (this) {
            if (mismatch != null && ++mismatches >= retry.maxMismatches()) {
                return new DamagedObjectException(
                        DamagedObjectException.OBJECT_CORRUPT,
                        firstByte,
                        mismatches + " times: " + String.valueOf(mismatch.getMessage()));
            }
            if (retry.isSpent(startedNanos)) {
                return S3Errors.spent(error, object.uri(), attempts);
            }
            if (isClosed) {
                return error;
            }
            try {
                pause = timer.schedule(this::attempt, retry.delayNanos(attempts), TimeUnit.NANOSECONDS);
                return null;
            } catch (RejectedExecutionException e) {
                return S3Errors.spent(error, object.uri(), attempts);
            }
        }
    }

    /**
     * Waits for the range; only the object's reader may call this.
     *
     * @throws RestoreException if the restore cannot go on
     * @throws DamagedObjectException if the object's bytes are not what they should be
     */
    RangeBody await() throws IOException {
        ByteBudget.Claim mine;
        CompletableFuture<RangeBody> waited;
        synchronized (this) {
            mine = claim;
            waited = body;
        }
        if (mine != null) {
            mine.insist();
        }
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return waited.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for S3");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            Throwable cause = S3Errors.unwrap(e);
            if (cause instanceof RestoreException restore) {
                throw restore;
            }
            if (cause instanceof IOException io) {
                throw io;
            }
            throw new IOException(cause);
        }
    }

    /** Fetches the range once more because its bytes do not match; the next {@link #await} tells how it went. */
    void refetch(String mismatch) {
        synchronized (this) {
            body = new CompletableFuture<>();
            startedNanos = retry.nanoTime().getAsLong();
        }
        Throwable end = retryOrEnd(new BodyMismatchException(mismatch));
        if (end != null) {
            synchronized (this) {
                body.completeExceptionally(end);
            }
        }
    }

    /** Gives back the bytes of the budget and stops what is under way; a second call does nothing. */
    void close() {
        Attempt running;
        ByteBudget.Claim held;
        Future<?> paused;
        CompletableFuture<RangeBody> waited;
        synchronized (this) {
            isClosed = true;
            running = attempt;
            held = claim;
            paused = pause;
            waited = body;
            attempt = null;
            claim = null;
            pause = null;
        }
        if (paused != null) {
            paused.cancel(false);
        }
        if (running != null) {
            running.cancel();
        }
        waited.completeExceptionally(new IOException("the stream is closed"));
        if (held != null) {
            held.release();
        }
    }

    /** One request. */
    private final class Attempt {

        private final RangeCollector collector;
        private final Watchdog watchdog = new Watchdog(this);
        private @Nullable CompletableFuture<RangeBody> call;
        private boolean isCancelled;

        Attempt(RangeCollector collector) {
            this.collector = collector;
        }

        void send() {
            CompletableFuture<RangeBody> sent;
            boolean isLate;
            try {
                // The SDK's own timeout comes first; this one is for futures that the SDK never completes.
                watchdog.guard(
                        timer.schedule(watchdog, 2 * retry.attemptTimeout().toNanos(), TimeUnit.NANOSECONDS));
                sent = s3.getObject(request, collector);
                synchronized (this) {
                    call = sent;
                    isLate = isCancelled;
                }
            } catch (RuntimeException e) {
                watchdog.dismiss();
                ended(this, null, e);
                return;
            }
            if (isLate) {
                cancel();
            }
            CompletableFuture<?> unused = sent.whenComplete(this::completed);
        }

        private void completed(@Nullable RangeBody arrived, @Nullable Throwable error) {
            watchdog.dismiss();
            ended(this, arrived, error);
        }

        void giveUp() {
            ended(this, null, new TimeoutException("no end of the attempt"));
            cancel();
        }

        void cancel() {
            CompletableFuture<RangeBody> sent;
            synchronized (this) {
                isCancelled = true;
                sent = call;
            }
            watchdog.dismiss();
            // The future before the body: the other way round Netty logs a warning for each.
            if (sent != null) {
                sent.cancel(true);
            }
            collector.cancel();
        }
    }

    /**
     * Gives up an attempt that takes too long. Lets go of it once dismissed: a timer may keep cancelled tasks until
     * their time, and with them the bytes of every range fetched in the last minutes.
     */
    private static final class Watchdog implements Runnable {

        private @Nullable Attempt watched;
        private @Nullable Future<?> task;

        Watchdog(Attempt watched) {
            this.watched = watched;
        }

        synchronized void guard(Future<?> scheduled) {
            task = scheduled;
        }

        void dismiss() {
            Future<?> dismissed;
            synchronized (this) {
                watched = null;
                dismissed = task;
                task = null;
            }
            if (dismissed != null) {
                dismissed.cancel(false);
            }
        }

        @Override
        public void run() {
            Attempt late;
            synchronized (this) {
                late = watched;
            }
            if (late != null) {
                late.giveUp();
            }
        }
    }
}
