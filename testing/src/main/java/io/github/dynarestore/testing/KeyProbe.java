package io.github.dynarestore.testing;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.BackupFormat;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Learns from records which attribute is the key of their table, and of which type. Thread-safe. */
final class KeyProbe {

    /** Two already say that the records are not all of one table. */
    private static final int MAX_KEYS = 4;

    /** What records say to be their keys, type by name. */
    private final Set<Map<String, String>> keys = new LinkedHashSet<>();

    private boolean hasRecords;

    /** Returns a format that reads of each object what this probe needs, as another format does. */
    BackupFormat watch(BackupFormat format) {
        return new ProbedFormat(format, this);
    }

    /** Whether any record was seen. */
    synchronized boolean hasRecords() {
        return hasRecords;
    }

    /**
     * Looks at a record.
     *
     * @return whether the next one may tell more
     */
    synchronized boolean see(BackupRecord record) {
        hasRecords = true;
        if (!record.hasKeys()) {
            return false;
        }
        try {
            Map<String, String> key = new TreeMap<>();
            ItemImage.wrap(record.keysBytes(), record.keysOffset(), record.keysLength())
                    .attributes()
                    .forEach((name, value) -> key.put(name, value.type().toString()));
            if (keys.size() < MAX_KEYS) {
                keys.add(key);
            }
            return false;
        } catch (UncheckedIOException | IllegalArgumentException damaged) {
            // The restore itself will say so, and where.
            return true;
        }
    }

    /**
     * The key that the records have.
     *
     * @return type by name, one attribute
     * @throws FixtureException if they do not say it, or not which of two attributes is the partition key
     */
    synchronized Map<String, String> key() {
        String sayIt = ": name it (key), or put a " + FixtureFiles.TABLE_FILE
                + " beside the data, as aws dynamodb describe-table prints it";
        if (keys.isEmpty()) {
            throw new FixtureException("nothing says what the key is" + sayIt);
        }
        if (keys.size() > 1) {
            throw new FixtureException("the records are not of one table, their keys are " + keys);
        }
        Map<String, String> key = keys.iterator().next();
        if (key.size() > 1) {
            // Keys of a record have no order; taken for one, they would often make a table that is keyed wrongly.
            throw new FixtureException("the records' key is " + key.keySet() + ", in no order" + sayIt);
        }
        return key;
    }
}
