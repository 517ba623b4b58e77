package io.github.dynarestore.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An S3 with one bucket of any name, which holds the files of a directory in memory: lists them in one page and returns
 * them whole or a range of them.
 */
final class StandInS3 {

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
    private static final String WRITTEN = "Fri, 01 Mar 2024 00:00:00 GMT";

    private final Map<String, byte[]> objects = new TreeMap<>();

    private StandInS3(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                objects.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
    }

    /** Argument: the directory. */
    public static void main(String[] args) throws IOException {
        StandInProcess.serve(Map.of("/", new StandInS3(Path.of(args[0]))::answer));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] object = objects.get(path.substring(path.lastIndexOf('/') + 1));
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        if (query.contains("list-type=2")) {
            send(exchange, 200, list().getBytes(StandardCharsets.UTF_8), 0, -1);
        } else if (object == null) {
            exchange.sendResponseHeaders(404, -1);
        } else {
            Matcher range =
                    RANGE.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
            exchange.getResponseHeaders().set("ETag", "\"1\"");
            exchange.getResponseHeaders().set("Last-Modified", WRITTEN);
            if (range.matches()) {
                int from = Integer.parseInt(range.group(1));
                int to = (int) Math.min(object.length - 1L, Long.parseLong(range.group(2)));
                exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + object.length);
                send(exchange, 206, object, from, to + 1);
            } else {
                send(exchange, 200, object, 0, -1);
            }
        }
        exchange.close();
    }

    private static void send(HttpExchange exchange, int status, byte[] bytes, int from, int to) throws IOException {
        int length = (to < 0 ? bytes.length : to) - from;
        exchange.sendResponseHeaders(status, length);
        exchange.getResponseBody().write(bytes, from, length);
    }

    private String list() {
        StringBuilder list = new StringBuilder(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                        + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated>");
        objects.forEach((key, object) -> list.append("<Contents><Key>")
                .append(key)
                .append("</Key><LastModified>2024-03-01T00:00:00.000Z</LastModified><ETag>&quot;1&quot;</ETag><Size>")
                .append(object.length)
                .append("</Size></Contents>"));
        return list.append("</ListBucketResult>").toString();
    }
}
