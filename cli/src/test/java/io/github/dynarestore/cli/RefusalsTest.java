package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.DynamoDbExportWriter;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What {@code restore} and {@code estimate} refuse alike for what lies at the locations: the message and exit code 4. */
class RefusalsTest {

    private static final long NOON_SECOND = 1_476_000_000;
    private static final String NOON = "2016-10-09T08:00:00Z";
    private static final String BEFORE_NOON = "2016-10-09T07:59:59Z";

    @TempDir
    Path directory;

    private final EmbeddedS3 s3 = TestServers.s3();
    private final String bucket = TestServers.uniqueBucketName("refusals");
    private final String table = TestServers.uniqueTableName("refusals");

    @BeforeEach
    void createBucketAndTable() {
        s3.createBucket(bucket);
        Servers.createTable(table, "id");
    }

    @AfterEach
    void nothingWasWritten() {
        assertThat(TestServers.dynamoDb()
                        .asyncClient()
                        .scan(scan -> scan.tableName(table).consistentRead(true))
                        .join()
                        .items())
                .isEmpty();
    }

    private String at(String prefix) {
        return "s3://" + bucket + "/" + prefix;
    }

    private void lay(String key, String... lines) {
        s3.put(bucket, key, String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }

    private void delete(String key) {
        s3.asyncClient()
                .deleteObject(request -> request.bucket(bucket).key(key))
                .join();
    }

    private static String insert(String id, int version, long sequence) {
        String key = "\"id\":{\"S\":\"" + id + "\"}";
        return "{\"Keys\":{" + key + "},\"NewImage\":{" + key + ",\"version\":{\"N\":\"" + version
                + "\"}},\"SequenceNumber\":\"" + (1_000 + sequence) + "\",\"ApproximateCreationDateTime\":"
                + (NOON_SECOND + sequence) + ",\"eventName\":\"INSERT\"}\n";
    }

    private static String undated(String line) {
        return line.replaceAll(",\"ApproximateCreationDateTime\":\\d+", "");
    }

    private CommandLineRun run(String command, String... options) {
        List<String> args = new ArrayList<>(List.of(command, "--into", table));
        args.addAll(List.of(options));
        return CommandLineRun.of(SERVERS, args.toArray(String[]::new));
    }

    private void assertBothRefused(List<String> said, String... options) {
        assertRefused(run("restore", options), said);
        assertRefused(run("estimate", options), said);
    }

    private static void assertRefused(CommandLineRun run, List<String> said) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(4);
        assertThat(run.err()).contains("hint: ").contains(said);
    }

    private void layBase() {
        lay("base/part-0", "{\"id\":{\"s\":\"a\"},\"version\":{\"n\":\"1\"}}\n");
    }

    @Test
    void nothingAtTheLocation() {
        assertBothRefused(List.of("no backup object lies at [" + at("nothing/") + "]"), "--from", at("nothing/"));
    }

    @Test
    void noSuchDirectory() {
        assertBothRefused(List.of("there is no ", "/nothing"), "--from", "file://" + directory + "/nothing/");
    }

    @Test
    void everySnapshotBegunAfterTheCut() {
        layBase();

        assertBothRefused(
                List.of("every snapshot was begun after the cut at " + BEFORE_NOON + ", the first at " + NOON),
                "--base",
                at("base/"),
                "--taken-at",
                NOON,
                "--as-of",
                BEFORE_NOON);
    }

    @Test
    void snapshotThatIsNotFinished() {
        DynamoDbExportWriter writer = new DynamoDbExportWriter(s3, bucket, "exports/");
        String export = writer.full(List.of(Map.of("id", AttributeValue.fromS("a"))), Instant.parse(NOON), 10);
        s3.keys(bucket, export + "manifest").forEach(this::delete);
        lay("log/1", insert("a", 1, 10));

        assertBothRefused(List.of("was begun, but has no manifest"), "--base", writer.location(), "--from", at("log/"));
    }

    @Test
    void objectOfTheManifestMissing() {
        DynamoDbExportWriter writer = new DynamoDbExportWriter(s3, bucket, "exports/");
        writer.full(List.of(Map.of("id", AttributeValue.fromS("a"))), Instant.parse(NOON), 10);
        s3.keys(bucket, "exports/").stream()
                .filter(key -> key.contains("/data/"))
                .forEach(this::delete);

        assertBothRefused(List.of(" names ", ", which is not there"), "--from", writer.location());
    }

