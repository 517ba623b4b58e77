package io.github.dynarestore.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexUpdate;
import software.amazon.awssdk.services.dynamodb.model.OnDemandThroughput;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputDescription;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableWarmThroughputDescription;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.WarmThroughput;

/**
 * What a table and its global indexes are provisioned with, or may take at most on demand.
 *
 * @param mode what the units are
 * @param units by the name of the index; those of the table are under the empty name
 */
public record Capacity(Mode mode, Map<String, Units> units) {

    private static final String TABLE = "";
    private static final long NO_MAXIMUM = -1;

    /** What units are. */
    public enum Mode {
        /** Provisioned with so many. */
        PROVISIONED,
        /** So many at most; below 1 for no bound. */
        ON_DEMAND
    }

    /** Units per second. */
    public record Units(long read, long write) {}

    /** Copies the map. */
    public Capacity {
        units = Map.copyOf(units);
    }

    /** What a table is described with. */
    public static Capacity of(TableDescription table) {
        Map<String, Units> units = new TreeMap<>();
        boolean isOnDemand = isOnDemand(table);
        units.put(TABLE, isOnDemand ? most(table.onDemandThroughput()) : provisioned(table.provisionedThroughput()));
        for (GlobalSecondaryIndexDescription index : table.globalSecondaryIndexes()) {
            units.put(
                    index.indexName(),
                    isOnDemand ? most(index.onDemandThroughput()) : provisioned(index.provisionedThroughput()));
        }
        return new Capacity(isOnDemand ? Mode.ON_DEMAND : Mode.PROVISIONED, units);
    }

    private static boolean isOnDemand(TableDescription table) {
        return table.billingModeSummary() != null
                && table.billingModeSummary().billingMode() == BillingMode.PAY_PER_REQUEST;
    }

    private static Units most(@Nullable OnDemandThroughput units) {
        return units == null
                ? new Units(NO_MAXIMUM, NO_MAXIMUM)
                : new Units(orNone(units.maxReadRequestUnits()), orNone(units.maxWriteRequestUnits()));
    }

    private static Units provisioned(@Nullable ProvisionedThroughputDescription units) {
        return units == null ? new Units(0, 0) : new Units(units.readCapacityUnits(), units.writeCapacityUnits());
    }

    private static long orNone(@Nullable Long units) {
        return units == null ? NO_MAXIMUM : units;
    }

    /** The same with at least so many write units for the table and each index, where there is a bound. */
    public Capacity raisedTo(long write) {
        Map<String, Units> raised = new TreeMap<>();
        units.forEach((name, now) ->
                raised.put(name, now.write() > 0 && now.write() < write ? new Units(now.read(), write) : now));
        return new Capacity(mode, raised);
    }

    /**
     * The change that makes this of what there is; none if that is it, or is of the other mode. Indexes that are gone are
     * left out, and so are those that have come.
     */
    public Optional<UpdateTableRequest> changeFrom(Capacity present, String table) {
        if (present.mode != mode) {
            return Optional.empty();
        }
        UpdateTableRequest.Builder request = UpdateTableRequest.builder().tableName(table);
        List<GlobalSecondaryIndexUpdate> indexes = new ArrayList<>();
        boolean isAny = false;
        for (Map.Entry<String, Units> wanted : new TreeMap<>(units).entrySet()) {
            Units now = present.units.get(wanted.getKey());
            if (now == null || now.equals(wanted.getValue())) {
                continue;
            }
            isAny = true;
            if (wanted.getKey().equals(TABLE)) {
                set(request, wanted.getValue());
            } else {
                indexes.add(update(wanted.getKey(), wanted.getValue()));
            }
        }
        return isAny
                ? Optional.of(request.globalSecondaryIndexUpdates(indexes.isEmpty() ? null : indexes)
                        .build())
                : Optional.empty();
    }

    private void set(UpdateTableRequest.Builder request, Units wanted) {
        if (mode == Mode.ON_DEMAND) {
            request.onDemandThroughput(most(wanted));
        } else {
            request.provisionedThroughput(provisioned(wanted));
        }
    }

    private GlobalSecondaryIndexUpdate update(String index, Units wanted) {
        return GlobalSecondaryIndexUpdate.builder()
                .update(update -> {
                    update.indexName(index);
                    if (mode == Mode.ON_DEMAND) {
                        update.onDemandThroughput(most(wanted));
                    } else {
                        update.provisionedThroughput(provisioned(wanted));
                    }
                })
                .build();
    }

