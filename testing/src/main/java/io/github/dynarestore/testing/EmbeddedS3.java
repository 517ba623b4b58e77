package io.github.dynarestore.testing;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * S3 in this process, in memory: s3proxy.
 *
 * <p>If the system property {@value #ENDPOINT_PROPERTY} is set, the server there is used and none is started.
 *
 * <p>Safe for many threads.
 */
public final class EmbeddedS3 implements AutoCloseable {

    /** System property with the address of an S3 that runs already. */
    public static final String ENDPOINT_PROPERTY = "dynarestore.testing.s3-endpoint";

    private final URI endpoint;
    private final @Nullable S3Proxy server;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable S3AsyncClient client;
    private boolean closed;

    private EmbeddedS3(URI endpoint, @Nullable S3Proxy server) {
        this.endpoint = endpoint;
        this.server = server;
    }

    /**
     * Starts a server without buckets.
     *
     * @throws IllegalStateException if it does not start
     */
    public static EmbeddedS3 start() {
        String outside = System.getProperty(ENDPOINT_PROPERTY);
        if (outside != null && !outside.isBlank()) {
            return new EmbeddedS3(URI.create(outside.strip()), null);
        }
        try {
            S3Proxy server = S3Proxy.builder()
                    .blobStore(BlobStores.create("transient-nio2", new Properties()))
                    .endpoint(URI.create("http://127.0.0.1:0"))
                    .awsAuthentication(AuthenticationType.NONE, "unused", "unused")
                    // The SDK sends headers that s3proxy does not know, such as the expected bucket owner.
                    .ignoreUnknownHeaders(true)
                    .build();
            server.start();
            return new EmbeddedS3(URI.create("http://127.0.0.1:" + server.getPort()), server);
        } catch (Exception e) {
            throw new IllegalStateException("s3proxy did not start", e);
        }
    }

    /** Where the server listens. */
    public URI endpoint() {
        return endpoint;
    }

    /** Region to sign for. */
    public Region region() {
        return Region.US_EAST_1;
    }

    /** Credentials that the server accepts. */
    public AwsCredentialsProvider credentialsProvider() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake"));
    }

    /** Returns a client of this server, always the same one; it is closed with the server. */
    public S3AsyncClient asyncClient() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("this S3 is closed");
            }
            if (client == null) {
                client = asyncClientBuilder().build();
            }
            return client;
        } finally {
            lock.unlock();
        }
    }

    /** Returns a builder of clients of this server, buckets in the path; who builds one closes it. */
    public S3AsyncClientBuilder asyncClientBuilder() {
        return S3AsyncClient.builder()
                .endpointOverride(endpoint)
                .region(region())
                .credentialsProvider(credentialsProvider())
                .forcePathStyle(true);
    }

    /** Makes a bucket; waits until it is there. */
    public void createBucket(String bucket) {
        Calls.await(asyncClient().createBucket(request -> request.bucket(bucket)));
    }

    /** Stores an object; waits until it is there. */
    public void put(String bucket, String key, byte[] bytes) {
        Calls.await(
                asyncClient().putObject(request -> request.bucket(bucket).key(key), AsyncRequestBody.fromBytes(bytes)));
    }

    /** Reads a whole object. */
    public byte[] get(String bucket, String key) {
        return Calls.await(asyncClient()
                        .getObject(request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toBytes()))
                .asByteArray();
    }

    /** Lists the keys that begin with a prefix, all of them, in S3's order. */
    public List<String> keys(String bucket, String prefix) {
        List<String> keys = new ArrayList<>();
        String[] token = {null};
        do {
            ListObjectsV2Response page = Calls.await(asyncClient()
                    .listObjectsV2(
                            request -> request.bucket(bucket).prefix(prefix).continuationToken(token[0])));
            page.contents().stream().map(S3Object::key).forEach(keys::add);
            token[0] = page.nextContinuationToken();
        } while (token[0] != null);
        return keys;
    }

    /** Stops the server that was started here, and the shared client. Does nothing the second time. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (client != null) {
                client.close();
            }
        } finally {
            lock.unlock();
        }
        if (server != null) {
            try {
                server.stop();
            } catch (Exception e) {
                throw new IllegalStateException("s3proxy did not stop", e);
            }
        }
    }
}
