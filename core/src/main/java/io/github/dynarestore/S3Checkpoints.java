package io.github.dynarestore;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Keeps checkpoints in S3. */
public final class S3Checkpoints {

    /** For one call with all its attempts. A segment has little more than a mebibyte. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    private S3Checkpoints() {}

    /**
     * Returns the checkpoint under a prefix: objects {@code journal-0000000001} and so on, and a {@code lease}. Others
     * are not touched.
     *
     * <p>S3 cannot append, so each append puts the next object: while a restore writes, what was acknowledged during the
     * last put, some twenty to fifty requests a second. Writes go on meanwhile, up to those that may be under way.
     *
     * <p>A restore that has the checkpoint renews its lease. One that died, or has not reached S3 for 60 s, can lose it to
     * another process whose clock agrees to within seconds; it is then ended. One that finds it held
     * waits until its owner renews it, and is refused then, or lets it expire, 90 s at most: a process that was killed is
     * followed within a minute, one that was closed at once.
     *
     * <p>Needs {@code s3:GetObject}, {@code s3:PutObject} and {@code s3:DeleteObject} under the prefix, {@code
     * s3:ListBucket} on the bucket, and an S3 that honours {@code If-None-Match} and {@code If-Match} on PUT. Calls are
     * tried again as the client is set to; each ends after 30 s.
     *
     * @param s3 is not closed
     * @param s3Uri {@code s3://bucket/prefix}, taken as a directory; outside of any backup
     * @throws IllegalArgumentException if it is not such a URI
     */
    public static CheckpointStore at(S3AsyncClient s3, String s3Uri) {
        URI location = Backup.at(s3Uri).location();
        if (!"s3".equals(location.getScheme())) {
            throw new IllegalArgumentException("not s3://bucket/prefix: " + s3Uri);
        }
        return new S3CheckpointStore(
                new S3CheckpointObjects(Objects.requireNonNull(s3), location, CALL_TIMEOUT),
                Clock.systemUTC(),
                System::nanoTime,
                S3Checkpoints::waitFor);
    }

    private static void waitFor(Duration time) throws InterruptedIOException {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while waiting for the checkpoint");
        }
    }
}
