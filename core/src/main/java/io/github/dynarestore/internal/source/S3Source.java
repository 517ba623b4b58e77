package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Lists the objects of a bucket whose keys begin with a prefix, in the order of S3. */
public final class S3Source implements ObjectSource {

    private static final String PERMISSIONS = "s3:ListBucket on the bucket";

    private final S3AsyncClient s3;
    private final String bucket;
    private final String prefix;
    private final RetrySettings retry;
    private final ScheduledExecutorService timer;
    private final int maxObjects;

    /**
     * Creates one.
     *
     * @param prefix what keys begin with, as it stands; may be empty
     * @param timer runs the waits between attempts
     */
    public S3Source(
            S3AsyncClient s3, String bucket, String prefix, RetrySettings retry, ScheduledExecutorService timer) {
        this(s3, bucket, prefix, retry, timer, SourceListing.MAX_OBJECTS);
    }

    S3Source(
            S3AsyncClient s3,
            String bucket,
            String prefix,
            RetrySettings retry,
            ScheduledExecutorService timer,
            int maxObjects) {
        this.s3 = s3;
        this.bucket = bucket;
        this.prefix = prefix;
        this.retry = retry;
        this.timer = timer;
        this.maxObjects = maxObjects;
    }

    @Override
    public CompletableFuture<SourceListing> list() {
        Listing listing = new Listing();
        listing.askForPage();
        return listing.whole;
    }

    /** The URI of an object, from which {@link URI#getPath} gives back the key behind a slash. */
    static URI uri(String bucket, String key) {
        try {
            return new URI("s3", bucket, "/" + key, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("a key that no URI can hold: " + key, e);
        }
    }

    /** One listing under way; pages follow each other, so its fields need no lock. */
    private final class Listing {

        private final CompletableFuture<SourceListing> whole = new CompletableFuture<>();
        private final List<BackupObject> objects = new ArrayList<>();
        private final List<SkippedObject> skipped = new ArrayList<>();
        private @Nullable String token;
        private int failures;
        private long startedNanos = retry.nanoTime().getAsLong();

        void askForPage() {
            if (whole.isDone()) {
                // Cancelled: nobody wants the rest.
                return;
            }
            try {
                CompletableFuture<?> unused = s3.listObjectsV2(request()).whenComplete(this::answered);
            } catch (RuntimeException e) {
                failed(e);
            }
        }

        private ListObjectsV2Request request() {
            return ListObjectsV2Request.builder()
                    .bucket(bucket)
                    .prefix(prefix)
                    .continuationToken(token)
                    // Keys may hold characters that XML cannot; the SDK decodes.
                    .encodingType(EncodingType.URL)
                    .overrideConfiguration(override -> override.apiCallAttemptTimeout(retry.attemptTimeout()))
                    .build();
        }

        private void answered(@Nullable ListObjectsV2Response page, @Nullable Throwable error) {
            if (page == null) {
                failed(error == null ? new IllegalStateException("no answer") : error);
                return;
            }
            if (page.isTruncated() == null && page.name() == null) {
                // An empty body parses as the last page, without objects; the service always says one or the other.
                failed(new IOException("an answer that is no listing"));
                return;
            }
            try {
                take(page);
            } catch (RuntimeException e) {
                whole.completeExceptionally(e);
            }
        }

        private void take(ListObjectsV2Response page) {
            for (S3Object listed : page.contents()) {
                take(listed);
            }
            if (!Boolean.TRUE.equals(page.isTruncated())) {
                whole.complete(new SourceListing(objects, skipped));
                return;
            }
            String next = page.nextContinuationToken();
            if (next == null || next.equals(token)) {
                throw new RestoreException(
                        RestoreErrorCode.SOURCE_UNREADABLE,
                        "the listing of " + uri(bucket, prefix) + " says that there is more, but not how to get it",
                        "");
            }
            token = next;
            failures = 0;
            startedNanos = retry.nanoTime().getAsLong();
            askForPage();
        }

        private void take(S3Object listed) {
            if (objects.size() + skipped.size() >= maxObjects) {
                throw SourceListing.tooMany(uri(bucket, prefix), maxObjects);
            }
            long sizeBytes = listed.size() == null ? 0 : listed.size();
            String storageClass = listed.storageClassAsString();
            BackupObject object = new BackupObject(
                    uri(bucket, listed.key()),
                    bucket,
                    listed.key(),
                    sizeBytes,
                    Etags.unquoted(listed.eTag()),
                    listed.lastModified() == null ? Instant.EPOCH : listed.lastModified(),
                    "STANDARD".equals(storageClass) ? null : storageClass);
            String relativeKey =
                    listed.key().startsWith(prefix) ? listed.key().substring(prefix.length()) : listed.key();
            String reason = ObjectNames.reasonToSkip(relativeKey, sizeBytes);
            if (reason == null) {
                objects.add(object);
            } else {
                skipped.add(new SkippedObject(object, reason));
            }
        }

        private void failed(Throwable error) {
            failures++;
            URI location = uri(bucket, prefix);
            RestoreException end = S3Errors.fatal(error, location, PERMISSIONS);
            if (end == null && retry.isSpent(startedNanos)) {
                end = S3Errors.spent(error, location, failures);
            }
            if (end == null) {
                try {
                    Future<?> unused =
                            timer.schedule(this::askForPage, retry.delayNanos(failures), TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException e) {
                    end = S3Errors.spent(error, location, failures);
                }
            }
            if (end != null) {
                whole.completeExceptionally(end);
            }
        }
    }
}
