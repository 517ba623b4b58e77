package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** Creates a table, and switches on what is left for when it is full. Thread-safe. */
public final class TableCreation {

    private final DynamoDbAsyncClient dynamoDb;
    private final TableSetup setup;
    private final String table;
    private final Duration patience;
    private final ControlPlane control;
    private final TableLookup lookup;

    /** Creates one. */
    public TableCreation(
            DynamoDbAsyncClient dynamoDb,
            TableSetup setup,
            String table,
            Duration patience,
            ScheduledExecutorService timer,
            LongSupplier nanoTime) {
        this.dynamoDb = dynamoDb;
        this.setup = setup;
        this.table = table;
        this.patience = patience;
        control = new ControlPlane(table, timer, nanoTime);
        lookup = new TableLookup(dynamoDb, table, timer, nanoTime);
    }

    /**
     * Creates it; it is not ACTIVE then.
     *
     * @return a future that fails with TARGET_EXISTS if there is one of that name
     */
    public CompletableFuture<TableDescription> create(KeySchema key) {
        CreateTableRequest request = setup.create(table, key);
        return control.call(
                        "dynamodb:CreateTable",
                        () -> dynamoDb.createTable(request).handle((response, failure) -> {
                            if (failure == null) {
                                return response;
                            }
                            if (TableErrors.unwrap(failure) instanceof ResourceInUseException) {
                                throw exists(table);
                            }
                            throw failure instanceof RuntimeException known
                                    ? known
                                    : new IllegalStateException(failure);
                        }),
                        patience)
                .thenApply(response -> response.tableDescription());
    }

    /** Refuses to create a table that is there. */
    public static RestoreException exists(String table) {
        return new RestoreException(
                RestoreErrorCode.TARGET_EXISTS,
                "table " + table + " is to be created, but exists",
                "choose another name, or restore into it without --create-table (createTable)");
    }

    /** Waits until it and its indexes are ACTIVE. */
    public CompletableFuture<TableDescription> awaitActive() {
        return lookup.untilOfCreated(TableLookup::isSettled, patience).thenApply(description -> {
            if (!TableLookup.isSettled(description)) {
                throw new RestoreException(
                        RestoreErrorCode.TARGET_NOT_ACTIVE,
                        "table " + table + " was created, and is still " + description.tableStatusAsString(),
                        "wait until it is ACTIVE, then run again with the same checkpoint, or without --create-table");
            }
            return description;
        });
    }

    /** Switches on what would have been in the way: point-in-time recovery, time to live, and last the stream. */
    public CompletableFuture<TableDescription> finish() {
        return recovery()
                .thenCompose(done -> timeToLive())
                .thenCompose(done -> lookup.patientlyUntil(TableLookup::isSettled, patience))
                .thenCompose(this::stream)
                .thenCompose(done -> lookup.patientlyUntil(TableLookup::isSettled, patience));
    }

    private CompletableFuture<?> recovery() {
        Integer days = setup.later().recoveryDays();
        if (days == null) {
            return CompletableFuture.completedFuture(null);
        }
        return control.call(
                "dynamodb:UpdateContinuousBackups",
                () -> dynamoDb.updateContinuousBackups(request -> request.tableName(table)
                        .pointInTimeRecoverySpecification(recovery -> recovery.pointInTimeRecoveryEnabled(true)
                                .recoveryPeriodInDays(days == 0 ? null : days))),
                patience);
    }

    /** Enabling it twice is an error. */
    private CompletableFuture<?> timeToLive() {
        String attribute = setup.later().timeToLive();
        if (attribute == null) {
            return CompletableFuture.completedFuture(null);
        }
        return control.call(
                        "dynamodb:DescribeTimeToLive",
                        () -> dynamoDb.describeTimeToLive(request -> request.tableName(table)),
                        patience)
                .thenCompose(described -> isOn(described.timeToLiveDescription())
                        ? CompletableFuture.completedFuture(null)
                        : control.call(
                                "dynamodb:UpdateTimeToLive",
                                () -> dynamoDb.updateTimeToLive(request -> request.tableName(table)
                                        .timeToLiveSpecification(
                                                ttl -> ttl.enabled(true).attributeName(attribute))),
                                patience));
    }

    private static boolean isOn(TimeToLiveDescription timeToLive) {
        return timeToLive.timeToLiveStatus() == TimeToLiveStatus.ENABLED
                || timeToLive.timeToLiveStatus() == TimeToLiveStatus.ENABLING;
    }

    private CompletableFuture<?> stream(TableDescription description) {
        String view = setup.later().stream();
        StreamSpecification present = description.streamSpecification();
        if (view == null || (present != null && Boolean.TRUE.equals(present.streamEnabled()))) {
            return CompletableFuture.completedFuture(null);
        }
        return control.call(
                "dynamodb:UpdateTable",
                () -> dynamoDb.updateTable(request -> request.tableName(table)
                        .streamSpecification(
                                stream -> stream.streamEnabled(true).streamViewType(view))),
                patience);
    }
}
