package io.github.dynarestore.model;

/** What to do when the survey has found records that cannot be used. */
public enum BadRecords {
    /** Refuse before the first write, naming every one. */
    REFUSE,
    /** Hand them to the dead letter sink and restore the rest. */
    DEAD_LETTER
}
