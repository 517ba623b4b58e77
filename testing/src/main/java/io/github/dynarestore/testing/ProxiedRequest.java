package io.github.dynarestore.testing;

import java.nio.charset.StandardCharsets;

/** A request that came to a {@link FaultProxy}, whole. Immutable as long as nobody changes the body's bytes. */
public final class ProxiedRequest {

    private final long ordinal;
    private final String method;
    private final String path;
    private final HttpHeaders headers;
    private final byte[] body;

    ProxiedRequest(long ordinal, String method, String path, HttpHeaders headers, byte[] body) {
        this.ordinal = ordinal;
        this.method = method;
        this.path = path;
        this.headers = headers;
        this.body = body;
    }

    /** How many-th request it is that came to the proxy, from 1. */
    public long ordinal() {
        return ordinal;
    }

    /** HTTP method, in capitals. */
    public String method() {
        return method;
    }

    /** Path and query as sent. */
    public String path() {
        return path;
    }

    /** Header fields. */
    public HttpHeaders headers() {
        return headers;
    }

    /** Body; not a copy. */
    public byte[] body() {
        return body;
    }

    /** Body as UTF-8 text. */
    public String bodyText() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** DynamoDB's name of the operation, such as {@code BatchWriteItem}; empty for S3. */
    public String operation() {
        String target = headers.first("X-Amz-Target").orElse("");
        return target.substring(target.indexOf('.') + 1);
    }

    /**
     * Whether it is one of those with which a restore finds out, before it reads the backup whole, whether it will be allowed
     * to write. They write nothing: DynamoDB refuses each of them with a ValidationException.
     */
    public boolean isTrial() {
        return headers.first("User-Agent").orElse("").contains("dynarestore/trial");
    }

    /** Returns this request with another body. Its signature then no longer fits, which the local servers let pass. */
    public ProxiedRequest withBody(byte[] changed) {
        return new ProxiedRequest(ordinal, method, path, headers, changed);
    }

    @Override
    public String toString() {
        return "ProxiedRequest[" + ordinal + " " + method + " " + path + " " + operation() + ", " + body.length
                + " bytes]";
    }
}
