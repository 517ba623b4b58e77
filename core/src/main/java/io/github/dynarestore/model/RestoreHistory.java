package io.github.dynarestore.model;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the backup's history can be trusted.
 *
 * @param keys keys that the backup names
 * @param generationConflicts keys whose sequence numbers fall while time goes on, because the stream was made anew; they
 *     are ordered by time
 * @param uncertainKeys keys with a change of which the precision of its time leaves open whether it was made before the
 *     cut or after it; or which has no time, so that its delivery leaves open whether it was made before the cut, or before
 *     the snapshot was begun, or after it
 * @param uncertain the first of them
 * @param ambiguousKeys keys with changes of the same time whose order neither a number nor their images tell; which of
 *     them was the last one is a guess
 * @param ambiguous the first of those changes
 * @param lostChanges changes that did not begin with what the change before them left: at least one between them is missing
 * @param lost the first of them
 * @param olderKeys without a snapshot: keys whose first change in the log began with an item, so that changes from before
 *     it are missing, or were made before the log began; items that never changed since are then not in the backup either
 * @param older the first of them
 * @param silences times without any change in the log, and missing directories, from the snapshot's begin to the cut;
 *     whether the table was idle or something is missing cannot be told
 * @param notices what else ought to be known, in sentences
 */
public record RestoreHistory(
        long keys,
        long generationConflicts,
        long uncertainKeys,
        List<Place> uncertain,
        long ambiguousKeys,
        List<Place> ambiguous,
        long lostChanges,
        List<Break> lost,
        long olderKeys,
        List<Break> older,
        List<Silence> silences,
        List<String> notices) {

    /** Copies the lists. */
    public RestoreHistory {
        uncertain = List.copyOf(uncertain);
        ambiguous = List.copyOf(ambiguous);
        lost = List.copyOf(lost);
        older = List.copyOf(older);
        silences = List.copyOf(silences);
        notices = List.copyOf(notices);
    }

    /** The same with one notice more. */
    public RestoreHistory with(String notice) {
        List<String> more = new ArrayList<>(notices);
        more.add(notice);
        return new RestoreHistory(
                keys,
                generationConflicts,
                uncertainKeys,
                uncertain,
                ambiguousKeys,
                ambiguous,
                lostChanges,
                lost,
                olderKeys,
                older,
                silences,
                more);
    }

    /** Whether changes are proven to be missing, or the log does not reach back to the begin of every key. */
    public boolean hasGaps() {
        return lostChanges > 0 || olderKeys > 0;
    }

    /** Of a run that has not surveyed its backup. */
    public static RestoreHistory unknown() {
        return new RestoreHistory(0, 0, 0, List.of(), 0, List.of(), 0, List.of(), 0, List.of(), List.of(), List.of());
    }

    /**
     * Where a record stands.
     *
     * @param object URI of the backup object
     * @param byteOffset where the record begins in the decompressed object, in bytes; -1 if that was not looked up
     * @param record its number among the object's records, from 0
     */
    public record Place(String object, long byteOffset, int record) {}

    /**
     * A change that did not begin with what the one before it left.
     *
     * @param keyHash hash of the key, in hex digits
     * @param key the key's attributes as DynamoDB JSON; null unless the plan shows keys
     * @param before the last change, or the snapshot's item, before the gap; null if the snapshot does not have the key, or
     *     there is none
     * @param after the first change behind it
     */
    public record Break(
            String keyHash, @Nullable String key, @Nullable Place before, Place after) {}

    /**
     * A time without any change.
     *
     * @param reason {@code idle-or-missing} for a time without changes, {@code log-starts-late}, {@code
     *     log-ends-early}, {@code hour-missing} for a date directory that is missing between others, or {@code
     *     window-missing} for a time that no incremental export covers
     * @param from its begin, inclusive
     * @param until its end, exclusive
     */
    public record Silence(String reason, Instant from, Instant until) {}

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeNumberField("keys", keys);
        json.writeNumberField("generationConflicts", generationConflicts);
        json.writeNumberField("uncertainKeys", uncertainKeys);
        write(json, "uncertain", uncertain);
        json.writeNumberField("ambiguousKeys", ambiguousKeys);
        write(json, "ambiguous", ambiguous);
        json.writeNumberField("lostChanges", lostChanges);
        writeBreaks(json, "lost", lost);
        json.writeNumberField("olderKeys", olderKeys);
        writeBreaks(json, "older", older);
        json.writeArrayFieldStart("silences");
        for (Silence silence : silences) {
            json.writeStartObject();
            json.writeStringField("reason", silence.reason());
            json.writeStringField("from", silence.from().toString());
            json.writeStringField("until", silence.until().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("notices");
        for (String notice : notices) {
            json.writeString(notice);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeBreaks(JsonGenerator json, String name, List<Break> breaks) throws IOException {
        json.writeArrayFieldStart(name);
        for (Break gap : breaks) {
            json.writeStartObject();
            json.writeStringField("keyHash", gap.keyHash());
            if (gap.key() != null) {
                json.writeStringField("key", gap.key());
            }
            json.writeFieldName("before");
            write(json, gap.before());
            json.writeFieldName("after");
            write(json, gap.after());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String name, List<Place> places) throws IOException {
        json.writeArrayFieldStart(name);
        for (Place place : places) {
            write(json, place);
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, @Nullable Place place) throws IOException {
        if (place == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("object", place.object());
        json.writeNumberField("byteOffset", place.byteOffset());
        json.writeNumberField("record", place.record());
        json.writeEndObject();
    }
}
