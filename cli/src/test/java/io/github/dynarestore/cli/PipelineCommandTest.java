package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The template's seven parameters; and, row by row, docs/data-pipeline.md's table of what differs from the template. */
class PipelineCommandTest {

    private static Clients with(Supplier<S3AsyncClient> s3) {
        return new Clients() {
            @Override
            public S3AsyncClient s3() {
                return s3.get();
            }

            @Override
            public DynamoDbAsyncClient dynamoDb() {
                return SERVERS.dynamoDb();
            }
        };
    }

    @TempDir
    Path directory;

    private final EmbeddedS3 s3 = TestServers.s3();
    private final String bucket = TestServers.uniqueBucketName("pipeline");
    private final String table = TestServers.uniqueTableName("pipeline");
    private int changes;

    @BeforeEach
    void createBucketAndTable() {
        s3.createBucket(bucket);
        Servers.createTable(table, "VendorID");
    }

    /** A change; {@code attributes} is null for a delete, {@code second} the time within a minute of 2016-10-15. */
    private String change(String id, int second, String attributes) {
        String key = "\"VendorID\":{\"S\":\"" + id + "\"}";
        changes++;
        return "{\"Keys\":{" + key + "}"
                + (attributes == null ? "" : ",\"NewImage\":{" + key + attributes + "}")
                + ",\"SequenceNumber\":\"" + (90 + changes) + "\",\"ApproximateCreationDateTime\":"
                + (1_476_489_600 + second) + ",\"eventName\":\"" + (attributes == null ? "REMOVE" : "MODIFY") + "\"}\n";
    }

    private void lay(String... lines) {
        s3.put(
                bucket,
                "backup/2016/10/15/00/orders-1-" + changes,
                String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> values() {
        Map<String, String> values = new TreeMap<>();
        values.put("myInputS3Loc", "s3://" + bucket + "/backup/2016/10/15");
        values.put("myDDBTableName", table);
        values.put("myDDBWriteThroughputRatio", "1");
        values.put("myDDBColDefn", "VendorID string,fare string");
        values.put("myDDBTableColMapping", "VendorID:VendorID,fare:fare");
        values.put("myNewimageFieldMapping", "NewImage.VendorID.S,NewImage.fare.N");
        values.put("myLogUri", "s3://" + bucket + "/logs/");
        return values;
    }

    private static String json(Map<String, String> values) {
        StringBuilder json = new StringBuilder("{");
        values.forEach((name, value) -> json.append(json.length() > 1 ? "," : "")
                .append('"')
                .append(name)
                .append("\":\"")
                .append(value.replace("\\", "\\\\"))
                .append('"'));
        return json.append('}').toString();
    }

    private CommandLineRun run(Map<String, String> values, String... options) throws IOException {
        return run(SERVERS, json(values), options);
    }

    private CommandLineRun run(Clients clients, String parameters, String... options) throws IOException {
        Path file = Files.writeString(directory.resolve("values.json"), parameters);
        List<String> args = new ArrayList<>(List.of(
                "pipeline",
                "--parameters",
                file.toString(),
                "--work-dir",
                directory.resolve("work").toString()));
        args.addAll(List.of(options));
        return CommandLineRun.of(clients, args.toArray(String[]::new));
    }

    private Map<String, Map<String, AttributeValue>> items() {
        Map<String, Map<String, AttributeValue>> items = new TreeMap<>();
        TestServers.dynamoDb()
                .asyncClient()
                .scan(scan -> scan.tableName(table).consistentRead(true))
                .join()
                .items()
                .forEach(item -> items.put(item.get("VendorID").s(), item));
        return items;
    }

    @Test
    void pipeline_values_restoreAndPutReportAndLogToTheLogUri() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"9.50\"},\"tip\":{\"N\":\"1\"}"));

