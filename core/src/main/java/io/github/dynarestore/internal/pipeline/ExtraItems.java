package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.rate.WritePacer;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillLines;
import io.github.dynarestore.internal.write.TableKeys;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.ItemImage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * The keys that the target table holds, which the survey is told of so that it finds those that are not in the backup.
 * They are kept on disk meanwhile, since a table cannot be read twice alike.
 */
final class ExtraItems implements AutoCloseable {

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
    void survey(
            RestoreSettings settings,
            DynamoDbAsyncClient dynamoDb,
            RowWriter rows,
            double readUnitsPerSecond,
            BooleanSupplier stopped)
            throws InterruptedException {
        WritePacer pacer = new WritePacer(readUnitsPerSecond, System::nanoTime);
        TableKeys table = new TableKeys(
                dynamoDb,
                target.name(),
                target.key().names(),
                pacer::reserveNanos,
                settings.limits().patience(),
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextDouble());
        table.read(page -> {
            if (stopped.getAsBoolean()) {
                throw new InterruptedException("stopped");
            }
            for (var key : page) {
                byte[] json = ItemImage.of(key).toByteArray();
                read(json);
                rows.addInTarget(object, keys.add(json), keyReader.hashHigh(), keyReader.hashLow());
            }
        });
        rows.flush();
    }

    private void read(byte[] json) {
        try {
            keyReader.readExactly(json, 0, json.length);
        } catch (InvalidItemException e) {
            throw new IllegalStateException("a key that DynamoDB holds, and that is none", e);
        }
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