    private static OnDemandThroughput most(Units units) {
        return OnDemandThroughput.builder()
                .maxReadRequestUnits(units.read())
                .maxWriteRequestUnits(units.write())
                .build();
    }

    private static ProvisionedThroughput provisioned(Units units) {
        return ProvisionedThroughput.builder()
                .readCapacityUnits(units.read())
                .writeCapacityUnits(units.write())
                .build();
    }

    /**
     * The change that warms a table on demand, and its indexes, for so many write units; none if it is warm. Warm throughput
     * is never lowered again (DynamoDB developer guide, "Understanding warm throughput").
     */
    public static Optional<UpdateTableRequest> warming(TableDescription table, long write) {
        if (!isOnDemand(table)) {
            return Optional.empty();
        }
        TableWarmThroughputDescription warm = table.warmThroughput();
        boolean isTable = warm == null || isBelow(warm.writeUnitsPerSecond(), write);
        List<GlobalSecondaryIndexUpdate> indexes = new ArrayList<>();
        for (GlobalSecondaryIndexDescription index : table.globalSecondaryIndexes()) {
            var own = index.warmThroughput();
            if (own == null || isBelow(own.writeUnitsPerSecond(), write)) {
                indexes.add(GlobalSecondaryIndexUpdate.builder()
                        .update(update -> update.indexName(index.indexName())
                                .warmThroughput(warm(own == null ? null : own.readUnitsPerSecond(), write)))
                        .build());
            }
        }
        if (!isTable && indexes.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(UpdateTableRequest.builder()
                .tableName(table.tableName())
                .warmThroughput(isTable ? warm(warm == null ? null : warm.readUnitsPerSecond(), write) : null)
                .globalSecondaryIndexUpdates(indexes.isEmpty() ? null : indexes)
                .build());
    }

    private static boolean isBelow(@Nullable Long units, long write) {
        return units == null || units < write;
    }

    private static WarmThroughput warm(@Nullable Long read, long write) {
        return WarmThroughput.builder()
                .readUnitsPerSecond(read)
                .writeUnitsPerSecond(write)
                .build();
    }

    /** A description of the table with this capacity, to reckon with. */
    public TableDescription in(TableDescription table) {
        Units own = units.getOrDefault(TABLE, new Units(0, 0));
        if (mode == Mode.ON_DEMAND) {
            return own.write() > 0 ? table.copy(copy -> copy.onDemandThroughput(most(own))) : table;
        }
        return table.copy(copy -> copy.provisionedThroughput(described(own))
                .globalSecondaryIndexes(table.globalSecondaryIndexes().stream()
                        .map(index -> index.copy(other ->
                                other.provisionedThroughput(described(units.getOrDefault(index.indexName(), own)))))
                        .toList()));
    }

    private static ProvisionedThroughputDescription described(Units units) {
        return ProvisionedThroughputDescription.builder()
                .readCapacityUnits(units.read())
                .writeCapacityUnits(units.write())
                .build();
    }

    /** As a checkpoint keeps it: the mode, and for each name the units, in lines. */
    public String text() {
        StringBuilder text = new StringBuilder(mode.name());
        new TreeMap<>(units)
                .forEach((name, own) -> text.append('\n')
                        .append(own.read())
                        .append(' ')
                        .append(own.write())
                        .append(' ')
                        .append(name));
        return text.toString();
    }

    /** Reads what {@link #text} wrote. */
    public static Capacity parse(String text) {
        String[] lines = text.split("\n", -1);
        Map<String, Units> units = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            String[] parts = lines[i].split(" ", 3);
            units.put(parts[2], new Units(Long.parseLong(parts[0]), Long.parseLong(parts[1])));
        }
        return new Capacity(Mode.valueOf(lines[0]), units);
    }

    /** How people read it. */
    public String spelled() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(units)
                .forEach((name, own) -> text.append(text.isEmpty() ? "" : ", ")
                        .append(name.equals(TABLE) ? "the table" : "index " + name)
                        .append(' ')
                        .append(own.write() < 1 ? "without a maximum" : own.write() + " write units per second"));
        return text.toString();
    }
}
