package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.IndexKeys;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.ItemImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Puts items through the plan's mappers and checks what comes out. Used by one thread. */
final class ItemMapping {

    /**
     * An item as it is to be written.
     *
     * @param key its key; changes with the next item
     * @param digest digest of the item
     */
    record Mapped(byte[] json, int itemSizeBytes, KeyReader key, long digest) {}

    /** An item that a mapper would not map, or mapped to none. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String reason;

        FailedException(String reason, String detail) {
            super(detail, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    private static final String INVALID_ITEM = "mapper.invalid-item";

    private final List<NamedMapper> mappers;
    private final boolean isRekeying;
    private final KeyReader mappedKey;
    private final ItemScanner scanner = new ItemScanner();
    private final IndexKeys.Check indexes;

    ItemMapping(List<NamedMapper> mappers, TargetTable target) {
        this.mappers = mappers;
        isRekeying = NamedMapper.anyRekeying(mappers);
        mappedKey = new KeyReader(target.key());
        indexes = IndexKeys.of(target.key(), target.indexes()).newCheck();
    }

    /** Whether items stay what they are. */
    boolean isNone() {
        return mappers.isEmpty();
    }

    /**
     * Maps an item; null if a mapper leaves it out.
     *
     * @param backedUpKey the item's key, which must stay what it is unless a mapper is rekeying
     */
    @Nullable
    Mapped map(ItemImage image, KeyReader backedUpKey) throws FailedException {
        Map<String, AttributeValue> item = image.attributes();
        for (NamedMapper mapper : mappers) {
            Map<String, AttributeValue> key = isRekeying && !mapper.isRekeying() ? keyOf(item, mapper) : Map.of();
            item = map(mapper, item);
            if (item == null) {
                return null;
            }
            if (!item.entrySet().containsAll(key.entrySet())) {
                throw keyChanged("mapper " + mapper.name());
            }
        }
        try {
            return checked(item, backedUpKey, "the last mapper");
        } catch (FailedException e) {
            throw isRekeying ? e : culprit(image, backedUpKey, e);
        }
    }

    private static Map<String, AttributeValue> keyOf(Map<String, AttributeValue> item, NamedMapper mapper) {
        Map<String, AttributeValue> key = new HashMap<>(item);
        key.keySet().retainAll(mapper.keyBehind().names());
        return key;
    }

    private static FailedException keyChanged(String who) {
        return new FailedException("mapper.key-changed", who + " changed the item's key");
    }

    private static @Nullable Map<String, AttributeValue> map(NamedMapper mapper, Map<String, AttributeValue> item)
            throws FailedException {
        try {
            return mapper.mapper().map(item);
        } catch (RuntimeException e) {
            // Its message may hold anything, also values.
            throw new FailedException(
                    "mapper.failed",
                    "mapper " + mapper.name() + " threw " + e.getClass().getName());
        }
    }

    /** One after the other is only checked to say whose fault it is. */
    private FailedException culprit(ItemImage image, KeyReader key, FailedException found) {
        Map<String, AttributeValue> item = image.attributes();
        for (NamedMapper mapper : mappers) {
            try {
                item = map(mapper, item);
                if (item == null) {
                    return found;
                }
                Object unused = checked(item, key, "mapper " + mapper.name());
            } catch (FailedException e) {
                return e;
            }
        }
        return found;
    }

    private Mapped checked(Map<String, AttributeValue> item, KeyReader key, String who) throws FailedException {
        byte[] json;
        try {
            json = ItemImage.of(item).toByteArray();
            scanner.scan(json, 0, json.length);
            mappedKey.read(json, 0, json.length);
            indexes.check(json, 0, json.length);
        } catch (InvalidItemException e) {
            throw new FailedException(INVALID_ITEM, who + " returned an item with " + e.reason());
        } catch (RuntimeException e) {
            throw new FailedException(INVALID_ITEM, who + " returned an item that holds a null, or a value of no type");
        }
        if (!isRekeying && !mappedKey.matches(key)) {
            throw keyChanged(who);
        }
        return new Mapped(json, scanner.itemSizeBytes(), mappedKey, scanner.digest());
    }
}
