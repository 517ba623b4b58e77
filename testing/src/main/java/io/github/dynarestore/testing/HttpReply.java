package io.github.dynarestore.testing;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** An answer of a server, whole. Immutable as long as nobody changes the body's bytes. */
public final class HttpReply {

    private final int status;
    private final HttpHeaders headers;
    private final byte[] body;

    private HttpReply(int status, HttpHeaders headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** Returns an answer; the length of its body is told by the proxy. */
    public static HttpReply of(int status, HttpHeaders headers, byte[] body) {
        return new HttpReply(status, headers, body);
    }

    /** Returns an answer as DynamoDB gives it. */
    public static HttpReply json(int status, String json) {
        return of(
                status,
                HttpHeaders.none().with("Content-Type", "application/x-amz-json-1.0"),
                json.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns an error as S3 spells it. */
    public static HttpReply s3Error(int status, String code) {
        String xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code
                + "</Code><Message>injected</Message><RequestId>0</RequestId></Error>";
        return of(
                status,
                HttpHeaders.none().with("Content-Type", "application/xml"),
                xml.getBytes(StandardCharsets.UTF_8));
    }

    /** Status code. */
    public int status() {
        return status;
    }

    /** Header fields. */
    public HttpHeaders headers() {
        return headers;
    }

    /** Body; not a copy. */
    public byte[] body() {
        return body;
    }

    /** Returns this answer with another body; its checksum for DynamoDB is reckoned anew where there was one. */
    public HttpReply withBody(byte[] changed) {
        HttpHeaders sealed = headers;
        if (headers.first(HttpWire.CRC32).isPresent()) {
            CRC32 crc = new CRC32();
            crc.update(changed);
            sealed = headers.with(HttpWire.CRC32, Long.toString(crc.getValue()));
        }
        return new HttpReply(status, sealed, changed);
    }

    /** Returns this answer with a header field set. */
    public HttpReply withHeader(String name, String value) {
        return new HttpReply(status, headers.with(name, value), body);
    }

    /** Returns this answer without a header field. */
    public HttpReply withoutHeader(String name) {
        return new HttpReply(status, headers.without(name), body);
    }

    @Override
    public String toString() {
        return "HttpReply[" + status + ", " + body.length + " bytes]";
    }
}
