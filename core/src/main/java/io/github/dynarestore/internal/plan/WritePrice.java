package io.github.dynarestore.internal.plan;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.ItemImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Adds up what puts of items cost whose keys the table does not hold: a write unit for each 1,024 bytes begun of the item,
 * and of its entry in each index that it appears in (developer guide, "Read and write operations", "Global secondary
 * indexes"). Where there is no index, nothing is decoded. Not thread-safe.
 */
public final class WritePrice {

    private static final int BYTES_PER_UNIT = 1024;

    private final List<TableIndex> indexes;
    private final ItemScanner scanner = new ItemScanner();
    private double tableUnits;
    private final Map<String, Double> indexUnits = new TreeMap<>();

    /** Creates one that has added up nothing. */
    public WritePrice(List<TableIndex> indexes) {
        this.indexes = List.copyOf(indexes);
    }

    /** Adds the put of an item in DynamoDB JSON. */
    public void addPut(byte[] json, int offset, int length, int itemSizeBytes) {
        tableUnits += units(itemSizeBytes);
        if (indexes.isEmpty()) {
            return;
        }
        Map<String, AttributeValue> item = ItemImage.wrap(json, offset, length).attributes();
        for (TableIndex index : indexes) {
            if (isIn(index, item)) {
                indexUnits.merge(
                        index.name(),
                        (double) units(index.projectsAll() ? itemSizeBytes : entrySizeBytes(index, item)),
                        Double::sum);
            }
        }
    }

    /** Adds a delete of a key that the table does not hold, or of whose item the size is not known. */
    public void addDelete() {
        tableUnits += 1;
    }

    private static boolean isIn(TableIndex index, Map<String, AttributeValue> item) {
        return index.keyTypes().entrySet().stream().allMatch(key -> {
            AttributeValue value = item.get(key.getKey());
            return value != null && value.type().name().equals(key.getValue());
        });
    }

    private int entrySizeBytes(TableIndex index, Map<String, AttributeValue> item) {
        Map<String, AttributeValue> entry = new HashMap<>(item);
        entry.keySet().retainAll(index.projected());
        ItemImage image = ItemImage.of(entry);
        try {
            scanner.scan(image.array(), image.offset(), image.length());
        } catch (InvalidItemException e) {
            throw new IllegalArgumentException("a part of an item that is none", e);
        }
        return scanner.itemSizeBytes();
    }

    private static int units(int sizeBytes) {
        return Math.max(1, (sizeBytes + BYTES_PER_UNIT - 1) / BYTES_PER_UNIT);
    }

    /** Adds what another has added up. */
    public void add(WritePrice other) {
        tableUnits += other.tableUnits;
        other.indexUnits.forEach((name, units) -> indexUnits.merge(name, units, Double::sum));
    }

    /** Write units of the table. */
    public double tableUnits() {
        return tableUnits;
    }

    /** Write units of each index by name. */
    public Map<String, Double> indexUnits() {
        return Map.copyOf(indexUnits);
    }
}
