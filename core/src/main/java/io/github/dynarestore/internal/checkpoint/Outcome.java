package io.github.dynarestore.internal.checkpoint;

import org.jspecify.annotations.Nullable;

/** How a winner ended. */
public enum Outcome {
    /** Its item was put. */
    PUT(0),
    /** Its key was deleted. */
    DELETED(1),
    /** DynamoDB refused it for good. */
    REFUSED(2),
    /** A mapper dropped it. */
    FILTERED(3),
    /** An item that was there stayed. */
    CONFLICT(4);

    private static final Outcome[] ALL = values();

    private final int code;

    Outcome(int code) {
        this.code = code;
    }

    /** The number that stands for it in a journal, 0 to 7. */
    int code() {
        return code;
    }

    static @Nullable Outcome of(int code) {
        return code < ALL.length ? ALL[code] : null;
    }
}
