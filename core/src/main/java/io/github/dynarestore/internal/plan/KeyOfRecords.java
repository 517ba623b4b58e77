package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Finds out which key a table needs that is made for a backup. */
public final class KeyOfRecords {

    private static final String HINT =
            "say it with --table-key (TableDefinition.keyedBy), partition key first, as in id:S";

    private KeyOfRecords() {}

    /**
     * Finds it.
     *
     * @param said what is known of it, partition key first; with the type of each attribute it is the whole key
     * @param records some of the backup's
     * @throws RestoreException if the records do not say the rest, or contradict one another
     */
    public static KeySchema of(List<TableSetup.KeyPart> said, List<BackupRecord> records) {
        if (!said.isEmpty() && said.stream().allMatch(part -> part.type() != null)) {
            return schema(said.stream()
                    .map(part -> attribute(part, Map.of(), List.of()))
                    .toList());
        }
        Map<String, String> seen = seen(records);
        List<TableSetup.KeyPart> parts = new ArrayList<>(said);
        if (parts.isEmpty()) {
            requireOne(seen);
        }
        // Of two attributes the one that is not said to be the partition key is the sort key.
        for (String name : seen.keySet()) {
            if (parts.size() < 2 && parts.stream().noneMatch(part -> part.name().equals(name))) {
                parts.add(new TableSetup.KeyPart(name, null));
            }
        }
        return schema(parts.stream().map(part -> attribute(part, seen, records)).toList());
    }

    private static void requireOne(Map<String, String> seen) {
        if (seen.isEmpty()) {
            throw unknown("the records do not say what the key of the table is that is to be created");
        }
        if (seen.size() > 1) {
            throw unknown("the key of the records is " + seen.keySet()
                    + ", but they do not say which of the two is the partition key");
        }
    }

    private static KeySchema schema(List<KeySchema.Attribute> attributes) {
        return new KeySchema(attributes.get(0), attributes.size() == 1 ? null : attributes.get(1));
    }

    /** Type by name of the keys that records name; they have no order. */
    private static Map<String, String> seen(List<BackupRecord> records) {
        Set<Map<String, String>> keys = new HashSet<>();
        for (BackupRecord record : records) {
            if (record.hasKeys()) {
                Map<String, String> key = new TreeMap<>();
                attributes(record.keysBytes(), record.keysOffset(), record.keysLength())
                        .forEach((name, value) -> key.put(name, value.type().name()));
                if (!key.isEmpty()) {
                    keys.add(key);
                }
            }
        }
        if (keys.size() > 1) {
            throw unknown("the records are not of one table: their keys are "
                    + keys.stream().map(Map::toString).sorted().limit(3).toList());
        }
        return keys.isEmpty() ? Map.of() : keys.iterator().next();
    }

    private static KeySchema.Attribute attribute(
            TableSetup.KeyPart part, Map<String, String> seen, List<BackupRecord> records) {
        if (part.type() != null) {
            return new KeySchema.Attribute(part.name(), part.type());
        }
        Set<String> types = new TreeSet<>();
        if (seen.containsKey(part.name())) {
            types.add(seen.get(part.name()));
        } else {
            for (BackupRecord record : records) {
                if (record.hasNewImage()) {
                    AttributeValue value = attributes(
                                    record.newImageBytes(), record.newImageOffset(), record.newImageLength())
                            .get(part.name());
                    types.add(value == null ? "none" : value.type().name());
                }
            }
        }
        if (types.size() != 1) {
            throw unknown("the records do not say the type of the key attribute " + part.name()
                    + (types.isEmpty() ? "" : ": it is " + types));
        }
        String type = types.iterator().next();
        for (KeySchema.Type known : KeySchema.Type.values()) {
            if (known.name().equals(type)) {
                return new KeySchema.Attribute(part.name(), known);
            }
        }
        throw unknown("the records have no " + part.name() + " that can be a key: its type is " + type);
    }

    /** A damaged record says nothing here; the survey tells of it. */
    private static Map<String, AttributeValue> attributes(byte[] json, int offset, int length) {
        try {
            return ItemImage.wrap(json, offset, length).attributes();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            return Map.of();
        }
    }

    private static RestoreException unknown(String message) {
        return new RestoreException(RestoreErrorCode.PLAN_INVALID, message, HINT);
    }
}
