package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableSetup;
import io.github.dynarestore.internal.plan.TrialCalls;
import io.github.dynarestore.internal.plan.TrialCalls.Call;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * What a run that writes must be allowed, tried before anything is read whole. What cannot be found out in time is left to
 * the first of its calls. Used by one thread.
 */
final class WriteRights {

    private static final Logger LOG = LoggerFactory.getLogger(WriteRights.class);
    private static final long SECONDS = 20;

    private final RestoreSettings settings;
    private final PreflightLog log;
    private final Predicate<TableDescription> isRaised;
    /** Denied, and needed only if the backup asks for it. */
    private final Map<Call, RestoreException> denied = new EnumMap<>(Call.class);

    /**
     * Has tried nothing yet.
     *
     * @param isRaised whether the run changes the capacity of a table that is described so
     */
    WriteRights(RestoreSettings settings, PreflightLog log, Predicate<TableDescription> isRaised) {
        this.settings = settings;
        this.log = log;
        this.isRaised = isRaised;
    }

    /**
     * Tries them, one after the other since the client may have few connections, and says what was denied. Whether an undo
     * puts, or deletes, its log says later.
     *
     * @param described the table as it is or will be; null if that is not known
     * @param isCreated whether it is still to be created
     */
    void tryOut(TrialCalls trials, @Nullable TableDescription described, boolean isCreated)
            throws InterruptedException {
        Set<Call> calls = itemCalls(settings);
        Set<Call> ofEither = calls.size() == 1 ? Set.of() : EnumSet.of(Call.PUT_ITEM, Call.DELETE_ITEM);
        addTableCalls(calls, described, isCreated);
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        for (Call call : calls) {
            Optional<RestoreException> denial = denial(trials, call, deadlineNanos - System.nanoTime());
            if (denial.isPresent() && ofEither.contains(call)) {
                denied.put(call, denial.get());
                log.add(PreflightFinding.warning(
                        Subject.PERMISSION,
                        String.valueOf(denial.get().getMessage()),
                        denial.get().hint()));
            } else {
                denial.ifPresent(refusal -> log.refuse(Subject.PERMISSION, refusal));
            }
        }
    }

    private static Optional<RestoreException> denial(TrialCalls trials, Call call, long atMostNanos)
            throws InterruptedException {
        try {
            return atMostNanos <= 0 ? Optional.empty() : trials.denial(call).get(atMostNanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("{} could not be tried: {}", call, e.toString());
            return Optional.empty();
        }
    }

    private void addTableCalls(Set<Call> calls, @Nullable TableDescription described, boolean isCreated) {
        TableSetup setup = settings.made().create();
        TableSetup.Later later = setup == null ? TableSetup.Later.NOTHING : setup.later();
        if (isCreated) {
            calls.add(Call.CREATE_TABLE);
        }
        if (later.stream() != null || (described != null && isRaised.test(described))) {
            calls.add(Call.UPDATE_TABLE);
        }
        if (later.timeToLive() != null) {
            calls.add(Call.UPDATE_TIME_TO_LIVE);
        }
        if (later.recoveryDays() != null) {
            calls.add(Call.UPDATE_CONTINUOUS_BACKUPS);
        }
    }

    /** What the writes of a plan are made with. */
    private static Set<Call> itemCalls(RestoreSettings settings) {
        RestoreSettings.History history = settings.history();
        boolean isUndo = history.undoSince() != null;
        if (isUndo ? history.undoForced() : settings.existingItems() != ExistingItems.INSERT_ONLY) {
            return EnumSet.of(Call.BATCH_WRITE_ITEM);
        }
        return isUndo || settings.redriven() != null
                ? EnumSet.of(Call.GET_ITEM, Call.PUT_ITEM, Call.DELETE_ITEM)
                : EnumSet.of(Call.PUT_ITEM);
    }

    /** Refuses the run for what it turned out to need and was denied. */
    void require(long puts, long deletes) {
        refuseIf(puts > 0, Call.PUT_ITEM);
        refuseIf(deletes > 0, Call.DELETE_ITEM);
    }

    private void refuseIf(boolean isNeeded, Call call) {
        RestoreException refusal = isNeeded ? denied.get(call) : null;
        if (refusal != null) {
            log.refuse(Subject.PERMISSION, refusal);
        }
    }
}
