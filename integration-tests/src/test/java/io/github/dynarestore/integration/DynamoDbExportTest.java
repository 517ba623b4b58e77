package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreHistory;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.testing.DynamoDbExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** DynamoDB's own exports, one and in chains, from manifests that are right and from such as are not. */
class DynamoDbExportTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final Instant NOON = Instant.parse("2026-01-14T12:00:00Z");

    private String bucket = "";
    private DynamoDbExportWriter writer = new DynamoDbExportWriter(TestServers.s3(), "unused", "");

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
    }

    @BeforeEach
    void makeBucket() {
        makeBucket(DynamoDbExportWriter.Format.DYNAMODB_JSON);
    }

    private void makeBucket(DynamoDbExportWriter.Format format) {
        bucket = TestServers.uniqueBucketName("export");
        TestServers.s3().createBucket(bucket);
        writer = new DynamoDbExportWriter(TestServers.s3(), bucket, "exports/", format);
    }

    private static Map<String, AttributeValue> key(String key) {
        return Map.of("pk", AttributeValue.fromS(key));
    }

    private static Map<String, AttributeValue> item(String key, int value) {
        return Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromN(Integer.toString(value)));
    }

    private static DynamoDbExportWriter.Change change(Instant at, String key, Integer before, Integer after) {
        return new DynamoDbExportWriter.Change(
                at, key(key), before == null ? null : item(key, before), after == null ? null : item(key, after));
    }

    private static RestoreReport run(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static String refusal(RestorePlan.Builder plan, RestoreErrorCode code) {
        RestoreException refused = Fixture.failure(() -> run(plan));
        assertThat(refused.code()).as(refused.toString()).isEqualTo(code);
        return Objects.requireNonNull(refused.getMessage());
    }

    private static Map<String, String> values(String table) {
        Map<String, String> values = new LinkedHashMap<>();
        Fixture.items(table).forEach((key, item) -> values.put(key, String.valueOf(item.get("v"))));
        return values;
    }

    private static Map<String, String> expected(Object... keysAndValues) {
        Map<String, String> expected = new TreeMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            expected.put(Values.plain(key((String) keysAndValues[i])).toString(), "N " + keysAndValues[i + 1]);
        }
        return expected;
    }

    private RestorePlan.Builder plan(String table) {
        return Fixture.plan(writer.location(), table);
    }

    /** Items of every type and shape of key, laid down as a full export. */
    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void restore_fullExportOfAnyItems_equalsThem(
            @ForAll long seed, @ForAll TableShape shape, @ForAll DynamoDbExportWriter.Format format) {
        makeBucket(format);
        List<History.Change> changes = new History(shape, seed).live(60, 25).changes();
        long end = changes.get(changes.size() - 1).epochSecond();
        List<Map<String, AttributeValue>> items = Delivery.scan(changes, end + 1, end + 1, new Random(seed));
        writer.full(items, Instant.ofEpochSecond(end + 60), 7);
        String table = Fixture.table(shape);

        RestoreReport report = run(plan(table));

        assertThat(Fixture.items(table)).isEqualTo(ChainTest.itemsAt(changes, end));
        assertThat(report.records().addsUp()).isTrue();
        assertThat(report.records().applied()).isEqualTo(items.size());
        Fixture.drop(table);
    }

    /** A full export and windows behind it, each with the last change of a key: to the end of any window. */
    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void restore_fullAndIncrementalExports_giveTheStateAtTheEndOfEachWindow(@ForAll long seed) {
        Random random = new Random(seed);
        makeBucket(random.nextBoolean() ? DynamoDbExportWriter.Format.ION : DynamoDbExportWriter.Format.DYNAMODB_JSON);
        List<History.Change> changes =
                new History(TableShape.S, random.nextLong()).live(120, 15).changes();
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond() + 1;
        long base = start + random.nextInt((int) (end - start) / 2);
        writer.full(Delivery.scan(changes, base + 1, base, random), Instant.ofEpochSecond(base), 4);
        List<Long> ends = new ArrayList<>();
        DynamoDbExportWriter.View view = random.nextBoolean()
                ? DynamoDbExportWriter.View.NEW_IMAGE
                : DynamoDbExportWriter.View.NEW_AND_OLD_IMAGES;
        // What was put and deleted again within a window is not in it, even if the full export saw it in between.
        long from = base + 1;
        while (from < end) {
            long to = from + 1 + random.nextInt(80);
            writer.incremental(
                    window(changes, from, to), Instant.ofEpochSecond(from), Instant.ofEpochSecond(to), 5, view);
            ends.add(to);
            from = to;
        }
        List<Long> cuts = ends.stream().filter(to -> to - 1 >= base + 60).toList();
        Long cut = cuts.isEmpty() || random.nextInt(4) == 0 ? null : cuts.get(random.nextInt(cuts.size())) - 1;
        String table = Fixture.table(TableShape.S);
        RestorePlan.Builder plan = plan(table);
        if (cut != null) {
            plan.asOf(Instant.ofEpochSecond(cut + 1).minusNanos(1_000));
        }

        RestoreReport report = run(plan);

        assertThat(Fixture.items(table))
                .as("%s", report)
                .isEqualTo(ChainTest.itemsAt(changes, cut == null ? end : cut));
        assertThat(report.records().addsUp()).isTrue();
        assertThat(report.history().lostChanges()).isZero();
        assertThat(report.history().silences()).as("the windows are a whole").isEmpty();
        Fixture.drop(table);
    }

    /** A full export, three windows behind it, and a stream's log that begins before the last of them ends. */
    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void restore_fullAndIncrementalExportsAndLog_giveAnyLaterState(@ForAll long seed, @ForAll TableShape shape) {
        makeBucket();
        Random random = new Random(seed);
        List<History.Change> changes = new History(shape, random.nextLong())
                .live(40 + random.nextInt(160), 1 + random.nextInt(12))
                .changes();
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond() + 1;
        long base = start + random.nextInt((int) (end - start) / 2);
        writer.full(Delivery.scan(changes, base + 1, base, random), Instant.ofEpochSecond(base), 4);
        long from = base + 1;
        for (int i = 0; i < 3; i++) {
            long to = from + 1 + random.nextInt(40);
            writer.incremental(window(changes, from, to), Instant.ofEpochSecond(from), Instant.ofEpochSecond(to), 5);
            from = to;
        }
        long last = from;
        long begin = last - random.nextInt((int) (last - base));
        List<History.Change> log =
                changes.stream().filter(change -> change.epochSecond() >= begin).toList();
        long cut = Math.max(last - 1, base + 60) + random.nextInt(60);
        String table = Fixture.table(shape);
        try (Delivery delivery = new Delivery(random)) {
            RestorePlan.Builder plan = plan(table).asOf(Instant.ofEpochSecond(cut, 999_999_000));
            if (!log.isEmpty()) {
                plan.from(delivery.log(log));
            }

            RestoreReport report = run(plan);

            assertThat(Fixture.items(table)).as("%s", report).isEqualTo(ChainTest.itemsAt(changes, cut));
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.history().lostChanges()).isZero();
            assertThat(report.history().ambiguousKeys()).isZero();
        } finally {
            Fixture.drop(table);
        }
    }

    /** For each key that changed the state before and after the window, as DynamoDB compacts it. */
    private static List<DynamoDbExportWriter.Change> window(List<History.Change> changes, long from, long to) {
        Map<Map<String, AttributeValue>, DynamoDbExportWriter.Change> last = new LinkedHashMap<>();
        for (int i = 0; i < changes.size(); i++) {
            History.Change change = changes.get(i);
            if (change.epochSecond() >= from && change.epochSecond() < to) {
                DynamoDbExportWriter.Change before = last.get(change.key());
                last.put(
                        change.key(),
                        new DynamoDbExportWriter.Change(
                                Instant.ofEpochSecond(change.epochSecond(), i * 1_000L),
                                change.key(),
                                before == null ? change.oldImage() : before.oldImage(),
                                change.image()));
            }
        }
        last.values().removeIf(change -> change.oldImage() == null && change.newImage() == null);
        return List.copyOf(last.values());
    }

    @Test
    void restore_movedExport_isFoundByItsManifest() {
        String directory = writer.full(List.of(item("a", 1), item("b", 2)), NOON, 1);
        for (String key : TestServers.s3().keys(bucket, directory)) {
            TestServers.s3()
                    .put(
                            bucket,
                            "moved/" + key.substring(directory.length()),
                            TestServers.s3().get(bucket, key));
        }
        String table = Fixture.table(TableShape.S);

        run(Fixture.plan("s3://" + bucket + "/moved/", table));

        assertThat(values(table)).isEqualTo(expected("a", 1, "b", 2));
    }

    @Test
    void restore_oneIncrementalExport_findsItsObjectsBeside() {
        writer.full(List.of(item("a", 1), item("b", 1)), NOON, 10);
        String directory = writer.incremental(
                List.of(
                        change(NOON.plusSeconds(100), "a", 1, 2),
                        change(NOON.plusSeconds(200), "b", 1, null),
                        change(NOON.plusSeconds(300), "c", null, 3)),
                NOON,
                NOON.plusSeconds(900),
                2);
        writer.incremental(
                List.of(change(NOON.plusSeconds(1000), "z", null, 9)),
                NOON.plusSeconds(900),
                NOON.plusSeconds(1800),
                2);
        String table = Fixture.table(TableShape.S);
        run(Fixture.plan("s3://" + bucket + "/" + directory, table));

        assertThat(values(table)).as("without its base").isEqualTo(expected("a", 2, "c", 3));
    }

    @Test
    void restore_objectsThatNoManifestNames_areLeftOut() {
        String directory = writer.full(List.of(item("a", 1)), NOON, 10);
        TestServers.s3()
                .put(bucket, directory + "data/orphan.json", "{\"Item\":{\"pk\":{\"S\":\"x\"}}}\n".getBytes(UTF_8));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(plan(table));

        assertThat(values(table)).isEqualTo(expected("a", 1));
        assertThat(report.objects().skippedByReason()).containsEntry("not-in-manifest", 1L);
    }

    @Test
    void restore_withoutManifest_takesEveryObject() {
        TestServers.s3()
                .put(
                        bucket,
                        "bare/1.json",
                        "{\"Item\":{\"pk\":{\"S\":\"x\"},\"v\":{\"N\":\"1\"}}}\n{\"Item\":{\"pk\":{\"S\":\"y\"},\"v\":{\"N\":\"2\"}}}"
                                .getBytes(UTF_8));
        String table = Fixture.table(TableShape.S);

        run(Fixture.plan("s3://" + bucket + "/bare/", table));

        assertThat(values(table)).isEqualTo(expected("x", 1, "y", 2));
    }

    @Test
    void restore_exportThatIsNotWhole_isRefused() {
        String directory = writer.full(List.of(item("a", 1), item("b", 2)), NOON, 1);
        String table = Fixture.table(TableShape.S);
        String object = TestServers.s3().keys(bucket, directory + "data/").get(0);
        byte[] bytes = TestServers.s3().get(bucket, object);

        TestServers.s3().put(bucket, object, History.gzip("{\"Item\":{\"pk\":{\"S\":\"a\"}}}\n".getBytes(UTF_8)));
        assertThat(refusal(plan(table), RestoreErrorCode.BAD_RECORDS)).contains("1 record");
        RestoreReport report = run(
                plan(table).badRecords(BadRecords.DEAD_LETTER).deadLetters(RestoreRefusalTest.sink(new ArrayList<>())));
        assertThat(report.badRecords())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).isEqualTo("object.manifest-mismatch"));

        TestServers.s3()
                .asyncClient()
                .deleteObject(request -> request.bucket(bucket).key(object))
                .join();
        assertThat(refusal(plan(table).existingItems(ExistingItems.OVERWRITE), RestoreErrorCode.BACKUP_INCOMPLETE))
                .contains("which is not there");

        TestServers.s3().put(bucket, object, bytes);
        String summary = directory + "manifest-summary.json";
        TestServers.s3()
                .put(
                        bucket,
                        summary,
                        new String(TestServers.s3().get(bucket, summary), UTF_8)
                                .replace("\"itemCount\":2", "\"itemCount\":3")
                                .getBytes(UTF_8));
        assertThat(refusal(plan(table).existingItems(ExistingItems.OVERWRITE), RestoreErrorCode.BACKUP_INCOMPLETE))
                .contains("has not the MD5");
    }

    @Test
    void restore_cutWithinAWindow_isRefused() {
        writer.full(List.of(item("a", 1)), NOON, 10);
        writer.incremental(List.of(change(NOON.plusSeconds(800), "a", 1, 2)), NOON, NOON.plusSeconds(900), 10);
        String table = Fixture.table(TableShape.S);

        assertThat(refusal(plan(table).asOf(NOON.plusSeconds(500)), RestoreErrorCode.PLAN_INVALID))
                .contains("of which only the last change of each key is known");

        RestoreReport report = run(plan(table).asOf(NOON.plusSeconds(900)).silence(Duration.ofSeconds(61)));
        assertThat(values(table)).isEqualTo(expected("a", 2));
        assertThat(report.history().silences())
                .as("a window is whole without a change")
                .isEmpty();
    }

    @Test
    void restore_cutWhereAWindowBegins_isRefusedNamingTheInstantBefore() {
        writer.full(List.of(item("a", 1)), NOON, 10);
        writer.incremental(List.of(change(NOON.plusSeconds(800), "a", 1, 2)), NOON, NOON.plusSeconds(900), 10);
        writer.incremental(
                List.of(change(NOON.plusSeconds(900), "a", 2, 3)), NOON.plusSeconds(900), NOON.plusSeconds(1800), 10);
        String table = Fixture.table(TableShape.S);

        RestoreException refused = Fixture.failure(() -> run(plan(table).asOf(NOON.plusSeconds(900))));
        assertThat(refused.hint()).contains("2026-01-14T12:14:59.999999Z", "2026-01-14T12:29:59.999999Z");

        run(plan(table).asOf(Instant.parse("2026-01-14T12:14:59.999999Z")));
        assertThat(values(table)).isEqualTo(expected("a", 2));
    }

    @Test
    void restore_windowThatIsMissing_isNamedHoweverShort() {
        writer.full(List.of(item("a", 1)), NOON, 10);
        writer.incremental(List.of(), NOON, NOON.plusSeconds(900), 10);
        writer.incremental(
                List.of(change(NOON.plusSeconds(1900), "a", 2, 3)), NOON.plusSeconds(1800), NOON.plusSeconds(2700), 10);

        RestoreReport report = run(plan(Fixture.table(TableShape.S)).asOf(NOON.plusSeconds(3000)));

        assertThat(report.history().silences())
                .containsExactly(
                        new RestoreHistory.Silence("window-missing", NOON.plusSeconds(900), NOON.plusSeconds(1800)),
                        new RestoreHistory.Silence("window-missing", NOON.plusSeconds(2700), NOON.plusSeconds(3000)));
    }

    /** DynamoDB writes the manifests of an export last: what lies there before may lack items. */
    @Test
    void restore_exportWithoutItsManifests_isLeftOut() {
        String unfinished = writer.full(List.of(item("a", 1), item("b", 2)), NOON, 1);
        String begun =
                writer.incremental(List.of(change(NOON.plusSeconds(100), "a", 1, 2)), NOON, NOON.plusSeconds(900), 10);
        for (String directory : List.of(unfinished, begun)) {
            for (String key : TestServers.s3().keys(bucket, directory + "manifest")) {
                TestServers.s3()
                        .asyncClient()
                        .deleteObject(request -> request.bucket(bucket).key(key))
                        .join();
            }
        }
        String table = Fixture.table(TableShape.S);

        assertThat(refusal(plan(table), RestoreErrorCode.BACKUP_EMPTY)).contains("no backup object");
        assertThat(refusal(
                        Fixture.plan(Fixture.backup(List.of(Fixture.inserts(1))), table)
                                .base(Backup.at(writer.location())),
                        RestoreErrorCode.BACKUP_INCOMPLETE))
                .contains("was begun, but has no manifest");

        writer.full(List.of(item("c", 3)), NOON.minusSeconds(86_400), 10);
        RestoreReport report = run(plan(table));
        assertThat(values(table)).isEqualTo(expected("c", 3));
        assertThat(report.objects().skippedByReason()).containsEntry("export-unfinished", 5L);
    }

    @Test
    void restore_emptyExport_isASnapshotOfNothing() {
        writer.full(List.of(), NOON, 10);
        writer.incremental(List.of(change(NOON.plusSeconds(100), "a", null, 1)), NOON, NOON.plusSeconds(900), 10);
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(plan(table));

        assertThat(values(table)).isEqualTo(expected("a", 1));
        assertThat(report.history().lostChanges()).isZero();
    }

    @Test
    void restore_namesThatLeadElsewhere_areRefused() {
        String table = Fixture.table(TableShape.S);
        TestServers.s3()
                .put(
                        bucket,
                        "emr/manifest",
                        "{\"name\":\"DynamoDB-export\",\"version\":3,\"entries\":[{\"url\":\"s3://b/..\",\"mandatory\":true}]}"
                                .getBytes(UTF_8));
        TestServers.s3().put(bucket, "emr/x", "{\"pk\":{\"s\":\"a\"}}\n".getBytes(UTF_8));

        assertThat(refusal(Fixture.plan("s3://" + bucket + "/emr/", table), RestoreErrorCode.BACKUP_INCOMPLETE))
                .contains("outside of the backup");
    }
}