        CommandLineRun run = run(values());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(items().get("a"))
                .isEqualTo(Map.of("VendorID", AttributeValue.fromS("a"), "fare", AttributeValue.fromS("9.50")));
        List<String> kept = s3.keys(bucket, "logs/" + table + "/");
        assertThat(kept)
                .hasSize(2)
                .allMatch(key -> key.matches("logs/.*/\\d{4}(-\\d{2}){5}/(report\\.json|run\\.log)"));
        assertThat(new String(s3.get(bucket, kept.get(0)), StandardCharsets.UTF_8))
                .contains("\"COMPLETED\"");
        assertThat(new String(s3.get(bucket, kept.get(1)), StandardCharsets.UTF_8))
                .contains("records read");
        try (var left = Files.walk(directory.resolve("work")).filter(Files::isRegularFile)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void pipeline_wholeTemplateAndOptions_areTakenToo() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"9.50\"},\"tip\":{\"N\":\"1\"}"));
        Map<String, String> values = values();
        values.remove("myDDBTableName");
        String template = "{\"objects\":[{\"id\":\"Default\"}],\"parameters\":[],\"values\":" + json(values) + "}";

        CommandLineRun run =
                run(SERVERS, template, "--myDDBTableName", table, "--keep-types", "--all-attributes", "--quiet");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(items().get("a"))
                .containsEntry("fare", AttributeValue.fromN("9.5"))
                .containsEntry("tip", AttributeValue.fromN("1"));
    }

    @Test
    void pipeline_logUriCannotBeWritten_keepsEverythingHereAndSaysSo() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"1\"}"));
        FaultRule denied = FaultRule.always(Fault.reply(HttpReply.s3Error(403, "AccessDenied")))
                .onlyFor(request -> request.method().equals("PUT"));
        try (FaultProxy proxy = FaultProxy.to(s3.endpoint(), denied)) {
            Clients clients = with(() ->
                    s3.asyncClientBuilder().endpointOverride(proxy.endpoint()).build());
            CommandLineRun run = run(clients, json(values()));

            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.err()).contains("could not be put to s3://" + bucket + "/logs/", "they are kept in");
        }
        assertThat(items()).hasSize(1);
        try (var left = Files.walk(directory.resolve("work")).filter(Files::isRegularFile)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("report.json", "run.log");
        }
    }

    @Test
    void pipeline_noClientForTheLogUri_keepsEverythingHereAndSaysSo() throws IOException {
        Path backup = Files.createDirectories(directory.resolve("backup"));
        Files.writeString(backup.resolve("orders-1"), change("a", 1, ",\"fare\":{\"N\":\"1\"}"));
        Map<String, String> values = values();
        values.put("myInputS3Loc", backup.toUri().toString());
        Clients withoutS3 = with(() -> {
            throw SdkClientException.create("Unable to load region");
        });

        CommandLineRun run = run(withoutS3, json(values));

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("could not be put to", "SdkClientException", "they are kept in");
        assertThat(items()).hasSize(1);
        try (var left = Files.walk(directory.resolve("work")).filter(Files::isRegularFile)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("report.json", "run.log");
        }
    }

    @Test
    void pipeline_valuesThatAreNullOrStandTwice_areLeftOutOrRefused() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"1\"}"));
        Map<String, String> values = values();
        values.remove("myLogUri");
        values.remove("myDDBWriteThroughputRatio");
        String rest = json(values).substring(1);

        CommandLineRun twice = run(SERVERS, "{\"myDDBTableName\":\"other-table\"," + rest);
        assertThat(twice.exitCode()).isEqualTo(2);
        assertThat(twice.err()).contains("Duplicate field 'myDDBTableName'");

        CommandLineRun nulls = run(SERVERS, "{\"myLogUri\":null,\"myDDBWriteThroughputRatio\":null," + rest);
        assertThat(nulls.exitCode()).as(nulls.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "myDDBTableColMapping | VendorID:VendorID | 4 | is not mapped to an attribute",
                "myDDBColDefn | VendorID string,fare strnig | 4 | column 2",
                "myNewimageFieldMapping | NewImage.VendorID.S | 4 | column 2, 'fare', has no field",
                "myDDBWriteThroughputRatio | 1.5 | 2 | must be 0.1 to 1.0",
                "myInputS3Loc | http://x/ | 2 | myInputS3Loc",
                "myLogUri | file:///tmp/ | 2 | myLogUri must be a place in S3, not file:///tmp/",
                "myColour | red | 2 | the template has no parameter 'myColour'",
            })
    void pipeline_wrongParameter_isRefusedBeforeAnythingIsRead(String name, String value, int exitCode, String message)
            throws IOException {
        Map<String, String> values = values();
        values.put(name, value);
        FaultProxy proxy = FaultProxy.to(s3.endpoint());
        Clients watched = with(
                () -> s3.asyncClientBuilder().endpointOverride(proxy.endpoint()).build());
        try (proxy) {
            CommandLineRun run = run(watched, json(values));

            assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
            assertThat(run.err()).contains(message);
            assertThat(proxy.requests(request -> request.method().equals("GET")))
                    .isEmpty();
        }
    }

    @Test
    void differs_deletes_areApplied() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"1\"}"), change("b", 2, ",\"fare\":{\"N\":\"2\"}"), change("a", 3, null));

        assertThat(run(values()).exitCode()).isZero();
        assertThat(items()).containsOnlyKeys("b");
    }

    @Test
    void differs_orderAndDuplicates_theLatestChangeCounts() throws IOException {
        String first = change("a", 1, ",\"fare\":{\"N\":\"1\"}");
        String second = change("a", 2, ",\"fare\":{\"N\":\"2\"}");
        for (int i = 0; i < 8; i++) {
            changes++;
        }
        // Its number has a digit more, which text order would take for less.
        String last = change("a", 3, ",\"fare\":{\"N\":\"3\"}");
        lay(last, second, first, second, first, last);

        assertThat(run(values()).exitCode()).isZero();
        assertThat(items().get("a")).containsEntry("fare", AttributeValue.fromS("3"));
    }

    @Test
    void differs_cut_isEnforced() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"1\"}"), change("a", 30, ",\"fare\":{\"N\":\"2\"}"));

        assertThat(run(values(), "--as-of", "2016-10-15T00:00:10Z").exitCode()).isZero();
        assertThat(items().get("a")).containsEntry("fare", AttributeValue.fromS("1"));
    }

    @Test
    void differs_numbers_keepAllTheirDigits() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"12345678901234567890123456789012345678\"}"));
        Map<String, String> values = values();
        values.put("myDDBColDefn", "VendorID string, fare double");

        assertThat(run(values).exitCode()).isZero();
        assertThat(items().get("a"))
                .containsEntry("fare", AttributeValue.fromN("12345678901234567890123456789012345678"));
    }

    @Test
    void differs_typesOfLaterYears_areKnown() throws IOException {
        lay(change("a", 1, ",\"paid\":{\"BOOL\":true},\"stops\":{\"L\":[{\"N\":\"1\"}]}"));
        Map<String, String> values = values();
        values.put("myDDBColDefn", "VendorID string,paid boolean,stops array<bigint>");
        values.put("myDDBTableColMapping", "VendorID:VendorID,paid:paid,stops:stops");
        values.put("myNewimageFieldMapping", "NewImage.VendorID.S,NewImage.paid.BOOL,NewImage.stops.L");

        assertThat(run(values).exitCode()).isZero();
        assertThat(items().get("a"))
                .containsEntry("paid", AttributeValue.fromBool(true))
                .containsEntry("stops", AttributeValue.fromNs(List.of("1")));
    }

    @Test
    void differs_attributesOfAnotherType_areDeadLettersAndNotLost() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"S\":\"1\"}"), change("b", 2, ",\"fare\":{\"N\":\"2\"}"));

        CommandLineRun run = run(values());

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("bad record: s3://" + bucket, "at byte 0: mapper.failed: mapper data-pipeline");
        assertThat(items()).containsOnlyKeys("b");
        assertThat(s3.keys(bucket, "logs/" + table + "/")).anyMatch(key -> key.endsWith("/dead-letters.jsonl"));
    }

    @Test
    void differs_severalDays_areReadWithAllTheirHours() throws IOException {
        s3.put(
                bucket,
                "backup/2016/10/14/23/orders-1-a",
                change("a", -60, ",\"fare\":{\"N\":\"1\"}").getBytes(StandardCharsets.UTF_8));
        s3.put(
                bucket,
                "backup/2016/10/15/01/orders-1-b",
                change("b", 3_600, ",\"fare\":{\"N\":\"2\"}").getBytes(StandardCharsets.UTF_8));
        Map<String, String> values = values();
        values.put("myInputS3Loc", "s3://" + bucket + "/backup/2016/10");

        assertThat(run(values).exitCode()).isZero();
        assertThat(items()).containsOnlyKeys("a", "b");
    }

    @Test
    void differs_quotesInNames_areNamesAndNoScript() throws IOException {
        lay(change("a", 1, ",\"f'); DROP TABLE x; --\":{\"N\":\"1\"}"));
        Map<String, String> values = values();
        values.put("myDDBTableColMapping", "VendorID:VendorID,fare:f'); DROP TABLE x; --");
        values.put("myNewimageFieldMapping", "NewImage.VendorID.S,NewImage.f'); DROP TABLE x; --.N");

        assertThat(run(values).exitCode()).isZero();
        assertThat(items().get("a")).containsEntry("f'); DROP TABLE x; --", AttributeValue.fromS("1"));
    }

    @Test
    void differs_brokenLines_areNamedAndTheRestGoesOn() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"1\"}"), "[object Object]\n", change("b", 2, ",\"fare\":{\"N\":\"2\"}"));

        CommandLineRun run = run(values(), "--bad-records", "dead-letter");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("record.object-object");
        assertThat(items()).containsOnlyKeys("a", "b");
    }

    @Test
    void differs_namesWithSpacesCasesAndDots_canBeMapped() throws IOException {
        lay(change("a", 1, ",\"x.y\":{\"S\":\"1\"},\"X.Y\":{\"S\":\"2\"}"));
        Map<String, String> values = values();
        values.put("myDDBColDefn", "VendorID string, lower string, upper string");
        values.put("myDDBTableColMapping", "VendorID:VendorID, lower:x.y, upper:X.Y");
        values.put("myNewimageFieldMapping", "NewImage.VendorID.S, NewImage.x\\.y.S, NewImage.X\\.Y.S");

        assertThat(run(values).exitCode()).isZero();
        assertThat(items().get("a"))
                .containsEntry("x.y", AttributeValue.fromS("1"))
                .containsEntry("X.Y", AttributeValue.fromS("2"));
    }

    @Test
    void differs_tableThatIsMissingOrNotEmpty_isRefused() throws IOException {
        lay(change("a", 1, ",\"fare\":{\"N\":\"1\"}"));
        Map<String, String> missing = values();
        missing.put("myDDBTableName", "no-such-table");
        assertThat(run(missing).exitCode()).isEqualTo(4);

        assertThat(run(values()).exitCode()).isZero();
        CommandLineRun again = run(values());
        assertThat(again.exitCode()).isEqualTo(4);
        assertThat(again.err()).contains("holds items");
        assertThat(run(values(), "--existing", "overwrite").exitCode()).isZero();
    }
}
