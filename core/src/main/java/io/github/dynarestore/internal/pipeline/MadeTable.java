package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableCreation;
import io.github.dynarestore.internal.plan.TableSetup;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** The table that a run creates, and what the checkpoint knows of it. Used by one thread. */
final class MadeTable {

    /** The name of the table, and when it was to be created, written down before it was. */
    private static final String CREATING = "table.creating";

    /** The name and the id of the table that was created. */
    private static final String CREATED = "table.created";

    /** DynamoDB's clock may differ from this machine's. */
    private static final Duration CLOCKS = Duration.ofMinutes(5);

    private final RestoreSettings settings;
    private final RestoreServices services;
    private final RunCheckpoint checkpoint;

    /** Null for a table that was there. */
    private final @Nullable TableCreation creation;

    MadeTable(
            RestoreSettings settings,
            RestoreServices services,
            RunCheckpoint checkpoint,
            ScheduledExecutorService timer) {
        this.settings = settings;
        this.services = services;
        this.checkpoint = checkpoint;
        TableSetup setup = settings.made().create();
        creation = setup == null
                ? null
                : new TableCreation(
                        services.dynamoDb(),
                        setup,
                        settings.table(),
                        settings.limits().patience(),
                        timer,
                        System::nanoTime);
    }

    /**
     * Makes sure that a table which is there is the one that an earlier run has created.
     *
     * @throws RestoreException if that is not known
     */
    void requireOurs(TableDescription description) throws InterruptedException {
        String created = memo(CREATED);
        String creating = memo(CREATING);
        boolean isOurs = created != null
                ? created.equals(TargetTable.id(description))
                // Killed before DynamoDB's answer was written down: nothing can be in it.
                : creating != null
                        && !description
                                .creationDateTime()
                                .isBefore(Instant.parse(creating).minus(CLOCKS))
                        && Preflight.await(TargetTable.isEmpty(services.dynamoDb(), settings.table()));
        if (!isOurs) {
            throw TableCreation.exists(settings.table());
        }
    }

    /** Makes sure that a table which is not there was not created, and half filled, before. */
    void requireNotGone() {
        if (memo(CREATED) != null) {
            throw new RestoreException(
                    RestoreErrorCode.TARGET_MISSING,
                    "table " + settings.table() + ", which this restore had created, is gone",
                    "delete the checkpoint to begin anew");
        }
    }

    /** Creates it, and waits until it is ACTIVE. */
    TableDescription create(TargetTable planned, Instant now) throws InterruptedException {
        TableCreation creating = Objects.requireNonNull(creation);
        remember(CREATING, now.toString());
        TableDescription created = Preflight.await(creating.create(planned.key()));
        remember(CREATED, TargetTable.id(created));
        return Preflight.await(creating.awaitActive());
    }

    /** Takes up a table that an earlier run has created, which will be known by its id when it is empty no more. */
    TableDescription takenUp(TableDescription description) {
        if (creation != null && memo(CREATED) == null) {
            remember(CREATED, TargetTable.id(description));
        }
        return description;
    }

    /** A checkpoint whose restore is done may be of another table. */
    private @Nullable String memo(String name) {
        String memo = checkpoint.memo(name);
        String ofTable = settings.table() + " ";
        return memo != null && memo.startsWith(ofTable) ? memo.substring(ofTable.length()) : null;
    }

    private void remember(String name, String what) {
        checkpoint.remember(name, settings.table() + " " + what);
    }

    /** Switches on what is left for when it is full. */
    void finish() throws InterruptedException {
        if (creation == null) {
            return;
        }
        try {
            var unused = Preflight.await(creation.finish());
        } catch (RestoreException e) {
            throw new RestoreException(
                    RestoreErrorCode.TABLE_CHANGE_FAILED,
                    "all items are written, but the table is not as it is to be: " + e.getMessage(),
                    e.hint().isEmpty() ? "change it by hand, or run again with the same checkpoint" : e.hint(),
                    e,
                    null);
        }
    }
}
