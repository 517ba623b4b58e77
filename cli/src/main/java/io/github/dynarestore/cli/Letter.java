package io.github.dynarestore.cli;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.model.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A line of a file of dead letters, mended or not.
 *
 * @param line its number in the file, from 1
 * @param text the line as it stands there
 * @param reason why the record was left out
 * @param kind what it holds now
 * @param content the record, or the item in DynamoDB JSON
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
record Letter(int line, String text, String reason, Kind kind, byte[] content) {

    /** What a letter holds. */
    enum Kind {
        /** An item as the table is to hold it. */
        ITEM,
        /** A record as it stands in a backup. */
        RECORD,
        /** Nothing that could be written, or not the whole of it. */
        NOTHING
    }

    private static final byte[] NONE = new byte[0];

    /**
     * Whether the restore had found out that this record decides its key when it left it out, so that no other change can
     * outdo it.
     */
    boolean isDecided() {
        return reason.startsWith("write.") || reason.startsWith("index.") || reason.startsWith("mapper.");
    }

    /**
     * Reads a line: {@code item} counts before {@code record}, and that before {@code raw}.
     *
     * @throws InvalidItemException if it is no dead letter
     */
    static Letter parse(int line, String text) throws InvalidItemException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        JsonCursor json = new JsonCursor();
        json.reset(bytes, 0, bytes.length);
        String reason = null;
        byte[] item = null;
        byte[] record = null;
        byte[] raw = null;
        json.take('{');
        do {
            json.string();
            String name = json.text();
            json.take(':');
            switch (name) {
                case "reason" -> {
                    json.string();
                    reason = json.text();
                }
                case "raw" -> raw = base64(json);
                case "item" -> item = value(json, bytes);
                case "record" -> record = value(json, bytes);
                default -> json.skipValue();
            }
        } while (json.takeIf(','));
        json.take('}');
        requireEnd(bytes, json.position());
        if (reason == null) {
            throw new InvalidItemException("letter.no-reason", 0, "a dead letter says its reason");
        }
        return of(line, text, reason, item, record, raw == null ? NONE : raw);
    }

    /** Lines that were joined while they were mended are letters of which all but one would be lost. */
    private static void requireEnd(byte[] bytes, int position) throws InvalidItemException {
        if (!new String(bytes, position, bytes.length - position, StandardCharsets.UTF_8).isBlank()) {
            throw new InvalidItemException("letter.more", position, "there is more in the line than one dead letter");
        }
    }

    private static Letter of(
            int line, String text, String reason, byte @Nullable [] item, byte @Nullable [] record, byte[] raw) {
        if (item != null) {
            return new Letter(line, text, reason, isBlank(item) ? Kind.NOTHING : Kind.ITEM, item);
        }
        if (record != null) {
            return new Letter(line, text, reason, isBlank(record) ? Kind.NOTHING : Kind.RECORD, record);
        }
        boolean isItem = reason.startsWith("index.") || reason.startsWith("write.") && !reason.equals("write.delete");
        if (isItem && raw.length > 0) {
            return new Letter(line, text, reason, Kind.ITEM, raw);
        }
        // What was cut may look whole in a format of lines.
        boolean isRecord = !isBlank(raw) && raw.length < DeadLetter.MAX_RAW_BYTES && !reason.startsWith("write.");
        return new Letter(line, text, reason, isRecord ? Kind.RECORD : Kind.NOTHING, raw);
    }

    /** No format finds a record in it, so that it would be taken for one that needs no write. */
    private static boolean isBlank(byte[] content) {
        return new String(content, StandardCharsets.ISO_8859_1).isBlank();
    }

    private static byte[] base64(JsonCursor json) throws InvalidItemException {
        json.string();
        try {
            return Base64.getDecoder().decode(json.text());
        } catch (IllegalArgumentException e) {
            throw new InvalidItemException("letter.raw", json.textFrom(), "raw is not base64");
        }
    }

    /** The text of a string, or any other value as it stands there. */
    private static byte[] value(JsonCursor json, byte[] bytes) throws InvalidItemException {
        if (json.peek() == '"') {
            json.string();
            return json.text().getBytes(StandardCharsets.UTF_8);
        }
        int from = json.position();
        json.skipValue();
        return Arrays.copyOfRange(bytes, from, json.position());
    }

    @Override
    public String toString() {
        return "line " + line + ": " + reason;
    }
}
