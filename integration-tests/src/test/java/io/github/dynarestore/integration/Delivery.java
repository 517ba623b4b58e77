package io.github.dynarestore.integration;

import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/** Lays parts of a made-up history down in S3, as logs and as snapshots. Shares no code with the product. */
final class Delivery implements AutoCloseable {

    static final int HISTORIES = Integer.getInteger("dynarestore.histories", 1_000);

    private static final DateTimeFormatter HOURS =
            DateTimeFormatter.ofPattern("yyyy/MM/dd/HH/").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter NAMED_HOURS = DateTimeFormatter.ofPattern(
                    "'year='yyyy'/month='MM'/day='dd'/hour='HH/")
            .withZone(ZoneOffset.UTC);
    /** A stream holds a record for a day, and Firehose tries for another, less what lies between. */
    private static final int MOST_LATE_HOURS = 44;

    /** Histories that one table holds, each with keys of its own: starting a run is what takes the time. */
    static final int TOGETHER = HISTORIES > 1_000 ? 10 : 4;

    /** Tries of each property. */
    static final int TRIES = 250;

    /** Runs that each try does. */
    static final int ROUNDS = Math.max(1, HISTORIES / TRIES / TOGETHER);

    private static final int KEYS_OF_A_HISTORY = 20;
    private static final int PROGRESS = 10_000;

    private final Random random;
    private int names;
    private final String bucket = TestServers.uniqueBucketName("delivery");

    Delivery(Random random) {
        this.random = random;
        TestServers.s3().createBucket(bucket);
    }

    /** Changes of one history, or of as many as share a table, in the order of time. */
    static List<History.Change> histories(TableShape shape, Random random, int mostChanges) {
        List<History.Change> changes = new ArrayList<>();
        for (int i = 0; i < TOGETHER; i++) {
            changes.addAll(new History(shape, random.nextLong())
                    .live(1 + random.nextInt(mostChanges), i * KEYS_OF_A_HISTORY, 1 + random.nextInt(KEYS_OF_A_HISTORY))
                    .changes());
        }
        changes.sort(Comparator.comparingLong(History.Change::epochSecond));
        return changes;
    }

    /** Counts the histories of a run; says how far a campaign of hours has come. */
    static int count(String test, int before) {
        int histories = before + TOGETHER;
        if (histories % PROGRESS == 0) {
            System.out.println(test + ": " + histories + " histories so far");
        }
        return histories;
    }

    /** Some objects with these changes: some twice, in no order, each object delivered up to 44 hours late. */
    String log(Collection<History.Change> changes) {
        int objects = 1 + random.nextInt(4);
        List<ByteArrayOutputStream> bodies = new ArrayList<>();
        List<Long> latest = new ArrayList<>();
        for (int i = 0; i < objects; i++) {
            bodies.add(new ByteArrayOutputStream());
            latest.add(0L);
        }
        List<History.Change> shuffled = new ArrayList<>(changes);
        for (History.Change change : changes) {
            if (random.nextInt(5) == 0) {
                shuffled.add(change);
            }
        }
        java.util.Collections.shuffle(shuffled, random);
        for (History.Change change : shuffled) {
            int object = random.nextInt(objects);
            bodies.get(object).writeBytes(line(change));
            bodies.get(object).write('\n');
            latest.set(object, Math.max(latest.get(object), change.epochSecond()));
        }
        DateTimeFormatter layout = random.nextBoolean() ? HOURS : NAMED_HOURS;
        for (int i = 0; i < objects; i++) {
            Instant arrived =
                    Instant.ofEpochSecond(latest.get(i)).plus(Duration.ofHours(random.nextInt(MOST_LATE_HOURS)));
            byte[] body = bodies.get(i).toByteArray();
            TestServers.s3()
                    .put(
                            bucket,
                            "log/" + layout.format(arrived) + "orders-" + names++,
                            random.nextBoolean() ? body : History.gzip(body));
        }
        return "s3://" + bucket + "/log/";
    }

    /** Objects as they are. */
    String objects(List<byte[]> bodies) {
        for (byte[] body : bodies) {
            TestServers.s3().put(bucket, "objects/2024/03/01/00/orders-" + names++, body);
        }
        return "s3://" + bucket + "/objects/";
    }

    /** Takes the objects away: they lie in memory, and a campaign makes hundreds of thousands. */
    @Override
    public void close() {
        List<ObjectIdentifier> objects = TestServers.s3().keys(bucket, "").stream()
                .map(key -> ObjectIdentifier.builder().key(key).build())
                .toList();
        if (!objects.isEmpty()) {
            TestServers.s3()
                    .asyncClient()
                    .deleteObjects(request -> request.bucket(bucket).delete(delete -> delete.objects(objects)))
                    .join();
        }
    }

    /** One line, with what belongs to the record besides the change. */
    byte[] line(History.Change change) {
        return History.line(change);
    }

    /** A snapshot of these items. */
    String snapshot(String name, Collection<Map<String, AttributeValue>> items) {
        List<Map<String, AttributeValue>> listed = new ArrayList<>(items);
        EmrExportWriter.Spelling[] spellings = EmrExportWriter.Spelling.values();
        new EmrExportWriter(TestServers.s3(), bucket, name)
                .write(listed, spellings[random.nextInt(spellings.length)], 1 + random.nextInt(20));
        return "s3://" + bucket + "/" + name + "/";
    }

    /**
     * The items that a scan finds that goes on while the table is changed: each key is read at a moment of its own.
     *
     * @param begun the first second of the scan; changes made in it may be seen or not
     * @param finished its last second
     */
    static List<Map<String, AttributeValue>> scan(
            List<History.Change> changes, long begun, long finished, Random random) {
        int first = 0;
        int last = 0;
        for (History.Change change : changes) {
            first += change.epochSecond() < begun ? 1 : 0;
            last += change.epochSecond() <= finished ? 1 : 0;
        }
        Map<String, Integer> readAt = new TreeMap<>();
        Map<String, Map<String, AttributeValue>> items = new LinkedHashMap<>();
        for (int i = 0; i < last; i++) {
            History.Change change = changes.get(i);
            String key = Values.plain(change.key()).toString();
            int most = last;
            int least = first;
            int moment = readAt.computeIfAbsent(key, k -> least + random.nextInt(most - least + 1));
            if (i < moment) {
                if (change.image() == null) {
                    items.remove(key);
                } else {
                    items.put(key, change.image());
                }
            }
        }
        return List.copyOf(items.values());
    }
}
