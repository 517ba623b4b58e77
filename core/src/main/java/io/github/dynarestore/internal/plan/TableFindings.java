package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** What a table's description means for a restore into it. */
public final class TableFindings {

    private static final Duration WORTH_A_WARNING = Duration.ofSeconds(5);

    private TableFindings() {}

    /** Of the state of a table that takes writes. */
    public static List<PreflightFinding> ofStatus(TableDescription table) {
        return table.tableStatus() == TableStatus.UPDATING
                ? List.of(PreflightFinding.warning(
                        Subject.TABLE,
                        "table " + table.tableName() + " is UPDATING: it takes writes, but may throttle them",
                        "wait until it is ACTIVE if the restore is to be quick"))
                : List.of();
    }

    /**
     * Of the keys of indexes beside items: DynamoDB refuses an item that has an index's key attribute in another type.
     *
     * @param items a sample of those to be written
     * @throws RestoreException if of some index none fits
     */
    public static List<PreflightFinding> ofIndexes(
            String table, List<TableIndex> indexes, List<ItemImage> items, Set<String> keyNames) {
        List<PreflightFinding> findings = new ArrayList<>();
        List<String> unfit = new ArrayList<>();
        for (TableIndex index : indexes) {
            for (Map.Entry<String, String> key : index.keyTypes().entrySet()) {
                if (!keyNames.contains(key.getKey())) {
                    IndexFit fit = IndexFit.of(key.getKey(), key.getValue(), items);
                    String said = "the key of index " + index.name() + " of table " + table + " is " + key.getKey()
                            + " (" + key.getValue() + "), but ";
                    if (fit.misfits() > 0 && fit.fits() == 0) {
                        unfit.add(said + "the records have " + key.getKey() + " (" + fit.otherType() + ")");
                    } else if (fit.misfits() > 0) {
                        findings.add(PreflightFinding.warning(
                                Subject.INDEX,
                                said + fit.misfits() + " of " + items.size() + " records looked at have " + key.getKey()
                                        + " (" + fit.otherType() + "), which DynamoDB will refuse",
                                "keep them with --bad-records dead-letter, or change their type with a mapper"));
                    }
                }
            }
        }
        if (!unfit.isEmpty()) {
            throw new RestoreException(
                    RestoreErrorCode.INDEX_KEY_MISMATCH,
                    String.join("; ", unfit),
                    "restore into a table whose indexes have the keys of the one that was backed up, or change the type"
                            + " with a mapper such as cast");
        }
        return findings;
    }

    /** How many items have an attribute in the right type, how many in another, and in which. */
    private record IndexFit(int fits, int misfits, String otherType) {
        static IndexFit of(String name, String type, List<ItemImage> items) {
            int fits = 0;
            int misfits = 0;
            String other = "";
            for (ItemImage item : items) {
                AttributeValue value = item.attributes().get(name);
                if (value != null && value.type().name().equals(type)) {
                    fits++;
                } else if (value != null) {
                    misfits++;
                    other = value.type().name();
                }
            }
            return new IndexFit(fits, misfits, other);
        }
    }

    /** Of time to live: what expired long ago is taken away again. */
    public static List<PreflightFinding> ofTimeToLive(
            String table, TimeToLiveDescription timeToLive, List<ItemImage> items, Instant now) {
        TimeToLiveStatus status = timeToLive.timeToLiveStatus();
        if (status != TimeToLiveStatus.ENABLED && status != TimeToLiveStatus.ENABLING) {
            return List.of();
        }
        String attribute = timeToLive.attributeName();
        long expired =
                items.stream().filter(item -> isExpired(item, attribute, now)).count();
        return List.of(PreflightFinding.warning(
                Subject.TIME_TO_LIVE,
                "table " + table + " has time to live enabled on " + attribute
                        + ": items that have expired are deleted again soon after they are restored"
                        + (items.isEmpty() ? "" : "; " + expired + " of " + items.size() + " records looked at have"),
                "disable it until the restored items were looked at, or shift their times with the mapper ttl-shift"));
    }

