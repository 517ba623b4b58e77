package io.github.dynarestore.model;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** One record as a plan's filter sees it: valid only while the filter is asked, decoded only as far as it asks. */
public interface BackupChange {

    /** Attributes of the key. */
    Map<String, AttributeValue> key();

    /** Whether the key is gone afterwards. */
    boolean isDelete();

    /** Whether DynamoDB's time to live removed the item. */
    boolean isExpiry();

    /** The item as it is afterwards; empty for a delete. */
    Optional<ItemImage> newImage();

    /** The item as it was before; empty if there was none or the record does not say. */
    Optional<ItemImage> oldImage();

    /** When the change was made; empty if the record does not say, as in a snapshot. */
    Optional<Instant> time();
}
