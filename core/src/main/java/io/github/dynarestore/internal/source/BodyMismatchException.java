package io.github.dynarestore.internal.source;

import java.io.IOException;

/** An answer of S3 that came whole and is not the bytes that were asked for. */
final class BodyMismatchException extends IOException {

    private static final long serialVersionUID = 1L;

    BodyMismatchException(String message) {
        super(message);
    }
}
