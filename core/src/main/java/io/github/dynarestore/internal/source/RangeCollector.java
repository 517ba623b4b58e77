package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Takes one answer of S3 into one array of the length that is due, and refuses any other.
 *
 * <p>Not the SDK's own transformers: {@code toPublisher} never ends when a body is cut short, and {@code toBytes}
 * copies each body several times. The SDK may replay a transformer; each replay gets an array of its own, because
 * buffers of the earlier one may still be on their way.
 */
final class RangeCollector implements AsyncResponseTransformer<GetObjectResponse, RangeBody> {

    private final BackupObject object;
    private final long firstByte;
    private final int expectedBytes;
    private final boolean isWholeObject;

    private volatile CompletableFuture<RangeBody> result = new CompletableFuture<>();
    private volatile @Nullable GetObjectResponse response;
    private volatile @Nullable Filler filler;
    private volatile boolean isCancelled;

    RangeCollector(BackupObject object, long firstByte, int expectedBytes) {
        this.object = object;
        this.firstByte = firstByte;
        this.expectedBytes = expectedBytes;
        this.isWholeObject = expectedBytes == object.sizeBytes();
    }

    @Override
    public CompletableFuture<RangeBody> prepare() {
        Filler earlier = filler;
        if (earlier != null) {
            earlier.stop();
        }
        filler = null;
        response = null;
        CompletableFuture<RangeBody> next = new CompletableFuture<>();
        result = next;
        return next;
    }

    @Override
    public void onResponse(GetObjectResponse head) {
        response = head;
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> body) {
        CompletableFuture<RangeBody> mine = result;
        GetObjectResponse head = response;
        Throwable refusal = head == null ? new BodyMismatchException("a body without a head") : refusal(head);
        Filler next = new Filler(mine, head != null && isEtagOfContent(head), refusal, expectedBytes);
        filler = next;
        if (isCancelled) {
            next.stop();
        }
        body.subscribe(next);
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        Filler current = filler;
        CompletableFuture<RangeBody> mine = result;
        if (current != null && current.isFull() && !isOfTransport(error)) {
            // All bytes are here and the transport is well: it is the SDK's checksum that does not match.
            mine.completeExceptionally(new BodyMismatchException("the SDK refused the body's checksum"));
        } else {
            mine.completeExceptionally(error);
        }
    }

    /** Stops taking the body, which frees its connection. */
    void cancel() {
        isCancelled = true;
        Filler current = filler;
        if (current != null) {
            current.stop();
        }
    }

    private static boolean isOfTransport(Throwable error) {
        for (Throwable link = error; link != null; link = link.getCause()) {
            if (link instanceof IOException
                    || link instanceof TimeoutException
                    || link instanceof CancellationException
                    || link instanceof ApiCallAttemptTimeoutException
                    || link instanceof ApiCallTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Throwable refusal(GetObjectResponse head) {
        String etag = head.eTag();
        if (etag != null && !object.etag().isEmpty() && !Etags.unquoted(etag).equals(object.etag())) {
            // S3 itself answers 412; some stores ignore If-Match.
            return S3Errors.changed(object.uri(), "was written anew", null);
        }
        Long contentLength = head.contentLength();
        if (contentLength == null) {
            return new BodyMismatchException("no Content-Length");
        }
        if (contentLength != expectedBytes) {
            return new BodyMismatchException(
                    "a Content-Length of " + contentLength + " where " + expectedBytes + " are due");
        }
        if (isWholeObject) {
            return null;
        }
        String due = "bytes " + firstByte + "-" + (firstByte + expectedBytes - 1) + "/" + object.sizeBytes();
        return due.equals(head.contentRange())
                ? null
                : new BodyMismatchException("Content-Range " + head.contentRange() + " where " + due + " is due");
    }

    private static boolean isEtagOfContent(GetObjectResponse head) {
        String encryption = head.serverSideEncryptionAsString();
        return head.sseCustomerAlgorithm() == null && (encryption == null || encryption.equals("AES256"));
    }

    /** Fills the array from one body. */
    private static final class Filler implements Subscriber<ByteBuffer> {

        private final CompletableFuture<RangeBody> result;
        private final boolean isEtagOfContent;
        private final @Nullable Throwable refusal;
        private final int expectedBytes;
        private final AtomicReference<@Nullable Subscription> subscription = new AtomicReference<>();
        private byte[] bytes = new byte[0];
        private volatile int count;
        private volatile boolean isStopped;

        Filler(
                CompletableFuture<RangeBody> result,
                boolean isEtagOfContent,
                @Nullable Throwable refusal,
                int expectedBytes) {
            this.result = result;
            this.isEtagOfContent = isEtagOfContent;
            this.refusal = refusal;
            this.expectedBytes = expectedBytes;
        }

        @Override
        public void onSubscribe(Subscription body) {
            if (!subscription.compareAndSet(null, body)) {
                body.cancel();
                return;
            }
            if (refusal != null) {
                body.cancel();
                result.completeExceptionally(refusal);
            } else if (isStopped) {
                body.cancel();
            } else {
                bytes = new byte[expectedBytes];
                body.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(ByteBuffer part) {
            if (isStopped) {
                return;
            }
            int length = part.remaining();
            int filled = count;
            if (length > expectedBytes - filled) {
                stop();
                result.completeExceptionally(
                        new BodyMismatchException("more than the " + expectedBytes + " bytes that are due"));
                return;
            }
            part.get(bytes, filled, length);
            count = filled + length;
        }

        @Override
        public void onError(Throwable error) {
            result.completeExceptionally(
                    isFull() && !isOfTransport(error)
                            ? new BodyMismatchException("the SDK refused the body's checksum")
                            : error);
        }

        @Override
        public void onComplete() {
            if (count < expectedBytes) {
                result.completeExceptionally(
                        new EOFException("the body ended after " + count + " of " + expectedBytes + " bytes"));
            } else {
                result.complete(new RangeBody(bytes, isEtagOfContent));
            }
        }

        boolean isFull() {
            return refusal == null && count == expectedBytes;
        }

        void stop() {
            isStopped = true;
            Subscription body = subscription.get();
            if (body != null) {
                body.cancel();
            }
        }
    }
}
