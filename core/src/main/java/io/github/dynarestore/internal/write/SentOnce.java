package io.github.dynarestore.internal.write;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;

/** Calls of which each is one attempt that ends in bounded time; the retries are ours, and the SDK's would multiply them. */
final class SentOnce {

    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    /** A plugin, as a request cannot say otherwise that it is not to be sent again. */
    static final AwsRequestOverrideConfiguration CONFIGURATION = AwsRequestOverrideConfiguration.builder()
            .apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
            .addPlugin(client -> client.overrideConfiguration(client.overrideConfiguration().toBuilder()
                    .retryStrategy(AwsRetryStrategy.doNotRetry())
                    .build()))
            .build();

    private SentOnce() {}

    /** Bounds the time of a call, since a decorated client need not keep to the SDK's timeouts. */
    static <T> CompletableFuture<T> bounded(CompletableFuture<T> call) {
        return call.orTimeout(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