    private static boolean isExpired(ItemImage item, String attribute, Instant now) {
        AttributeValue value = item.attributes().get(attribute);
        if (value == null || value.n() == null) {
            return false;
        }
        try {
            return Double.parseDouble(value.n()) < now.getEpochSecond();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /**
     * Of the table's stream, which sends every restored item to whoever reads it.
     *
     * @param streams ARNs of the streams that the records are of, where they say so
     * @param tables names of the tables that the records are of, where they say so
     * @param locations where the backup lies
     * @throws RestoreException if the records are of this very stream
     */
    public static List<PreflightFinding> ofStream(
            TableDescription table, Set<String> streams, Set<String> tables, List<URI> locations) {
        StreamSpecification stream = table.streamSpecification();
        if (stream == null || !Boolean.TRUE.equals(stream.streamEnabled())) {
            return List.of();
        }
        String name = table.tableName();
        String disable = "disable the stream until the restore is done, or restore into another table";
        if (streams.contains(String.valueOf(table.latestStreamArn()))) {
            throw new RestoreException(
                    RestoreErrorCode.STREAM_FEEDS_BACKUP,
                    "the records come from " + table.latestStreamArn() + ", the stream of table " + name
                            + ": everything that is restored would be written to the backup, too",
                    disable);
        }
        return List.of(PreflightFinding.warning(Subject.STREAM, warning(table, streams, tables, locations), disable));
    }

    private static String warning(
            TableDescription table, Set<String> streams, Set<String> tables, List<URI> locations) {
        String name = table.tableName();
        if (streams.stream().anyMatch(arn -> arn.startsWith(table.tableArn() + "/stream/"))) {
            return "the records come from an earlier stream of table " + name
                    + "; if what reads its present stream feeds the backup, everything that is restored is written there,"
                    + " too";
        }
        if (tables.contains(name) || locations.stream().anyMatch(location -> isNamed(location, name))) {
            return "table " + name
                    + " has a stream, and the backup is one of a table of that name; if the stream feeds the"
                    + " backup, everything that is restored is written there, too";
        }
        return "table " + name + " has a stream: whatever reads it is sent every restored item";
    }

    private static boolean isNamed(URI location, String table) {
        return List.of(location.getPath().split("/", -1)).contains(table);
    }

    /** Of a table whose changes go to Kinesis, if the records are of a table of its name. */
    public static PreflightFinding kinesis(String table) {
        return PreflightFinding.warning(
                Subject.STREAM,
                "table " + table
                        + " sends its changes to Kinesis, and the backup is one of a table of that name; if that is"
                        + " what feeds the backup, everything that is restored is written there, too",
                "disable the Kinesis destination until the restore is done, or restore into another table");
    }

    /** Of what the table can take beside what the plan wants of it. */
    public static List<PreflightFinding> ofCapacity(
            String table, @Nullable TableDescription description, Workload work, double rate) {
        List<PreflightFinding> findings = new ArrayList<>();
        Duration planned = work.time(null, rate);
        for (Workload.Narrow narrow : work.narrows(description, rate)) {
            if (narrow.time().minus(planned).compareTo(WORTH_A_WARNING) < 0) {
                continue;
            }
            findings.add(PreflightFinding.warning(
                    Subject.CAPACITY,
                    String.format(
                            Locale.ROOT,
                            "%s of %s is provisioned with %,.0f write units per second, but the plan wants %,.0f of it:"
                                    + " about %s instead of %s",
                            narrow.name(),
                            table,
                            narrow.unitsPerSecond(),
                            Math.ceil(narrow.neededPerSecond()),
                            spelled(narrow.time()),
                            spelled(planned)),
                    "raise its capacity for the restore with --boost (boost), or lower the rate"));
        }
        return findings;
    }

    /**
     * Of credentials beside the time that the writes take.
     *
     * @throws RestoreException if they expire before that and nothing renews them
     */
    public static List<PreflightFinding> ofCredentials(CredentialsLife credentials, Instant now, Duration time) {
        if (credentials.expiry().isAfter(now.plus(time))) {
            return List.of();
        }
        String said = "the credentials for " + credentials.service() + " expire at " + credentials.expiry()
                + (credentials.expiry().isAfter(now)
                        ? ", and the writes take about " + spelled(time)
                        : ", which is past");
        if (credentials.isFinal()) {
            throw new RestoreException(
                    RestoreErrorCode.CREDENTIALS_EXPIRE,
                    said + "; nothing renews them",
                    "use a profile, a role or another provider that renews them, or raise the rate");
        }
        return List.of(PreflightFinding.note(Subject.CREDENTIALS, said + "; their provider has to renew them"));
    }

    private static String spelled(Duration time) {
        long seconds = time.toSeconds();
        return seconds < 120 ? seconds + " s" : seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h";
    }
}
