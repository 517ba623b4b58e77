package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.rate.WritePacer;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.write.AttributeValueTransport;
import io.github.dynarestore.internal.write.BatchTransport;
import io.github.dynarestore.internal.write.DirectTransport;
import io.github.dynarestore.internal.write.GuardedTransport;
import io.github.dynarestore.internal.write.ItemGuard;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.progress.RestorePhase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Reads the objects that hold deciding records again and writes what these say. */
final class ApplyStage {

    private final RestoreSettings settings;
    private final RestoreServices services;
    private final TargetTable target;
    private final BackupContents contents;
    private final RestoreLedger ledger;
    private final DeadLetters deadLetters;
    private final RunControl control;
    private final @Nullable ExtraItems extraItems;

    ApplyStage(
            RestoreSettings settings,
            RestoreServices services,
            TargetTable target,
            BackupContents contents,
            RestoreLedger ledger,
            DeadLetters deadLetters,
            RunControl control,
            @Nullable ExtraItems extraItems) {
        this.extraItems = extraItems;
        this.settings = settings;
        this.services = services;
        this.target = target;
        this.contents = contents;
        this.ledger = ledger;
        this.deadLetters = deadLetters;
        this.control = control;
    }

    /**
     * Leaves out what needs no write: deletes from a table that is empty, which would cost a unit each, and those that a
     * plan that only inserts has no use for.
     *
     * @return how many writes there are to do
     */
    long plan(Decisions decisions, boolean tableIsEmpty) {
        boolean sendsDeletes = (settings.existingItems() == ExistingItems.OVERWRITE && !tableIsEmpty)
                || (settings.existingItems() == ExistingItems.INSERT_ONLY && settings.redriven() != null)
                || settings.history().undoSince() != null;
        RoaringBitmap extras = decisions.of(Action.DELETE, contents.size());
        long extraCount = extras == null ? 0 : extras.getLongCardinality();
        if (!sendsDeletes) {
            long deletes = decisions.count(Action.DELETE) - extraCount;
            if (settings.existingItems() == ExistingItems.INSERT_ONLY) {
                ledger.filtered(deletes);
            } else {
                ledger.appliedWithoutWrite(deletes);
            }
            decisions.drop(Action.DELETE);
            if (extras != null) {
                decisions.restore(Action.DELETE, contents.size(), extras);
            }
        }
        return decisions.count(Action.PUT) + decisions.count(Action.PUT_OLD) + decisions.count(Action.DELETE);
    }

    void run(Decisions decisions, List<NamedMapper> mappers, ScheduledExecutorService timer, RunCheckpoint checkpoint)
            throws InterruptedException {
        List<Integer> objects = enter(decisions);
        RoaringBitmap extras = decisions.of(Action.DELETE, contents.size());
        if (objects.isEmpty() && extras == null) {
            return;
        }
        WritePacer pacer = new WritePacer(target.unitsPerSecond(control.writeRate()), System::nanoTime);
        WriteStage.Accounts accounts = new WriteStage.Accounts(ledger, pacer, deadLetters, contents, checkpoint);
        ItemGuard guard = guard(decisions, checkpoint);
        WriteStage.TransportFactory transport;
        if (guard == null) {
            BatchTransport opened = openTransport();
            transport = callbacks -> opened;
        } else {
            transport = callbacks ->
                    new GuardedTransport(services.dynamoDb(), target.key().names(), guard, callbacks);
        }
        try (WriteStage writes = new WriteStage(
                settings, transport, target, pacer, accounts, timer, ledger, control.name(), control::fail)) {
            control.writing(writes);
            apply(objects, decisions, mappers, () -> new BatchSink(writes, checkpoint));
            if (extraItems != null && extras != null) {
                extraItems.delete(extras, new BatchSink(writes, checkpoint));
            }
            writes.awaitDrained();
        } finally {
            control.writing(null);
        }
    }

    /** Reads what a run would write, and adds up what that costs. */
    PriceSink.Sum price(Decisions decisions, List<NamedMapper> mappers) throws InterruptedException {
        PriceSink.Sum sum = new PriceSink.Sum(target.indexes());
        List<Integer> objects = enter(decisions);
        apply(objects, decisions, mappers, () -> new PriceSink(sum, target.indexes()));
        RoaringBitmap extras = decisions.of(Action.DELETE, contents.size());
        if (extraItems != null && extras != null) {
            extraItems.delete(extras, new PriceSink(sum, target.indexes()));
        }
        return sum;
    }

    /** Says that writing begins, and finds the objects that there is something to write of. */
    private List<Integer> enter(Decisions decisions) {
        List<Integer> objects = new ArrayList<>();
        long bytes = 0;
        for (int object = 0; object < contents.size(); object++) {
            if (!decisions.of(object).isEmpty()) {
                objects.add(object);
                bytes += contents.object(object).sizeBytes();
            }
        }
        control.enter(RestorePhase.APPLYING, objects.size(), bytes);
        return objects;
    }

    private void apply(List<Integer> objects, Decisions decisions, List<NamedMapper> mappers, Supplier<WriteSink> sinks)
            throws InterruptedException {
        ApplyPass.Shared shared =
                new ApplyPass.Shared(contents, ledger, deadLetters, mappers, control.gate(), control::isStopped);
        control.inThreads("-apply", objects.size(), next -> {
            WriteSink sink = sinks.get();
            ApplyPass pass = new ApplyPass(shared, settings, target, sink);
            int index;
            while ((index = next.next()) >= 0) {
                int object = objects.get(index);
                pass.apply(object, decisions);
                control.objectDone();
            }
            if (!control.isStopped()) {
                sink.flush();
            }
        });
    }

    /** Under which condition the plan writes; null for none. */
    private @Nullable ItemGuard guard(Decisions decisions, RunCheckpoint checkpoint) {
        if (settings.history().undoSince() != null) {
            return settings.history().undoForced()
                    ? null
                    : new ItemGuard.IsUnchanged(ItemDigest::of, new ExpectedItems(decisions)::digest);
        }
        if (settings.existingItems() != ExistingItems.INSERT_ONLY) {
            return null;
        }
        // What an earlier run had under way may be written, though its checkpoint does not say so; redriving the same
        // records again must find its own items to be right.
        return settings.redriven() == null
                ? new ItemGuard.IsAbsent(ItemDigest::of, token -> checkpoint.mayHaveWritten())
                : new ItemGuard.IsUnchanged(ItemDigest::of, token -> ItemGuard.ABSENT);
    }

    private BatchTransport openTransport() throws InterruptedException {
        DynamoDbAsyncClient dynamoDb = services.dynamoDb();
        CompletableFuture<@Nullable DirectTransport> opening = DirectTransport.open(dynamoDb, target.name());
        try {
            DirectTransport direct = opening.get();
            return direct == null ? new AttributeValueTransport(dynamoDb) : direct;
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            var unused = opening.thenAccept(late -> {
                if (late != null) {
                    late.close();
                }
            });
            throw e;
        }
    }
}
