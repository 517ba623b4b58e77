package io.github.dynarestore.testing;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between an SDK client and a server on plain HTTP/1.1 and does to each request what a {@link FaultRule} says.
 *
 * <p>Give the client {@link #endpoint()} as its endpoint. Header fields go through as they came, the host's name with
 * them, so signatures stay whole. A request's body is read whole before the rule is asked; an answer's body is passed
 * through as it comes unless the fault has to see it.
 *
 * <p>Safe for many threads.
 */
public final class FaultProxy implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FaultProxy.class);

    /** Requests kept for {@link #requests()}. */
    private static final int KEPT_REQUESTS = 10_000;

    private static final long KEPT_BODY_BYTES = 64L * 1024 * 1024;

    private static final int UPSTREAM_LIMIT_MILLIS = 60_000;

    /** Younger than any local server's idle limit, so that no request meets a connection that is just being closed. */
    private static final long UPSTREAM_IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final InetSocketAddress upstream;
    private final ServerSocket listener;
    private final URI endpoint;
    private final ExecutorService threads;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong ordinals = new AtomicLong();
    private final AtomicInteger connections = new AtomicInteger();
    private final Deque<ProxiedRequest> requests = new ArrayDeque<>();
    private long keptBodyBytes;
    private volatile FaultRule rule;

    private FaultProxy(URI server, FaultRule rule) {
        this.upstream = new InetSocketAddress(server.getHost(), server.getPort());
        this.rule = rule;
        try {
            this.listener = new ServerSocket(0, 1_000, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        } catch (IOException e) {
            throw new IllegalStateException("no port for the fault proxy", e);
        }
        this.endpoint = URI.create("http://127.0.0.1:" + listener.getLocalPort());
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "fault-proxy-" + listener.getLocalPort());
            thread.setDaemon(true);
            return thread;
        });
        threads.execute(this::acceptAll);
    }

    /**
     * Starts a proxy.
     *
     * @param server where the server listens: plain HTTP with a port
     * @throws IllegalArgumentException if that is not such an address
     */
    public static FaultProxy to(URI server, FaultRule rule) {
        if (!"http".equals(server.getScheme()) || server.getHost() == null || server.getPort() < 0) {
            throw new IllegalArgumentException("the server must be http://host:port, not " + server);
        }
        return new FaultProxy(server, rule);
    }

    /** Starts a proxy that lets everything pass for now. */
    public static FaultProxy to(URI server) {
        return to(server, FaultRule.pass());
    }

    /** Where the proxy listens. */
    public URI endpoint() {
        return endpoint;
    }

    /** Sets the rule for the requests that come from now on. */
    public void rule(FaultRule newRule) {
        rule = newRule;
    }

    /** How many requests have come, each attempt counted. */
    public long requestCount() {
        return ordinals.get();
    }

    /** How many connections clients have opened. */
    public int connectionCount() {
        return connections.get();
    }

    /** Returns the last requests that came, oldest first: at most 10,000, and at most 64 MiB of bodies. */
    public List<ProxiedRequest> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** Returns those of {@link #requests()} that a condition holds for. */
    public List<ProxiedRequest> requests(Predicate<ProxiedRequest> condition) {
        return requests().stream().filter(condition).toList();
    }

    /** Closes the listener and every connection. Does nothing the second time. */
    @Override
    public void close() {
        closing.countDown();
        closeQuietly(listener);
        sockets.forEach(FaultProxy::closeQuietly);
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the fault proxy's threads do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void acceptAll() {
        while (closing.getCount() > 0) {
            try {
                Socket client = listener.accept();
                connections.incrementAndGet();
                register(client);
                threads.execute(() -> serve(client));
            } catch (IOException | RejectedExecutionException e) {
                if (closing.getCount() > 0) {
                    LOG.warn("the fault proxy cannot accept a connection", e);
                }
            }
        }
    }

    private void register(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        // Whoever closes the proxy meanwhile has not seen this one.
        if (closing.getCount() == 0) {
            closeQuietly(socket);
        }
    }

    private void serve(Socket socket) {
        try (Connection connection = new Connection(socket)) {
            boolean goesOn = true;
            while (goesOn) {
                goesOn = connection.serveOne();
            }
        } catch (IOException e) {
            // A client that gives up, or the proxy's own end: both are what this class is for.
            LOG.debug("a connection of the fault proxy ended", e);
        } catch (RuntimeException e) {
            LOG.error("a fault rule failed; its request got no answer", e);
        } finally {
            sockets.remove(socket);
            closeQuietly(socket);
        }
    }

    private void record(ProxiedRequest request) {
        synchronized (requests) {
            requests.addLast(request);
            keptBodyBytes += request.body().length;
            while (requests.size() > KEPT_REQUESTS || (keptBodyBytes > KEPT_BODY_BYTES && requests.size() > 1)) {
                keptBodyBytes -= requests.removeFirst().body().length;
            }
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.debug("could not close", e);
        }
    }

    /** One client's connection and the one to the server that goes with it. */
    private final class Connection implements AutoCloseable {

        private final Socket client;
        private final InputStream fromClient;
        private final OutputStream toClient;
        private @Nullable Server server;
        private boolean serverIdle;
        private long serverIdleSinceNanos;

        Connection(Socket client) throws IOException {
            this.client = client;
            this.fromClient = new BufferedInputStream(client.getInputStream(), 64 * 1024);
            this.toClient = new BufferedOutputStream(client.getOutputStream(), 64 * 1024);
        }

        /** Answers one request; false if the connection is done with. */
        boolean serveOne() throws IOException {
            HttpWire.Head head = HttpWire.readHead(fromClient);
            if (head == null) {
                return false;
            }
            if (head.headers()
                    .first("Expect")
                    .filter("100-continue"::equalsIgnoreCase)
                    .isPresent()) {
                toClient.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
                toClient.flush();
            }
            byte[] body = HttpWire.readRequestBody(head, fromClient);
            String[] requestLine = head.firstLine().split(" ", 3);
            if (requestLine.length != 3) {
                throw new IOException("not a request line: " + head.firstLine());
            }
            ProxiedRequest request = new ProxiedRequest(
                    ordinals.incrementAndGet(), requestLine[0], requestLine[1], head.headers(), body);
            record(request);
            return answer(request, rule.choose(request)) && !head.closes();
        }

        private boolean answer(ProxiedRequest request, Fault fault) throws IOException {
            if (fault instanceof Fault.Delay delay) {
                pause(delay.duration().toNanos());
                return answer(request, delay.then());
            } else if (fault instanceof Fault.Pass) {
                passThrough(request);
                return true;
            } else if (fault instanceof Fault.Reply reply) {
                if (reply.when() == Fault.When.AFTER_FORWARDING) {
                    forward(request);
                }
                send(request, reply.reply());
                return true;
            } else if (fault instanceof Fault.Break broken) {
                if (broken.when() == Fault.When.AFTER_FORWARDING) {
                    forward(request);
                }
                end(broken.ending());
                return false;
            } else if (fault instanceof Fault.CutBody cut) {
                sendPart(request, forward(request), cut.bytes());
                end(cut.ending());
                return false;
            } else if (fault instanceof Fault.Unmeasured unmeasured) {
                HttpReply reply = forward(request);
                HttpHeaders headers = hopFree(reply.headers())
                        .without(HttpWire.CONTENT_LENGTH)
                        .with(HttpWire.CONNECTION, "close");
                HttpWire.writeHead(new HttpWire.Head("HTTP/1.1 " + reply.status() + " -", headers), toClient);
                toClient.write(reply.body(), 0, (int) Math.min(reply.body().length, unmeasured.bytes()));
                toClient.flush();
                end(Fault.Ending.FIN);
                return false;
            } else if (fault instanceof Fault.FlipByte flip) {
                send(request, flipped(forward(request), flip.offset()));
                return true;
            } else if (fault instanceof Fault.Rewrite rewrite) {
                send(request, rewrite.rewriting().answer(request, this::forward));
                return true;
            }
            throw new IllegalStateException("no such fault: " + fault);
        }

        private HttpReply forward(ProxiedRequest request) throws IOException {
            Server to = ask(request);
            HttpWire.Head head = to.readHead();
            byte[] body = HttpWire.hasBody(request.method(), head.status())
                    ? HttpWire.readReplyBody(head, to.in)
                    : new byte[0];
            keep(head, request);
            return HttpReply.of(head.status(), head.headers(), body);
        }

        private void passThrough(ProxiedRequest request) throws IOException {
            Server to = ask(request);
            HttpWire.Head head = to.readHead();
            boolean hasBody = HttpWire.hasBody(request.method(), head.status());
            if (hasBody && (head.isChunked() || head.contentLength() < 0)) {
                byte[] body = HttpWire.readReplyBody(head, to.in);
                keep(head, request);
                send(request, HttpReply.of(head.status(), head.headers(), body));
                return;
            }
            HttpWire.writeHead(new HttpWire.Head(head.firstLine(), hopFree(head.headers())), toClient);
            if (hasBody) {
                HttpWire.copyExactly(to.in, toClient, head.contentLength());
            }
            toClient.flush();
            keep(head, request);
        }

        private Server ask(ProxiedRequest request) throws IOException {
            Server to = server;
            if (to == null || !serverIdle || System.nanoTime() - serverIdleSinceNanos > UPSTREAM_IDLE_NANOS) {
                close();
                to = new Server();
                server = to;
            }
            serverIdle = false;
            HttpHeaders headers = hopFree(request.headers()).without("Expect");
            if (request.body().length > 0
                    || request.headers().first(HttpWire.CONTENT_LENGTH).isPresent()
                    || request.headers().first(HttpWire.TRANSFER_ENCODING).isPresent()) {
                headers = headers.with(HttpWire.CONTENT_LENGTH, Integer.toString(request.body().length));
            }
            to.send(new HttpWire.Head(request.method() + " " + request.path() + " HTTP/1.1", headers), request);
            return to;
        }

        private void keep(HttpWire.Head head, ProxiedRequest request) throws IOException {
            boolean bounded =
                    head.isChunked() || head.contentLength() >= 0 || !HttpWire.hasBody(request.method(), head.status());
            serverIdle = bounded && !head.closes();
            serverIdleSinceNanos = System.nanoTime();
        }

        private void send(ProxiedRequest request, HttpReply reply) throws IOException {
            sendPart(request, reply, Long.MAX_VALUE);
        }

        private void sendPart(ProxiedRequest request, HttpReply reply, long bodyBytes) throws IOException {
            HttpHeaders headers = hopFree(reply.headers());
            boolean hasBody = HttpWire.hasBody(request.method(), reply.status());
            if (hasBody) {
                headers = headers.with(HttpWire.CONTENT_LENGTH, Integer.toString(reply.body().length));
            }
            HttpWire.writeHead(new HttpWire.Head("HTTP/1.1 " + reply.status() + " -", headers), toClient);
            if (hasBody) {
                toClient.write(reply.body(), 0, (int) Math.min(reply.body().length, bodyBytes));
            }
            toClient.flush();
        }

        private void end(Fault.Ending ending) throws IOException {
            switch (ending) {
                case FIN -> client.shutdownOutput();
                case RST -> client.setSoLinger(true, 0);
                case SILENCE -> {
                    // Ends with the client's next byte, its end, or the proxy's own.
                    int ignored = fromClient.read();
                    LOG.debug("the client of a silent connection moved: {}", ignored);
                }
            }
            client.close();
        }

        private void pause(long nanos) throws IOException {
            try {
                if (closing.await(nanos, TimeUnit.NANOSECONDS)) {
                    throw new IOException("the proxy is closed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("the proxy is closed", e);
            }
        }

        private HttpReply flipped(HttpReply reply, long offset) {
            if (reply.body().length == 0) {
                return reply;
            }
            byte[] body = reply.body().clone();
            body[(int) Math.min(offset, body.length - 1L)] ^= 1;
            return HttpReply.of(reply.status(), reply.headers(), body);
        }

        private HttpHeaders hopFree(HttpHeaders headers) {
            return headers.without(HttpWire.CONNECTION).without("Keep-Alive").without(HttpWire.TRANSFER_ENCODING);
        }

        @Override
        public void close() {
            if (server != null) {
                server.close();
            }
        }
    }

    /** A connection to the server. */
    private final class Server {

        private final Socket socket = new Socket();
        private final InputStream in;
        private final OutputStream out;

        Server() throws IOException {
            try {
                socket.connect(upstream, UPSTREAM_LIMIT_MILLIS);
                socket.setSoTimeout(UPSTREAM_LIMIT_MILLIS);
                register(socket);
                in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
                out = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        void send(HttpWire.Head head, ProxiedRequest request) throws IOException {
            HttpWire.writeHead(head, out);
            out.write(request.body());
            out.flush();
        }

        HttpWire.Head readHead() throws IOException {
            while (true) {
                HttpWire.Head head = HttpWire.readHead(in);
                if (head == null) {
                    throw new IOException("the server closed the connection without an answer");
                }
                if (head.status() >= 200) {
                    return head;
                }
            }
        }

        void close() {
            sockets.remove(socket);
            closeQuietly(socket);
        }
    }
}
