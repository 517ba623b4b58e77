package io.github.dynarestore.internal.pipeline;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.plan.Capacity;
import io.github.dynarestore.internal.plan.ControlPlane;
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
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
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

    private static final String UPDATE = "dynamodb:UpdateTable";

    private final RestoreSettings settings;
    private final DynamoDbAsyncClient dynamoDb;
    private final RunCheckpoint checkpoint;
    private final PreflightLog log;
    private final ControlPlane control;
    private final TableLookup lookup;

    /** What is to be put back; null if nothing was raised. */
    private @Nullable Capacity original;

    BoostedTable(
            RestoreSettings settings,
            RestoreServices services,
            RunCheckpoint checkpoint,
            PreflightLog log,
            ScheduledExecutorService timer) {
        this.settings = settings;
        this.checkpoint = checkpoint;
        this.log = log;
        dynamoDb = services.dynamoDb();
        control = new ControlPlane(settings.table(), timer, System::nanoTime);
        lookup = new TableLookup(dynamoDb, settings.table(), timer, System::nanoTime);
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
            var unused = Preflight.await(update(change.get(), settings.limits().patience()));
            present = settled();
            log.add(PreflightFinding.note(
                    Subject.CAPACITY,
                    "write capacity of table " + settings.table() + " was raised for the restore: "
                            + Capacity.of(present).spelled()));
        }
        Optional<UpdateTableRequest> warming = Capacity.warming(present, units);
        if (warming.isPresent()) {
            var unused = Preflight.await(update(warming.get(), settings.limits().patience()));
            present = settled();
            log.add(PreflightFinding.note(
                    Subject.CAPACITY,
                    "table " + settings.table() + " was warmed for " + units
                            + " write units per second, which DynamoDB does not take back"));
        }
        return present;
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

    private CompletableFuture<?> update(UpdateTableRequest request, Duration atMost) {
        return control.call(UPDATE, () -> dynamoDb.updateTable(request), atMost);
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
            var unused = Preflight.await(puttingBack(before, settings.limits().patience()));
            done(before);
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
    }

    /**
     * Puts back what was there, however the run has ended; no interrupt keeps it from that. Should it fail, that is among the
     * findings, and the checkpoint still knows what was there.
     */
    void putBackAtLast(Duration atMost) {
        Capacity before = original;
        if (before == null) {
            return;
        }
        // The interrupt that stopped the run would keep the SDK from calling at all.
        boolean interrupted = Thread.interrupted();
        try {
            var unused = Uninterruptibles.getUninterruptibly(puttingBack(before, atMost), atMost);
            done(before);
        } catch (ExecutionException | TimeoutException | RestoreException e) {
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

    private CompletableFuture<?> puttingBack(Capacity before, Duration atMost) {
        return lookup.patientlyUntil(description -> true, atMost)
                .thenCompose(present -> before.changeFrom(Capacity.of(present), settings.table())
                        .<CompletableFuture<?>>map(change -> update(change, atMost))
                        .orElseGet(() -> CompletableFuture.completedFuture(null)));
    }

    private void done(Capacity before) {
        original = null;
        checkpoint.remember(BOOST, "");
        log.add(PreflightFinding.note(
                Subject.CAPACITY,
                "write capacity of table " + settings.table() + " was put back: " + before.spelled()));
    }

    private String notPutBack(Capacity before, Throwable failure) {
        return "the write capacity of table " + settings.table() + " could not be put back to " + before.spelled()
                + ": " + (failure instanceof RestoreException ? failure.getMessage() : failure.toString());
    }
}
