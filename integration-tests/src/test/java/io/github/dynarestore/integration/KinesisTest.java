package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.testing.KinesisRecordWriter;
import io.github.dynarestore.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;

/** Changes without numbers, as Kinesis delivers them, through real servers. */
class KinesisTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final KinesisRecordWriter MILLIS = new KinesisRecordWriter("orders", TimeUnit.MILLISECONDS);
    private static final KinesisRecordWriter MICROS = new KinesisRecordWriter("orders", TimeUnit.MICROSECONDS);

    private static int histories;
    private static int ambiguous;

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
        System.out.println(
                "KinesisTest: " + histories + " histories, " + ambiguous + " with changes whose order is open");
        assertThat(ambiguous).isLessThan(histories / 4);
    }

    /** Within a second the changes have ten times to share, so that some of a key have the same. */
    private static List<Record> records(History history, Random random) {
        Map<Long, Integer> inSecond = new HashMap<>();
        List<Record> records = new ArrayList<>();
        for (History.Change change : history.changes()) {
            int number = inSecond.merge(change.epochSecond(), random.nextInt(2), Integer::sum);
            records.add(record(
                    change,
                    Instant.ofEpochSecond(change.epochSecond(), number * 400_000L),
                    new UUID(random.nextLong(), random.nextLong())));
        }
        return records;
    }

    private static Record record(History.Change change, Instant time, UUID id) {
        StreamRecord.Builder stream =
                StreamRecord.builder().keys(change.key()).sizeBytes(44L).approximateCreationDateTime(time);
        if (change.image() != null) {
            stream.newImage(change.image());
        }
        if (change.oldImage() != null) {
            stream.oldImage(change.oldImage());
        }
        return Record.builder()
                .eventID(id.toString())
                .eventName(change.image() == null ? "REMOVE" : change.oldImage() == null ? "INSERT" : "MODIFY")
                .dynamodb(stream.build())
                .build();
    }

    private static List<byte[]> delivered(List<byte[]> encoded, Random random) {
        List<byte[]> lines = new ArrayList<>(encoded);
        for (byte[] line : encoded) {
            if (random.nextInt(4) == 0) {
                lines.add(line);
            }
        }
        Collections.shuffle(lines, random);
        List<byte[]> objects = new ArrayList<>();
        int size = 1 + random.nextInt(40);
        for (int from = 0; from < lines.size(); from += size) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            lines.subList(from, Math.min(lines.size(), from + size)).forEach(body::writeBytes);
            objects.add(random.nextBoolean() ? body.toByteArray() : History.gzip(body.toByteArray()));
        }
        return objects;
    }

    private static RestoreReport run(RestorePlan plan) {
        return RESTORES.start(plan).completion().join();
    }

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void restore_anyHistory_equalsOracleOrIsAmbiguous(@ForAll long seed, @ForAll TableShape shape) {
        Random random = new Random(seed);
        History history = new History(shape, random.nextLong()).live(1 + random.nextInt(150), 1 + random.nextInt(8));
        // The unit may be changed while a stream lives.
        Random units = new Random(seed);
        List<byte[]> encoded = records(history, random).stream()
                .map(record -> (units.nextBoolean() ? MILLIS : MICROS).encode(record))
                .toList();
        Instant cut = Instant.ofEpochSecond(
                history.changes().get(random.nextInt(history.changes().size())).epochSecond(), 999_000_000);
        String table = Fixture.table(shape);
        try {
            RestoreReport report = run(Fixture.plan(Fixture.backup(delivered(encoded, random)), table)
                    .asOf(cut)
                    .build());

            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.records().deadLettered()).isZero();
            assertThat(report.history().generationConflicts()).isZero();
            histories++;
            if (report.history().ambiguousKeys() > 0) {
                ambiguous++;
            } else {
                assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(cut));
                assertThat(report.history().lostChanges()).isZero();
            }
        } finally {
            Fixture.drop(table);
        }
    }

    private static byte[] joined(List<byte[]> lines) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        lines.forEach(body::writeBytes);
        return body.toByteArray();
    }

    private static History.Change change(String before, String after) {
        Map<String, AttributeValue> key = Map.of("pk", AttributeValue.fromS("a"));
        return new History.Change(key, image(before), image(after), null, 0);
    }

    private static Map<String, AttributeValue> image(String value) {
        return value == null ? null : Map.of("pk", AttributeValue.fromS("a"), "v", AttributeValue.fromS(value));
    }

    private static RestoreReport restore(String table, List<History.Change> changes) {
        Instant time = Instant.parse("2024-03-01T00:00:00.123Z");
        List<byte[]> lines = new ArrayList<>();
        for (History.Change change : changes) {
            lines.add(MILLIS.encode(record(change, time, new UUID(lines.size(), 7))));
        }
        Collections.reverse(lines);
        return run(Fixture.plan(Fixture.backup(List.of(joined(lines))), table).build());
    }

    @Test
    void restore_changesOfOneMillisecond_areOrderedByTheirImages() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(
                table,
                List.of(change(null, "x"), change("x", "y"), change("y", "x"), change("x", null), change(null, "y")));

        assertThat(report.history().ambiguousKeys()).isZero();
        assertThat(report.records().duplicate()).isZero();
        assertThat(Fixture.items(table).values())
                .singleElement()
                .satisfies(item -> assertThat(item.get("v")).asString().contains("y"));
    }

    @Test
    void restore_roundTripWithoutABegin_isNamedAsAmbiguous() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(table, List.of(change("x", "y"), change("y", "x")));

        assertThat(report.history().ambiguousKeys()).isEqualTo(1);
        assertThat(report.history().ambiguous()).hasSize(1);
        assertThat(report.toJson()).contains("\"ambiguousKeys\" : 1");
    }

    @Test
    void restore_twoTables_takesTheOneAskedFor() {
        KinesisRecordWriter other = new KinesisRecordWriter("customers", TimeUnit.MILLISECONDS);
        Instant time = Instant.parse("2024-03-01T00:00:00Z");
        byte[] body = joined(List.of(
                MILLIS.encode(record(change(null, "x"), time, new UUID(1, 1))),
                other.encode(record(change(null, "z"), time.plusSeconds(9), new UUID(1, 2)))));
        String location = Fixture.backup(List.of(body));
        String table = Fixture.table(TableShape.S);

        assertThat(Fixture.failure(() -> run(Fixture.plan(location, table).build()))
                        .code())
                .isEqualTo(RestoreErrorCode.ORDER_MIXED);
        RestoreReport report = run(RestorePlan.builder()
                .from(Backup.at(location).table("orders"))
                .into(table)
                .build());

        assertThat(report.records().filtered()).isEqualTo(1);
        assertThat(report.records().addsUp()).isTrue();
        assertThat(Fixture.items(table).values())
                .singleElement()
                .satisfies(item -> assertThat(item.get("v")).asString().contains("x"));
    }

    private static byte[] failed(byte[] record) {
        return ("{\"attemptsMade\":4,\"arrivalTimestamp\":1709251300000,\"errorCode\":\"Lambda.FunctionTimedOut\","
                        + "\"errorMessage\":\"x\",\"attemptEndingTimestamp\":1709251400000,\"rawData\":\""
                        + Base64.getEncoder().encodeToString(record) + "\",\"lambdaArn\":\"arn\"}\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void start_recordsThatFirehoseCouldNotDeliverWithoutTheirFormat_isRefused() {
        try (DynamoDbRestoreManager withoutFormats = DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(Fixture.DYNAMO_DB)
                .classLoader(ClassLoader.getPlatformClassLoader())
                .build()) {
            RestorePlan plan =
                    Fixture.plan("s3://bucket/backup/", "table").recoverFailed().build();

            assertThat(Fixture.failure(() -> withoutFormats.start(plan)))
                    .hasMessageContaining("there is no backup format 'firehose-failed'");
        }
    }

    @Test
    void restore_recordsThatFirehoseCouldNotDeliver_areReadIfAskedFor() {
        String location = Fixture.backup(List.of(Fixture.inserts(3)));
        String bucket = location.split("/")[2];
        TestServers.s3()
                .put(
                        bucket,
                        "backup/processing-failed/2024/03/01/00/orders-1-x",
                        joined(List.of(
                                failed(Fixture.insert("k9", 9).getBytes(StandardCharsets.UTF_8)),
                                failed((Fixture.insert("k7", 7) + "\n" + Fixture.insert("k1", 2))
                                        .getBytes(StandardCharsets.UTF_8)))));
        String without = Fixture.table(TableShape.S);
        RestoreReport left = run(Fixture.plan(location, without).build());
        assertThat(left.objects().skippedByReason()).containsEntry("processing-failed", 1L);
        assertThat(Fixture.items(without)).hasSize(3);

        String table = Fixture.table(TableShape.S);
        RestoreReport report = run(Fixture.plan(location, table).recoverFailed().build());

        assertThat(report.objects().skippedByReason()).isEmpty();
        assertThat(report.records().read()).isEqualTo(6);
        assertThat(report.records().duplicate()).isEqualTo(1);
        assertThat(Fixture.items(table)).hasSize(5);
    }
}
