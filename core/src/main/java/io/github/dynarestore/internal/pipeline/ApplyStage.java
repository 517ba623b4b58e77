package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.batch.Stretches;
import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.source.FetchSettings;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.write.AttributeValueTransport;
import io.github.dynarestore.internal.write.BatchTransport;
import io.github.dynarestore.internal.write.ClientConcurrency;
import io.github.dynarestore.internal.write.DirectTransport;
import io.github.dynarestore.internal.write.GuardedTransport;
import io.github.dynarestore.internal.write.ItemGuard;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.progress.RestorePhase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Reads the objects that hold deciding records again and writes what these say. */
final class ApplyStage {

    /** Of the time in which something held the writes back. */
    private static final double SHARE_TO_WARN_OF = 0.1;

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

    /** Whether deletes of the backup are sent, besides those of extra items, which always are. */
    static boolean sendsDeletes(RestoreSettings settings, boolean tableIsEmpty) {
        return (settings.existingItems() == ExistingItems.OVERWRITE && !tableIsEmpty)
                || (settings.existingItems() == ExistingItems.INSERT_ONLY && settings.redriven() != null)
                || settings.history().undoSince() != null;
    }

    /**
     * Leaves out what needs no write: deletes from a table that is empty, which would cost a unit each, and those that a
     * plan that only inserts has no use for.
     *
     * @return how many writes there are to do
     */
    long plan(Decisions decisions, boolean tableIsEmpty) {
        RoaringBitmap extras = decisions.of(Action.DELETE, contents.size());
        long extraCount = extras == null ? 0 : extras.getLongCardinality();
        if (!sendsDeletes(settings, tableIsEmpty)) {
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
        RateControl rate = new RateControl(control.writeRate(), target.capacity(), System::nanoTime);
        WriteStage.Accounts accounts = new WriteStage.Accounts(ledger, rate, deadLetters, contents, checkpoint);
        ItemGuard guard = guard(decisions, checkpoint);
        Breadth breadth = new Breadth(
                new Breadth.Bounds(
                        settings.limits().writesInFlight(),
                        callsOfClient(),
                        guard == null ? WriteBatcher.MAX_WRITES : 1,
                        mostAtOnce(objects.size())),
                rate.mostUnitsPerSecond());
        // Last: it has connections, which nobody would close if something failed before the stage takes it over.
        BatchTransport opened = guard == null ? openTransport() : null;
        WriteStage.TransportFactory transport = callbacks -> guard == null
                ? Objects.requireNonNull(opened)
                : new GuardedTransport(services.dynamoDb(), target.key().names(), guard, callbacks);
        try (WriteStage writes = new WriteStage(
                        settings, transport, target, rate, breadth, accounts, timer, control.name(), control::fail);
                CapacityWatch watch = CapacityWatch.start(this::lookAtCapacity, writes::capacity, timer)) {
            control.writing(writes);
            Reading reading = new Reading(breadth::objects, rate::heldNanos, rate::objectDone);
            apply(objects, decisions, mappers, reading, () -> new BatchSink(writes, checkpoint));
            if (extraItems != null && extras != null) {
                extraItems.delete(extras, new BatchSink(writes, checkpoint));
            }
            writes.awaitDrained();
        } finally {
            warnOfClient(breadth, rate);
            control.writing(null);
        }
    }

    private CompletableFuture<TableCapacity> lookAtCapacity() {
        return services.dynamoDb()
                .describeTable(request -> request.tableName(target.name()))
                .thenApply(response -> TableCapacity.of(response.table()));
    }

    /** A call that waits within a client cannot be taken back, so no more are made than it sends. */
    private OptionalInt callsOfClient() throws InterruptedException {
        try {
            return ClientConcurrency.of(services.dynamoDb(), target.name()).get();
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
    }

    /** Of a client that has held the writes back, and not of one that only might have. */
    private void warnOfClient(Breadth breadth, RateControl rate) {
        Map<WriteLimit, Long> nanos = rate.limitNanos();
        long held = nanos.values().stream().mapToLong(Long::longValue).sum();
        double share = (double) nanos.getOrDefault(WriteLimit.of(WriteLimit.Kind.ANSWERS), 0L) / Math.max(1, held);
        if (breadth.calls() < breadth.wantedCalls() && share >= SHARE_TO_WARN_OF) {
            control.notice(String.format(
                    Locale.ROOT,
                    "the DynamoDB client has %d calls under way at most, which held the writes back for %.0f %% of the time;"
                            + " %,.0f write units per second were asked. Give it a maxConcurrency of %d",
                    breadth.calls(),
                    share * 100,
                    rate.mostUnitsPerSecond(),
                    breadth.wantedCalls()));
        }
    }

    /** How many objects can be read from side by side, since no more fit into the memory for bodies. */
    private int mostAtOnce(int objects) {
        RestoreSettings.Limits limits = settings.limits();
        return Math.min(objects, FetchSettings.mostAtOnce(limits.fetchMemoryBytes(), limits.rangeBytes()));
    }

    /** Size of the ranges in which objects are fetched to be written. */
    int rangeBytes(Decisions decisions) {
        RestoreSettings.Limits limits = settings.limits();
        int objects = 0;
        for (int object = 0; object < contents.size(); object++) {
            objects += decisions.of(object).isEmpty() ? 0 : 1;
        }
        return FetchSettings.rangeBytesAmong(
                Breadth.objectsWanted(target.unitsPerSecond(control.writeRate()), mostAtOnce(objects)),
                limits.fetchMemoryBytes(),
                limits.rangeBytes());
    }

    /** Reads what a run would write, and adds up what that costs. */
    PriceSink.Sum price(Decisions decisions, List<NamedMapper> mappers) throws InterruptedException {
        PriceSink.Sum sum = new PriceSink.Sum(target.indexes());
        List<Integer> objects = enter(decisions);
        int atOnce = Breadth.objectsWanted(1, mostAtOnce(objects.size()));
        Reading reading = new Reading(() -> atOnce, object -> 0, object -> {});
        apply(objects, decisions, mappers, reading, () -> new PriceSink(sum, target.indexes()));
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

    /**
     * How objects are read.
     *
     * @param atOnce how many side by side; may become more
     * @param heldNanos for how long an object's writes are held back
     * @param onDone told of an object that is read to its end
     */
    private record Reading(IntSupplier atOnce, IntToLongFunction heldNanos, IntConsumer onDone) {}

    private void apply(
            List<Integer> objects,
            Decisions decisions,
            List<NamedMapper> mappers,
            Reading reading,
            Supplier<WriteSink> sinks)
            throws InterruptedException {
        ApplyPass.Shared shared =
                new ApplyPass.Shared(contents, ledger, deadLetters, mappers, control.gate(), control::isStopped);
        int atOnce = reading.atOnce().getAsInt();
        Stretches stretches = new Stretches(
                objects.stream()
                        .mapToLong(object -> contents.object(object).sizeBytes())
                        .toArray(),
                atOnce);
        int threads = Math.min(atOnce, Runtime.getRuntime().availableProcessors());
        control.inThreads("-apply", objects.isEmpty() ? 0 : threads, next -> {
            // Dealt in turn: no thread is without one.
            int first = next.next();
            int[] lanes = first < 0
                    ? new int[0]
                    : IntStream.iterate(first, lane -> lane < atOnce, lane -> lane + threads)
                            .toArray();
            WriteSink sink = sinks.get();
            ApplyPass pass = new ApplyPass(shared, settings, target, sink);
            try (Spread spread = new Spread(
                    stretches,
                    lanes,
                    index -> pass.open(
                            objects.get(index), decisions, reading.atOnce().getAsInt()),
                    index -> reading.heldNanos().applyAsLong(objects.get(index)),
                    index -> {
                        reading.onDone().accept(objects.get(index));
                        control.objectDone();
                    })) {
                writeAll(spread, reading.atOnce(), threads, sink);
            }
            if (!control.isStopped()) {
                sink.flush();
            }
        });
    }

    private void writeAll(Spread spread, IntSupplier atOnce, int threads, WriteSink sink) throws InterruptedException {
        for (long wait = spread.step(); wait != Spread.ALL_READ && !control.isStopped(); wait = spread.step()) {
            int wanted = atOnce.getAsInt();
            spread.widenTo((wanted + threads - 1) / threads, wanted);
            if (wait > 0) {
                // What has gathered is of other stretches, or was read before this one was held back.
                sink.flush();
                sink.held(wait);
            }
        }
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
