package io.github.dynarestore.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a restore did.
 *
 * @param status how it ended
 * @param table target table
 * @param asOf the cut; null if there was none
 * @param objects what became of the listed objects
 * @param records what became of the records
 * @param writes what was sent
 * @param badRecords the first dead letters, without their bytes; {@code records.deadLettered} counts all of them
 * @param conflicts the first keys that were left as the table held them; {@code records.conflict} counts all of them
 * @param limits what kept it from writing faster, for how long, the longest first
 * @param history how far the backup can be trusted
 * @param preflight what was found out before the first write; that which the restore was refused for, all of it
 * @param duration from start to end
 */
public record RestoreReport(
        RestoreStatus status,
        String table,
        @Nullable Instant asOf,
        Objects objects,
        Records records,
        Writes writes,
        List<BadRecord> badRecords,
        List<Conflict> conflicts,
        List<LimitedTime> limits,
        RestoreHistory history,
        List<PreflightFinding> preflight,
        Duration duration) {

    /** Copies the lists. */
    public RestoreReport {
        preflight = List.copyOf(preflight);
        badRecords = List.copyOf(badRecords);
        conflicts = List.copyOf(conflicts);
        limits = List.copyOf(limits);
    }

    /**
     * What became of the listed objects: {@code listed = read + skipped} once the survey is over.
     *
     * @param listed objects at the plan's locations
     * @param read objects that were read to their end or condemned
     * @param skipped objects that hold no records by their name or size
     * @param skippedByReason skipped objects by stable reason
     */
    public record Objects(long listed, long read, long skipped, Map<String, Long> skippedByReason) {
        /** Copies the map. */
        public Objects {
            skippedByReason = Map.copyOf(skippedByReason);
        }
    }

    /**
     * What became of the records; each one is counted once.
     *
     * @param read records found, and objects that could not be decompressed whole
     * @param applied records that decided their key; a delete in a table that was empty needs no write to be applied
     * @param superseded records that a later one of the same key outdid
     * @param duplicate further copies of a record that decided its key, or of one that contradicts it
     * @param afterCut records from after the cut
     * @param filtered records that a mapper or the plan leaves out: its filter, removals that it ignores, changes from
     *     before an undo
     * @param deadLettered records that could not be used
     * @param conflict records that decided a key of which the table held something that the plan does not write over
     */
    public record Records(
            long read,
            long applied,
            long superseded,
            long duplicate,
            long afterCut,
            long filtered,
            long deadLettered,
            long conflict) {

        /** Whether every record read ended in exactly one place. */
        public boolean addsUp() {
            return read == applied + superseded + duplicate + afterCut + filtered + deadLettered + conflict;
        }
    }

    /**
     * What was sent.
     *
     * @param puts items written and acknowledged
     * @param deletes deletes sent and acknowledged
     * @param extras of these deletes, items that are not in the backup
     * @param units write units that DynamoDB says were consumed
     * @param throttled times that a write was put off by DynamoDB: unprocessed items and refused calls
     * @param resent writes sent again after an answer that left open whether they had been done
     */
    public record Writes(long puts, long deletes, long extras, double units, long throttled, long resent) {}

    /**
     * A record that was not written, because the table held something else under its key than the plan writes over.
     *
     * @param object URI of the backup object
     * @param record the record's number among the object's records, from 0
     */
    public record Conflict(String object, int record) {}

    /**
     * A dead letter without its bytes.
     *
     * @param object URI of the backup object
     * @param byteOffset where the record begins in the decompressed object
     * @param reason stable code
     * @param detail one sentence
     */
    public record BadRecord(String object, long byteOffset, String reason, String detail) {}

    /**
     * For how long something kept the restore from writing faster.
     *
     * @param limit what it was
     * @param time for how long
     */
    public record LimitedTime(WriteLimit limit, Duration time) {}

    /** Returns the report as a JSON object; fields may be added in later versions, none is renamed. */
    public String toJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            write(json);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("status", status.name());
        json.writeStringField("table", table);
        json.writeStringField("asOf", asOf == null ? null : asOf.toString());
        json.writeObjectFieldStart("objects");
        json.writeNumberField("listed", objects.listed());
        json.writeNumberField("read", objects.read());
        json.writeNumberField("skipped", objects.skipped());
        json.writeObjectFieldStart("skippedByReason");
        for (Map.Entry<String, Long> reason : new TreeMap<>(objects.skippedByReason()).entrySet()) {
            json.writeNumberField(reason.getKey(), reason.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
        json.writeObjectFieldStart("records");
        json.writeNumberField("read", records.read());
        json.writeNumberField("applied", records.applied());
        json.writeNumberField("superseded", records.superseded());
        json.writeNumberField("duplicate", records.duplicate());
        json.writeNumberField("afterCut", records.afterCut());
        json.writeNumberField("filtered", records.filtered());
        json.writeNumberField("deadLettered", records.deadLettered());
        json.writeNumberField("conflict", records.conflict());
        json.writeEndObject();
        json.writeObjectFieldStart("writes");
        json.writeNumberField("puts", writes.puts());
        json.writeNumberField("deletes", writes.deletes());
        json.writeNumberField("extras", writes.extras());
        json.writeNumberField("units", writes.units());
        json.writeNumberField("throttled", writes.throttled());
        json.writeNumberField("resent", writes.resent());
        json.writeEndObject();
        json.writeArrayFieldStart("badRecords");
        for (BadRecord bad : badRecords) {
            json.writeStartObject();
            json.writeStringField("object", bad.object());
            json.writeNumberField("byteOffset", bad.byteOffset());
            json.writeStringField("reason", bad.reason());
            json.writeStringField("detail", bad.detail());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("conflicts");
        for (Conflict conflict : conflicts) {
            json.writeStartObject();
            json.writeStringField("object", conflict.object());
            json.writeNumberField("record", conflict.record());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("limits");
        for (LimitedTime limited : limits) {
            json.writeStartObject();
            json.writeStringField("kind", limited.limit().kind().name());
            json.writeStringField("index", limited.limit().index());
            json.writeStringField("limitedBy", limited.limit().toString());
            json.writeNumberField("millis", limited.time().toMillis());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeFieldName("history");
        history.write(json);
        json.writeArrayFieldStart("preflight");
        for (PreflightFinding finding : preflight) {
            finding.write(json);
        }
        json.writeEndArray();
        json.writeNumberField("durationMillis", duration.toMillis());
        json.writeEndObject();
    }
}
