package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.ProxiedRequest;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What docs/permissions.md allows is exactly what each way to run calls, as recorded on the wire. */
class PermissionsTest {

    private static final Path PAGE = Path.of("..", "docs", "permissions.md");
    private static final Pattern POLICY = Pattern.compile("(?m)^## (.+)$(?s:.*?)^```json$\\R(?s:(.*?))^```$");

    @TempDir
    Path directory;

    private final EmbeddedS3 s3 = TestServers.s3();
    private final String backup = TestServers.uniqueBucketName("backup");
    private final String checkpoint = TestServers.uniqueBucketName("check");
    private final String logs = TestServers.uniqueBucketName("logs");
    private final String table = TestServers.uniqueTableName("permissions");
    private final FaultProxy toS3 = FaultProxy.to(s3.endpoint());
    private final FaultProxy toDynamoDb = FaultProxy.to(TestServers.dynamoDb().endpoint());
    private final Clients recorded = new Clients() {
        @Override
        public S3AsyncClient s3() {
            return s3.asyncClientBuilder().endpointOverride(toS3.endpoint()).build();
        }

        @Override
        public DynamoDbAsyncClient dynamoDb() {
            return TestServers.dynamoDb()
                    .asyncClientBuilder()
                    .endpointOverride(toDynamoDb.endpoint())
                    .build();
        }
    };

    @BeforeEach
    void create() {
        List.of(backup, checkpoint, logs).forEach(s3::createBucket);
        Servers.createTable(table, "id");
    }

    @AfterEach
    void close() {
        toS3.close();
        toDynamoDb.close();
    }

    private static String change(String event, String id, int number, String oldImage, String newImage) {
        return "{\"Keys\":{\"id\":{\"S\":\"" + id + "\"}}"
                + (oldImage.isEmpty() ? "" : ",\"OldImage\":" + image(id, oldImage))
                + (newImage.isEmpty() ? "" : ",\"NewImage\":" + image(id, newImage)) + ",\"SequenceNumber\":\"" + number
                + "\",\"ApproximateCreationDateTime\":" + (1_476_532_800 + number) + ",\"eventName\":\"" + event
                + "\"}\n";
    }

    private static String image(String id, String version) {
        return "{\"id\":{\"S\":\"" + id + "\"},\"version\":{\"N\":\"" + version + "\"}}";
    }

    private static final String LOG = change("INSERT", "a", 1, "", "1")
            + change("MODIFY", "a", 20, "1", "2")
            + change("INSERT", "b", 21, "", "1")
            + change("INSERT", "c", 3, "", "1");

    private void lay(String log) {
        s3.put(backup, "backup/2016/10/15/12/orders-1", log.getBytes(StandardCharsets.UTF_8));
    }

    private void hold(String id, String version) {
        TestServers.dynamoDb()
                .asyncClient()
                .putItem(request -> request.tableName(table)
                        .item(Map.of("id", AttributeValue.fromS(id), "version", AttributeValue.fromN(version))))
                .join();
    }

    private void assertDocumented(String heading, int exitCode, String... arguments) throws IOException {
        assertDocumented(heading, exitCode, List.<String[]>of(arguments));
    }

    private void assertDocumented(String heading, int exitCode, List<String[]> runs) throws IOException {
        long s3Before = toS3.requestCount();
        long dynamoDbBefore = toDynamoDb.requestCount();

        for (String[] arguments : runs) {
            CommandLineRun run = CommandLineRun.of(recorded, arguments);
            assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        }

        Set<String> used = new TreeSet<>();
        toS3.requests(request -> request.ordinal() > s3Before).forEach(request -> used.add(s3Action(request)));
        toDynamoDb
                .requests(request -> request.ordinal() > dynamoDbBefore)
                .forEach(request ->
                        used.add("dynamodb:" + request.operation() + " on arn:aws:dynamodb:*:*:table/TABLE"));
        assertThat(used).isEqualTo(documented().get(heading));
    }

