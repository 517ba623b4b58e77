package io.github.dynarestore;

import com.google.common.collect.Iterables;
import io.github.dynarestore.internal.discovery.Extensions;
import io.github.dynarestore.internal.pipeline.RestoreRun;
import io.github.dynarestore.internal.pipeline.RestoreServices;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.PriceBook;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestoreProgress;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.MapperContext;
import io.github.dynarestore.spi.PositionalFormat;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Runs restores. Thread-safe; one manager can run several plans at once, each with threads of its own.
 *
 * <p>Clients that are passed in are never closed here. A client that is left out is made from the SDK's default chain
 * of region, credentials and endpoints when it is first needed, and closed with the manager.
 */
public final class DynamoDbRestoreManager implements AutoCloseable {

    private static final int CALLS_OF_OWN_CLIENT = 1_024;

    private final Owned<S3AsyncClient> s3;
    private final Owned<DynamoDbAsyncClient> dynamoDb;
    private final MeterRegistry meters;
    private final Extensions<BackupFormat> formats;
    private final Extensions<AttributeMapperFactory> mapperFactories;
    private final Set<RestoreRun> running = ConcurrentHashMap.newKeySet();
    private boolean closed;

    private DynamoDbRestoreManager(Builder builder) {
        s3 = new Owned<>(builder.s3, S3AsyncClient::create);
        dynamoDb = new Owned<>(builder.dynamoDb, DynamoDbRestoreManager::newDynamoDb);
        meters = builder.meters == null ? new CompositeMeterRegistry() : builder.meters;
        formats = Extensions.formats(builder.formats, builder.classLoader);
        mapperFactories = Extensions.mapperFactories(builder.mapperFactories, builder.classLoader);
    }

