package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.RekeyingMapper;
import java.util.List;

/**
 * A mapper of a plan.
 *
 * @param name its factory's id, or for one given in Java the number that it has among the plan's mappers; for messages
 * @param keyBehind the key that items have behind it
 */
public record NamedMapper(String name, AttributeMapper mapper, KeySchema keyBehind) {

    /** Whether items may have another key behind it. */
    public boolean isRekeying() {
        return mapper instanceof RekeyingMapper;
    }

    /** The key that items have before it. */
    public KeySchema keyBefore() {
        return mapper instanceof RekeyingMapper rekeying ? rekeying.keyBefore(keyBehind) : keyBehind;
    }

    /** The key that items have in the backup, if they have this one in the table. */
    public static KeySchema keyOfBackup(List<NamedMapper> mappers, KeySchema keyOfTable) {
        return mappers.isEmpty() ? keyOfTable : mappers.get(0).keyBefore();
    }

    /** Whether one of them may give items another key. */
    public static boolean anyRekeying(List<NamedMapper> mappers) {
        return mappers.stream().anyMatch(NamedMapper::isRekeying);
    }
}
