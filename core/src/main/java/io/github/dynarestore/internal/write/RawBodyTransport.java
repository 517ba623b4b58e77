package io.github.dynarestore.internal.write;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClientBuilder;
import software.amazon.awssdk.services.dynamodb.DynamoDbServiceClientConfiguration;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Sends batches as the bytes they are, through a second client that is derived from the caller's: an interceptor puts the
 * bytes in place of the marshalled body before the request is signed. See docs/decisions/0003.
 */
public final class RawBodyTransport implements BatchTransport {

    private static final String SDK_CLIENT = "software.amazon.awssdk.services.dynamodb.DefaultDynamoDbAsyncClient";
    private static final ExecutionAttribute<byte[]> BODY = new ExecutionAttribute<>("dynarestore.body");
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(30);

    private final SdkEventLoopGroup eventLoops;
    private final DynamoDbAsyncClient client;
    private final Map<String, List<WriteRequest>> placeholder;

    /** Derives a client from the caller's, for so many calls at once. */
    public RawBodyTransport(DynamoDbAsyncClient callers, String table, int inFlight) {
        DynamoDbServiceClientConfiguration like = callers.serviceClientConfiguration();
        eventLoops = SdkEventLoopGroup.builder().numberOfThreads(2).build();
        DynamoDbAsyncClientBuilder builder = DynamoDbAsyncClient.builder()
                .region(like.region())
                .credentialsProvider(like.credentialsProvider())
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .maxConcurrency(inFlight * 2)
                        .connectionAcquisitionTimeout(ACQUIRE_TIMEOUT)
                        .eventLoopGroup(eventLoops))
                .overrideConfiguration(override(like.overrideConfiguration()));
        like.endpointOverride().ifPresent(builder::endpointOverride);
        client = builder.build();
        placeholder = Map.of(
                table,
                List.of(WriteRequest.builder()
                        .deleteRequest(delete -> delete.key(Map.of("k", AttributeValue.fromS("k"))))
                        .build()));
    }

    /** Copied member by member: what a client of DynamoDB resolved for its retries would beat ours. */
    private static ClientOverrideConfiguration override(ClientOverrideConfiguration callers) {
        ClientOverrideConfiguration.Builder builder = ClientOverrideConfiguration.builder()
                .headers(callers.headers())
                .metricPublishers(callers.metricPublishers())
                .retryStrategy(AwsRetryStrategy.doNotRetry())
                .apiCallAttemptTimeout(ATTEMPT_TIMEOUT);
        callers.executionInterceptors().forEach(builder::addExecutionInterceptor);
        return builder.addExecutionInterceptor(new BodySwap()).build();
    }

    /** Whether a client is the SDK's own; a decorated one must see every request as it is. */
    public static boolean fits(DynamoDbAsyncClient client) {
        return client.getClass().getName().equals(SDK_CLIENT);
    }

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch) {
        return client.batchWriteItem(BatchWriteItemRequest.builder()
                .requestItems(placeholder)
                .overrideConfiguration(override -> override.putExecutionAttribute(BODY, batch.body()))
                .build());
    }

    @Override
    public void close() {
        client.close();
        var unused = eventLoops.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private static final class BodySwap implements ExecutionInterceptor {

        @Override
        public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
            byte[] body = attributes.getAttribute(BODY);
            SdkHttpRequest request = context.httpRequest();
            return body == null || request.firstMatchingHeader("Content-Length").isEmpty()
                    ? request
                    : request.toBuilder()
                            .putHeader("Content-Length", Integer.toString(body.length))
                            .build();
        }

        @Override
        public Optional<RequestBody> modifyHttpContent(
                Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
            byte[] body = attributes.getAttribute(BODY);
            return body == null ? context.requestBody() : Optional.of(RequestBody.fromBytes(body));
        }
    }
}
