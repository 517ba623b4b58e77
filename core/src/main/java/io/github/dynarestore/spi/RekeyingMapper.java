package io.github.dynarestore.spi;

import io.github.dynarestore.model.KeySchema;

/**
 * A mapper that may give an item another key. Which items there are is decided under the keys that they were backed up with;
 * if two of them fall on one key then, the one that was changed last is written, and the other counts as superseded.
 *
 * <p>A delete cannot be mapped, so that such a mapper only goes with a table that is empty, or to which items are only added.
 * The same item must always be mapped to the same key.
 */
public interface RekeyingMapper extends AttributeMapper {

    /**
     * Returns the key that items have before they pass through this mapper.
     *
     * @param keyBehind the key that they have behind it
     */
    default KeySchema keyBefore(KeySchema keyBehind) {
        return keyBehind;
    }
}
