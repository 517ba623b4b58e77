package io.github.dynarestore.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClientBuilder;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsAsyncClient;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsAsyncClientBuilder;

/**
 * DynamoDB Local, in memory, in a child process of its own.
 *
 * <p>It is a child process because DynamoDB Local may not be bundled and brings an older SDK: its class path is read
 * from the file that the system property {@value #CLASS_PATH_FILE_PROPERTY} names. If the system property
 * {@value #ENDPOINT_PROPERTY} is set, the server there is used and none is started.
 *
 * <p>Safe for many threads.
 */
public final class DynamoDbLocal implements AutoCloseable {

    /** System property that names the file with DynamoDB Local's class path. */
    public static final String CLASS_PATH_FILE_PROPERTY = "dynarestore.dynamodb-local.classpath-file";

    /** System property with the address of a DynamoDB that runs already. */
    public static final String ENDPOINT_PROPERTY = "dynarestore.testing.dynamodb-endpoint";

    static final int CALLS_AT_ONCE = 256;

    private static final String MAIN_CLASS = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final int START_ATTEMPTS = 5;

    /** Below the ephemeral ports of Linux, macOS and Windows, so that no outgoing connection sits on one. */
    private static final int LOWEST_PORT = 20_000;

    private static final int HIGHEST_PORT = 32_000;

    private final URI endpoint;
    private final @Nullable Child child;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable DynamoDbAsyncClient client;
    private @Nullable DynamoDbStreamsAsyncClient streamsClient;
    private boolean closed;

    private DynamoDbLocal(URI endpoint, @Nullable Child child) {
        this.endpoint = endpoint;
        this.child = child;
    }

