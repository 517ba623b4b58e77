package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.UncheckedIOException;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tells a table with another key schema from a few bad records. Thread-safe. */
final class KeyFit {

    private static final int MISFITS_THAT_PROVE = 1_000;

    /** Names may have 64 KB each, and nothing bounds how many there are. */
    private static final int MAX_SHOWN = 200;

    private final String table;
    private final KeySchema schema;
    private volatile boolean someFit;
    private int misfits;
    private @Nullable String firstMisfit;

    KeyFit(String table, KeySchema schema) {
        this.table = table;
        this.schema = schema;
    }

    /** Counts a record whose key fits. */
    void fits() {
        if (!someFit) {
            someFit = true;
        }
    }

    /**
     * Counts a record that could not be used.
     *
     * @throws RestoreException if so many keys have not fitted, and none has, that the table must be another
     */
    synchronized void judged(InvalidItemException e, BackupRecord record) {
        boolean isMisfit = e.reason().equals("key.missing")
                || e.reason().equals("key.type")
                || e.reason().equals("key.extra");
        if (!isMisfit) {
            return;
        }
        misfits++;
        if (firstMisfit == null) {
            firstMisfit = describe(record);
        }
        if (misfits >= MISFITS_THAT_PROVE) {
            check();
        }
    }

    /** Throws if keys were seen and none of them fits. */
    synchronized void check() {
        if (misfits > 0 && !someFit) {
            throw new RestoreException(
                    RestoreErrorCode.KEY_SCHEMA_MISMATCH,
                    "the key of table " + table + " is " + describe(schema) + ", but the records have " + firstMisfit,
                    "restore into a table with the key schema of the one that was backed up");
        }
    }

    private static String describe(KeySchema schema) {
        KeySchema.Attribute sort = schema.sort();
        return schema.partition().name() + " (" + schema.partition().type() + ")"
                + (sort == null ? "" : ", " + sort.name() + " (" + sort.type() + ")");
    }

    private static String describe(BackupRecord record) {
        if (!record.hasKeys()) {
            return "items without it";
        }
        try {
            StringBuilder found = new StringBuilder();
            new TreeMap<>(ItemImage.wrap(record.keysBytes(), record.keysOffset(), record.keysLength())
                            .attributes())
                    .forEach((name, value) -> found.append(found.isEmpty() ? "" : ", ")
                            .append(name.replaceAll("[^\\x20-\\x7e]", "?"))
                            .append(" (")
                            .append(value.type())
                            .append(')'));
            return found.length() > MAX_SHOWN ? found.substring(0, MAX_SHOWN) + "…" : found.toString();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            return "something else";
        }
    }
}
