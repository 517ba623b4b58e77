package io.github.dynarestore;

import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** Keeps dead letters in S3. */
public final class S3DeadLetters {

    private static final DateTimeFormatter STARTED =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** The slowest connection that is put up with. */
    private static final long BYTES_PER_SECOND = 100_000;

    private static final Duration LEAST_TIMEOUT = Duration.ofMinutes(2);

    private S3DeadLetters() {}

    /**
     * Returns a sink that gathers the letters in a file, as {@link JsonLinesDeadLetters} does, and puts it to S3 when it is
     * closed: as one object {@code dead-letters-<time>-<random>.jsonl} under the prefix, whole or not at all. Then the file is
     * deleted; if S3 will not take it, it stays, and the error says where. Without a letter nothing is put. Any number of
     * restores may use one prefix.
     *
     * <p>Needs {@code s3:PutObject} under the prefix. S3 takes 5 GiB in one object.
     *
     * @param s3 is not closed; must be open when the sink is closed
     * @param s3Uri {@code s3://bucket/prefix}, taken as a directory; outside of any backup
     * @param directory an existing one, for the file
     * @throws IllegalArgumentException if it is not such a URI
     */
    public static DeadLetterSink under(S3AsyncClient s3, String s3Uri, Path directory) {
        URI location = Backup.at(s3Uri).location();
        if (!"s3".equals(location.getScheme())) {
            throw new IllegalArgumentException("not s3://bucket/prefix: " + s3Uri);
        }
        return new Sink(Objects.requireNonNull(s3), location, Objects.requireNonNull(directory));
    }

    private static final class Sink implements DeadLetterSink {

        private final S3AsyncClient s3;
        private final String bucket;
        private final String key;
        private final Path file;
        private final DeadLetterSink gathered;
        private boolean isEmpty = true;

        Sink(S3AsyncClient s3, URI location, Path directory) {
            this.s3 = s3;
            bucket = location.getAuthority();
            String path = location.getPath().substring(1);
            String name = "dead-letters-" + STARTED.format(Instant.now()) + "-"
                    + UUID.randomUUID().toString().substring(0, 8) + ".jsonl";
            key = (path.isEmpty() || path.endsWith("/") ? path : path + "/") + name;
            file = directory.resolve(name);
            gathered = JsonLinesDeadLetters.to(file);
        }

        @Override
        public void accept(DeadLetter letter) throws IOException {
            isEmpty = false;
            gathered.accept(letter);
        }

        @Override
        public void close() throws IOException {
            gathered.close();
            if (isEmpty) {
                return;
            }
            long bytes = Files.size(file);
            CompletableFuture<PutObjectResponse> put;
            try {
                put = s3.putObject(request -> request.bucket(bucket).key(key), AsyncRequestBody.fromFile(file));
            } catch (RuntimeException e) {
                throw notPut(e);
            }
            try {
                var unused = put.get(Math.max(LEAST_TIMEOUT.toSeconds(), bytes / BYTES_PER_SECOND), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                put.cancel(true);
                Thread.currentThread().interrupt();
                InterruptedIOException interrupted =
                        new InterruptedIOException("interrupted while they were put to S3; they are kept in " + file);
                interrupted.initCause(e);
                throw interrupted;
            } catch (TimeoutException e) {
                put.cancel(true);
                throw notPut(e);
            } catch (ExecutionException e) {
                throw notPut(e.getCause() == null ? e : e.getCause());
            }
            Files.delete(file);
        }

        /** Codes and classes only: messages of others may hold anything. */
        private IOException notPut(@Nullable Throwable cause) {
            String why = cause instanceof AwsServiceException answer && answer.awsErrorDetails() != null
                    ? "status " + answer.statusCode() + " "
                            + answer.awsErrorDetails().errorCode()
                    : Objects.requireNonNull(cause).getClass().getSimpleName();
            return new IOException(
                    "s3://" + bucket + "/" + key + " could not be put (" + why + "); they are kept in " + file, cause);
        }
    }
}