    /**
     * Starts a server and waits until it answers, at most a minute.
     *
     * @throws IllegalStateException if the class path is not known or the server does not come up; the message has the
     *     beginning of its output
     */
    public static DynamoDbLocal start() {
        String outside = System.getProperty(ENDPOINT_PROPERTY);
        if (outside != null && !outside.isBlank()) {
            return new DynamoDbLocal(URI.create(outside.strip()), null);
        }
        String classPath = classPath();
        long deadlineNanos = System.nanoTime() + START_LIMIT.toNanos();
        String complaint = "";
        for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
            Child child = Child.start(classPath, freePort());
            try {
                if (child.answersBefore(deadlineNanos)) {
                    return new DynamoDbLocal(child.endpoint, child);
                }
            } catch (IllegalStateException e) {
                child.stop();
                throw new IllegalStateException(e.getMessage() + "; its output: " + child.output(), e);
            }
            child.stop();
            complaint = child.output();
            if (System.nanoTime() - deadlineNanos >= 0) {
                break;
            }
        }
        throw new IllegalStateException("DynamoDB Local did not start within " + START_LIMIT + ": " + complaint);
    }

    /** Where the server listens. */
    public URI endpoint() {
        return endpoint;
    }

    /** Region to sign for; every region sees the same tables. */
    public Region region() {
        return Region.US_EAST_1;
    }

    /** Credentials that the server accepts. */
    public AwsCredentialsProvider credentialsProvider() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake"));
    }

    /** Returns a client of this server, always the same one; it is closed with the server. */
    public DynamoDbAsyncClient asyncClient() {
        lock.lock();
        try {
            checkOpen();
            if (client == null) {
                client = asyncClientBuilder().build();
            }
            return client;
        } finally {
            lock.unlock();
        }
    }

    /** Returns a client of this server's streams, always the same one; it is closed with the server. */
    public DynamoDbStreamsAsyncClient streamsClient() {
        lock.lock();
        try {
            checkOpen();
            if (streamsClient == null) {
                streamsClient = streamsClientBuilder().build();
            }
            return streamsClient;
        } finally {
            lock.unlock();
        }
    }

    /** Returns a builder of clients of this server; who builds one closes it. */
    public DynamoDbAsyncClientBuilder asyncClientBuilder() {
        // As many calls as a restore ever makes by itself; the SDK's 50 would hold one back that has no rate to keep
        // to.
        return DynamoDbAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(CALLS_AT_ONCE))
                .endpointOverride(endpoint)
                .region(region())
                .credentialsProvider(credentialsProvider());
    }

    /** Returns a builder of clients of this server's streams; who builds one closes it. */
    public DynamoDbStreamsAsyncClientBuilder streamsClientBuilder() {
        return DynamoDbStreamsAsyncClient.builder()
                .endpointOverride(endpoint)
                .region(region())
                .credentialsProvider(credentialsProvider());
    }

    /** Process number of the server; empty if it was not started here. */
    public Optional<Long> processId() {
        return child == null ? Optional.empty() : Optional.of(child.process.pid());
    }

    /** Stops the server that was started here, and the shared clients. Does nothing the second time. */
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
            if (streamsClient != null) {
                streamsClient.close();
            }
        } finally {
            lock.unlock();
            if (child != null) {
                child.stop();
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this DynamoDB Local is closed");
        }
    }

    private static String classPath() {
        String file = System.getProperty(CLASS_PATH_FILE_PROPERTY);
        if (file == null) {
            throw new IllegalStateException("set the system property " + CLASS_PATH_FILE_PROPERTY
                    + " to a file with DynamoDB Local's class path (maven-dependency-plugin:build-classpath writes one),"
                    + " or " + ENDPOINT_PROPERTY + " to a server that runs");
        }
        try {
            return Files.readString(Path.of(file), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read DynamoDB Local's class path from " + file, e);
        }
    }

    private static int freePort() {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            // Bound to all addresses, as DynamoDB Local does.
            try (ServerSocket probe = new ServerSocket()) {
                probe.setReuseAddress(false);
                probe.bind(new InetSocketAddress(port));
                return port;
            } catch (IOException taken) {
                // The next one may be free.
            }
        }
        throw new IllegalStateException("no free port from " + LOWEST_PORT + " to " + HIGHEST_PORT);
    }

    /** One server process. */
    private static final class Child {

        private static final int KEPT_OUTPUT_BYTES = 16 * 1024;

        private final Process process;
        private final URI endpoint;
        private final String mark;
        private final Thread shutdownHook;
        private final StringBuilder output = new StringBuilder();

        private Child(Process process, int port, String mark) {
            this.process = process;
            this.endpoint = URI.create("http://127.0.0.1:" + port);
            this.mark = mark;
            this.shutdownHook = new Thread(process::destroyForcibly, "dynamodb-local-stop");
            Thread drain = new Thread(this::drain, "dynamodb-local-output");
            drain.setDaemon(true);
            drain.start();
            Runtime.getRuntime().addShutdownHook(shutdownHook);
        }

        static Child start(String classPath, int port) {
            // A mark that the server sends back, since on the port may answer somebody who came between.
            String mark = "http://" + UUID.randomUUID() + ".invalid";
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            List<String> command = List.of(
                    java,
                    "-Xmx512m",
                    "-cp",
                    classPath,
                    MAIN_CLASS,
                    "-inMemory",
                    "-sharedDb",
                    "-disableTelemetry",
                    "-cors",
                    mark,
                    "-port",
                    Integer.toString(port));
            try {
                Process process = new ProcessBuilder(command)
                        .directory(Path.of(System.getProperty("java.io.tmpdir")).toFile())
                        .redirectErrorStream(true)
                        .start();
                process.getOutputStream().close();
                return new Child(process, port, mark);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot start DynamoDB Local", e);
            }
        }

        boolean answersBefore(long deadlineNanos) {
            HttpClient http = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(2))
                    .build();
            HttpRequest question = HttpRequest.newBuilder(endpoint)
                    .timeout(Duration.ofSeconds(5))
                    .header("Origin", mark)
                    .build();
            Duration left = Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
            return Polling.until("answer of DynamoDB Local", left, () -> {
                if (!process.isAlive()) {
                    return Optional.of(false);
                }
                try {
                    HttpResponse<Void> answer = http.send(question, HttpResponse.BodyHandlers.discarding());
                    boolean ours = answer.headers()
                            .firstValue("Access-Control-Allow-Origin")
                            .filter(mark::equals)
                            .isPresent();
                    return ours ? Optional.of(true) : Optional.empty();
                } catch (IOException notYet) {
                    return Optional.empty();
                }
            });
        }

        void stop() {
            process.destroy();
            try {
                if (!process.waitFor(2, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                        throw new IllegalStateException("DynamoDB Local, process " + process.pid() + ", does not end");
                    }
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
            try {
                Runtime.getRuntime().removeShutdownHook(shutdownHook);
            } catch (IllegalStateException shuttingDown) {
                // The hook runs or has run; the process is gone either way.
            }
        }

        String output() {
            synchronized (output) {
                return output.toString();
            }
        }

        /** Reads the output to its end, so that the server never blocks on a full pipe; keeps the beginning. */
        private void drain() {
            byte[] buffer = new byte[4_096];
            try (InputStream from = process.getInputStream()) {
                for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                    synchronized (output) {
                        int room = Math.min(read, KEPT_OUTPUT_BYTES - output.length());
                        if (room > 0) {
                            output.append(new String(buffer, 0, room, StandardCharsets.UTF_8));
                        }
                    }
                }
            } catch (IOException ended) {
                // The pipe breaks when the process is killed.
            }
        }
    }
}
