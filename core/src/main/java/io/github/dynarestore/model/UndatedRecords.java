package io.github.dynarestore.model;

/** What a cut makes of records that do not say when they were made. */
public enum UndatedRecords {
    /** Treat them as bad records. */
    REFUSE,
    /** Take the time at which their object was written, which is later than the change. */
    OBJECT_TIME
}