    private String s3Action(ProxiedRequest request) {
        String[] pathAndQuery = request.path().split("\\?", 2);
        String query = pathAndQuery.length == 1 ? "" : pathAndQuery[1];
        String[] bucketAndKey = pathAndQuery[0].substring(1).split("/", 2);
        boolean isObject = bucketAndKey.length == 2 && !bucketAndKey[1].isEmpty();
        String bucket =
                Map.of(backup, "BACKUP", checkpoint, "CHECKPOINT", logs, "LOGS").get(bucketAndKey[0]);
        String action = switch (request.method()) {
            case "GET", "HEAD" -> isObject ? "s3:GetObject" : "s3:ListBucket";
            case "PUT" -> "s3:PutObject";
            case "DELETE" -> "s3:DeleteObject";
            case "POST" -> query.startsWith("delete") ? "s3:DeleteObject" : "unknown " + request;
            default -> "unknown " + request;
        };
        return action + " on arn:aws:s3:::" + bucket + (action.equals("s3:ListBucket") ? "" : "/*");
    }

    /** Each action with its resource, by the page's headings. */
    private static Map<String, Set<String>> documented() throws IOException {
        Map<String, Set<String>> policies = new LinkedHashMap<>();
        Matcher section = POLICY.matcher(Files.readString(PAGE));
        while (section.find()) {
            policies.put(section.group(1), allowed(section.group(2)));
        }
        return policies;
    }

