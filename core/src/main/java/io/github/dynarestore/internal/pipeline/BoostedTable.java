package io.github.dynarestore.internal.pipeline;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.plan.Capacity;
import io.github.dynarestore.internal.plan.CapacityChanges;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableErrors;
import io.github.dynarestore.internal.plan.TableLookup;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;

/**
 * Raises a table's capacity for a run and puts back what was there. What that was is in the checkpoint before anything is
 * raised, so that the run after a crash does not take the raised capacity for it. Used by one thread.
 */
final class BoostedTable {

    private static final Logger LOG = LoggerFactory.getLogger(BoostedTable.class);

    /** The name of the table, and the capacity that it had; nothing once that was put back. */
    private static final String BOOST = "table.boost";

    private final RestoreSettings settings;
    private final RunCheckpoint checkpoint;
    private final PreflightLog log;
    private final CapacityChanges changes;
    private final TableLookup lookup;

    /** What is to be put back; null if nothing was raised. */
    private @Nullable Capacity original;

    private volatile boolean isEnding;
    private CompletableFuture<?> raising = CompletableFuture.completedFuture(null);

    BoostedTable(
            RestoreSettings settings,
            RestoreServices services,
            RunCheckpoint checkpoint,
            PreflightLog log,
            ScheduledExecutorService timer) {
        this.settings = settings;
        this.checkpoint = checkpoint;
        this.log = log;
        changes = new CapacityChanges(services.dynamoDb(), settings.table(), timer, System::nanoTime);
        lookup = new TableLookup(services.dynamoDb(), settings.table(), timer, System::nanoTime);
        String memo = checkpoint.memo(BOOST);
        String ofTable = settings.table() + " ";
        original = memo != null && memo.startsWith(ofTable) ? Capacity.parse(memo.substring(ofTable.length())) : null;
    }

    /** Whether the run changes the capacity of a table that is described so, or has done. */
    boolean changes(TableDescription described) {
        Long units = settings.made().boostUnits();
        Capacity now = Capacity.of(described);
        return original != null
                || (units != null
                        && (now.raisedTo(units)
                                        .changeFrom(now, settings.table())
                                        .isPresent()
                                || Capacity.warming(described, units).isPresent()));
    }

    /** Raises it, if the plan says so, and waits until it is; returns the table as it is then. */
    TableDescription raise(TableDescription found) throws InterruptedException {
        Long units = settings.made().boostUnits();
        if (units == null) {
            return found;
        }
        TableDescription present = settled();
        Capacity now = Capacity.of(present);
        Optional<UpdateTableRequest> change = now.raisedTo(units).changeFrom(now, settings.table());
        if (change.isPresent()) {
            if (original == null) {
                checkpoint.remember(BOOST, settings.table() + " " + now.text());
                original = now;
            }
            raise(described -> missing(Capacity.of(described).raisedTo(units), described));
            present = settled();
            log.add(PreflightFinding.note(
                    Subject.CAPACITY,
                    "write capacity of table " + settings.table() + " was raised for the restore: "
                            + Capacity.of(present).spelled()));
        }
        Optional<UpdateTableRequest> warming = Capacity.warming(present, units);
        if (warming.isPresent()) {
            raise(described -> Capacity.warming(described, units));
            present = settled();
            log.add(PreflightFinding.note(
                    Subject.CAPACITY,
                    "table " + settings.table() + " was warmed for " + units
                            + " write units per second, which DynamoDB does not take back"));
        }
        return present;
    }

    private void raise(Function<TableDescription, Optional<UpdateTableRequest>> missing) throws InterruptedException {
        CompletableFuture<TableDescription> change = changes.make(missing, patience(), () -> isEnding);
        raising = change;
        var unused = Preflight.await(change);
    }

