package io.github.dynarestore;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Small objects under one prefix, by their names behind it. Waits for each call, but not for ever. */
final class S3CheckpointObjects {

    /**
     * An object as it was read.
     *
     * @param etag as S3 writes it
     * @param owner who put it; empty if that is not said
     */
    record Stored(byte[] bytes, String etag, String owner) {}

    /** An object as it was listed. */
    record Listed(String name, long sizeBytes) {}

    /** S3's limit for one call. */
    static final int MAX_DELETED_AT_ONCE = 1_000;

    private static final String OWNER = "dynarestore-owner";

    private final S3AsyncClient s3;
    private final String bucket;
    private final String prefix;
    private final Duration callTimeout;

    /**
     * Creates one.
     *
     * @param location {@code s3://bucket/prefix}, to which a slash is added if it does not end in one
     * @param callTimeout for one call with all its attempts
     */
    S3CheckpointObjects(S3AsyncClient s3, URI location, Duration callTimeout) {
        this.s3 = s3;
        this.bucket = location.getAuthority();
        String path = location.getPath().substring(1);
        this.prefix = path.isEmpty() || path.endsWith("/") ? path : path + "/";
        this.callTimeout = callTimeout;
    }

    String location() {
        return "s3://" + bucket + "/" + prefix;
    }

    /** Reads an object; null if there is none. */
    @Nullable
    Stored get(String name) throws IOException {
        try {
            return get(name, getLater(name));
        } catch (RefusedException e) {
            if (e.status == 404) {
                return null;
            }
            throw e;
        }
    }

    /** Waits for an object that was asked for. */
    Stored get(String name, CompletableFuture<ResponseBytes<GetObjectResponse>> answer) throws IOException {
        ResponseBytes<GetObjectResponse> object = await("GET " + name, () -> answer);
        GetObjectResponse head = object.response();
        Map<String, String> metadata = head.metadata();
        return new Stored(object.asByteArray(), head.eTag(), metadata.getOrDefault(OWNER, ""));
    }

    /** Asks for an object. */
    CompletableFuture<ResponseBytes<GetObjectResponse>> getLater(String name) {
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(bucket)
                .key(prefix + name)
                .checksumMode(ChecksumMode.ENABLED)
                .build();
        try {
            return s3.getObject(request, AsyncResponseTransformer.toBytes());
        } catch (SdkException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Puts an object that is not there yet; returns its ETag, null if there is one. */
    @Nullable
    String putNew(String name, String owner, byte[] bytes) throws IOException {
        return put(name, owner, bytes, request -> request.ifNoneMatch("*"));
    }

    /** Puts an object in the place of one with an ETag; returns the new one, null if there is another one or none. */
    @Nullable
    String replace(String name, String owner, Stored before, byte[] bytes) throws IOException {
        return put(name, owner, bytes, request -> request.ifMatch(before.etag()));
    }

    private @Nullable String put(String name, String owner, byte[] bytes, Consumer<PutObjectRequest.Builder> condition)
            throws IOException {
        PutObjectRequest.Builder request =
                PutObjectRequest.builder().bucket(bucket).key(prefix + name).metadata(Map.of(OWNER, owner));
        condition.accept(request);
        try {
            return await("PUT " + name, () -> s3.putObject(request.build(), AsyncRequestBody.fromBytes(bytes)))
                    .eTag();
        } catch (RefusedException e) {
            // 409: somebody else is writing it at this moment. 404: there is nothing to be replaced.
            if (e.status == 412 || e.status == 409 || (e.status == 404 && e.code.equals("NoSuchKey"))) {
                return null;
            }
            throw e;
        }
    }

    /** Deletes an object, be it there or not. */
    void delete(String name) throws IOException {
        var unused = await(
                "DELETE " + name,
                () -> s3.deleteObject(request -> request.bucket(bucket).key(prefix + name)));
    }

    /**
     * Deletes objects, be they there or not.
     *
     * @param names at most {@value #MAX_DELETED_AT_ONCE}
     */
    void deleteAll(List<String> names) throws IOException {
        List<ObjectIdentifier> keys = new ArrayList<>();
        for (String name : names) {
            keys.add(ObjectIdentifier.builder().key(prefix + name).build());
        }
        String what = "DELETE of " + names.size() + " objects";
        DeleteObjectsResponse answer = await(
                what,
                () -> s3.deleteObjects(request -> request.bucket(bucket)
                        .delete(delete -> delete.objects(keys).quiet(true))));
        if (!answer.errors().isEmpty()) {
            throw new IOException(what + ": " + answer.errors().size() + " refused, the first with "
                    + answer.errors().get(0).code());
        }
    }

    /** Lists the objects whose names begin so, in the order of their names. */
    List<Listed> list(String beginning) throws IOException {
        List<Listed> listed = new ArrayList<>();
        String token = null;
        do {
            String from = token;
            ListObjectsV2Response page = await(
                    "LIST " + beginning,
                    () -> s3.listObjectsV2(request ->
                            request.bucket(bucket).prefix(prefix + beginning).continuationToken(from)));
            boolean isMore = Boolean.TRUE.equals(page.isTruncated());
            if (page.isTruncated() == null && page.name() == null || isMore && page.nextContinuationToken() == null) {
                // An empty body parses as an empty listing, and the checkpoint would seem to have lost its parts.
                throw new IOException("LIST " + beginning + ": an answer that is no listing");
            }
            for (S3Object object : page.contents()) {
                listed.add(new Listed(object.key().substring(prefix.length()), object.size()));
            }
            token = isMore ? page.nextContinuationToken() : null;
        } while (token != null);
        return listed;
    }

    private <T> T await(String what, Supplier<CompletableFuture<T>> call) throws IOException {
        CompletableFuture<T> answer;
        try {
            answer = call.get();
        } catch (SdkException e) {
            throw refused(what, e);
        }
        try {
            return answer.get(callTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException(what + " was interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException(what + ": no answer from S3 within " + callTimeout, e);
        } catch (ExecutionException e) {
            throw refused(what, e.getCause() == null ? e : e.getCause());
        }
    }

    /** Codes and classes only: messages of others may hold anything. */
    private static IOException refused(String what, Throwable cause) {
        if (cause instanceof AwsServiceException answer) {
            String code =
                    answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null
                            ? ""
                            : answer.awsErrorDetails().errorCode();
            return new RefusedException(what, answer, code);
        }
        return new IOException(what + ": " + cause.getClass().getName(), cause);
    }

    /** S3 answered, but with an error. */
    private static final class RefusedException extends IOException {

        private static final long serialVersionUID = 1L;

        private final int status;
        private final String code;

        RefusedException(String what, AwsServiceException answer, String code) {
            super(what + ": status " + answer.statusCode() + (code.isEmpty() ? "" : " " + code), answer);
            this.status = answer.statusCode();
            this.code = code;
        }
    }
}
