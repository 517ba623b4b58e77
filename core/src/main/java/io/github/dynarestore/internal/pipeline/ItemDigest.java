package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.ItemImage;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The survey's digest of an image, of an item that the table holds. */
final class ItemDigest {

    private ItemDigest() {}

    static long of(Map<String, AttributeValue> item) {
        ItemImage image = ItemImage.of(item);
        try {
            ItemScanner scanner = new ItemScanner();
            scanner.scan(image.array(), image.offset(), image.offset() + image.length());
            return Decisions.keptDigest(scanner.digest());
        } catch (InvalidItemException e) {
            throw new IllegalStateException("an item that DynamoDB holds, and that is none", e);
        }
    }
}