    @Test
    void cutWithinTheWindowOfAnIncrementalExport() {
        DynamoDbExportWriter writer = new DynamoDbExportWriter(s3, bucket, "exports/");
        Instant noon = Instant.parse(NOON);
        writer.incremental(
                List.of(new DynamoDbExportWriter.Change(
                        noon.plusSeconds(9),
                        Map.of("id", AttributeValue.fromS("a")),
                        null,
                        Map.of("id", AttributeValue.fromS("a")))),
                noon,
                noon.plusSeconds(1_800),
                10);

        assertBothRefused(
                List.of(noon.plusSeconds(60) + " lies within the window of "),
                "--from",
                writer.location(),
                "--as-of",
                noon.plusSeconds(60).toString());
    }

    @Test
    void sinceBesideASnapshotOfUnknownTime() {
        layBase();
        lay("log/2016/10/09/08/1", insert("a", 2, 10));

        assertBothRefused(
                List.of("it is not known when the snapshot was begun", "--taken-at"),
                "--base",
                at("base/"),
                "--from",
                at("log/"),
                "--since",
                NOON);
    }

    @Test
    void oneTimeForTwoSnapshots() {
        layBase();
        lay("more/part-0", "{\"id\":{\"s\":\"z\"},\"version\":{\"n\":\"1\"}}\n");

        assertBothRefused(
                List.of("of some snapshots it is known when they were begun, of others it is not"),
                "--base",
                at("base/"),
                "--base",
                at("more/"),
                "--taken-at",
                NOON);
    }

    @Test
    void numbersWithoutATimeBesideTimesWithoutANumber() {
        lay("log/1", undated(insert("a", 1, 10)), insert("a", 2, 20).replaceAll("\"SequenceNumber\":\"\\d+\",", ""));

        assertBothRefused(
                List.of("changes that only a sequence number orders and changes that only a time orders"),
                "--from",
                at("log/"));
    }

    @Test
    void anotherKeySchema() {
        lay("log/1", insert("a", 1, 10).replace("\"id\"", "\"no\""));

        assertBothRefused(
                List.of("the key of table " + table + " is id (S), but the records have no (S)"), "--from", at("log/"));
    }

    @Test
    void recordsOfTwoTables() {
        lay("log/1", whole("orders", insert("a", 1, 10)), whole("customers", insert("b", 1, 20)));

        assertBothRefused(List.of("the backup holds records of table ", "orders", "customers"), "--from", at("log/"));
    }

    /** A record as Lambda gets it, which says what table it is of. */
    private static String whole(String table, String line) {
        return "{\"eventName\":\"INSERT\",\"eventSourceARN\":\"arn:aws:dynamodb:eu-west-1:111122223333:table/" + table
                + "/stream/2016-10-01T00:00:00.000\",\"dynamodb\":"
                + line.strip().replace(",\"eventName\":\"INSERT\"", "") + "}\n";
    }

    @Test
    void manyRecordsThatCannotBeUsed() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            lines.append(i % 2 == 0 ? "{\"bad\":1}\n" : insert("k" + i, 1, i));
        }
        lay("log/1", lines.toString());

        assertRefused(
                run("restore", "--from", at("log/")),
                List.of("of 300 records cannot be used in table " + table, "--max-bad-share"));
    }

    /** An estimate names bad records and goes on, since nothing is at stake. */
    @Test
    void recordsThatCannotBeUsed_areRefusedByRestoreAndToldByEstimate() {
        lay("log/1", insert("a", 1, 10), insert("a", 2, 10), insert("b", 1, 20));
        String[] contradiction = {"--from", at("log/")};
        lay("undated/1", undated(insert("a", 1, 10)));
        String[] undated = {"--from", at("undated/"), "--as-of", NOON};

        assertRefused(
                run("restore", contradiction),
                List.of(
                        "1 record cannot be used; nothing was written",
                        "order.contradiction: another image than the record of the same key and order at byte 0 of "
                                + at("log/1")));
        assertRefused(
                run("restore", undated),
                List.of("1 record cannot be used; nothing was written", "record.no-time", "--bad-records dead-letter"));
        assertTold(run("estimate", contradiction), "order.contradiction");
        assertTold(run("estimate", undated), "record.no-time");
    }

    private static void assertTold(CommandLineRun run, String said) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains(said, "refused: 1 record cannot be used");
    }

    @Test
    void extrasConfirmedWhereThereAreNone() {
        lay("log/1", insert("a", 1, 10));

        assertRefused(
                run("restore", "--from", at("log/"), "--existing", "exact", "--confirm", "3"),
                List.of("holds 0 items that are not in the restored state, not 3; nothing was written"));
    }

    @Test
    void tableMissing() {
        lay("log/1", insert("a", 1, 10));

        for (String command : List.of("restore", "estimate")) {
            assertRefused(
                    CommandLineRun.of(SERVERS, command, "--from", at("log/"), "--into", table + "-not"),
                    List.of("table " + table + "-not does not exist", "--create-table"));
        }
    }
}
