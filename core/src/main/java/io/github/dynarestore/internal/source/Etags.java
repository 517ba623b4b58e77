package io.github.dynarestore.internal.source;

import org.jspecify.annotations.Nullable;

/** ETags as S3 writes them. */
public final class Etags {

    private Etags() {}

    static String unquoted(@Nullable String etag) {
        if (etag == null) {
            return "";
        }
        boolean isQuoted = etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
        return isQuoted ? etag.substring(1, etag.length() - 1) : etag;
    }

    /** Whether an ETag has the shape of an MD5; those of multipart uploads have a count of parts behind. */
    public static boolean looksLikeMd5(String etag) {
        if (etag.length() != 32) {
            return false;
        }
        for (int i = 0; i < 32; i++) {
            if (Character.digit(etag.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
