package io.github.dynarestore.model;

/** What to do when there are records that cannot be used. */
public enum BadRecords {
    /**
     * Refuse before the first write, naming every one. A record that only DynamoDB or a mapper refuses, which is known
     * later, goes to the dead letter sink; without one the restore fails at its end, when all others are written.
     */
    REFUSE,
    /** Hand them to the dead letter sink and restore the rest. */
    DEAD_LETTER
}
