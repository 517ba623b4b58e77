package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The whole way, from the arguments to the items, on real servers. */
class RestoreCommandTest {

    private static final String BAD_LINE = "{\"Keys\":{\"id\":{\"S\":\"c\"}},\"NewImage\":{\"id\":";

    @TempDir
    Path directory;

    private final EmbeddedS3 s3 = TestServers.s3();
    private final String bucket = TestServers.uniqueBucketName("cli");
    private final String table = TestServers.uniqueTableName("cli");

    @BeforeEach
    void createBucket() {
        s3.createBucket(bucket);
    }

    private void createTable() {
        Servers.createTable(table, "id");
    }

    private static String put(String id, int version, long sequence, long second) {
        return "{\"Keys\":{\"id\":{\"S\":\"" + id + "\"}},\"NewImage\":{\"id\":{\"S\":\"" + id
                + "\"},\"version\":{\"N\":\"" + version + "\"}},\"SequenceNumber\":\"" + sequence
                + "\",\"SizeBytes\":20,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\",\"ApproximateCreationDateTime\":"
                + second + ",\"eventName\":\"" + (version == 1 ? "INSERT" : "MODIFY") + "\"}\n";
    }

    private static String remove(String id, long sequence, long second) {
        return "{\"Keys\":{\"id\":{\"S\":\"" + id + "\"}},\"SequenceNumber\":\"" + sequence
                + "\",\"SizeBytes\":3,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\",\"ApproximateCreationDateTime\":"
                + second + ",\"eventName\":\"REMOVE\"}\n";
    }

