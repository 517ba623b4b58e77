package io.github.dynarestore.internal.checkpoint;

import java.io.IOException;

/** What was read is no journal, or a damaged one. */
final class InvalidJournalException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message what is wrong, to stand behind the name of the place
     */
    InvalidJournalException(String message) {
        super(message);
    }
}
