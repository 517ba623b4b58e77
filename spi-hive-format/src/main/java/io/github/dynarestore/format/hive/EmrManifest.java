package io.github.dynarestore.format.hive;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.BackupManifest.Kind;
import io.github.dynarestore.spi.BackupManifest.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the file {@code manifest} of an export, <code>{"name":"DynamoDB-export","version":3,"entries":[{"url":"s3://…",
 * "mandatory":true}]}</code>. Files lie beside it, wherever the export was moved to. Used once.
 */
final class EmrManifest {

    private static final String VERSION = "3";

    private final byte[] bytes;
    private final JsonCursor json = new JsonCursor();
    private final List<Part> parts = new ArrayList<>();
    private boolean hasEntries;
    private String version = "";

    private EmrManifest(byte[] bytes) {
        this.bytes = bytes;
        json.reset(bytes, 0, bytes.length);
    }

    /** Reads one; null if the file has nothing of one but the name. */
    static @Nullable BackupManifest read(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            throw new IOException("it is empty, as one that was cut short");
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!text.contains("\"entries\"") && !text.contains("DynamoDB-export")) {
            return null;
        }
        EmrManifest manifest = new EmrManifest(bytes);
        try {
            manifest.members();
        } catch (InvalidItemException e) {
            throw new IOException("not the JSON of a manifest at byte " + e.position() + ": " + e.detail(), e);
        }
        if (!manifest.version.equals(VERSION) || !manifest.hasEntries) {
            throw new IOException("not a manifest of version " + VERSION + " with entries");
        }
        return new BackupManifest(Kind.SNAPSHOT, null, null, manifest.parts);
    }

    private void members() throws InvalidItemException {
        json.take('{');
        do {
            json.string();
            boolean isVersion = json.textIs("version");
            boolean isEntries = json.textIs("entries");
            json.take(':');
            if (isVersion) {
                int c = json.peek();
                int from = json.position();
                json.skipValue();
                version = c == '"' ? text(from + 1, json.position() - 1) : text(from, json.position());
            } else if (isEntries) {
                entries();
            } else {
                json.skipValue();
            }
        } while (json.takeIf(','));
        json.take('}');
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
    }

    private void entries() throws InvalidItemException {
        hasEntries = true;
        json.take('[');
        if (json.takeIf(']')) {
            return;
        }
        do {
            entry();
        } while (json.takeIf(','));
        json.take(']');
    }

    private void entry() throws InvalidItemException {
        int start = json.position();
        json.take('{');
        String url = "";
        boolean isMandatory = true;
        do {
            json.string();
            boolean isUrl = json.textIs("url");
            boolean isMandatoryMember = json.textIs("mandatory");
            json.take(':');
            if (isUrl) {
                json.string();
                url = json.text();
            } else if (isMandatoryMember) {
                json.peek();
                isMandatory = json.bool();
            } else {
                json.skipValue();
            }
        } while (json.takeIf(','));
        json.take('}');
        String name = url.substring(url.lastIndexOf('/') + 1);
        if (name.isEmpty()) {
            throw new InvalidItemException("json.syntax", start, "an entry without the URL of an object");
        }
        parts.add(new Part(name, isMandatory, -1, null));
    }
}
