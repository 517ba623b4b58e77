package io.github.dynarestore.progress;

/** What a restore is doing. */
public enum RestorePhase {
    /** Checks the plan against the table and lists the backup. */
    PREPARING,
    /** Reads every object to find the records that decide. */
    SURVEYING,
    /** Writes what was found. */
    APPLYING,
    /** Has ended. */
    ENDED
}
