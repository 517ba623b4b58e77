package io.github.dynarestore.json;

import static io.github.dynarestore.json.JsonCursor.error;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.github.dynarestore.model.KeySchema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds a table's key in an item or in a record's keys, and brings it into the one form in which equal keys are equal
 * bytes: texts with escapes resolved, binary decoded, numbers by value ({@code 1}, {@code 1.0}, {@code 1e0} are one key).
 * Not thread-safe.
 */
public final class KeyReader {

    /** Longest partition key, in bytes (developer guide, "Constraints"). */
    private static final int MAX_PARTITION_KEY_BYTES = 2048;

    /** Longest sort key, in bytes (developer guide, "Constraints"). */
    private static final int MAX_SORT_KEY_BYTES = 1024;

    /** Two that have nothing in common, since one of 128 bits would be handed over as an object. */
    private static final Hasher64 HIGH = Hashing.xxh3_64();

    private static final Hasher64 LOW = Hashing.komihash5_0();

    private final Part partition;
    private final @Nullable Part sort;
    private final JsonCursor json = new JsonCursor();
    private final NumberText number = new NumberText();
    private byte[] canonical = new byte[256];
    private int canonicalLength;
    private byte[] resolved = new byte[64];
    private byte[] source = new byte[0];

    private static final class Part {
        private final byte[] name;
        private final byte[] nameJson;
        private final char type;
        private final int maxBytes;
        private int valueFrom;
        private int valueTo;
        private int canonicalFrom;
        private int canonicalTo;
        private boolean found;

        Part(KeySchema.Attribute attribute, int maxBytes) {
            name = attribute.name().getBytes(StandardCharsets.UTF_8);
            nameJson = quote(attribute.name());
            type = attribute.type().name().charAt(0);
            this.maxBytes = maxBytes;
        }

