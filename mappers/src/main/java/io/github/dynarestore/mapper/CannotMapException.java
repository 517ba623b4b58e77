package io.github.dynarestore.mapper;

/** An item is not as a mapper needs it. Names attributes and types, never values. */
final class CannotMapException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CannotMapException(String message) {
        super(message);
    }
}
