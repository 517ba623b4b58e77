package io.github.dynarestore.spi;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Changes items on their way to the table. Called by several threads at once, once for each item that is to be written;
 * deletes do not pass. An exception makes the item a dead letter.
 */
@FunctionalInterface
public interface AttributeMapper {

    /**
     * Maps an item.
     *
     * @param item the item's attributes; not to be kept
     * @return the attributes to write, with the same values of the key attributes; null to leave the item out
     */
    @Nullable
    Map<String, AttributeValue> map(Map<String, AttributeValue> item);
}
