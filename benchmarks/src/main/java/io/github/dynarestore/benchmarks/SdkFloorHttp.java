package io.github.dynarestore.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;
import software.amazon.awssdk.http.async.SimpleSubscriber;

/** Sends by an HTTP client of the SDK. */
final class SdkFloorHttp implements FloorHttp {

    private final SdkAsyncHttpClient http;

    /** Takes over the client, and closes it. */
    SdkFloorHttp(SdkAsyncHttpClient http) {
        this.http = http;
    }

    @Override
    public CompletableFuture<Answer> post(SdkHttpRequest signed, byte[] body) {
        Collected answer = new Collected();
        return http.execute(AsyncExecuteRequest.builder()
                        .request(signed)
                        .requestContentPublisher(new Body(body))
                        .responseHandler(answer)
                        .build())
                .thenApply(done -> new Answer(answer.status, answer.bytes.toByteArray()));
    }

    @Override
    public void close() {
        http.close();
    }

    /** A request's bytes. */
    private static final class Body implements SdkHttpContentPublisher {

        private final AsyncRequestBody bytes;

        private Body(byte[] bytes) {
            this.bytes = AsyncRequestBody.fromBytesUnsafe(bytes);
        }

        @Override
        public Optional<Long> contentLength() {
            return bytes.contentLength();
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            bytes.subscribe(subscriber);
        }
    }

    /** A response's status and bytes. */
    private static final class Collected implements SdkAsyncHttpResponseHandler {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int status;

        @Override
        public void onHeaders(SdkHttpResponse headers) {
            status = headers.statusCode();
        }

        @Override
        public void onStream(Publisher<ByteBuffer> stream) {
            stream.subscribe(new SimpleSubscriber(part -> {
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                bytes.writeBytes(copy);
            }));
        }

        @Override
        public void onError(Throwable error) {
            // The call's future fails with it.
        }
    }
}
