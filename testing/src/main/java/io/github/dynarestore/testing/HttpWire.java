package io.github.dynarestore.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 as bytes: as much of it as stands between an SDK client and a local server. */
final class HttpWire {

    static final String CRC32 = "x-amz-crc32";
    static final String CONTENT_LENGTH = "Content-Length";
    static final String TRANSFER_ENCODING = "Transfer-Encoding";
    static final String CONNECTION = "Connection";

    private static final int MAX_LINE_BYTES = 64 * 1024;
    private static final int MAX_HEADER_FIELDS = 500;
    private static final byte[] LINE_END = {'\r', '\n'};

    private HttpWire() {}

    /**
     * The first line and the fields of a message.
     *
     * @param firstLine request line or status line
     * @param headers fields
     */
    record Head(String firstLine, HttpHeaders headers) {

        boolean isChunked() {
            return headers.first(TRANSFER_ENCODING)
                    .filter(value -> value.equalsIgnoreCase("chunked"))
                    .isPresent();
        }

        boolean closes() {
            return headers.first(CONNECTION)
                    .filter(value -> value.equalsIgnoreCase("close"))
                    .isPresent();
        }

        /** Length that the message tells of its body; -1 if none. */
        long contentLength() throws IOException {
            String text = headers.first(CONTENT_LENGTH).orElse("-1");
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new IOException("Content-Length is " + text, e);
            }
        }

        int status() throws IOException {
            String[] parts = firstLine.split(" ", 3);
            try {
                return Integer.parseInt(parts[1]);
            } catch (RuntimeException e) {
                throw new IOException("not a status line: " + firstLine, e);
            }
        }
    }

    /** Reads a head; null if the stream ends before its first byte. */
    static @Nullable Head readHead(InputStream in) throws IOException {
        String first = readLine(in);
        while (first != null && first.isEmpty()) {
            first = readLine(in);
        }
        if (first == null) {
            return null;
        }
        HttpHeaders headers = HttpHeaders.none();
        for (int fields = 0; fields < MAX_HEADER_FIELDS; fields++) {
            String line = readLine(in);
            if (line == null) {
                throw new EOFException("the stream ends within a head");
            }
            if (line.isEmpty()) {
                return new Head(first, headers);
            }
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new IOException("not a header field: " + line);
            }
            headers = headers.plus(
                    line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        }
        throw new IOException("more than " + MAX_HEADER_FIELDS + " header fields");
    }

    /** Reads the body of a request. */
    static byte[] readRequestBody(Head head, InputStream in) throws IOException {
        if (head.isChunked()) {
            return readChunks(in);
        }
        return readExactly(in, Math.max(0, head.contentLength()));
    }

    /** Whether an answer to this method has a body at all. */
    static boolean hasBody(String method, int status) {
        return !method.equals("HEAD") && status >= 200 && status != 204 && status != 304;
    }

    /** Reads the body of an answer. */
    static byte[] readReplyBody(Head head, InputStream in) throws IOException {
        if (head.isChunked()) {
            return readChunks(in);
        }
        return head.contentLength() < 0 ? in.readAllBytes() : readExactly(in, head.contentLength());
    }

    static void writeHead(Head head, OutputStream out) throws IOException {
        StringBuilder text = new StringBuilder(512).append(head.firstLine()).append("\r\n");
        head.headers()
                .asMap()
                .forEach((name, values) -> values.forEach(
                        value -> text.append(name).append(": ").append(value).append("\r\n")));
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    static void copyExactly(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[(int) Math.min(64 * 1024, Math.max(1, length))];
        long left = length;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new EOFException(left + " bytes of " + length + " are missing");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    private static byte[] readChunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = readLine(in);
            if (line == null) {
                throw new EOFException("the stream ends between chunks");
            }
            int semicolon = line.indexOf(';');
            String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
            long length;
            try {
                length = Long.parseLong(size, 16);
            } catch (NumberFormatException e) {
                throw new IOException("not a chunk size: " + size, e);
            }
            if (length == 0) {
                skipTrailers(in);
                return body.toByteArray();
            }
            copyExactly(in, body, length);
            if (in.read() != LINE_END[0] || in.read() != LINE_END[1]) {
                throw new IOException("a chunk does not end where it says");
            }
        }
    }

    private static void skipTrailers(InputStream in) throws IOException {
        for (String line = readLine(in); line != null && !line.isEmpty(); line = readLine(in)) {
            if (line.indexOf(':') < 0) {
                throw new IOException("not a trailer: " + line);
            }
        }
    }

    private static byte[] readExactly(InputStream in, long length) throws IOException {
        byte[] bytes = in.readNBytes(Math.toIntExact(length));
        if (bytes.length < length) {
            throw new EOFException((length - bytes.length) + " bytes of " + length + " are missing");
        }
        return bytes;
    }

    /** Reads up to the end of a line; null if the stream is at its end. */
    private static @Nullable String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("the stream ends within a line");
            }
            if (line.size() >= MAX_LINE_BYTES) {
                throw new IOException("a line of the head is longer than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
