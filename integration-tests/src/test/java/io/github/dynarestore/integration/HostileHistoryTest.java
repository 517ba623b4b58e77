package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.KinesisRecordWriter;
import io.github.dynarestore.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Record;

/** Histories that decided a key wrongly once. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileHistoryTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final long BEFORE = 1_709_251_200;
    private static final Instant SINCE = Instant.ofEpochSecond(BEFORE);
    private static final KinesisRecordWriter MILLIS = new KinesisRecordWriter("orders", TimeUnit.MILLISECONDS);

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport run(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static Map<String, AttributeValue> item(String key, String value) {
        return value == null
                ? null
                : new TreeMap<>(Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromS(value)));
    }

    private static String change(String key, String before, String after, long second) {
        Map<String, AttributeValue> keys = Map.of("pk", AttributeValue.fromS(key));
        return new String(
                        History.line(new History.Change(
                                keys,
                                item(key, before),
                                item(key, after),
                                BigInteger.valueOf(1_000 + second),
                                BEFORE + second)),
                        StandardCharsets.UTF_8)
                + "\n";
    }

    private static String expired(String line) {
        return line.replaceFirst(
                "\\{", "{\"userIdentity\":{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"},");
    }

    private static String log(String... lines) {
        return Fixture.backup(List.of(String.join("", lines).getBytes(StandardCharsets.UTF_8)));
    }

    private static String snapshot(String directory, List<Map<String, AttributeValue>> items) {
        String bucket = TestServers.uniqueBucketName("snapshot");
        TestServers.s3().createBucket(bucket);
        new EmrExportWriter(TestServers.s3(), bucket, directory).write(items, EmrExportWriter.Spelling.values()[0], 20);
        return "s3://" + bucket + "/" + directory + "/";
    }

    private static String value(String table, String key) {
        Map<String, Object> item = Fixture.items(table)
                .get(Values.plain(Map.of("pk", AttributeValue.fromS(key))).toString());
        return item == null ? null : String.valueOf(item.get("v"));
    }

    private static void put(String table, Map<String, AttributeValue> item) {
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(item))
                .join();
    }

    /** "TTL removals: --ttl-removals ignore keeps such items", and "undo equals the true earlier state". */
    @Test
    void undo_itemThatExpiredAndWasMadeAnewWithExpiryIgnored_comesBack() {
        String table = Fixture.table(TableShape.S);
        put(table, item("a", "new"));

        RestoreReport report =
                run(Fixture.plan(log(expired(change("a", "old", null, 10)), change("a", null, "new", 20)), table)
                        .undoSince(SINCE)
                        .ttlRemovals(TtlRemovals.IGNORE));

        assertThat(value(table, "a")).as("%s", report).isEqualTo("S old");
    }

    /** "Pruning never changes the result": delivered within 48 hours, in a directory named in the time zone of Tokyo. */
    @Test
    void restore_recordDeliveredWithin48HoursInADirectoryOfAnotherTimeZone_counts() {
        String bucket = TestServers.uniqueBucketName("tokyo");
        TestServers.s3().createBucket(bucket);
        // 2024-03-01T00:00:10 UTC, delivered 2024-03-02T20 UTC, which is the 3rd, 05 o'clock, in Tokyo.
        TestServers.s3()
                .put(
                        bucket,
                        "log/2024/03/01/09/orders-1",
                        change("a", null, "x", 10).getBytes(StandardCharsets.UTF_8));
        TestServers.s3()
                .put(
                        bucket,
                        "log/2024/03/03/05/orders-1",
                        change("a", "x", "y", 20).getBytes(StandardCharsets.UTF_8));
        String location = "s3://" + bucket + "/log/";
        Instant cut = Instant.ofEpochSecond(BEFORE + 60);
        String pruned = Fixture.table(TableShape.S);
        String whole = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(location, pruned).asOf(cut));
        run(Fixture.plan(location, whole).asOf(cut).lateness(Duration.ofDays(365)));

        assertThat(Fixture.items(pruned)).as("%s", report).isEqualTo(Fixture.items(whole));
    }

    private static byte[] kinesis(String before, String after, Instant time, UUID id) {
        Record.Builder record = Record.builder()
                .eventID(id.toString())
                .eventName(after == null ? "REMOVE" : before == null ? "INSERT" : "MODIFY")
                .dynamodb(stream -> {
                    stream.keys(Map.of("pk", AttributeValue.fromS("a")))
                            .sizeBytes(44L)
                            .approximateCreationDateTime(time);
                    if (after != null) {
                        stream.newImage(item("a", after));
                    }
                    if (before != null) {
                        stream.oldImage(item("a", before));
                    }
                });
        return MILLIS.encode(record.build());
    }

    /** "Never silently wrong": x → y, the snapshot reads y, y → x, all within a millisecond. The item is x. */
    @Test
    void restore_snapshotReadBetweenTwoChangesOfOneMillisecond_isTrueOrAmbiguous() {
        String table = Fixture.table(TableShape.S);
        Instant time = Instant.ofEpochMilli(BEFORE * 1_000 + 10_123);
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        log.writeBytes(kinesis("x", "y", time, new UUID(1, 7)));
        log.writeBytes(kinesis("y", "x", time, new UUID(2, 7)));
        String base = snapshot("base", List.of(item("a", "y")));

        RestoreReport report = run(Fixture.plan(Fixture.backup(List.of(log.toByteArray())), table)
                .base(Backup.at(base).takenBetween(SINCE, SINCE.plusSeconds(60)))
                .asOf(SINCE.plusSeconds(120)));

        assertThat(report.history().ambiguousKeys() > 0 || "S x".equals(value(table, "a")))
                .as("%s, %s", value(table, "a"), report)
                .isTrue();
    }

    private static AttributeValue odd(int kind, int size) {
        String text = "x".repeat(size);
        return switch (kind) {
            case 0 -> AttributeValue.fromS(text);
            case 1 -> AttributeValue.fromB(SdkBytes.fromUtf8String(text));
            case 2 -> AttributeValue.fromL(List.of(AttributeValue.fromS(text), AttributeValue.fromNul(true)));
            case 3 ->
                AttributeValue.fromM(Map.of("ключ", AttributeValue.fromS(text), "b", AttributeValue.fromBool(false)));
            case 4 -> AttributeValue.fromSs(List.of(text, "ü𝄞"));
            case 5 ->
                AttributeValue.fromM(Map.of(
                        "n", AttributeValue.fromNs(List.of("-1.5", "1E+100", "-0.0000123", "12345678901234567890")),
                        "s", AttributeValue.fromS(text)));
            case 6 ->
                AttributeValue.fromL(List.of(
                        AttributeValue.fromL(List.of()),
                        AttributeValue.fromM(Map.of()),
                        AttributeValue.fromN("-" + "9".repeat(38)),
                        AttributeValue.fromN("100"),
                        AttributeValue.fromN("1000"),
                        AttributeValue.fromN("0.1"),
                        AttributeValue.fromN("0"),
                        AttributeValue.fromN("-0.10"),
                        AttributeValue.fromS(text)));
            default -> AttributeValue.fromBs(List.of(SdkBytes.fromUtf8String(text), SdkBytes.fromUtf8String("")));
        };
    }

    /** "Estimated and consumed units agree exactly": items around each border of a unit, one table for each kind of value. */
    @Test
    void estimate_itemsAroundTheBordersOfAUnit_agreesWithWhatIsConsumed() {
        for (int kind = 0; kind < 8; kind++) {
            StringBuilder lines = new StringBuilder();
            int number = 0;
            for (int size = 900; size < 1_025; size++) {
                Map<String, AttributeValue> key = Map.of("pk", AttributeValue.fromS("k" + size));
                Map<String, AttributeValue> item = new TreeMap<>(key);
                item.put("o", odd(kind, size + (size % 3) * 1_024));
                lines.append(new String(
                                History.line(new History.Change(
                                        key, null, item, BigInteger.valueOf(++number), BEFORE + number)),
                                StandardCharsets.UTF_8))
                        .append('\n');
            }
            String table = Fixture.table(TableShape.S);
            RestorePlan.Builder plan = Fixture.plan(log(lines.toString()), table);

            RestoreEstimate estimate = RESTORES.estimate(plan.build()).join();
            RestoreReport report = run(plan);

            assertThat(estimate.units())
                    .as("kind %d", kind)
                    .isEqualTo(report.writes().units());
        }
    }

    /** One of two logs has no old images, the other has them. */
    @Test
    void undo_changeInTwoLogsOfWhichOneHasOldImages_isUndone() {
        String table = Fixture.table(TableShape.S);
        put(table, item("a", "y"));
        String with = change("a", "x", "y", 10);
        String without = with.replaceFirst("\"OldImage\":\\{.*?\\}\\},", "");
        assertThat(without).isNotEqualTo(with);

        RestoreReport report = run(RestorePlan.builder()
                .from(log(without))
                .from(log(with))
                .into(table)
                .writeRate(WriteRate.unitsPerSecond(1_000))
                .undoSince(SINCE));

        assertThat(value(table, "a")).as("%s", report).isEqualTo("S x");
    }
}
