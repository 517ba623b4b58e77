package io.github.dynarestore.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
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

    private final Map<String, StoredObject> objects = new TreeMap<>();

    /**
     * An object.
     *
     * @param md5 which S3 gives as the ETag of what was put in one piece, and clients compare with what they read
     */
    private record StoredObject(byte[] bytes, String md5) {

        static StoredObject of(byte[] bytes) {
            try {
                return new StoredObject(
                        bytes,
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("MD5").digest(bytes)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private StandInS3(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                objects.put(file.getFileName().toString(), StoredObject.of(Files.readAllBytes(file)));
            }
        }
    }

    /** Argument: the directory. */
    public static void main(String[] args) throws IOException {
        StandInProcess.serve(Map.of("/", new StandInS3(Path.of(args[0]))::answer));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        StoredObject object = objects.get(path.substring(path.lastIndexOf('/') + 1));
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        if (query.contains("list-type=2")) {
            send(exchange, 200, list().getBytes(StandardCharsets.UTF_8), 0, -1);
        } else if (object == null) {
            exchange.sendResponseHeaders(404, -1);
        } else {
            Matcher range =
                    RANGE.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
            byte[] bytes = object.bytes();
            exchange.getResponseHeaders().set("ETag", '"' + object.md5() + '"');
            exchange.getResponseHeaders().set("Last-Modified", WRITTEN);
            if (range.matches()) {
                int from = Integer.parseInt(range.group(1));
                int to = (int) Math.min(bytes.length - 1L, Long.parseLong(range.group(2)));
                exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + bytes.length);
                send(exchange, 206, bytes, from, to + 1);
            } else {
                send(exchange, 200, bytes, 0, -1);
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
                .append("</Key><LastModified>2024-03-01T00:00:00.000Z</LastModified><ETag>&quot;")
                .append(object.md5())
                .append("&quot;</ETag><Size>")
                .append(object.bytes().length)
                .append("</Size></Contents>"));
        return list.append("</ListBucketResult>").toString();
    }
}
