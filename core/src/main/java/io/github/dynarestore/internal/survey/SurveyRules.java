package io.github.dynarestore.internal.survey;

import com.google.common.collect.ImmutableRangeSet;
import org.jspecify.annotations.Nullable;

/**
 * What decides among the records of a key.
 *
 * @param cutMicros the cut, in microseconds since 1970 UTC; null for none
 * @param undoSinceMicros changes after this instant are undone; null to restore
 * @param ignoresExpiry whether removals by time to live are taken as if they had not happened
 * @param deliveryLagMicros how long before its delivery a change without a time may have been made
 * @param roles for each object, what it is
 * @param windows times in microseconds since 1970 UTC of which the backup may know only the last change of each key
 * @param base when the snapshot that the restore begins with was taken; null if there is none
 */
public record SurveyRules(
        @Nullable Long cutMicros,
        @Nullable Long undoSinceMicros,
        boolean ignoresExpiry,
        long deliveryLagMicros,
        Role[] roles,
        ImmutableRangeSet<Long> windows,
        @Nullable Base base) {

    /** Of a backup that knows every change. */
    public SurveyRules(
            @Nullable Long cutMicros,
            @Nullable Long undoSinceMicros,
            boolean ignoresExpiry,
            long deliveryLagMicros,
            Role[] roles,
            @Nullable Base base) {
        this(cutMicros, undoSinceMicros, ignoresExpiry, deliveryLagMicros, roles, ImmutableRangeSet.of(), base);
    }

    /** What an object is. */
    public enum Role {
        /** Part of a change log, or not known yet. */
        LOG,
        /** Part of the snapshot that the restore begins with. */
        BASE,
        /** Part of a snapshot that a later one outdoes. */
        OLDER_SNAPSHOT
    }

    /**
     * The time of a snapshot, in microseconds since 1970 UTC.
     *
     * @param begunMicros null if it is not known
     * @param finishedMicros null if it is not known
     */
    public record Base(@Nullable Long begunMicros, @Nullable Long finishedMicros) {}
}
