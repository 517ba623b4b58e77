package io.github.dynarestore.internal.source;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP server that serves objects like S3, except where a script says how to misbehave. */
final class ScriptedS3 implements Closeable {

    /** A request as it came. */
    record Request(String target, Map<String, String> headers) {}

    /** An answer that is written by hand. */
    @FunctionalInterface
    interface Answer {
        /** Writes it; true to keep the connection. */
        boolean write(Request request, Socket socket, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private final Map<String, String> extraHeaders = new ConcurrentHashMap<>();
    private final Queue<Answer> script = new ConcurrentLinkedQueue<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    ScriptedS3() throws IOException {
        server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    void put(String key, byte[] content) {
        objects.put(key, content);
    }

    /** Sends this header with every object. */
    void header(String name, String value) {
        extraHeaders.put(name, value);
    }

    /** Queues answers for the next requests; after them, objects are served well. */
    void next(Answer... answers) {
        script.addAll(List.of(answers));
    }

    List<Request> requests() {
        return requests;
    }

    int openConnections() {
        return connections.size();
    }

    /** Answers with any head and body. */
    static Answer raw(String head, byte[] body, boolean isKept) {
        return (request, socket, out) -> {
            out.write((head.replace("\n", "\r\n") + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(body);
            out.flush();
            return isKept;
        };
    }

    /** Answers with an error as S3 words it. */
    static Answer error(int status, String code, String... headers) {
        byte[] body = ("<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>")
                .getBytes(StandardCharsets.UTF_8);
        String more = headers.length == 0 ? "" : "\n" + String.join("\n", headers);
        return raw(
                "HTTP/1.1 " + status + " X\nContent-Type: application/xml\nContent-Length: " + body.length + more,
                body,
                true);
    }

    /** Begins a good answer and breaks off after some bytes of the body: by FIN or by RST. */
    Answer broken(int bodyBytes, boolean isReset) {
        return (request, socket, out) -> {
            byte[] whole = answer(request);
            int head = headBytes(whole);
            out.write(whole, 0, head + bodyBytes);
            out.flush();
            if (isReset) {
                socket.setSoLinger(true, 0);
            }
            return false;
        };
    }

    /** Begins a good answer and says no more. */
    Answer stalled(int bodyBytes) {
        return (request, socket, out) -> {
            byte[] whole = answer(request);
            out.write(whole, 0, headBytes(whole) + bodyBytes);
            out.flush();
            // Returns when the client gives up the connection.
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            return false;
        };
    }

    /** Accepts the request and answers only when the server is closed. */
    Answer silent() {
        return (request, socket, out) -> {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            return false;
        };
    }

    /** Answers well but for one flipped bit in the last byte of the body. */
    Answer flipped() {
        return (request, socket, out) -> {
            byte[] whole = answer(request);
            whole[whole.length - 1] ^= 1;
            out.write(whole);
            out.flush();
            return true;
        };
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                connections.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            Request request = read(in);
            while (request != null) {
                requests.add(request);
                Answer answer = script.poll();
                if (answer != null) {
                    if (!answer.write(request, socket, out)) {
                        return;
                    }
                } else {
                    out.write(answer(request));
                    out.flush();
                }
                request = read(in);
            }
        } catch (IOException e) {
            // The client has gone, which tests bring about on purpose.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(socket);
        }
    }

    private static @Nullable Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        return new Request(first.split(" ", -1)[1], headers);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private byte[] answer(Request request) {
        String key = request.target().replaceFirst("^/[^/]+/", "").replaceFirst("\\?.*$", "");
        byte[] content = Objects.requireNonNull(objects.get(key), key);
        int from = 0;
        int to = content.length;
        String range = request.headers().get("range");
        StringBuilder head = new StringBuilder();
        if (range == null) {
            head.append("HTTP/1.1 200 OK\r\n");
        } else {
            String[] ends = range.substring("bytes=".length()).split("-", -1);
            from = Integer.parseInt(ends[0]);
            to = Math.min(content.length, Integer.parseInt(ends[1]) + 1);
            head.append("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes ")
                    .append(from + "-" + (to - 1) + "/" + content.length)
                    .append("\r\n");
        }
        head.append("Content-Length: ").append(to - from).append("\r\n");
        extraHeaders.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("\r\n");
        byte[] headBytes = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = new byte[headBytes.length + to - from];
        System.arraycopy(headBytes, 0, whole, 0, headBytes.length);
        System.arraycopy(content, from, whole, headBytes.length, to - from);
        return whole;
    }

    private static int headBytes(byte[] answer) {
        for (int i = 3; i < answer.length; i++) {
            if (answer[i] == '\n' && answer[i - 2] == '\n') {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("no head");
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
        threads.shutdownNow();
    }
}
