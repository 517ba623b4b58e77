package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.dynarestore.format.stream.StreamFormat;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.IndexKeys;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TableCapacity;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.source.Decompressor;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.write.BatchTransport;
import io.github.dynarestore.internal.write.OutgoingBatch;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.Gaps;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/**
 * What both passes allocate for a record, from the bytes of an object to rows or to requests, stays under bounds that an
 * object for each record would break; nothing here is timed. What only a format or only the batches allocate is in
 * {@code AllocationTest}.
 */
class PassAllocationTest {

    private static final int RECORDS = 20_000;

    /** An object has a header of 12 bytes, and takes 16 at least. */
    private static final double LESS_THAN_AN_OBJECT = 15;

    /** The compiler takes its time, and what it has not compiled allocates more. */
    private static final int ROUNDS = 12;

    /** A buffer of 256 KiB, which is 13 bytes for each of these records, and what else is of the object as a whole. */
    private static final double READER_BYTES = 14;

    /** A call's own objects, for each of its 25 writes: where they stand, its futures, and what is told of its answer. */
    private static final double CALL_BYTES = 115;

    /** What a call has of its own differs a little between releases of Java. */
    private static final double LESS_THAN_TWO_OBJECTS = 28;

    private static final KeySchema SCHEMA = new KeySchema(new KeySchema.Attribute("pk", KeySchema.Type.S), null);
    private static final TargetTable TABLE = new TargetTable(
            "orders",
            "id",
            SCHEMA,
            List.of(),
            new TableCapacity(new TableCapacity.Throughput(40_000, TableCapacity.Source.ASSUMED), Map.of()));
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final byte[] LINES = lines();

    private final RestoreSettings settings = settings();
    private final SpillDirectory noSpill = new SpillDirectory(Path.of("none"), Clock.systemUTC());
    private final RestoreLedger ledger = new RestoreLedger(new SimpleMeterRegistry(), "meters");
    private final DeadLetters deadLetters = new DeadLetters(
            null,
            noSpill,
            ledger,
            new ListenerDispatch(List.of(), ledger, "listeners"),
            new BadRecordShare(1, "orders", ledger),
            "letters",
            PassAllocationTest::fail);
    private final BackupContents contents = contents();

