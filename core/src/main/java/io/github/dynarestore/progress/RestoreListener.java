package io.github.dynarestore.progress;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.RestoreReport;

/**
 * Hears of a restore.
 *
 * <p>Order and count: {@link #started} once, first, in the phase {@code PREPARING}; {@link #phaseChanged} once for each
 * later phase that is entered, of which {@code SURVEYING} is entered twice if a mapper may change keys; {@link #found} once
 * for each finding; {@link #progressed} about once a second, never after {@link #ended}; {@link #deadLettered} once for
 * each dead letter; {@link #ended} once, last, whatever happened.
 *
 * <p>Threads: all calls come from one thread of the restore's own, one at a time, never from an SDK thread. A call that
 * blocks holds up later calls but neither reading nor writing; while one blocks, {@link #progressed} calls are left out
 * and the others wait, up to a bound, beyond which {@link #deadLettered} calls are left out too. What a call throws is
 * swallowed, logged once, and counted in the meter {@code dynarestore.listener.failures}.
 */
public interface RestoreListener {

    /** The restore has begun. */
    default void started(RestoreProgress progress) {}

    /** Something was found out before the first write; also what the restore is then refused for. */
    default void found(PreflightFinding finding) {}

    /** A phase has begun. */
    default void phaseChanged(RestoreProgress progress) {}

    /** Some time has passed. */
    default void progressed(RestoreProgress progress) {}

    /** A record could not be used. */
    default void deadLettered(DeadLetter letter) {}

    /** The restore has ended, however. */
    default void ended(RestoreReport report) {}
}
