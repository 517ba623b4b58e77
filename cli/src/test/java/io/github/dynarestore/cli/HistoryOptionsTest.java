package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The options about history, targets, memory and checkpoints; each refusal with what it says. */
class HistoryOptionsTest {

    private static final String NOON = "2016-10-09T08:00:00Z";
    private static final long NOON_SECOND = 1_476_000_000;

    @TempDir
    Path directory;

    private final EmbeddedS3 s3 = TestServers.s3();
    private final String bucket = TestServers.uniqueBucketName("history");
    private final String table = TestServers.uniqueTableName("history");

    @BeforeEach
    void createBucketAndTable() {
        s3.createBucket(bucket);
        createTable();
    }

    private void createTable() {
        Servers.createTable(table, "id");
    }

    private static String change(String id, Integer before, Integer after, long sequence) {
        String key = "\"id\":{\"S\":\"" + id + "\"}";
        return "{\"Keys\":{" + key + "}"
                + (after == null ? "" : ",\"NewImage\":{" + key + ",\"version\":{\"N\":\"" + after + "\"}}")
                + (before == null ? "" : ",\"OldImage\":{" + key + ",\"version\":{\"N\":\"" + before + "\"}}")
                + ",\"SequenceNumber\":\"" + (1_000 + sequence) + "\",\"ApproximateCreationDateTime\":"
                + (NOON_SECOND + sequence) + ",\"eventName\":\""
                + (after == null ? "REMOVE" : before == null ? "INSERT" : "MODIFY") + "\"}\n";
    }

    private void lay(String key, String... lines) {
        s3.put(bucket, key, String.join("", lines).getBytes(StandardCharsets.UTF_8));
    }

    private void delete(String key) {
        s3.asyncClient()
                .deleteObject(request -> request.bucket(bucket).key(key))
                .join();
    }

    private CommandLineRun run(String command, String... options) {
        return run(SERVERS, command, options);
    }

    private CommandLineRun run(Clients clients, String command, String... options) {
        List<String> args = new ArrayList<>(List.of(command, "--into", table));
        args.addAll(List.of(options));
        return CommandLineRun.of(clients, args.toArray(String[]::new));
    }

    private String at(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private void put(String id, int version) {
        TestServers.dynamoDb()
                .asyncClient()
                .putItem(request -> request.tableName(table)
                        .item(Map.of(
                                "id",
                                AttributeValue.fromS(id),
                                "version",
                                AttributeValue.fromN(String.valueOf(version)))))
                .join();
    }

    private Map<String, String> versions() {
        return Servers.versions(table);
    }

    private static void assertRefused(CommandLineRun run, String... said) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(4);
        assertThat(run.err()).contains("dynarestore: ", "hint: ").contains(said);
    }

    private static String[] with(String[] args, String... more) {
        return Stream.concat(Stream.of(args), Stream.of(more)).toArray(String[]::new);
    }

    private void layBase() {
        lay(
                "base/part-0",
                "{\"id\":{\"s\":\"a\"},\"version\":{\"n\":\"1\"}}\n{\"id\":{\"s\":\"b\"},\"version\":{\"n\":\"1\"}}\n");
    }

    @Test
    void restore_baseAndLog_givesTheStateAtTheCut() {
        layBase();
        lay(
                "log/1",
                change("b", 1, 2, 10),
                change("old", null, 7, -50),
                change("c", null, 1, 20),
                change("a", 1, null, 30));

        CommandLineRun run = run(
                "restore",
                "--base",
                at("base/"),
                "--taken-at",
                NOON,
                "--from",
                at("log/"),
                "--as-of",
                "2016-10-09T08:00:25Z");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1", "b", "2", "c", "1"));
    }