    private void backUp(String... lines) {
        s3.put(bucket, "backup/object-1", String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }

    private CommandLineRun restore(String... options) {
        List<String> args =
                new ArrayList<>(List.of("restore", "--from", "s3://" + bucket + "/backup/", "--into", table));
        args.addAll(List.of(options));
        return CommandLineRun.of(SERVERS, args.toArray(String[]::new));
    }

    private Map<String, String> versions() {
        return Servers.versions(table);
    }

    @Test
    void restore_servicesDoNotAnswer_failsAndIsNoRefusal() throws IOException {
        Clients nowhere = new Clients() {
            @Override
            public S3AsyncClient s3() {
                return SERVERS.s3();
            }

            @Override
            public DynamoDbAsyncClient dynamoDb() {
                return TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(URI.create("http://127.0.0.1:1"))
                        .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                        .build();
            }
        };
        Path report = directory.resolve("report.json");

        CommandLineRun run = CommandLineRun.of(
                nowhere, "restore", "--from", "s3://" + bucket + "/", "--into", table, "--report", report.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(values(Files.readString(report))).containsEntry("status", "FAILED");
        assertThat(run.err()).contains("DynamoDB did not answer").contains("hint: check region, endpoint and network");
    }

    /** The values of a JSON object by their paths, such as {@code records.read}; empty containers are left out. */
    private static Map<String, String> values(String json) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                JsonToken token = parser.currentToken();
                if (token.isScalarValue()) {
                    String path = parser.getParsingContext().pathAsPointer().toString();
                    values.put(path.substring(1).replace('/', '.'), parser.getText());
                }
            }
        }
        return values;
    }

    @Test
    void restore_goodBackup_writesTheItemsAndTheReport() throws IOException {
        createTable();
        backUp(
                put("a", 2, 300, 1_476_000_010),
                put("a", 1, 100, 1_476_000_000),
                put("b", 1, 200, 1_476_000_001),
                remove("b", 400, 1_476_000_011),
                put("c", 1, 500, 1_476_000_012));
        Path report = directory.resolve("report.json");

        CommandLineRun run = restore("--report", report.toString(), "--write-rate", "100");

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "2", "c", "1"));
        assertThat(run.out()).contains("COMPLETED " + table, "records read", "applied", "puts", "duration");
        Map<String, String> told = values(Files.readString(report));
        assertThat(told)
                .containsEntry("status", "COMPLETED")
                .containsEntry("table", table)
                .containsEntry("objects.listed", "1")
                .containsEntry("objects.read", "1")
                .containsEntry("objects.skipped", "0")
                .containsEntry("records.read", "5")
                .containsEntry("records.applied", "3")
                .containsEntry("records.superseded", "2")
                .containsEntry("records.duplicate", "0")
                .containsEntry("records.afterCut", "0")
                .containsEntry("records.filtered", "0")
                .containsEntry("records.deadLettered", "0")
                .containsEntry("writes.puts", "2")
                .containsKeys(
                        "asOf",
                        "writes.deletes",
                        "writes.units",
                        "writes.throttled",
                        "writes.resent",
                        "durationMillis");
    }

    @Test
    void restore_asOf_leavesLaterChangesOut() {
        createTable();
        backUp(put("a", 1, 100, 1_476_000_000), put("a", 2, 200, 1_476_000_010), put("b", 1, 300, 1_476_000_011));

        CommandLineRun run = restore("--as-of", "2016-10-09T08:00:05Z", "--quiet");

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(versions()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void restore_badRecord_exits4AndWritesNothing() throws IOException {
        createTable();
        backUp(put("a", 1, 100, 1_476_000_000), BAD_LINE);
        Path report = directory.resolve("report.json");
        Path letters = directory.resolve("dead.jsonl");

        CommandLineRun run = restore("--report", report.toString(), "--dead-letters", letters.toString());

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err())
                .contains("dynarestore: ")
                .contains("bad record: s3://" + bucket + "/backup/object-1 at byte ");
        assertThat(versions()).isEmpty();
        assertThat(Files.readAllLines(letters)).hasSize(1);
        assertThat(values(Files.readString(report)))
                .containsEntry("status", "REFUSED")
                .containsEntry("records.deadLettered", "1")
                .containsKeys("badRecords.0.object", "badRecords.0.byteOffset")
                .containsKeys("badRecords.0.reason", "badRecords.0.detail");
    }

    @Test
    void restore_deadLetterMode_exits3AndKeepsTheRecord() throws IOException {
        createTable();
        String good = put("a", 1, 100, 1_476_000_000);
        backUp(good, BAD_LINE);
        Path letters = directory.resolve("dead.jsonl");

        CommandLineRun run = restore("--bad-records", "dead-letter", "--dead-letters", letters.toString());

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(versions()).isEqualTo(Map.of("a", "1"));
        assertThat(Files.readAllLines(letters)).hasSize(1);
        Map<String, String> letter = values(Files.readString(letters));
        assertThat(letter)
                .containsOnlyKeys("object", "byteOffset", "reason", "detail", "raw")
                .containsEntry("object", "s3://" + bucket + "/backup/object-1")
                .containsEntry("byteOffset", Integer.toString(good.length()));
        assertThat(new String(Base64.getDecoder().decode(letter.get("raw")), StandardCharsets.UTF_8))
                .isEqualTo(BAD_LINE);
        assertThat(run.err()).contains(letter.get("reason"));
    }

    @Test
    void restore_tableMissing_exits4() {
        backUp(put("a", 1, 100, 1_476_000_000));

        CommandLineRun run = restore();

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("dynarestore: ").contains(table);
    }

    @Test
    void restore_emrExport_isFoundByIdAndByItsFirstBytes() {
        createTable();
        backUp("{\"id\":{\"s\":\"a\"},\"version\":{\"n\":\"1\"}}\n");

        CommandLineRun named = restore("--format", "emr-export");
        CommandLineRun recognised = restore("--existing", "overwrite");

        assertThat(named.err()).isEmpty();
        assertThat(named.exitCode()).isZero();
        assertThat(recognised.exitCode()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void restore_formatUnknown_exits4() {
        createTable();

        CommandLineRun run = restore("--format", "nonsense");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("dynarestore: there is no backup format 'nonsense'", "hint: ");
    }
}
