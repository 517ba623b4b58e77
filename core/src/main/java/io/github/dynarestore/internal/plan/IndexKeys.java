package io.github.dynarestore.internal.plan;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.model.KeySchema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of a table's indexes ask of an item: DynamoDB refuses one whose attribute is there, but has another type
 * than an index's key, is empty, or is too long for it. An item without the attribute is taken, and is not in the index.
 */
public final class IndexKeys {

    /** Longest partition key of an index, in bytes (developer guide, "Constraints"). */
    private static final int MAX_PARTITION_BYTES = 2048;

    /** Longest sort key of an index, in bytes (developer guide, "Constraints"). */
    private static final int MAX_SORT_BYTES = 1024;

    private static final int BASE64_GROUP = 4;
    private static final int BASE64_GROUP_BYTES = 3;

    private record Attribute(byte[] name, char type, int maxBytes) {}

    private final List<Attribute> attributes;

    private IndexKeys(List<Attribute> attributes) {
        this.attributes = List.copyOf(attributes);
    }

    /** What the indexes of a table ask of an item that fits the table's own key. */
    public static IndexKeys of(KeySchema key, List<TableIndex> indexes) {
        Map<String, Attribute> byName = new TreeMap<>();
        for (TableIndex index : indexes) {
            index.keyTypes().forEach((name, type) -> {
                int maxBytes = index.sortNames().contains(name) ? MAX_SORT_BYTES : MAX_PARTITION_BYTES;
                if (!type.isEmpty() && maxBytes < maxBytesOfTable(key, name)) {
                    byName.merge(
                            name,
                            new Attribute(name.getBytes(StandardCharsets.UTF_8), type.charAt(0), maxBytes),
                            (one, other) -> one.maxBytes() < other.maxBytes() ? one : other);
                }
            });
        }
        return new IndexKeys(List.copyOf(byName.values()));
    }

    /** How long the table's own key lets an attribute be. */
    private static int maxBytesOfTable(KeySchema key, String name) {
        if (key.partition().name().equals(name)) {
            return MAX_PARTITION_BYTES;
        }
        KeySchema.Attribute sort = key.sort();
        return sort != null && sort.name().equals(name) ? MAX_SORT_BYTES : Integer.MAX_VALUE;
    }

    /** Whether they ask for nothing. */
    public boolean isEmpty() {
        return attributes.isEmpty();
    }

    /** Returns a check of one thread. */
    public Check newCheck() {
        return new Check();
    }

    /** Checks items, one after the other. Not thread-safe. */
    public final class Check {

        private final JsonCursor json = new JsonCursor();

        private Check() {}

        /**
         * Checks an item that {@link io.github.dynarestore.json.ItemScanner} has accepted.
         *
         * @throws InvalidItemException with a reason {@code index.…} if an index would not have it
         */
        public void check(byte[] item, int from, int length) throws InvalidItemException {
            if (attributes.isEmpty()) {
                return;
            }
            json.reset(item, from, from + length);
            json.take('{');
            if (json.takeIf('}')) {
                return;
            }
            do {
                json.string();
                Attribute attribute = attributeNamed();
                json.take(':');
                if (attribute == null) {
                    json.skipChecked();
                } else {
                    check(attribute, item);
                }
            } while (json.takeIf(','));
        }

        private @Nullable Attribute attributeNamed() {
            for (Attribute attribute : attributes) {
                if (json.textIs(attribute.name())) {
                    return attribute;
                }
            }
            return null;
        }

        private void check(Attribute attribute, byte[] item) throws InvalidItemException {
            int at = json.position();
            json.take('{');
            json.string();
            if (json.textTo() - json.textFrom() != 1 || item[json.textFrom()] != attribute.type()) {
                throw new InvalidItemException(
                        "index.type", at, "the key attribute of an index has another type than the index's");
            }
            json.take(':');
            json.string();
            if (attribute.type() != 'N') {
                checkLength(attribute, at, attribute.type() == 'S' ? json.textUtf8Length() : decodedLength());
            }
            json.take('}');
        }

        private void checkLength(Attribute attribute, int at, int bytes) throws InvalidItemException {
            if (bytes == 0) {
                throw new InvalidItemException("index.empty", at, "the key attribute of an index is empty");
            }
            if (bytes > attribute.maxBytes()) {
                throw new InvalidItemException(
                        "index.too-long",
                        at,
                        "the key attribute of an index has " + bytes + " bytes; it takes " + attribute.maxBytes());
            }
        }

        private int decodedLength() {
            int length = json.textUtf8Length();
            String end = length < 2 ? "" : json.text().substring(length - 2);
            int padding = end.endsWith("==") ? 2 : end.endsWith("=") ? 1 : 0;
            return length / BASE64_GROUP * BASE64_GROUP_BYTES - padding;
        }
    }
}