        private static byte[] quote(String name) {
            StringBuilder quoted = new StringBuilder("\"");
            for (int i = 0; i < name.length(); i++) {
                char c = name.charAt(i);
                if (c == '"' || c == '\\') {
                    quoted.append('\\').append(c);
                } else if (c < 0x20) {
                    quoted.append("\\u00")
                            .append(Character.forDigit(c >> 4, 16))
                            .append(Character.forDigit(c & 15, 16));
                } else {
                    quoted.append(c);
                }
            }
            return quoted.append("\":").toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Creates a reader for a table's key. */
    public KeyReader(KeySchema schema) {
        partition = new Part(schema.partition(), MAX_PARTITION_KEY_BYTES);
        sort = schema.sort() == null ? null : new Part(schema.sort(), MAX_SORT_KEY_BYTES);
    }

    /**
     * Reads the key out of an item, which may have other attributes.
     *
     * @throws InvalidItemException with a reason {@code key.…} if the key is not there or not one that DynamoDB takes
     */
    public void read(byte[] item, int from, int length) throws InvalidItemException {
        read(item, from, length, Rest.CHECKED);
    }

    /**
     * Reads the key out of an item that {@link ItemScanner} has accepted: goes no further than the key, and does not check
     * the rest again.
     *
     * @throws InvalidItemException as {@link #read}
     */
    public void readChecked(byte[] item, int from, int length) throws InvalidItemException {
        read(item, from, length, Rest.SKIPPED);
    }

    /**
     * Reads the key out of a record's keys, which must have no other attributes.
     *
     * @throws InvalidItemException as {@link #read}; with the reason {@code key.extra} if there are others
     */
    public void readExactly(byte[] keys, int from, int length) throws InvalidItemException {
        read(keys, from, length, Rest.REFUSED);
    }

    /** What becomes of attributes that are not of the key. */
    private enum Rest {
        CHECKED,
        SKIPPED,
        REFUSED
    }

    private void read(byte[] bytes, int from, int length, Rest rest) throws InvalidItemException {
        source = bytes;
        json.reset(bytes, from, from + length);
        partition.found = false;
        if (sort != null) {
            sort.found = false;
        }
        canonicalLength = 0;
        json.take('{');
        if (!json.takeIf('}')) {
            do {
                json.string();
                Part part = partNamed();
                int name = json.textFrom();
                json.take(':');
                if (part != null) {
                    value(part, name);
                    if (rest == Rest.SKIPPED && isComplete()) {
                        break;
                    }
                } else if (rest == Rest.REFUSED) {
                    throw error("key.extra", name, "an attribute that is not of the table's key");
                } else if (rest == Rest.SKIPPED) {
                    json.skipChecked();
                } else {
                    json.skipValue();
                }
            } while (json.takeIf(','));
            if (rest != Rest.SKIPPED) {
                json.take('}');
            }
        }
        if (!isComplete()) {
            throw error("key.missing", from, "a key attribute of the table is missing");
        }
        join();
    }

    private boolean isComplete() {
        return partition.found && (sort == null || sort.found);
    }

    private @Nullable Part partNamed() {
        if (json.textIs(partition.name)) {
            return partition;
        }
        return sort != null && json.textIs(sort.name) ? sort : null;
    }

    private void value(Part part, int name) throws InvalidItemException {
        if (part.found) {
            throw error("item.duplicate-name", name, "a key attribute stands twice");
        }
        part.valueFrom = json.position();
        part.canonicalFrom = canonicalLength;
        json.take('{');
        json.string();
        if (json.textUtf8Length() != 1 || source[json.textFrom()] != part.type) {
            throw error("key.type", json.textFrom(), "a key attribute has another type than the table's");
        }
        json.take(':');
        json.string();
        canonicalise(part);
        json.take('}');
        part.valueTo = json.position();
        part.canonicalTo = canonicalLength;
        part.found = true;
        if (part.type != 'N') {
            int bytes = part.canonicalTo - part.canonicalFrom;
            if (bytes == 0) {
                throw error("key.empty", part.valueFrom, "a key attribute is empty");
            }
            if (bytes > part.maxBytes) {
                throw error("key.too-long", part.valueFrom, "a key attribute of " + bytes + " bytes");
            }
        }
    }

    private void canonicalise(Part part) throws InvalidItemException {
        int length = json.textUtf8Length();
        ensureRoom(length + NumberText.MAX_DIGITS + 2);
        if (part.type == 'S') {
            json.copyText(canonical, canonicalLength);
            canonicalLength += length;
            return;
        }
        byte[] text = source;
        int from = json.textFrom();
        if (json.isTextEscaped()) {
            resolved = resolved.length < length ? new byte[length] : resolved;
            json.copyText(resolved, 0);
            text = resolved;
            from = 0;
        }
        if (part.type == 'N') {
            if (!number.read(text, from, from + length)) {
                throw error("item.number", json.textFrom(), "not a number that DynamoDB takes");
            }
            number.writeCanonical(canonical, canonicalLength);
            canonicalLength += number.canonicalLength();
        } else {
            int decoded = Base64Text.decodedLength(text, from, from + length);
            if (decoded < 0) {
                throw error("item.base64", json.textFrom(), "not base64");
            }
            Base64Text.decode(text, from, from + length, canonical, canonicalLength);
            canonicalLength += decoded;
        }
    }

    /** Puts the parts into the schema's order, with the length between them, so that no two keys run into one. */
    private void join() {
        int partitionBytes = partition.canonicalTo - partition.canonicalFrom;
        ensureRoom(canonicalLength + 4);
        if (sort != null && sort.canonicalFrom < partition.canonicalFrom) {
            rotate(partition.canonicalFrom);
        }
        canonical[canonicalLength++] = (byte) (partitionBytes >> 8);
        canonical[canonicalLength++] = (byte) partitionBytes;
    }

    private void rotate(int by) {
        byte[] rotated = new byte[canonicalLength];
        System.arraycopy(canonical, by, rotated, 0, canonicalLength - by);
        System.arraycopy(canonical, 0, rotated, canonicalLength - by, by);
        System.arraycopy(rotated, 0, canonical, 0, canonicalLength);
    }

    private void ensureRoom(int more) {
        if (canonical.length - canonicalLength < more) {
            canonical = Arrays.copyOf(canonical, (canonicalLength + more) * 2);
        }
    }

    /** High half of the key's 128-bit hash (XXH3), computed at each call. */
    public long hashHigh() {
        return HIGH.hashBytesToLong(canonical, 0, canonicalLength);
    }

    /** Low half of the key's 128-bit hash (komihash), computed at each call. */
    public long hashLow() {
        return LOW.hashBytesToLong(canonical, 0, canonicalLength);
    }

    /** Copy of the key in canonical form. */
    public byte[] canonicalKey() {
        return Arrays.copyOf(canonical, canonicalLength);
    }

    /** Whether another reader of the same schema read the same key last. */
    public boolean matches(KeyReader other) {
        return Arrays.equals(canonical, 0, canonicalLength, other.canonical, 0, other.canonicalLength);
    }

    /** The key read last as an object of DynamoDB JSON, its values as they were spelled. */
    public byte[] keyJson() {
        int length = 2 + partition.nameJson.length + partition.valueTo - partition.valueFrom;
        if (sort != null) {
            length += 1 + sort.nameJson.length + sort.valueTo - sort.valueFrom;
        }
        byte[] key = new byte[length];
        key[0] = '{';
        int at = write(partition, key, 1);
        if (sort != null) {
            key[at++] = ',';
            at = write(sort, key, at);
        }
        key[at] = '}';
        return key;
    }

    private int write(Part part, byte[] out, int from) {
        System.arraycopy(part.nameJson, 0, out, from, part.nameJson.length);
        int at = from + part.nameJson.length;
        int length = part.valueTo - part.valueFrom;
        System.arraycopy(source, part.valueFrom, out, at, length);
        return at + length;
    }
}
