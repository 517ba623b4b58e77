package io.github.dynarestore.internal.write;

import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.http.HttpMetric;
import software.amazon.awssdk.metrics.MetricCollection;
import software.amazon.awssdk.metrics.MetricPublisher;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * How many calls a client has under way at once before others wait in it. No configuration tells it; the HTTP client says
 * it in the metrics of each request.
 */
public final class ClientConcurrency {

    private ClientConcurrency() {}

    /** Asks by having the client describe the table; empty, and never a failure, if it does not say. */
    public static CompletableFuture<OptionalInt> of(DynamoDbAsyncClient client, String table) {
        Watch watch = new Watch();
        AwsRequestOverrideConfiguration watched = AwsRequestOverrideConfiguration.builder()
                .addMetricPublisher(watch)
                .build();
        try {
            return SentOnce.bounded(client.describeTable(
                            request -> request.tableName(table).overrideConfiguration(watched)))
                    .handle((response, failure) -> watch.found());
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(OptionalInt.empty());
        }
    }

    private static final class Watch implements MetricPublisher {

        private final AtomicInteger most = new AtomicInteger();

        @Override
        public void publish(MetricCollection metrics) {
            for (Integer concurrency : metrics.metricValues(HttpMetric.MAX_CONCURRENCY)) {
                most.accumulateAndGet(concurrency, Math::max);
            }
            metrics.children().forEach(this::publish);
        }

        OptionalInt found() {
            return most.get() > 0 ? OptionalInt.of(most.get()) : OptionalInt.empty();
        }

        @Override
        public void close() {}
    }
}