    /** It never holds writes back: {@link RestorePlan#writesInFlight} may be 1,000, and there are other calls as well. */
    private static DynamoDbAsyncClient newDynamoDb() {
        return DynamoDbAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(CALLS_OF_OWN_CLIENT))
                .build();
    }

    /** Starts a manager. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts a restore.
     *
     * @param listeners are told of this restore only
     * @throws IllegalStateException if the manager is closed
     * @throws RestoreException if the plan names a format or a mapper that does not exist
     */
    public RestoreHandle start(RestorePlan plan, RestoreListener... listeners) {
        return start(plan, RestoreRun.Goal.RESTORE, listeners);
    }

    /**
     * Reads everything and writes nothing, to say what a restore would do and cost at {@link PriceBook#usEast1}.
     *
     * @return fails as a restore would, but not for bad records, missing changes, items that the table holds, or extras that
     *     are not confirmed: these are in the estimate
     */
    public CompletableFuture<RestoreEstimate> estimate(RestorePlan plan) {
        return estimate(plan, PriceBook.usEast1());
    }

    /** As {@link #estimate(RestorePlan)}, at other prices. */
    public CompletableFuture<RestoreEstimate> estimate(
            RestorePlan plan, PriceBook prices, RestoreListener... listeners) {
        // An estimate leaves no trace: neither dead letters nor a checkpoint.
        RunHandle handle = start(plan.toBuilder().checkpoint(null).build(), RestoreRun.Goal.ESTIMATE, listeners);
        return handle.completion().thenApply(report -> {
            if (report.status() == RestoreStatus.CANCELLED) {
                throw new CancellationException("the estimate was cancelled");
            }
            return handle.run().estimate(report, prices);
        });
    }

    private RunHandle start(RestorePlan plan, RestoreRun.Goal goal, RestoreListener... listeners) {
        RestoreSettings settings = settings(plan, goal);
        RestoreRun run;
        CompletableFuture<RestoreReport> completion;
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the manager is closed");
            }
            run = new RestoreRun(
                    settings, new RestoreServices(s3, dynamoDb.get(), meters, formats), List.of(listeners), goal);
            running.add(run);
            completion = run.start();
        }
        CompletableFuture<RestoreReport> tracked = completion.whenComplete((report, failure) -> running.remove(run));
        return new RunHandle(run, tracked);
    }

    private record RunHandle(RestoreRun run, CompletableFuture<RestoreReport> ended) implements RestoreHandle {
        @Override
        public CompletableFuture<RestoreReport> completion() {
            return forUser();
        }

        private CompletableFuture<RestoreReport> forUser() {
            return ended.isDone() ? ended.copy() : ended.whenCompleteAsync((report, failure) -> {}, run.completions());
        }

        @Override
        public RestoreProgress progress() {
            return run.progress();
        }

        @Override
        public void pause() {
            run.pause();
        }

        @Override
        public void resume() {
            run.resume();
        }

        @Override
        public void changeRate(WriteRate rate) {
            run.changeRate(Objects.requireNonNull(rate));
        }

        @Override
        public CompletableFuture<RestoreReport> cancel() {
            run.cancel();
            return forUser();
        }
    }

    private void requireFormat(String id) {
        if (formats.find(id) == null) {
            throw new RestoreException(
                    RestoreErrorCode.FORMAT_UNKNOWN,
                    "there is no backup format '" + id + "'",
                    "formats found: " + formats.ids() + "; is the format's artifact on the class path?");
        }
    }

    private RestoreSettings settings(RestorePlan plan, RestoreRun.Goal goal) {
        for (var backup : Iterables.concat(plan.bases(), plan.backups())) {
            String id = backup.formatId();
            if (id != null) {
                requireFormat(id);
            }
            if (id != null && (backup.columns() != null) != (formats.find(id) instanceof PositionalFormat)) {
                throw new RestoreException(
                        RestoreErrorCode.PLAN_INVALID,
                        backup.columns() == null
                                ? "the format '" + id + "' of " + backup.location() + " needs a list of columns"
                                : "the format '" + id + "' of " + backup.location() + " names its attributes itself",
                        backup.columns() == null
                                ? "say what the columns mean, with --columns or Backup.columns(list)"
                                : "leave the columns out, or name a positional format");
            }
        }
        if (plan.recoversFailed()) {
            requireFormat(RestoreSettings.FAILED_RECORDS_FORMAT);
        }
        for (RestorePlan.MapperChoice choice : plan.mappers()) {
            if (choice instanceof RestorePlan.MapperChoice.ById byId && mapperFactories.find(byId.id()) == null) {
                throw new RestoreException(
                        RestoreErrorCode.PLAN_INVALID,
                        "there is no attribute mapper '" + byId.id() + "'",
                        "mappers found: " + mapperFactories.ids());
            }
        }
        return new RestoreSettings(
                plan.bases(),
                plan.backups(),
                plan.redriven().orElse(null),
                plan.table(),
                new RestoreSettings.Made(
                        plan.createTable().map(TableDefinition::setup).orElse(null),
                        plan.boost().orElse(null)),
                plan.asOf().orElse(null),
                new RestoreSettings.History(
                        plan.since().orElse(null),
                        plan.undoSince().orElse(null),
                        plan.isUndoForced(),
                        plan.filter().orElse(null),
                        plan.ttlRemovals(),
                        plan.gaps(),
                        plan.silence(),
                        plan.lateness(),
                        plan.showsKeys(),
                        plan.recoversFailed(),
                        plan.sourceOwner().orElse(null),
                        plan.confirmedExtras().orElse(null)),
                plan.writeRate(),
                plan.existingItems(),
                plan.badRecords(),
                plan.undatedRecords(),
                goal == RestoreRun.Goal.ESTIMATE ? null : plan.deadLetterSink().orElse(null),
                plan.checkpoint().orElse(null),
                PlanFields.of(plan),
                (context, key) -> mappers(plan, context, key),
                new RestoreSettings.Limits(
                        plan.surveyMemoryBytes(),
                        plan.spillDirectory(),
                        plan.rangeBytes(),
                        plan.fetchMemoryBytes(),
                        plan.maxRecordBytes(),
                        plan.maxObjectBytes(),
                        plan.writesInFlight(),
                        plan.patience(),
                        plan.maxBadShare()));
    }

    /** From the last to the first, since each is told the key that items have behind it. */
    private List<NamedMapper> mappers(RestorePlan plan, MapperContext context, KeySchema keyOfTable) {
        Deque<NamedMapper> mappers = new ArrayDeque<>();
        KeySchema key = keyOfTable;
        for (int i = plan.mappers().size() - 1; i >= 0; i--) {
            NamedMapper mapper = mapper(plan.mappers().get(i), i, context, key);
            mappers.addFirst(mapper);
            key = mapper.keyBefore();
        }
        return List.copyOf(mappers);
    }

    private NamedMapper mapper(RestorePlan.MapperChoice choice, int index, MapperContext context, KeySchema key) {
        if (choice instanceof RestorePlan.MapperChoice.ById byId) {
            AttributeMapperFactory factory = Objects.requireNonNull(mapperFactories.find(byId.id()));
            MapperContext own = new MapperContext(
                    context.tableName(), key.names(), byId.parameters(), context.now(), context.asOf());
            return new NamedMapper(byId.id(), factory.create(own), key);
        }
        return new NamedMapper("number " + (index + 1), ((RestorePlan.MapperChoice.Given) choice).mapper(), key);
    }

    /**
     * Cancels the restores that are under way, waits for each at most 5 seconds, and closes what is its own. Capacity that
     * cannot be put back within 4 seconds stays raised; the report of the restore says so, and its checkpoint knows what was
     * there.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        for (RestoreRun run : running) {
            run.cancel();
        }
        for (RestoreRun run : running) {
            run.awaitEnd();
        }
        try {
            s3.close();
        } finally {
            dynamoDb.close();
        }
    }

    /** A client that was given, or is made when needed and then closed. */
    private static final class Owned<C extends AutoCloseable> implements Supplier<C>, AutoCloseable {
        private final Supplier<C> maker;
        private @Nullable C client;
        private boolean isOurs;

        Owned(@Nullable C given, Supplier<C> maker) {
            this.client = given;
            this.maker = maker;
        }

        @Override
        public synchronized C get() {
            C present = client;
            if (present == null) {
                present = maker.get();
                client = present;
                isOurs = true;
            }
            return present;
        }

        @Override
        public synchronized void close() {
            if (isOurs && client != null) {
                try {
                    client.close();
                } catch (Exception e) {
                    throw new IllegalStateException("a client could not be closed", e);
                }
            }
        }
    }

    /** Puts a manager together. Not thread-safe. */
    public static final class Builder {

        private @Nullable S3AsyncClient s3;
        private @Nullable DynamoDbAsyncClient dynamoDb;
        private @Nullable MeterRegistry meters;
        private final List<BackupFormat> formats = new ArrayList<>();
        private final List<AttributeMapperFactory> mapperFactories = new ArrayList<>();
        private @Nullable ClassLoader classLoader = defaultLoader();

        private Builder() {}

        private static ClassLoader defaultLoader() {
            ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
            return ofThread != null ? ofThread : DynamoDbRestoreManager.class.getClassLoader();
        }

        /** Reads {@code s3:} locations with this client; it stays the caller's to close. */
        public Builder s3(S3AsyncClient client) {
            s3 = Objects.requireNonNull(client);
            return this;
        }

        /**
         * Writes to where this client writes, with its credentials; it stays the caller's to close.
         *
         * <p>Batches travel undecoded over connections of the restore's own, if these are seen to lead to the same table
         * as the client. A client that is decorated, or has interceptors, headers or metric publishers of its own, or
         * comes through by what the restore does not know, such as a proxy or a trust store, sends every batch itself.
         * That costs more CPU. The log tells which way is taken.
         *
         * <p>Either way no more writes are under way at once than the client's {@code maxConcurrency}, which is 50 unless it
         * says otherwise. If that holds the restore back, the report says so and how many it takes. A client that is made
         * because none is given here has as many as any plan needs.
         */
        public Builder dynamoDb(DynamoDbAsyncClient client) {
            dynamoDb = Objects.requireNonNull(client);
            return this;
        }

        /** Counts in the meters {@code dynarestore.*} of this registry. */
        public Builder meterRegistry(MeterRegistry registry) {
            meters = Objects.requireNonNull(registry);
            return this;
        }

        /** Adds a backup format; it beats one of the same id that is discovered. */
        public Builder format(BackupFormat format) {
            formats.add(Objects.requireNonNull(format));
            return this;
        }

        /** Adds a factory of mappers; it beats one of the same id that is discovered. */
        public Builder mapperFactory(AttributeMapperFactory factory) {
            mapperFactories.add(Objects.requireNonNull(factory));
            return this;
        }

        /** Discovers extensions with this loader; the thread's context class loader unless said otherwise. */
        public Builder classLoader(ClassLoader loader) {
            classLoader = Objects.requireNonNull(loader);
            return this;
        }

        /** Discovers nothing: only what is added here can be used. */
        public Builder withoutDiscovery() {
            classLoader = null;
            return this;
        }

        /**
         * Makes the manager.
         *
         * @throws RestoreException if two extensions claim one id, or an id is not valid
         */
        public DynamoDbRestoreManager build() {
            return new DynamoDbRestoreManager(this);
        }
    }
}
