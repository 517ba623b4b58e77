package io.github.dynarestore.benchmarks;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/** A server on the class path of this process, in a process of its own, so that its CPU time is not counted here. */
final class StandInProcess implements AutoCloseable {

    private final Process process;
    private final URI endpoint;

    private StandInProcess(Process process, URI endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** Starts a server that prints its port, and waits until it has. */
    static StandInProcess start(Class<?> server, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                server.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String port =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        return new StandInProcess(process, URI.create("http://127.0.0.1:" + port));
    }

    /** In the server's own process: prints the port and serves these paths until standard input ends. */
    static void serve(Map<String, HttpHandler> paths) throws IOException {
        // Without it an answer waits 40 ms for the acknowledgement of its own head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        paths.forEach(server::createContext);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
        serveOn(server.getAddress().getPort());
    }

    /** In the server's own process: prints the port and goes on until standard input ends. */
    static void serveOn(int port) throws IOException {
        System.out.println(port);
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }

    URI endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
