package io.github.dynarestore.model;

/** How a restore ended. */
public enum RestoreStatus {
    /** Every winner is written or accounted for. */
    COMPLETED,
    /** It stopped on the way; what was written stays written. */
    FAILED,
    /** It stopped before the first write. */
    REFUSED,
    /** It was cancelled; what was written stays written. */
    CANCELLED
}
