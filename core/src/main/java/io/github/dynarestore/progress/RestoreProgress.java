package io.github.dynarestore.progress;

import io.github.dynarestore.model.WriteLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a restore is, at one moment.
 *
 * @param phase what it is doing
 * @param objectsTotal objects to read in this phase
 * @param objectsDone of these, the ones done
 * @param bytesTotal bytes of these objects as stored
 * @param bytesRead of these, the ones fetched in this phase
 * @param recordsRead records found so far
 * @param writesTotal puts and deletes to send; 0 until the survey is over
 * @param writesDone of these, acknowledged, dead-lettered or dropped by a mapper
 * @param unitsConsumed write units consumed so far
 * @param throttled times that DynamoDB put a write off
 * @param deadLettered dead letters so far
 * @param elapsed since the start
 * @param limit what keeps it from writing faster at present; null if nothing does, or it is not writing
 */
public record RestoreProgress(
        RestorePhase phase,
        long objectsTotal,
        long objectsDone,
        long bytesTotal,
        long bytesRead,
        long recordsRead,
        long writesTotal,
        long writesDone,
        double unitsConsumed,
        long throttled,
        long deadLettered,
        Duration elapsed,
        @Nullable WriteLimit limit) {}
