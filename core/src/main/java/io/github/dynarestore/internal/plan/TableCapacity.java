package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.WriteRate;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.OnDemandThroughput;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * What a table and its global secondary indexes can be expected to take. Local indexes live off the table's own.
 *
 * @param table the table
 * @param indexes the global secondary indexes by name
 */
public record TableCapacity(Throughput table, Map<String, Throughput> indexes) {

    /** What a new on-demand table takes at once, in write units per second (DynamoDB developer guide, on-demand mode). */
    public static final double NEW_ON_DEMAND_UNITS = 4000;

    /** How it is known what a table or an index takes. */
    public enum Source {
        /** It is provisioned. */
        PROVISIONED,
        /** It is the most that is allowed on demand. */
        MAXIMUM,
        /** It is taken at once, on demand; more can follow. */
        WARM,
        /** Nothing is said: what a new table takes on demand. */
        ASSUMED
    }

    /**
     * What a table or an index takes.
     *
     * @param unitsPerSecond write units per second, above 0
     */
    public record Throughput(double unitsPerSecond, Source source) {}

    /** Copies the map. */
    public TableCapacity {
        indexes = Map.copyOf(indexes);
    }

    /** The pace that a plan's rate means for the table or an index, in write units per second, before anything is written. */
    public static double unitsPerSecond(WriteRate rate, Throughput taken) {
        if (rate instanceof WriteRate.UnitsPerSecond absolute) {
            return absolute.value();
        }
        return rate instanceof WriteRate.FractionOfTable fraction
                ? fraction.value() * taken.unitsPerSecond()
                : taken.unitsPerSecond();
    }

    /** How long writes of a price take at a plan's rate: the fullest of table and global indexes sets the pace. */
    public Duration writingTime(WritePrice price, WriteRate rate) {
        double ofTable = price.tableUnits();
        double seconds = 0;
        for (Map.Entry<String, Double> index : price.indexUnits().entrySet()) {
            Throughput ofIndex = indexes.get(index.getKey());
            if (ofIndex == null) {
                ofTable += index.getValue();
            } else {
                seconds = Math.max(seconds, index.getValue() / unitsPerSecond(rate, ofIndex));
            }
        }
        return Duration.ofMillis((long) Math.ceil(Math.max(seconds, ofTable / unitsPerSecond(rate, table)) * 1_000));
    }

    /** Reads it off a description. */
    public static TableCapacity of(TableDescription description) {
        boolean isOnDemand = description.billingModeSummary() != null
                && description.billingModeSummary().billingMode() == BillingMode.PAY_PER_REQUEST;
        Throughput table = throughput(
                isOnDemand || description.provisionedThroughput() == null
                        ? 0
                        : orZero(description.provisionedThroughput().writeCapacityUnits()),
                maximum(description.onDemandThroughput()),
                description.warmThroughput() == null
                        ? 0
                        : orZero(description.warmThroughput().writeUnitsPerSecond()));
        Map<String, Throughput> indexes = new TreeMap<>();
        for (GlobalSecondaryIndexDescription index : description.globalSecondaryIndexes()) {
            indexes.put(
                    index.indexName(),
                    throughput(
                            isOnDemand || index.provisionedThroughput() == null
                                    ? 0
                                    : orZero(index.provisionedThroughput().writeCapacityUnits()),
                            maximum(index.onDemandThroughput()),
                            index.warmThroughput() == null
                                    ? 0
                                    : orZero(index.warmThroughput().writeUnitsPerSecond())));
        }
        return new TableCapacity(table, indexes);
    }

    /** The service says 0 or -1 of what is not set. */
    private static Throughput throughput(long provisioned, long maximum, long warm) {
        if (provisioned > 0) {
            return new Throughput(provisioned, Source.PROVISIONED);
        }
        if (maximum > 0) {
            return new Throughput(maximum, Source.MAXIMUM);
        }
        return warm > 0 ? new Throughput(warm, Source.WARM) : new Throughput(NEW_ON_DEMAND_UNITS, Source.ASSUMED);
    }

    private static long maximum(@Nullable OnDemandThroughput onDemand) {
        return onDemand == null ? 0 : orZero(onDemand.maxWriteRequestUnits());
    }

    private static long orZero(@Nullable Long units) {
        return units == null ? 0 : units;
    }
}