    @Test
    void restore_csvAsBaseOfALog_takesItsColumns() {
        lay("base/part-0", "\"a\",\"1\"\n\"b\",\"1\"\n");
        lay("log/1", change("b", 1, 2, 10));
        String[] base = {"--base", at("base/"), "--taken-at", NOON, "--from", at("log/"), "--columns"};

        assertRefused(run("restore", with(base, "id string, version bigint")), "is not recognised", "[csv, hive-csv]");

        CommandLineRun run = run("restore", with(base, "id string, version bigint", "--base-format", "csv"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(run("restore", with(base, "id string, version")).err())
                .contains("--columns: column 2, 'version', has not the form name type");
    }

    @Test
    void restore_logGivenAsBase_isRefused() {
        lay("log/1", change("a", null, 1, 10));

        assertRefused(run("restore", "--base", at("log/")), "was given as a snapshot, but", "--from");
        assertThat(versions()).isEmpty();
    }

    @Test
    void restore_nothingAtTheBase_isRefused() {
        lay("log/1", change("a", null, 1, 10));

        assertRefused(run("restore", "--base", at("bsae/"), "--from", at("log/")), "no snapshot lies at", "bsae");
    }

    @Test
    void restore_oneSnapshotWithATimeAndOneWithout_isRefused() {
        layBase();
        lay("more/part-0", "{\"id\":{\"s\":\"z\"},\"version\":{\"n\":\"1\"}}\n");

        assertRefused(
                run("restore", "--base", at("base/"), "--taken-at", NOON, "--base", at("more/")),
                "of some snapshots it is known",
                "--taken-at");
    }

    @Test
    void restore_changeMissing_endsWith3OrIsRefused() {
        lay("log/1", change("a", null, 1, 10), change("a", 2, 3, 30));

        assertRefused(
                run("restore", "--from", at("log/"), "--gaps", "refuse"), "1 change does not begin", "--gaps report");
        assertThat(versions()).isEmpty();

        CommandLineRun reported = run("restore", "--from", at("log/"));
        assertThat(reported.exitCode()).isEqualTo(3);
        assertThat(reported.err()).contains("missing: ", "byte 0 of s3://" + bucket + "/log/1");
        assertThat(versions()).isEqualTo(Map.of("a", "3"));
    }

    @Test
    void restore_undo_givesBackWhatWasThere() {
        put("a", 2);
        put("b", 9);
        lay("log/1", change("a", 1, 2, 10), change("b", 1, 2, 11));

        CommandLineRun run = run("restore", "--from", at("log/"), "--undo-since", NOON);

        assertThat(run.exitCode()).as("b was changed since the log's end").isEqualTo(3);
        assertThat(run.out()).containsPattern("conflict +1");
        assertThat(versions()).isEqualTo(Map.of("a", "1", "b", "9"));

        assertThat(run("restore", "--from", at("log/"), "--undo-since", NOON, "--undo-force")
                        .exitCode())
                .isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1", "b", "1"));
    }

    @Test
    void restore_undoWithoutOldImages_isRefused() {
        lay("log/1", change("a", 1, 2, 10).replaceAll(",\"OldImage\":\\{.*?\\}\\}", ""));

        assertRefused(
                run("restore", "--from", at("log/"), "--undo-since", NOON),
                "1 keys cannot be undone",
                "byte 0 of s3://" + bucket + "/log/1");
    }

    @Test
    void restore_undoAndCut_isWrongUsage() {
        CommandLineRun run = run("restore", "--from", at("log/"), "--undo-since", NOON, "--as-of", NOON);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("an undo cannot be combined with");
        assertThat(run("restore", "--from", at("log/"), "--undo-force").exitCode())
                .isEqualTo(2);
        assertThat(run("restore", "--from", at("log/"), "--confirm", "3").exitCode())
                .isEqualTo(2);
    }

    @Test
    void restore_tableHoldsItems_isRefusedUnlessToldWhatToDo() {
        put("a", 5);
        put("extra", 6);
        lay("log/1", change("a", null, 1, 10), change("c", null, 1, 11));

        assertRefused(run("restore", "--from", at("log/")), "holds items", "--existing overwrite");
        assertRefused(
                run("restore", "--from", at("log/"), "--existing", "exact"),
                "holds 1 items that are not in the restored state",
                "--confirm 1");
        assertRefused(
                run("restore", "--from", at("log/"), "--existing", "exact", "--confirm", "2"), "not 2", "--confirm 1");
        assertThat(versions()).isEqualTo(Map.of("a", "5", "extra", "6"));

        assertThat(run("restore", "--from", at("log/"), "--existing", "insert-only")
                        .exitCode())
                .isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "5", "c", "1", "extra", "6"));
        assertThat(run("restore", "--from", at("log/"), "--existing", "exact", "--confirm", "1")
                        .exitCode())
                .isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1", "c", "1"));
    }

