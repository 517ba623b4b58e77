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
import io.github.dynarestore.progress.RestorePhase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Reads the objects that hold deciding records again and writes what these say. */
final class ApplyStage {

    /** What one partition takes, in write units per second (developer guide, "Partitions and data distribution"). */
    private static final double PARTITION_UNITS = 1_000;

    private static final double ASSUMED_CALL_SECONDS = 0.05;
    private static final double LEAST_CALLS = 16;
    private static final double MOST_CALLS = 256;

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
        RateControl rate = new RateControl(control.writeRate(), target.capacity(), System::nanoTime);
        WriteStage.Accounts accounts = new WriteStage.Accounts(ledger, rate, deadLetters, contents, checkpoint);
        ItemGuard guard = guard(decisions, checkpoint);
        BatchTransport opened = guard == null ? openTransport() : null;
        WriteStage.TransportFactory transport = callbacks -> guard == null
                ? Objects.requireNonNull(opened)
                : new GuardedTransport(services.dynamoDb(), target.key().names(), guard, callbacks);
        int inFlight = opened instanceof DirectTransport ? callsWanted(rate) : callsOfClient(rate, guard != null);
        try (WriteStage writes = new WriteStage(
                        settings, transport, target, rate, inFlight, accounts, timer, control.name(), control::fail);
                CapacityWatch watch = CapacityWatch.start(this::lookAtCapacity, writes::capacity, timer)) {
            control.writing(writes);
            Reading reading = new Reading(atOnce(objects.size(), rate.mostUnitsPerSecond()), rate::heldNanos);
            apply(objects, decisions, mappers, reading, () -> new BatchSink(writes, checkpoint));
            if (extraItems != null && extras != null) {
                extraItems.delete(extras, new BatchSink(writes, checkpoint));
            }
            writes.awaitDrained();
        } finally {
            control.writing(null);
        }
    }

    private CompletableFuture<TableCapacity> lookAtCapacity() {
        return services.dynamoDb()
                .describeTable(request -> request.tableName(target.name()))
                .thenApply(response -> TableCapacity.of(response.table()));
    }

    /** As many calls as the rate needs, if the plan does not say how many there may be. */
    private int callsWanted(RateControl rate) {
        int said = settings.limits().writesInFlight();
        return said > 0
                ? said
                : (int) Math.max(LEAST_CALLS, Math.min(MOST_CALLS, callsNeeded(rate, WriteBatcher.MAX_WRITES)));
    }

    private static double callsNeeded(RateControl rate, int writesOfCall) {
        return Math.ceil(rate.mostUnitsPerSecond() / writesOfCall * ASSUMED_CALL_SECONDS);
    }

    /** A call that waits within a client cannot be taken back, so no more are made than it sends. */
    private int callsOfClient(RateControl rate, boolean isGuarded) throws InterruptedException {
        OptionalInt most;
        try {
            most = ClientConcurrency.of(services.dynamoDb(), target.name()).get();
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
        int wanted = callsWanted(rate);
        if (most.isEmpty() || most.getAsInt() >= wanted) {
            return wanted;
        }
        double needed = Math.min(wanted, callsNeeded(rate, isGuarded ? 1 : WriteBatcher.MAX_WRITES));
        if (most.getAsInt() < needed) {
            control.notice(String.format(
                    Locale.ROOT,
                    "the DynamoDB client has %d calls under way at most; %,.0f write units per second need %,.0f if a"
                            + " call takes %.0f ms. Give it a greater maxConcurrency",
                    most.getAsInt(),
                    rate.mostUnitsPerSecond(),
                    needed,
                    ASSUMED_CALL_SECONDS * 1_000));
        }
        return most.getAsInt();
    }

    /**
     * How many objects are read from side by side: so many that each partition behind them is written at half its rate,
     * if they hold stretches of the key space, as an export's do; but no more than fit into the memory for bodies.
     */
    private int atOnce(int objects, double unitsPerSecond) {
        RestoreSettings.Limits limits = settings.limits();
        double wanted = Math.ceil(unitsPerSecond / PARTITION_UNITS * 2);
        int most = Math.min(objects, FetchSettings.mostAtOnce(limits.fetchMemoryBytes(), limits.rangeBytes()));
        return (int) Math.max(
                1, Math.min(most, Math.max(wanted, Runtime.getRuntime().availableProcessors())));
    }

    /** Size of the ranges in which objects are fetched to be written. */
    int rangeBytes(Decisions decisions) {
        RestoreSettings.Limits limits = settings.limits();
        int objects = 0;
        for (int object = 0; object < contents.size(); object++) {
            objects += decisions.of(object).isEmpty() ? 0 : 1;
        }
        return FetchSettings.rangeBytesAmong(
                atOnce(objects, target.unitsPerSecond(control.writeRate())),
                limits.fetchMemoryBytes(),
                limits.rangeBytes());
    }

    /** Reads what a run would write, and adds up what that costs. */
    PriceSink.Sum price(Decisions decisions, List<NamedMapper> mappers) throws InterruptedException {
        PriceSink.Sum sum = new PriceSink.Sum(target.indexes());
        List<Integer> objects = enter(decisions);
        Reading reading = new Reading(atOnce(objects.size(), 1), object -> 0);
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
     * @param atOnce how many side by side
     * @param heldNanos for how long an object's writes are held back
     */
    private record Reading(int atOnce, IntToLongFunction heldNanos) {}

    private void apply(
            List<Integer> objects,
            Decisions decisions,
            List<NamedMapper> mappers,
            Reading reading,
            Supplier<WriteSink> sinks)
            throws InterruptedException {
        ApplyPass.Shared shared =
                new ApplyPass.Shared(contents, ledger, deadLetters, mappers, control.gate(), control::isStopped);
        Stretches stretches = new Stretches(
                objects.stream()
                        .mapToLong(object -> contents.object(object).sizeBytes())
                        .toArray(),
                reading.atOnce());
        int threads = Math.min(reading.atOnce(), Runtime.getRuntime().availableProcessors());
        int lanesOfThread = (reading.atOnce() + threads - 1) / threads;
        control.inThreads("-apply", objects.isEmpty() ? 0 : reading.atOnce(), next -> {
            int[] lanes = IntStream.generate(next::next)
                    .limit(lanesOfThread)
                    .filter(lane -> lane >= 0)
                    .toArray();
            WriteSink sink = sinks.get();
            ApplyPass pass = new ApplyPass(shared, settings, target, sink);
            try (Spread spread = new Spread(
                    stretches,
                    lanes,
                    index -> pass.open(objects.get(index), decisions, reading.atOnce()),
                    index -> reading.heldNanos().applyAsLong(objects.get(index)),
                    index -> control.objectDone())) {
                writeAll(spread, sink);
            }
            if (!control.isStopped()) {
                sink.flush();
            }
        });
    }

    private void writeAll(Spread spread, WriteSink sink) throws InterruptedException {
        for (long wait = spread.step(); wait != Spread.ALL_READ && !control.isStopped(); wait = spread.step()) {
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
