package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.survey.SurveyRules;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * Knows which objects turned out to be parts of snapshots, and which snapshot the restore begins with: the latest that was
 * finished by the cut, as far as that is known. Objects are marked by several threads.
 */
final class SnapshotObjects {

    private final BackupContents contents;
    private final @Nullable Instant cut;
    private final AtomicIntegerArray marks;

    SnapshotObjects(BackupContents contents, @Nullable Instant cut) {
        this.contents = contents;
        this.cut = cut;
        marks = new AtomicIntegerArray(contents.size());
    }

    /** Says that an object holds items of a snapshot. */
    void found(int object) {
        if (marks.getPlain(object) == 0) {
            marks.set(object, 1);
        }
    }

    /** Whether the plan says of some snapshot when it was begun, so that changes are compared with it. */
    boolean hasKnownTime() {
        for (int i = 0; i < contents.size(); i++) {
            if (contents.entry(i).isBase() && contents.entry(i).begun() != null) {
                return true;
            }
        }
        return contents.emptySnapshots().stream().anyMatch(empty -> BackupContents.begun(empty) != null);
    }

    boolean isSnapshot(int object) {
        return marks.get(object) != 0 || contents.entry(object).isBase();
    }

    /** When the snapshot that counts was taken; null if there is none. */
    SurveyRules.@Nullable Base base() {
        Latest latest = new Latest();
        for (int i = 0; i < contents.size(); i++) {
            if (isSnapshot(i)) {
                latest.add(contents.entry(i).begun(), contents.entry(i).backup().finished());
            }
        }
        for (Backup empty : contents.emptySnapshots()) {
            latest.add(BackupContents.begun(empty), empty.finished());
        }
        return latest.base();
    }

    /** Of several snapshots the latest that was not read on behind the cut. */
    private final class Latest {
        private boolean any;
        private boolean someUnknown;
        private @Nullable Instant begun;
        private @Nullable Instant finished;
        private @Nullable Instant firstBehindCut;
        private @Nullable Instant finishedBehindCut;

        void add(@Nullable Instant begunThen, @Nullable Instant finishedThen) {
            if (begunThen == null) {
                any = true;
                someUnknown = true;
            } else if (cut != null && begunThen.isAfter(cut)) {
                firstBehindCut =
                        firstBehindCut == null || begunThen.isBefore(firstBehindCut) ? begunThen : firstBehindCut;
            } else if (cut != null && finishedThen != null && finishedThen.isAfter(cut)) {
                finishedBehindCut = finishedThen;
            } else {
                any = true;
                if (begun == null || begunThen.isAfter(begun)) {
                    begun = begunThen;
                    finished = finishedThen;
                }
            }
        }

        SurveyRules.@Nullable Base base() {
            if (begun != null && someUnknown) {
                throw new RestoreException(
                        RestoreErrorCode.PLAN_INVALID,
                        "of some snapshots it is known when they were begun, of others it is not",
                        "say so for each with --taken-at (Backup.takenAt)");
            }
            if (!any && finishedBehindCut != null) {
                throw new RestoreException(
                        RestoreErrorCode.PLAN_INVALID,
                        "the snapshot was finished at " + finishedBehindCut + ", after the cut at " + cut
                                + ", and may hold items from after the cut",
                        "restore to a later instant, or from an earlier snapshot");
            }
            if (!any && firstBehindCut != null) {
                throw new RestoreException(
                        RestoreErrorCode.PLAN_INVALID,
                        "every snapshot was begun after the cut at " + cut + ", the first at " + firstBehindCut,
                        "restore to a later instant or from an earlier snapshot, or leave the snapshots out to restore"
                                + " from the log alone, if it goes back to when the table was made");
            }
            return any ? new SurveyRules.Base(micros(begun), micros(finished)) : null;
        }
    }

    private static @Nullable Long micros(@Nullable Instant instant) {
        return instant == null ? null : Micros.of(instant);
    }

    /** What each object is, given the snapshot that counts. */
    Role[] roles(SurveyRules.@Nullable Base base) {
        Role[] roles = new Role[contents.size()];
        Arrays.fill(roles, Role.LOG);
        for (int i = 0; i < roles.length; i++) {
            if (isSnapshot(i)) {
                Instant begun = contents.entry(i).begun();
                boolean counts = base == null
                        || base.begunMicros() == null
                        || begun != null && Micros.of(begun) == base.begunMicros();
                roles[i] = counts ? Role.BASE : Role.OLDER_SNAPSHOT;
            }
        }
        return roles;
    }
}