    @Test
    void restore_ttlRemovals_areAppliedOrIgnored() {
        String expired = change("a", 1, null, 20)
                .replace(
                        "}\n",
                        ",\"userIdentity\":{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}}\n");
        lay("log/1", change("a", null, 1, 10), expired);

        assertThat(run("restore", "--from", at("log/")).exitCode()).isZero();
        assertThat(versions()).isEmpty();
        assertThat(run("restore", "--from", at("log/"), "--ttl-removals", "ignore")
                        .exitCode())
                .isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void restore_littleMemory_spillsIntoTheDirectoryNamed() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            lines.append(change("k" + i, null, 1, i));
        }
        lay("log/1", lines.toString());
        Path spill = Files.createDirectory(directory.resolve("spill"));

        CommandLineRun run = run(
                "restore",
                "--from",
                at("log/"),
                "--memory",
                "64k",
                "--spill-dir",
                spill.toString(),
                "--write-rate",
                "100000");

        assertThat(run.exitCode()).as(run.err()).isZero();
        try (var left = Files.list(spill)) {
            assertThat(left).isEmpty();
        }
        assertThat(run("restore", "--from", at("log/"), "--spill-dir", spill + "/no")
                        .exitCode())
                .isEqualTo(2);
        assertThat(run("restore", "--from", at("log/"), "--memory", "much").exitCode())
                .isEqualTo(2);
    }

    @Test
    void restore_oneKeyBeyondTheMemory_isSortedOnDisk() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            lines.append(change("hot", i == 0 ? null : i - 1, i, i));
        }
        lay("log/1", lines.toString());

        CommandLineRun run = run("restore", "--from", at("log/"), "--memory", "16k");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(versions()).isEqualTo(Map.of("hot", "1999"));
    }

    @Test
    void restore_contradictionsBeyondTheMemory_areRefused() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            lines.append(change("hot", null, i, 7));
        }
        lay("log/1", lines.toString());

        assertRefused(run("restore", "--from", at("log/"), "--memory", "16k"), "changes of the same order", "--memory");
    }

    @Test
    void restore_since_leavesOlderDirectoriesUnread() {
        layBase();
        lay("log/2016/10/01/00/1", "this is no log at all");
        lay("log/2016/10/09/08/1", change("b", 1, 2, 10));

        CommandLineRun run =
                run("restore", "--base", at("base/"), "--taken-at", NOON, "--from", at("log/"), "--since", NOON);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1", "b", "2"));
    }

    @Test
    void restore_sinceThatSkipsWhatCounts_isRefused() {
        layBase();
        lay("log/2016/10/09/08/1", change("b", 1, 2, 10));

        assertRefused(
                run("restore", "--from", at("log/"), "--since", NOON), "without a snapshot the changes", "--base");
        assertRefused(
                run(
                        "restore",
                        "--base",
                        at("base/"),
                        "--taken-at",
                        NOON,
                        "--from",
                        at("log/"),
                        "--since",
                        "2099-01-01T00:00:00Z"),
                "leaves changes unread that were made since the snapshot was begun");
        assertRefused(
                run("restore", "--from", at("log/"), "--as-of", "2001-01-01T00:00:00Z"),
                "leave nothing to read",
                "after-cut=1",
                "--as-of");
        assertThat(versions()).isEmpty();
    }

    @Test
    void restore_checkpointInS3_isTakenUpThere() throws IOException {
        lay("log/1", change("a", null, 1, 10));
        String place = "s3://" + bucket + "/checkpoints/a";

        assertThat(run("restore", "--from", at("log/"), "--checkpoint", place).exitCode())
                .isZero();

        assertThat(s3.keys(bucket, "checkpoints/a/journal-")).isNotEmpty();
        CommandLineRun again = run("restore", "--from", at("log/"), "--checkpoint", place);
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(again.err()).contains("done before");
        assertThat(run("restore", "--from", at("log/"), "--checkpoint", "s3://").exitCode())
                .isEqualTo(2);
    }

    @Test
    void restore_checkpointOfAnother_isRefused() throws IOException {
        lay("log/1", change("a", null, 1, 10));
        Path checkpoint = directory.resolve("checkpoint");
        try (CheckpointLog taken = DirectoryCheckpoints.in(checkpoint).open()) {
            assertRefused(run("restore", "--from", at("log/"), "--checkpoint", checkpoint.toString()), "is in use");
            assertThat(taken).isNotNull();
        }
        Files.writeString(checkpoint.resolve("dynarestore.journal"), "not a journal, whatever it is");
        assertRefused(
                run("restore", "--from", at("log/"), "--checkpoint", checkpoint.toString()), "cannot be taken up");
        Files.delete(checkpoint.resolve("dynarestore.journal"));

        assertThat(run("restore", "--from", at("log/"), "--checkpoint", checkpoint.toString())
                        .exitCode())
                .isZero();
        assertThat(run("restore", "--from", at("log/"), "--checkpoint", checkpoint.toString())
                        .exitCode())
                .as("done before")
                .isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1"));
    }

    /** A restore that was begun and ended before its first write was acknowledged. */
    private void breakOff(Path checkpoint) {
        try (FaultProxy proxy = FaultProxy.to(
                TestServers.dynamoDb().endpoint(),
                FaultRule.always(DynamoDbFaults.error("AccessDeniedException", "not allowed"))
                        .onlyForOperation("BatchWriteItem"))) {
            Clients forbidden = new Clients() {
                @Override
                public S3AsyncClient s3() {
                    return SERVERS.s3();
                }

                @Override
                public DynamoDbAsyncClient dynamoDb() {
                    return TestServers.dynamoDb()
                            .asyncClientBuilder()
                            .endpointOverride(proxy.endpoint())
                            .build();
                }
            };
            CommandLineRun broken =
                    run(forbidden, "restore", "--from", at("log/"), "--checkpoint", checkpoint.toString());
            assertThat(broken.exitCode()).as(broken.err()).isEqualTo(1);
        }
        assertThat(versions()).isEmpty();
    }

    @Test
    void restore_checkpointOfAnotherPlanListingOrTable_isRefusedWithTheDifference() throws IOException {
        lay("log/1", change("a", null, 1, 10));
        lay("log/2", change("b", null, 1, 20));
        Path checkpoint = directory.resolve("checkpoint");
        breakOff(checkpoint);
        String[] same = {"--from", at("log/"), "--checkpoint", checkpoint.toString()};

        assertRefused(run("restore", with(same, "--as-of", NOON)), "asOf was none, is " + NOON);
        assertRefused(run("restore", with(same, "--existing", "overwrite")), "existingItems was REFUSE, is OVERWRITE");
        assertRefused(run("restore", with(same, "--gaps", "refuse")), "gaps was REPORT, is REFUSE");
        assertRefused(run("restore", with(same, "--ttl-removals", "ignore")), "ttlRemovals was APPLY, is IGNORE");

        lay("log/3", change("c", null, 1, 30));
        assertRefused(run("restore", same), at("log/3") + " was added");
        delete("log/3");
        lay("log/2", change("b", null, 2, 20));
        assertRefused(run("restore", same), at("log/2") + " was changed: ETag");
        delete("log/2");
        assertRefused(run("restore", same), at("log/2") + " was removed");
        lay("log/2", change("b", null, 1, 20));

        TestServers.dynamoDb()
                .asyncClient()
                .deleteTable(request -> request.tableName(table))
                .join();
        createTable();
        assertRefused(run("restore", same), "table id was ");
        assertThat(versions()).isEmpty();
    }

    @Test
    void restore_checkpointOfTheSame_goesOnWhereItWas() throws IOException {
        lay("log/1", change("a", null, 1, 10));
        Path checkpoint = directory.resolve("checkpoint");
        breakOff(checkpoint);

        CommandLineRun run = run("restore", "--from", at("log/"), "--checkpoint", checkpoint.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void restore_changesWithoutATimeBesideASnapshotGivenAsALog_isRefused() {
        lay("log/1", change("a", null, 1, 10).replaceAll(",\"ApproximateCreationDateTime\":\\d+", ""));
        lay("2016-10-09-08-00-00/part-0", "{\"id\":{\"s\":\"a\"},\"version\":{\"n\":\"5\"}}\n");

        assertRefused(
                run("restore", "--from", at("2016-10-09-08-00-00/"), "--from", at("log/")),
                "1 changes have no time",
                "--base");
        assertThat(versions()).isEmpty();
    }

    @Test
    void restore_logThatBeginsLater_endsWith3OrIsRefused() {
        lay("log/1", change("a", 1, 2, 10));

        assertRefused(
                run("restore", "--from", at("log/"), "--gaps", "refuse"),
                "1 key was there before the first change that the log has of them",
                "--base");
        CommandLineRun reported = run("restore", "--from", at("log/"));
        assertThat(reported.exitCode()).isEqualTo(3);
        assertThat(reported.err())
                .contains("missing: 1 keys were there before", " before byte 0 of s3://" + bucket + "/log/1");
        assertThat(versions()).isEqualTo(Map.of("a", "2"));
    }

    @Test
    void estimate_anything_saysWhatItWouldCostAndWritesNothing() throws IOException {
        put("extra", 1);
        lay("log/1", change("a", null, 1, 10), change("b", null, 1, 11), change("b", 1, null, 12));
        Path report = directory.resolve("estimate.json");
        Path prices = Files.writeString(
                directory.resolve("prices"), "perMillionWriteUnits=2000000\nperMillionGets=0\nperThousandLists=0\n");

        CommandLineRun run = run(
                "estimate",
                "--from",
                at("log/"),
                "--existing",
                "exact",
                "--report",
                report.toString(),
                "--checkpoint",
                directory.resolve("checkpoint").toString(),
                "--prices",
                prices.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(directory.resolve("checkpoint")).doesNotExist();
        assertThat(run.out())
                .containsPattern("puts +1")
                .containsPattern("extras +1")
                .containsPattern("write units +2")
                .containsPattern("cost +4.00 US dollars");
        assertThat(Files.readString(report)).contains("\"extras\" : 1", "\"lostChanges\" : 0");
        assertThat(versions()).isEqualTo(Map.of("extra", "1"));
        Files.writeString(prices, "perMillionWishes=1\n");
        assertThat(run("estimate", "--from", at("log/"), "--prices", prices.toString())
                        .exitCode())
                .isEqualTo(2);
        assertThat(run("estimate", "--from", at("nothing/")).exitCode()).isEqualTo(4);
    }

    @Test
    void restore_planThatAnEstimateWrote_isWhatWasEstimated() throws IOException {
        lay("log/1", change("a", null, 1, 10), change("b", null, 2, 11), change("b", 2, 3, 40));
        Path plan = directory.resolve("plan.json");

        CommandLineRun estimate = run(
                "estimate",
                "--from",
                at("log/"),
                "--as-of",
                "2016-10-09T08:00:20Z",
                "--map",
                "rename:version=was",
                "--map",
                "default:version=N:7",
                "--write-plan",
                plan.toString());
        assertThat(estimate.exitCode()).as(estimate.err()).isZero();
        assertThat(Files.readString(plan)).contains("\"asOf\" : \"2016-10-09T08:00:20Z\"", "\"id\" : \"rename\"");

        CommandLineRun both = run("restore", "--plan", plan.toString());
        assertThat(both.exitCode()).isEqualTo(2);
        assertThat(both.err()).contains("--into and --plan exclude each other");
        CommandLineRun restored = CommandLineRun.of(SERVERS, "restore", "--plan", plan.toString(), "--quiet");

        assertThat(restored.exitCode()).as(restored.err()).isZero();
        assertThat(versions()).isEqualTo(Map.of("a", "7", "b", "7"));
        Files.writeString(plan, "{\"into\":\"orders\",\"colour\":1}");
        CommandLineRun wrong = CommandLineRun.of(SERVERS, "restore", "--plan", plan.toString());
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("'colour' of the plan: there is no such field");
        assertThat(CommandLineRun.of(SERVERS, "restore", "--plan", plan + ".not")
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void restore_wrongMapping_isRefusedBeforeAnythingIsRead() {
        assertRefused(run("restore", "--from", at("nothing/"), "--map", "rename:id=x"), "may not touch 'id'");
        assertRefused(run("restore", "--from", at("nothing/"), "--map", "colour:a"), "there is no attribute mapper");
        assertThat(run("restore", "--from", at("nothing/"), "--map", "drop:a,a").exitCode())
                .isEqualTo(2);
    }
}
