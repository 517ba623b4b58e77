package io.github.dynarestore.internal.write;

import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * Where a client sends its requests and for what it signs them, read off a request of its own: endpoint rules, FIPS, dual
 * stack and account endpoints are then the caller's, and none of them has to be known here.
 *
 * @param server scheme, host and port
 * @param path path of the service
 * @param region region of the signature
 * @param service service name of the signature
 * @param tableId id of the table that the request asked for, or its ARN where the server gives no id, to compare with
 *     what the same route leads to
 */
record Route(URI server, String path, String region, String service, String tableId) {

    /** Credential scope of SigV4, {@code Credential=ID/DATE/REGION/SERVICE/aws4_request}. */
    private static final Pattern SCOPE =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=[^,]+/\\d{8}/([^/,]+)/([^/,]+)/aws4_request.*");

    /** Finds the route of a client by having it describe the table; null if its requests are signed otherwise. */
    static CompletableFuture<@Nullable Route> of(DynamoDbAsyncClient client, String table) {
        AtomicReference<@Nullable SdkHttpRequest> seen = new AtomicReference<>();
        ExecutionInterceptor watch = new ExecutionInterceptor() {
            @Override
            public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
                seen.set(context.httpRequest());
            }
        };
        AwsRequestOverrideConfiguration watched = AwsRequestOverrideConfiguration.builder()
                .addPlugin(config -> config.overrideConfiguration(config.overrideConfiguration().toBuilder()
                        .addExecutionInterceptor(watch)
                        .build()))
                .build();
        return client.describeTable(request -> request.tableName(table).overrideConfiguration(watched))
                .thenApply(response -> {
                    SdkHttpRequest request = seen.get();
                    TableDescription description = response.table();
                    // DynamoDB Local gives no id.
                    String id = description.tableId() == null ? description.tableArn() : description.tableId();
                    return request == null || id == null ? null : read(request, id);
                });
    }

    private static @Nullable Route read(SdkHttpRequest request, String tableId) {
        Matcher scope =
                SCOPE.matcher(request.firstMatchingHeader("Authorization").orElse(""));
        if (!scope.matches()) {
            return null;
        }
        URI server = URI.create(request.protocol() + "://" + request.host() + ":" + request.port());
        return new Route(server, request.encodedPath(), scope.group(1), scope.group(2), tableId);
    }

    boolean isEncrypted() {
        return server.getScheme().equals("https");
    }
}
