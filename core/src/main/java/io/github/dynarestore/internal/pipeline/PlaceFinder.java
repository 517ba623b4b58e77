package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreHistory.Place;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks up records that the survey found something out about, by reading their objects once more: the survey keeps of a
 * place only the object and the record's number.
 */
final class PlaceFinder {

    /**
     * A record that was looked up.
     *
     * @param key its key as DynamoDB JSON
     */
    record Found(Place place, byte[] raw, @Nullable String key) {}

    private final BackupContents contents;
    private final KeyReader key;
    private final BooleanSupplier stopped;
    private final Map<Long, Found> found = new HashMap<>();

    PlaceFinder(BackupContents contents, KeySchema schema, BooleanSupplier stopped) {
        this.contents = contents;
        key = new KeyReader(schema);
        this.stopped = stopped;
    }

    /** Looks up places, which are an object's index in the upper half and a record's number in the lower. */
    void lookUp(Collection<Long> places) throws InterruptedException {
        TreeSet<Long> missing = new TreeSet<>(places);
        missing.removeAll(found.keySet());
        missing.removeIf(place -> place < 0);
        while (!missing.isEmpty()) {
            int object = (int) (missing.first() >>> 32);
            TreeSet<Long> ofObject = new TreeSet<>(missing.headSet((object + 1L) << 32));
            missing.removeAll(ofObject);
            try {
                lookUp(object, ofObject);
            } catch (InterruptedIOException e) {
                throw SurveyPass.interrupted(e);
            } catch (IOException e) {
                throw WinnerReader.changed(contents.object(object), e);
            }
        }
    }

    private void lookUp(int object, TreeSet<Long> places) throws IOException, InterruptedException {
        try (RecordCursor cursor = contents.openAgain(object)) {
            while (!places.isEmpty() && cursor.next()) {
                if (stopped.getAsBoolean()) {
                    throw new InterruptedException("stopped");
                }
                long place = (long) object << 32 | cursor.ordinal();
                if (places.first() == place) {
                    places.pollFirst();
                    found.put(place, found(object, cursor));
                }
            }
        }
    }

    private Found found(int object, RecordCursor cursor) {
        BackupRecord record = cursor.record();
        String keyJson;
        try {
            if (record.hasKeys()) {
                key.readExactly(record.keysBytes(), record.keysOffset(), record.keysLength());
            } else {
                key.read(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
            }
            keyJson = new String(key.keyJson(), StandardCharsets.UTF_8);
        } catch (InvalidItemException e) {
            keyJson = null;
        }
        return new Found(
                new Place(contents.object(object).uri().toString(), record.byteOffset(), cursor.ordinal()),
                record.raw(),
                keyJson);
    }

    /** A record that was looked up; what is known without, if it was not. */
    Found at(long place) {
        Found known = found.get(place);
        return known == null
                ? new Found(
                        new Place(contents.object((int) (place >>> 32)).uri().toString(), -1, (int) place),
                        new byte[0],
                        null)
                : known;
    }
}
