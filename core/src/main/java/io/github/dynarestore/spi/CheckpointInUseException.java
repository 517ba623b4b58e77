package io.github.dynarestore.spi;

import java.io.IOException;

/** Somebody else has the checkpoint, or has taken it over. */
public final class CheckpointInUseException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message which checkpoint, and who has it if that is known
     */
    public CheckpointInUseException(String message) {
        super(message);
    }
}
