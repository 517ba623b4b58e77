package io.github.dynarestore.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.http.SdkHttpRequest;

/** How the floor sends what it has signed. */
interface FloorHttp extends AutoCloseable {

    /** Sends a request; the future fails if no whole answer came. */
    CompletableFuture<Answer> post(SdkHttpRequest signed, byte[] body);

    @Override
    void close();

    /** An answer of any status. */
    record Answer(int status, byte[] body) {
        @Override
        public String toString() {
            return status + " " + new String(body, StandardCharsets.UTF_8);
        }
    }
}
