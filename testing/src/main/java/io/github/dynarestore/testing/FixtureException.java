package io.github.dynarestore.testing;

import org.jspecify.annotations.Nullable;

/** A fixture that could not become a table; the message says which one, why, and what to change. */
public final class FixtureException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FixtureException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    FixtureException(String message) {
        this(message, null);
    }
}