    /** Capacity can be changed only while nothing else is; what takes longer than the patience does not keep writes waiting. */
    private TableDescription settled() throws InterruptedException {
        TableDescription present = Preflight.await(
                lookup.patientlyUntil(TableLookup::isSettled, settings.limits().patience()));
        if (!TableLookup.isSettled(present)) {
            log.add(PreflightFinding.warning(
                    Subject.CAPACITY,
                    "table " + settings.table() + " is still " + present.tableStatusAsString()
                            + ": writes may be throttled",
                    ""));
        }
        return present;
    }

    private CapacityChanges.Patience patience() {
        return new CapacityChanges.Patience(
                settings.limits().patience(), settings.limits().patience());
    }

    private Optional<UpdateTableRequest> missing(Capacity wanted, TableDescription present) {
        return wanted.changeFrom(Capacity.of(present), settings.table());
    }

    /**
     * Puts back what was there, after all was written.
     *
     * @throws RestoreException if that fails, with what was there
     */
    void putBack() throws InterruptedException {
        Capacity before = original;
        if (before == null) {
            return;
        }
        try {
            var unused = Preflight.await(puttingBack(before, patience()));
        } catch (RestoreException e) {
            // Tried for as long as the plan's patience: not once more.
            original = null;
            throw new RestoreException(
                    RestoreErrorCode.TABLE_CHANGE_FAILED,
                    "all items are written, but " + notPutBack(before, e),
                    "put it back by hand, or run again with the same checkpoint",
                    e,
                    null);
        }
        done(before);
    }

    /**
     * Puts back what was there, however the run has ended; no interrupt keeps it from that. Should it fail, that is among the
     * findings, and the checkpoint still knows what was there.
     *
     * @param silence how long to wait for an answer; changes that DynamoDB is about are waited for with the plan's patience
     * @param givenUp fails when nobody waits for it any more
     */
    void putBackAtLast(Duration silence, CompletableFuture<Void> givenUp) {
        Capacity before = original;
        if (before == null) {
            return;
        }
        isEnding = true;
        // The interrupt that stopped the run would keep the SDK from calling at all.
        boolean interrupted = Thread.interrupted();
        try {
            Duration change = settings.limits().patience();
            // A call to raise it that is under way would be taken after it was put back.
            CompletableFuture<?> putBack = raising.<@Nullable Void>handle((done, failure) -> null)
                    .completeOnTimeout(null, silence.toMillis(), TimeUnit.MILLISECONDS)
                    .thenCompose(nothing -> puttingBack(before, new CapacityChanges.Patience(change, silence)));
            var unused = Uninterruptibles.getUninterruptibly(
                    CompletableFuture.anyOf(putBack, givenUp),
                    change.plus(silence).plus(silence));
            done(before);
        } catch (RestoreException e) {
            LOG.warn("write capacity was put back, which the checkpoint does not know: {}", e.toString());
        } catch (ExecutionException | TimeoutException e) {
            String message = notPutBack(before, TableErrors.unwrap(e));
            LOG.error("{}", message);
            log.add(PreflightFinding.warning(
                    Subject.CAPACITY, message, "put it back by hand, or run again with the same checkpoint"));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private CompletableFuture<?> puttingBack(Capacity before, CapacityChanges.Patience patience) {
        return changes.make(
                present -> {
                    Optional<UpdateTableRequest> change = missing(before, present);
                    if (change.isEmpty() && !TableLookup.isSettled(present)) {
                        // It may be described as it was before it was raised, which is still under way.
                        throw new RestoreException(
                                RestoreErrorCode.TABLE_CHANGE_FAILED,
                                "table " + settings.table() + " is still " + present.tableStatusAsString(),
                                "");
                    }
                    return change;
                },
                patience,
                () -> false);
    }

    private void done(Capacity before) {
        original = null;
        log.add(PreflightFinding.note(
                Subject.CAPACITY,
                "write capacity of table " + settings.table() + " was put back: " + before.spelled()));
        checkpoint.remember(BOOST, "");
    }

    private String notPutBack(Capacity before, Throwable failure) {
        return "the write capacity of table " + settings.table() + " could not be put back to " + before.spelled()
                + ": " + (failure instanceof RestoreException ? failure.getMessage() : failure.toString());
    }
}
