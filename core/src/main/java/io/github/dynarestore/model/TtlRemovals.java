package io.github.dynarestore.model;

/** What to make of items that DynamoDB's time to live removed. */
public enum TtlRemovals {
    /** They are gone, as in the table that was backed up. */
    APPLY,
    /** They stay, as they were before they were removed. */
    IGNORE
}