    private static byte[] lines() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 100_000; i < 100_000 + RECORDS; i++) {
            all.writeBytes(("{\"Keys\":" + key(i) + ",\"NewImage\":" + image(i, 2) + ",\"OldImage\":" + image(i, 1)
                            + ",\"SequenceNumber\":\"" + (4_000_000_000_000_000_000L + i)
                            + "\",\"SizeBytes\":9,\"ApproximateCreationDateTime\":1709251200,\"eventName\":\"MODIFY\"}\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        return all.toByteArray();
    }

    private static String key(int i) {
        return "{\"pk\":{\"S\":\"customer#" + i + "\"}}";
    }

    private static String image(int i, int version) {
        return "{\"pk\":{\"S\":\"customer#" + i + "\"},\"version\":{\"N\":\"" + version
                + "\"},\"city\":{\"S\":\"Reykjav\u00edk\"},\"tags\":{\"SS\":[\"alpha\",\"beta\"]},\"note\":{\"S\":\"a\\nb\"}}";
    }

    private static RestoreSettings settings() {
        return new RestoreSettings(
                List.of(),
                List.of(),
                null,
                "orders",
                new RestoreSettings.Made(null, null),
                null,
                new RestoreSettings.History(
                        null,
                        null,
                        false,
                        null,
                        TtlRemovals.APPLY,
                        Gaps.REPORT,
                        Duration.ofHours(1),
                        Duration.ZERO,
                        false,
                        false,
                        null,
                        null),
                WriteRate.unitsPerSecond(1e9),
                ExistingItems.OVERWRITE,
                BadRecords.REFUSE,
                UndatedRecords.REFUSE,
                null,
                null,
                new TreeMap<>(),
                (context, key) -> List.of(),
                new RestoreSettings.Limits(
                        64 << 20, Path.of("none"), 1 << 20, 64 << 20, 1 << 20, 1L << 40, 8, Duration.ofMinutes(1), 1));
    }

    private BackupContents contents() {
        BackupContents one = new BackupContents(new Decompressor(1L << 40), 1 << 20);
        BackupObject object = new BackupObject(
                URI.create("s3://backups/log"), "backups", "log", LINES.length, "etag", Instant.EPOCH, null);
        one.add(new BackupContents.Entry(
                object,
                listed -> new ByteArrayInputStream(LINES),
                new StreamFormat(),
                Backup.at("s3://backups/"),
                false,
                null,
                false));
        return one;
    }

    private static void fail(Throwable failure) {
        throw new AssertionError(failure);
    }

    /** What is measured. */
    private interface Work {
        void run() throws Exception;
    }

    /** Bytes that these threads and the one that runs it allocate for a record, once all is compiled. */
    private static double bytesPerRecord(Work work, long... others) throws Exception {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = allocated(others);
            work.run();
            least = Math.min(least, (allocated(others) - before) / (double) RECORDS);
        }
        return least;
    }

    private static long allocated(long... others) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        for (long other : others) {
            bytes += THREADS.getThreadAllocatedBytes(other);
        }
        return bytes;
    }

    @Test
    void survey_record_allocatesItsRowAndNoMore() throws Exception {
        double ofPass = bytesPerRecord(() -> {
            try (KeySurvey survey = survey()) {
                SurveyPass pass = new SurveyPass(shared(survey), settings, SCHEMA);
                pass.read(0);
                pass.flush();
                assertThat(survey.rows()).isEqualTo(RECORDS);
            }
        });
        long[] hashes = hashes();
        BackupRecord record = new BackupRecord();
        RowWriter.Origin origin = new RowWriter.Origin();
        double ofRows = bytesPerRecord(() -> {
            try (KeySurvey survey = survey()) {
                RowWriter rows = survey.newWriter();
                for (int i = 0; i < RECORDS; i++) {
                    rows.add(origin, hashes[2 * i], hashes[2 * i + 1], record, 1, 1);
                }
                rows.flush();
                assertThat(survey.rows()).isEqualTo(RECORDS);
            }
        });

        assertThat(ofRows).isGreaterThan(64);
        assertThat(ofPass - ofRows).isLessThan(READER_BYTES + LESS_THAN_AN_OBJECT);
    }

    private KeySurvey survey() {
        return new KeySurvey(new MemoryBudget(64 << 20), noSpill, 1, rows -> rows);
    }

    private SurveyPass.Shared shared(KeySurvey survey) {
        return new SurveyPass.Shared(
                contents,
                survey,
                ledger,
                deadLetters,
                new KeyFit("orders", SCHEMA),
                new LogCoverage(),
                new SnapshotObjects(contents, null),
                new IndexMisfits(IndexKeys.of(SCHEMA, List.of()), 1),
                new AtomicReference<>(),
                new PauseGate(),
                () -> false);
    }

    private long[] hashes() throws IOException, InvalidItemException {
        KeyReader key = new KeyReader(SCHEMA);
        long[] hashes = new long[2 * RECORDS];
        try (RecordCursor cursor = contents.open(0)) {
            while (cursor.next()) {
                BackupRecord record = cursor.record();
                key.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
                hashes[2 * cursor.ordinal()] = key.hashHigh();
                hashes[2 * cursor.ordinal() + 1] = key.hashLow();
            }
        }
        return hashes;
    }

    /** Answers at once that all is written. */
    private static final class Taken implements BatchTransport {
        private static final BatchWriteItemResponse ALL =
                BatchWriteItemResponse.builder().unprocessedItems(Map.of()).build();
        private long bodyBytes;
        private long batches;

        @Override
        public synchronized CompletableFuture<BatchWriteItemResponse> send(OutgoingBatch batch, Runnable departed) {
            bodyBytes += batch.bodyLength();
            batches++;
            departed.run();
            return CompletableFuture.completedFuture(ALL);
        }

        @Override
        public void close() {}
    }

    @Test
    void apply_record_allocatesItsPartOfARequestAndNoMore() throws Exception {
        Taken taken = new Taken();
        RateControl rate = new RateControl(settings.writeRate(), TABLE.capacity(), System::nanoTime);
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        AtomicReference<Thread> callbacks = new AtomicReference<>();
        double bytes;
        try (RunCheckpoint checkpoint = RunCheckpoint.open(settings, "apply", PassAllocationTest::fail);
                WriteStage stage = new WriteStage(
                        settings,
                        executor -> {
                            executor.execute(() -> callbacks.set(Thread.currentThread()));
                            return taken;
                        },
                        TABLE,
                        rate,
                        new Breadth(new Breadth.Bounds(8, OptionalInt.empty(), 25, 1), 1e9),
                        new WriteStage.Accounts(ledger, rate, deadLetters, contents, checkpoint),
                        timer,
                        "apply",
                        PassAllocationTest::fail)) {
            Work apply = () -> {
                apply(new BatchSink(stage, checkpoint));
                stage.awaitDrained();
            };
            apply.run();
            bytes = bytesPerRecord(apply, callbacks.get().getId());
        } finally {
            timer.shutdownNow();
        }

        double ofBody = taken.bodyBytes / (double) taken.batches / 25;
        assertThat(taken.batches).isEqualTo((ROUNDS + 1) * RECORDS / 25);
        assertThat(bytes - ofBody * 17 / 16).isLessThan(READER_BYTES + CALL_BYTES + LESS_THAN_TWO_OBJECTS);
    }

    private void apply(WriteSink sink) throws InterruptedException {
        Decisions decisions = new Decisions(1, false);
        RoaringBitmap all = new RoaringBitmap();
        all.add(0L, RECORDS);
        decisions.restore(Decisions.Action.PUT, 0, all);
        ApplyPass pass = new ApplyPass(
                new ApplyPass.Shared(contents, ledger, deadLetters, List.of(), new PauseGate(), () -> false),
                settings,
                TABLE,
                sink);
        try (Spread.Winners winners = pass.open(0, decisions, 1)) {
            while (winners.writeNext()) {
                // One after the other.
            }
        }
        sink.flush();
    }

    @Test
    void apply_recordUpToTheSink_allocatesNothing() throws Exception {
        double bytes = bytesPerRecord(() -> apply(new Seen()));

        assertThat(bytes).isLessThan(READER_BYTES + LESS_THAN_AN_OBJECT);
    }

    /** An image goes from the buffer that its object is read into to the body of a request, and nowhere between. */
    @Test
    void apply_image_isTakenFromTheReadersBuffer() throws InterruptedException {
        Seen seen = new Seen();

        apply(seen);

        assertThat(seen.puts).isEqualTo(RECORDS);
        assertThat(seen.oneLineOn).isGreaterThan(RECORDS * 98 / 100);
    }

    /** Looks where images stand: one line behind the last one, in the same array, but where the buffer was filled anew. */
    private static final class Seen implements WriteSink {
        private static final int LINE = LINES.length / RECORDS;
        private byte[] lastArray = {};
        private int lastOffset;
        private int puts;
        private int oneLineOn;

        @Override
        public void put(Item item, KeyReader key, long token) {
            oneLineOn += item.json() == lastArray && item.offset() == lastOffset + LINE ? 1 : 0;
            lastArray = item.json();
            lastOffset = item.offset();
            puts++;
        }

        @Override
        public void delete(byte[] keyJson, KeyReader key, long token) {
            throw new AssertionError("no deletes here");
        }

        @Override
        public void left(long token) {
            throw new AssertionError("no mappers here");
        }

        @Override
        public void flush() {}
    }
}