    private static Set<String> allowed(String policy) throws IOException {
        Set<String> allowed = new TreeSet<>();
        try (JsonParser json = new JsonFactory().createParser(policy)) {
            while (json.nextToken() != JsonToken.START_ARRAY) {
                assertThat(json.currentToken()).isNotNull();
            }
            while (json.nextToken() != JsonToken.END_ARRAY) {
                Map<String, List<String>> statement = new LinkedHashMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    statement.put(name, texts(json));
                }
                assertThat(statement.get("Effect")).containsExactly("Allow");
                for (String action : statement.get("Action")) {
                    statement.get("Resource").forEach(resource -> allowed.add(action + " on " + resource));
                }
            }
        }
        return allowed;
    }

    private static List<String> texts(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return List.of(json.getText());
        }
        List<String> texts = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            texts.add(json.getText());
        }
        return texts;
    }

    private String[] restore(String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("restore", "--from", "s3://" + backup + "/backup/", "--into", table));
        arguments.addAll(List.of(more));
        return arguments.toArray(new String[0]);
    }

    @Test
    void page_everyPolicy_isTriedHere() throws IOException {
        assertThat(documented().keySet())
                .containsExactlyInAnyOrder(
                        "restore",
                        "restore from Kinesis into a table of the same name",
                        "restore --existing overwrite",
                        "restore --existing insert-only",
                        "restore --existing exact",
                        "restore --undo-since",
                        "restore --undo-force",
                        "estimate",
                        "restore --checkpoint",
                        "restore --dead-letters",
                        "pipeline",
                        "redrive",
                        "redrive --existing overwrite",
                        "restore --create-table",
                        "restore --boost");
    }

    @Test
    void restore_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        assertDocumented("restore", 0, restore());
    }

    @Test
    void kinesis_usesWhatIsDocumented() throws IOException {
        s3.put(
                backup,
                "backup/2016/10/15/12/orders-1",
                ("{\"awsRegion\":\"eu-west-1\",\"eventID\":\"e0f7a5f0-0000-4000-8000-000000000001\","
                                + "\"eventName\":\"INSERT\",\"userIdentity\":null,\"recordFormat\":\"application/json\","
                                + "\"tableName\":\"" + table
                                + "\",\"dynamodb\":{\"ApproximateCreationDateTime\":1709251201000,"
                                + "\"Keys\":{\"id\":{\"S\":\"a\"}},\"NewImage\":{\"id\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}},"
                                + "\"SizeBytes\":9},\"eventSource\":\"aws:dynamodb\"}\n")
                        .getBytes(StandardCharsets.UTF_8));
        assertDocumented("restore from Kinesis into a table of the same name", 0, restore());
    }

    @Test
    void createTable_usesWhatIsDocumented(@TempDir Path directory) throws IOException {
        lay(LOG);
        Path definition = Files.writeString(directory.resolve("table.json"), """
                {"Table":{"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
                  "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
                  "BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},
                  "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}},
                 "TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}}
                """);
        TestServers.dynamoDb()
                .asyncClient()
                .deleteTable(request -> request.tableName(table))
                .join();

        assertDocumented("restore --create-table", 0, restore("--create-table", definition.toString()));
    }

    @Test
    void boost_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        TestServers.dynamoDb()
                .asyncClient()
                .updateTable(request -> request.tableName(table)
                        .billingMode(BillingMode.PROVISIONED)
                        .provisionedThroughput(
                                units -> units.readCapacityUnits(5L).writeCapacityUnits(5L)))
                .join();

        assertDocumented("restore --boost", 0, restore("--boost", "50"));
    }

    @Test
    void overwrite_usesWhatIsDocumented() throws IOException {
        lay(LOG + change("REMOVE", "c", 30, "1", ""));
        hold("c", "7");
        assertDocumented("restore --existing overwrite", 0, restore("--existing", "overwrite"));
    }

    @Test
    void undoForce_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        hold("a", "7");
        assertDocumented("restore --undo-force", 0, restore("--undo-since", "2016-10-15T12:00:10Z", "--undo-force"));
    }

    @Test
    void insertOnly_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        hold("a", "7");
        assertDocumented("restore --existing insert-only", 0, restore("--existing", "insert-only"));
    }

    @Test
    void exact_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        hold("extra", "7");
        assertDocumented("restore --existing exact", 0, restore("--existing", "exact", "--confirm", "1"));
    }

    @Test
    void undo_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        hold("a", "2");
        hold("b", "1");
        hold("c", "1");
        assertDocumented("restore --undo-since", 0, restore("--undo-since", "2016-10-15T12:00:10Z"));
    }

    @Test
    void estimate_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        String[] estimate = restore();
        estimate[0] = "estimate";
        assertDocumented("estimate", 0, estimate);
    }

    @Test
    void checkpoint_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        String place = "s3://" + checkpoint + "/run/";
        // Another restore that takes the place once it is free clears it first.
        assertDocumented(
                "restore --checkpoint",
                0,
                List.of(restore("--checkpoint", place), restore("--checkpoint", place, "--existing", "overwrite")));
    }

    @Test
    void deadLetters_useWhatIsDocumented() throws IOException {
        lay(LOG + "[object Object]\n");
        assertDocumented(
                "restore --dead-letters",
                3,
                restore("--bad-records", "dead-letter", "--dead-letters", "s3://" + logs + "/letters"));
        assertThat(s3.keys(logs, "letters/")).singleElement().satisfies(key -> {
            assertThat(key).matches("letters/dead-letters-[0-9-]{19}-[0-9a-f]{8}\\.jsonl");
            assertThat(new String(s3.get(logs, key), StandardCharsets.UTF_8))
                    .startsWith("{\"object\":\"s3://" + backup)
                    .endsWith("}\n");
        });
    }

    @Test
    void pipeline_usesWhatIsDocumented() throws IOException {
        lay(LOG);
        assertDocumented(
                "pipeline",
                0,
                "pipeline",
                "--myInputS3Loc",
                "s3://" + backup + "/backup",
                "--myDDBTableName",
                table,
                "--myDDBColDefn",
                "id string,version bigint",
                "--myDDBTableColMapping",
                "id:id,version:version",
                "--myNewimageFieldMapping",
                "NewImage.id.S,NewImage.version.N",
                "--myLogUri",
                "s3://" + logs + "/pipeline/",
                "--work-dir",
                directory.toString());
    }

    @Test
    void redrive_usesWhatIsDocumented() throws IOException {
        assertDocumented("redrive", 0, redrive());
    }

    @Test
    void redriveOverwrite_usesWhatIsDocumented() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(redrive()));
        arguments.addAll(List.of("--existing", "overwrite"));
        assertDocumented("redrive --existing overwrite", 0, arguments.toArray(new String[0]));
    }

    private String[] redrive() throws IOException {
        lay(LOG);
        Path plan = directory.resolve("plan.json");
        String[] estimate = restore("--write-plan", plan.toString());
        estimate[0] = "estimate";
        assertThat(CommandLineRun.of(recorded, estimate).exitCode()).isZero();
        Path letters = directory.resolve("dead.jsonl");
        Files.writeString(
                letters,
                "{\"reason\":\"json.truncated\",\"record\":"
                        + change("INSERT", "x", 40, "", "1").strip()
                        + "}\n{\"reason\":\"json.truncated\",\"record\":"
                        + change("REMOVE", "y", 41, "", "").strip()
                        + "}\n");
        return new String[] {
            "redrive", "--dead-letters", letters.toString(), "--into", table, "--history", plan.toString()
        };
    }
}
