package io.github.dynarestore.model;

/** What to do when the change log proves that changes are missing in it. */
public enum Gaps {
    /** Restore what there is, and name them in the report. */
    REPORT,
    /** Refuse before the first write. */
    REFUSE
}
