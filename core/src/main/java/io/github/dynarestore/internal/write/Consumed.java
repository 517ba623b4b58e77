package io.github.dynarestore.internal.write;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.Capacity;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;

/**
 * Write units that DynamoDB says a call consumed.
 *
 * @param units all of them
 * @param tableUnits of these, those of the table; its local indexes live off them, too
 * @param indexUnits those of each global index by name
 */
public record Consumed(double units, double tableUnits, Map<String, Double> indexUnits) {

    /** What a call consumes that does nothing. */
    public static final Consumed NOTHING = new Consumed(0, 0, Map.of());

    /** Copies the map. */
    public Consumed {
        indexUnits = Map.copyOf(indexUnits);
    }

    /** Units of a table without global indexes, or of which nothing is said of them. */
    static Consumed ofTable(double units) {
        return new Consumed(units, units, Map.of());
    }

    /** Adds up what an answer says; null if it says nothing. */
    static @Nullable Consumed of(List<ConsumedCapacity> said) {
        double units = 0;
        double ofIndexes = 0;
        Map<String, Double> byIndex = new HashMap<>();
        for (ConsumedCapacity table : said) {
            units += orZero(table.capacityUnits());
            for (Map.Entry<String, Capacity> index :
                    table.globalSecondaryIndexes().entrySet()) {
                double ofIndex = orZero(index.getValue().capacityUnits());
                ofIndexes += ofIndex;
                byIndex.merge(index.getKey(), ofIndex, Double::sum);
            }
        }
        return units > 0 ? new Consumed(units, Math.max(0, units - ofIndexes), byIndex) : null;
    }

    private static double orZero(@Nullable Double units) {
        return units == null ? 0 : units;
    }
}
