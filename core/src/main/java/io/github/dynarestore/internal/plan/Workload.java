package io.github.dynarestore.internal.plan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputDescription;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * What a run's writes take of a table.
 *
 * @param tableUnits write units of the table itself
 * @param indexUnits write units of each index by name
 */
public record Workload(double tableUnits, Map<String, Double> indexUnits) {

    /** Copies the map. */
    public Workload {
        indexUnits = Map.copyOf(indexUnits);
    }

    /** What was added up. */
    public static Workload of(WritePrice price) {
        return new Workload(price.tableUnits(), price.indexUnits());
    }

    /** Of writes of one unit each. */
    public static Workload ofSmallItems(long writes) {
        return new Workload(writes, Map.of());
    }

    /** With so many deletes besides, of one unit each: what they delete is not known. */
    public Workload withDeletes(long deletes) {
        return new Workload(tableUnits + deletes, indexUnits);
    }

    /** What local indexes take counts as taken of the table, whose capacity they live off. */
    public Workload withLocalIndexes(TableDescription description) {
        double ofTable = tableUnits;
        Map<String, Double> global = new TreeMap<>(indexUnits);
        for (LocalSecondaryIndexDescription index : description.localSecondaryIndexes()) {
            Double units = global.remove(index.indexName());
            ofTable += units == null ? 0 : units;
        }
        return new Workload(ofTable, global);
    }

    /** So many times as much. */
    public Workload times(double factor) {
        Map<String, Double> more = new TreeMap<>();
        indexUnits.forEach((index, units) -> more.put(index, units * factor));
        return new Workload(tableUnits * factor, more);
    }

    /** Write units of table and indexes together. */
    public double units() {
        return tableUnits
                + indexUnits.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Write units of the one of table and indexes that has most, which sets the pace. */
    private double mostUnits() {
        return Math.max(
                tableUnits,
                indexUnits.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(0));
    }

    /**
     * What is slower than the plan.
     *
     * @param name the table, or an index, as a message names it
     * @param unitsPerSecond what it is provisioned with
     * @param neededPerSecond what it would have to take
     * @param time how long it takes for its part of the work
     */
    public record Narrow(String name, double unitsPerSecond, double neededPerSecond, Duration time) {}

    /**
     * What has too little provisioned capacity for the plan's rate.
     *
     * @param description null for a table that is not known
     * @param rate write units per second, of table and indexes each
     */
    public List<Narrow> narrows(@Nullable TableDescription description, double rate) {
        List<Narrow> narrows = new ArrayList<>();
        if (description == null || units() == 0) {
            return narrows;
        }
        add(narrows, "the table", description.provisionedThroughput(), tableUnits, rate);
        for (GlobalSecondaryIndexDescription index : description.globalSecondaryIndexes()) {
            add(
                    narrows,
                    "index " + index.indexName(),
                    index.provisionedThroughput(),
                    indexUnits.getOrDefault(index.indexName(), 0.0),
                    rate);
        }
        return narrows;
    }

    private void add(
            List<Narrow> narrows,
            String name,
            @Nullable ProvisionedThroughputDescription provisioned,
            double part,
            double rate) {
        Long capacity = provisioned == null ? null : provisioned.writeCapacityUnits();
        // On demand there is none, and it is described as zero.
        if (capacity != null && capacity > 0) {
            double needed = rate * part / mostUnits();
            if (needed > capacity) {
                narrows.add(new Narrow(name, capacity, needed, seconds(part / capacity)));
            }
        }
    }

    /** How long it takes: at the plan's rate, or at that of what is slower. */
    public Duration time(@Nullable TableDescription description, double rate) {
        Duration time = seconds(mostUnits() / rate);
        for (Narrow narrow : narrows(description, rate)) {
            time = narrow.time().compareTo(time) > 0 ? narrow.time() : time;
        }
        return time;
    }

    private static Duration seconds(double seconds) {
        // A year of seconds is long enough for every message, and fits.
        return Duration.ofMillis((long) Math.ceil(Math.min(seconds, 3.2e7) * 1_000));
    }
}
