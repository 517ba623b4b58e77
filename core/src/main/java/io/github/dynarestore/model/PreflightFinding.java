package io.github.dynarestore.model;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Something that was found out about the target table, the backup or the caller's rights before anything was written.
 *
 * @param subject what it is about
 * @param severity what follows from it
 * @param code why the restore is refused; null unless it is
 * @param message what was found, in one sentence, without values of items
 * @param hint what the caller can do; may be empty
 */
public record PreflightFinding(
        Subject subject, Severity severity, @Nullable RestoreErrorCode code, String message, String hint) {

    /** What a finding is about; stable names, of which there may be more in later versions. */
    public enum Subject {
        /** Whether the table exists and can be used. */
        TABLE,
        /** What the plan says of the backup or its records. */
        BACKUP,
        /** The table's key beside those of the records. */
        KEY,
        /** The keys of the table's indexes beside the records. */
        INDEX,
        /** What the table holds already. */
        EXISTING_ITEMS,
        /** DynamoDB's time to live, which may take restored items away. */
        TIME_TO_LIVE,
        /** The table's stream, to which every restored item goes. */
        STREAM,
        /** What the table can take, beside the plan's rate. */
        CAPACITY,
        /** How long the caller's credentials live. */
        CREDENTIALS,
        /** What the caller is not allowed to do. */
        PERMISSION
    }

    /** What follows from a finding. */
    public enum Severity {
        /** The restore is refused; an estimate goes on if it can. */
        REFUSED,
        /** The restore goes on, and may not end as wished. */
        WARNING,
        /** Worth knowing. */
        NOTE
    }

    /** Returns what a restore is refused for. */
    public static PreflightFinding refused(Subject subject, RestoreException refusal) {
        return new PreflightFinding(
                subject, Severity.REFUSED, refusal.code(), String.valueOf(refusal.getMessage()), refusal.hint());
    }

    /** Returns a warning. */
    public static PreflightFinding warning(Subject subject, String message, String hint) {
        return new PreflightFinding(subject, Severity.WARNING, null, message, hint);
    }

    /** Returns a note. */
    public static PreflightFinding note(Subject subject, String message) {
        return new PreflightFinding(subject, Severity.NOTE, null, message, "");
    }

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("subject", subject.name());
        json.writeStringField("severity", severity.name());
        if (code != null) {
            json.writeStringField("code", code.name());
        }
        json.writeStringField("message", message);
        json.writeStringField("hint", hint);
        json.writeEndObject();
    }
}
