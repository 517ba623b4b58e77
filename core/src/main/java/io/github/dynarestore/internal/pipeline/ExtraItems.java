package io.github.dynarestore.internal.pipeline;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.rate.WritePacer;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillLines;
import io.github.dynarestore.internal.write.TableKeys;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.ItemImage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The keys that the target table holds, which the survey is told of so that it finds those that are not in the backup.
 * They are kept on disk meanwhile, since a table cannot be read twice alike.
 */
final class ExtraItems implements AutoCloseable {

    /** The rows of a page go to one writer, which one thread uses. */
    private static final int ONE_SEGMENT = 1;

    private static final Duration CLOSE_AT_MOST = Duration.ofSeconds(1);

    private final TargetTable target;
    private final SpillLines keys;
    private final KeyReader keyReader;
    private final int object;

    /**
     * Creates one that holds nothing yet.
     *
     * @param object index that stands for the table among the objects
     */
    ExtraItems(TargetTable target, SpillLines keys, int object) {
        this.target = target;
        this.keys = keys;
        this.object = object;
        keyReader = new KeyReader(target.key());
    }

    /** Reads the table and tells the survey of every key. */
    void survey(RestoreSettings settings, DynamoDbAsyncClient dynamoDb, RowWriter rows, RunControl control)
            throws InterruptedException {
        WritePacer pacer = new WritePacer(unitsPerSecond(control), System::nanoTime);
        // Pages are written to disk, which a thread that others wait for must not do.
        ScheduledExecutorService reading = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, control.name() + "-keys");
            thread.setDaemon(true);
            return thread;
        });
        try {
            TableKeys table = new TableKeys(new TableKeys.Parts(
                    dynamoDb,
                    target.name(),
                    target.key().names(),
                    ONE_SEGMENT,
                    pacer::reserveNanos,
                    settings.limits().patience(),
                    System::nanoTime,
                    reading,
                    reading,
                    () -> ThreadLocalRandom.current().nextDouble()));
            await(table.read(page -> {
                add(page, rows);
                pass(control.gate());
                pacer.unitsPerSecond(unitsPerSecond(control));
            }));
        } finally {
            reading.shutdownNow();
            var unused = Uninterruptibles.awaitTerminationUninterruptibly(reading, CLOSE_AT_MOST);
        }
        rows.flush();
    }

    private double unitsPerSecond(RunControl control) {
        return Math.max(1, target.unitsPerSecond(control.writeRate()));
    }

    /** No page is asked for before the one before it was taken. */
    private static void pass(PauseGate gate) {
        try {
            gate.pass();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }

    private void add(List<Map<String, AttributeValue>> page, RowWriter rows) {
        for (Map<String, AttributeValue> key : page) {
            byte[] json = ItemImage.of(key).toByteArray();
            read(json);
            rows.addInTarget(object, keys.add(json), keyReader.hashHigh(), keyReader.hashLow());
        }
    }

    private static void await(CompletableFuture<Void> done) throws InterruptedException {
        try {
            done.get();
        } catch (InterruptedException e) {
            done.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        }
    }

    private void read(byte[] json) {
        try {
            keyReader.readExactly(json, 0, json.length);
        } catch (InvalidItemException e) {
            throw new IllegalStateException("a key that DynamoDB holds, and that is none", e);
        }
    }

    /** Hashes of the keys of items that are not in the backup, in ascending order. */
    long[] hashes(RoaringBitmap extras) throws InterruptedException {
        LongStream.Builder hashes = LongStream.builder();
        if (!extras.isEmpty()) {
            keys.forEach((ordinal, json) -> {
                if (extras.contains(ordinal)) {
                    read(json);
                    hashes.add(keyReader.hashHigh());
                }
            });
        }
        return hashes.build().sorted().toArray();
    }

    /** Hands the items that are not in the backup to a sink, as deletes. */
    void delete(RoaringBitmap extras, WriteSink sink) throws InterruptedException {
        keys.forEach((ordinal, json) -> {
            if (extras.contains(ordinal)) {
                read(json);
                sink.delete(keyReader.keyJson(), keyReader, (long) object << 32 | ordinal);
            }
        });
        sink.flush();
    }

    @Override
    public void close() {
        keys.close();
    }
}
