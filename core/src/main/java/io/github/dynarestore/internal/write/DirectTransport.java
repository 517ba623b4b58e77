package io.github.dynarestore.internal.write;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbServiceClientConfiguration;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/**
 * Sends batches as the bytes they are over connections of its own, signed by the SDK's signer with the caller's
 * credentials. Used only where it was seen to reach the table that the caller's client reaches. See docs/decisions/0009.
 */
public final class DirectTransport implements BatchTransport {

    private static final Logger LOG = LoggerFactory.getLogger(DirectTransport.class);
    private static final String SDK = "software.amazon.awssdk.";
    private static final String SDK_CLIENT = SDK + "services.dynamodb.DefaultDynamoDbAsyncClient";
    private static final long ANSWER_TIMEOUT_MILLIS = 10_000;
    private static final int EVENT_LOOPS = 2;

    private final Route route;
    private final IdentityProvider<? extends AwsCredentialsIdentity> credentials;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final SdkHttpRequest batchWriteItem;
    private final HttpConnections connections;

    private DirectTransport(
            Route route, IdentityProvider<? extends AwsCredentialsIdentity> credentials, @Nullable SslContext tls) {
        this.route = route;
        this.credentials = credentials;
        batchWriteItem = request("BatchWriteItem");
        connections = new HttpConnections(route.server(), tls, EVENT_LOOPS, ANSWER_TIMEOUT_MILLIS);
    }

    /**
     * Opens the way to a client's table, if there is one.
     *
     * @return a future of null, and never a failure, where requests must go through the client itself: it is decorated,
     *     has interceptors, headers or publishers of its own, goes through a proxy, or cannot be imitated otherwise
     */
    public static CompletableFuture<@Nullable DirectTransport> open(DynamoDbAsyncClient callers, String table) {
        if (!callers.getClass().getName().equals(SDK_CLIENT) || !isPlain(callers.serviceClientConfiguration())) {
            LOG.info("the DynamoDB client is decorated or configured; writes go through it");
            return CompletableFuture.completedFuture(null);
        }
        return Route.of(callers, table)
                .thenCompose(route -> open(route, callers, table))
                .exceptionally(failure -> {
                    LOG.info(
                            "no way of our own to DynamoDB ({}); writes go through the caller's client",
                            failure.toString());
                    return null;
                });
    }

    private static boolean isPlain(DynamoDbServiceClientConfiguration client) {
        ClientOverrideConfiguration override = client.overrideConfiguration();
        // The SDK lists its own, which change nothing here, along with the caller's.
        return override.executionInterceptors().stream()
                        .allMatch(
                                interceptor -> interceptor.getClass().getName().startsWith(SDK))
                && override.metricPublishers().isEmpty()
                && override.headers().isEmpty()
                && !isBehindProxy("http")
                && !isBehindProxy("https");
    }

    private static boolean isBehindProxy(String scheme) {
        return ProxyConfiguration.builder().scheme(scheme).build().host() != null;
    }

    private static CompletableFuture<@Nullable DirectTransport> open(
            @Nullable Route route, DynamoDbAsyncClient callers, String table) {
        if (route == null) {
            LOG.info("the DynamoDB client signs in a way that is not known; writes go through it");
            return CompletableFuture.completedFuture(null);
        }
        DirectTransport transport = new DirectTransport(
                route,
                callers.serviceClientConfiguration().credentialsProvider(),
                route.isEncrypted() ? trustedByTheJdk() : null);
        CompletableFuture<Boolean> reaching;
        try {
            reaching = transport.reaches(table);
        } catch (RuntimeException e) {
            reaching = CompletableFuture.failedFuture(e);
        }
        return reaching.handle((reaches, failure) -> {
            if (failure == null && reaches) {
                LOG.info("writes go directly to {}", route.server());
                return transport;
            }
            transport.close();
            LOG.info(
                    "a connection of our own does not lead to table {} ({}); writes go through the caller's client",
                    table,
                    String.valueOf(failure));
            return null;
        });
    }

    private static SslContext trustedByTheJdk() {
        try {
            return SslContextBuilder.forClient()
                    .endpointIdentificationAlgorithm("HTTPS")
                    .build();
        } catch (SSLException e) {
            throw SdkClientException.create("no TLS", e);
        }
    }

    private SdkHttpRequest request(String operation) {
        return SdkHttpRequest.builder()
                .uri(route.server().resolve(route.path()))
                .method(SdkHttpMethod.POST)
                .putHeader("X-Amz-Target", "DynamoDB_20120810." + operation)
                .putHeader("Content-Type", "application/x-amz-json-1.0")
                .putHeader("User-Agent", "dynarestore")
                .build();
    }

    /** Whether a table found this way is the very one that the caller's client found. */
    private CompletableFuture<Boolean> reaches(String table) {
        byte[] body = ("{\"TableName\":\"" + table + "\"}").getBytes(StandardCharsets.UTF_8);
        return call(request("DescribeTable"), new ByteBuffer[] {ByteBuffer.wrap(body)}, () -> {})
                .thenApply(answer -> {
                    BatchAnswer.check(answer);
                    try {
                        return route.tableId().equals(tableId(answer.body()));
                    } catch (InvalidItemException e) {
                        return false;
                    }
                });
    }

    /** {@code TableId} within {@code Table}, or {@code TableArn} if there is none. */
    private static @Nullable String tableId(byte[] body) throws InvalidItemException {
        JsonCursor json = new JsonCursor();
        json.reset(body, 0, body.length);
        enter(json, "Table");
        String id = null;
        String arn = null;
        json.take('{');
        do {
            json.string();
            boolean isId = json.textIs("TableId");
            boolean isArn = json.textIs("TableArn");
            json.take(':');
            if ((isId || isArn) && json.peek() == '"') {
                json.string();
                id = isId ? json.text() : id;
                arn = isArn ? json.text() : arn;
            } else {
                json.skipValue();
            }
        } while (json.takeIf(','));
        return id == null ? arn : id;
    }

    /** Goes into an object up to the value of a member that must be there. */
    private static void enter(JsonCursor json, String member) throws InvalidItemException {
        json.take('{');
        while (true) {
            json.string();
            boolean found = json.textIs(member);
            json.take(':');
            if (found) {
                return;
            }
            json.skipValue();
            json.take(',');
        }
    }

    @Override
    public CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
        return call(batchWriteItem, batch.body(), departed).thenApply(BatchAnswer::read);
    }

    private CompletableFuture<HttpAnswer> call(SdkHttpRequest unsigned, ByteBuffer[] body, Runnable departed) {
        return credentials.resolveIdentity().thenCompose(identity -> {
            SdkHttpRequest signed = sign(unsigned, identity, body);
            return connections.post(route.path(), signed.headers(), body, departed);
        });
    }

    private SdkHttpRequest sign(SdkHttpRequest unsigned, AwsCredentialsIdentity identity, ByteBuffer[] body) {
        return signer.sign(request -> request.identity(identity)
                        .request(unsigned)
                        .payload(() -> new ByteBufInputStream(Unpooled.wrappedBuffer(body)))
                        .putProperty(AwsV4HttpSigner.REGION_NAME, route.region())
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, route.service()))
                .request();
    }

    @Override
    public void close() {
        connections.close();
    }
}
