package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Letters that were mended come in, and never where something newer is. */
class RedriveCommandTest {

    private static final Pattern OFFSET = Pattern.compile("\"byteOffset\":(\\d+)");

    @TempDir
    Path directory;

    private final EmbeddedS3 s3 = TestServers.s3();
    private final String bucket = TestServers.uniqueBucketName("redrive");
    private final String table = TestServers.uniqueTableName("redrive");

    @BeforeEach
    void create() {
        s3.createBucket(bucket);
        createTable(table);
    }

    private static void createTable(String name) {
        TestServers.dynamoDb()
                .asyncClient()
                .createTable(request -> request.tableName(name)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                key -> key.attributeName("id").attributeType(ScalarAttributeType.S),
                                key -> key.attributeName("g").attributeType(ScalarAttributeType.N))
                        .keySchema(key -> key.attributeName("id").keyType(KeyType.HASH))
                        .globalSecondaryIndexes(index -> index.indexName("by-g")
                                .keySchema(key -> key.attributeName("g").keyType(KeyType.HASH))
                                .projection(projection -> projection.projectionType("ALL"))))
                .join();
    }

    /** Version by key. */
    private Map<String, String> items() {
        return Servers.versions(table);
    }

    private void hold(String id, int version) {
        TestServers.dynamoDb()
                .asyncClient()
                .putItem(request -> request.tableName(table)
                        .item(Map.of("id", AttributeValue.fromS(id), "version", AttributeValue.fromN("" + version))))
                .join();
    }

    private static String item(String id, int version) {
        return "{\"id\":{\"S\":\"" + id + "\"},\"version\":{\"N\":\"" + version + "\"}}";
    }

    private static String put(String id, int version, int number) {
        return "{\"Keys\":{\"id\":{\"S\":\"" + id + "\"}},\"NewImage\":" + item(id, version)
                + ",\"SequenceNumber\":\"" + number + "\",\"ApproximateCreationDateTime\":" + (1_476_532_800 + number)
                + ",\"eventName\":\"MODIFY\"}";
    }

    private static String remove(String id, int number) {
        return "{\"Keys\":{\"id\":{\"S\":\"" + id + "\"}},\"SequenceNumber\":\"" + number
                + "\",\"ApproximateCreationDateTime\":" + (1_476_532_800 + number) + ",\"eventName\":\"REMOVE\"}";
    }

    private CommandLineRun redrive(Path letters, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("redrive", "--dead-letters", letters.toString(), "--into", table));
        arguments.addAll(List.of(more));
        return CommandLineRun.of(SERVERS, arguments.toArray(new String[0]));
    }

    private Path letters(String... lines) throws IOException {
        return Files.write(directory.resolve("mended.jsonl"), List.of(lines));
    }

    private static String raw(String text) {
        return "\"raw\":\"" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "\"";
    }

    private static final Pattern LEFT = Pattern.compile("left: line (\\d+): ([^:]+):");

    private static Map<Integer, String> left(CommandLineRun run) {
        Map<Integer, String> left = new TreeMap<>();
        Matcher line = LEFT.matcher(run.err());
        while (line.find()) {
            left.put(Integer.parseInt(line.group(1)), line.group(2));
        }
        return left;
    }

    @Test
    void redrive_itemsThatTheServiceRefused_arePutWhereNothingIs() throws IOException {
        hold("taken", 7);
        Path letters = letters(
                "{\"object\":\"s3://b/o\",\"byteOffset\":-1,\"reason\":\"write.validation\",\"detail\":\"d\",\"item\":"
                        + item("a", 1) + "," + raw("{}") + "}",
                "{\"reason\":\"write.validation\"," + raw(item("b", 2)) + "}",
                "",
                "{\"reason\":\"index.type\",\"item\":" + item("taken", 1) + "}",
                "{\"reason\":\"index.type\"," + raw("{\"id\":{\"S\":\"c\"},\"g\":{\"S\":\"still bad\"}}") + "}",
                "{\"reason\":\"gzip.crc\",\"raw\":\"\"}",
                "{\"reason\":\"write.delete\"," + raw("{\"id\":{\"S\":\"x\"}}") + "}");
        Path left = directory.resolve("left.jsonl");

        CommandLineRun run = redrive(letters, "--left", left.toString());

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE_BUT);
        assertThat(items()).isEqualTo(Map.of("a", "1", "b", "2", "taken", "7"));
        assertThat(left(run)).isEqualTo(Map.of(4, "conflict", 5, "index.type", 6, "gzip.crc", 7, "write.delete"));
        List<String> lines = Files.readAllLines(letters);
        assertThat(Files.readAllLines(left)).isEqualTo(lines.subList(3, 7));
        assertThat(run.out()).contains("letters").contains("written");

        CommandLineRun again = redrive(letters);
        assertThat(left(again)).as("what it has put itself is no conflict").isEqualTo(left(run));

        assertThat(redrive(letters, "--existing", "overwrite").exitCode()).isEqualTo(ExitCode.DONE_BUT);
        assertThat(items()).isEqualTo(Map.of("a", "1", "b", "2", "taken", "1"));
    }

    @Test
    void redrive_lettersThatAChangeMayHaveOutdone_areRefusedWithoutHistory() throws IOException {
        Path record = letters("{\"reason\":\"json.truncated\",\"record\":" + put("a", 1, 1) + "}");

        CommandLineRun refused = redrive(record);

        assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(refused.err()).contains("--history").contains("--without-history");
        assertThat(items()).isEmpty();

        assertThat(redrive(record, "--without-history").exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(items()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void redrive_notALetter_isWrongUsage() throws IOException {
        CommandLineRun run = redrive(letters("{\"reason\":\"write.validation\",\"item\":{}}", "what is this"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(run.err()).contains("line 2");
        assertThat(redrive(directory.resolve("none")).exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(redrive(letters("{\"reason\":\"mapper.failed\",\"record\":\"x\"}"))
                        .err())
                .contains("--map");
        assertThat(redrive(letters("{\"reason\":\"write.x\",\"item\":{}}"), "--existing", "exact")
                        .exitCode())
                .isEqualTo(ExitCode.WRONG_USAGE);
    }

    /** Two lines that an editor has joined are two letters still. */
    @Test
    void redrive_twoLettersInALine_isWrongUsage() throws IOException {
        String letter = "{\"reason\":\"write.validation\",\"item\":%s}";

        CommandLineRun run =
                redrive(letters(String.format(letter, item("a", 1)) + String.format(letter, item("b", 1))));

        assertThat(run.exitCode()).as(run.out()).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(run.err()).contains("line 1");
        assertThat(items()).isEmpty();
    }

    @Test
    void redrive_letterMendedToNothing_isLeft() throws IOException {
        CommandLineRun run = redrive(
                letters("{\"reason\":\"json.truncated\",\"record\":\"\"," + raw(put("a", 1, 1)) + "}"),
                "--without-history",
                "--format",
                "stream");

        assertThat(run.exitCode()).as(run.out()).isEqualTo(ExitCode.DONE_BUT);
        assertThat(left(run)).containsOnlyKeys(1);
    }

    /** A letter keeps no more than the first 64 KiB of a record, which in a format of lines may look like a whole one. */
    @Test
    void redrive_recordThatIsKeptInPart_isLeft() throws IOException {
        String cut = ("a,1," + "x".repeat(70_000)).substring(0, 65_536);

        CommandLineRun run = redrive(
                letters("{\"reason\":\"mapper.failed\"," + raw(cut) + "}"),
                "--format",
                "csv",
                "--columns",
                "id string,version bigint,text string",
                "--map",
                "default:added=S:yes");

        assertThat(run.exitCode()).as(run.out()).isEqualTo(ExitCode.DONE_BUT);
        assertThat(left(run)).containsOnlyKeys(1);
        assertThat(items()).isEmpty();
    }

    @Test
    void redrive_recordThatAMapperSpoilt_goesThroughTheMendedOne() throws IOException {
        Path letters = letters("{\"reason\":\"mapper.failed\"," + raw(put("a", 1, 1)) + "}");

        CommandLineRun run = redrive(letters, "--map", "default:added=S:yes");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE);
        assertThat(items()).isEqualTo(Map.of("a", "1"));
    }

    /** A delete would go to a key that the table does not know. */
    @Test
    void redrive_recordsUnderOtherKeys_areRefused() throws IOException {
        Path letters = letters("{\"reason\":\"mapper.failed\"," + raw(put("a", 1, 1)) + "}");

        Path left = directory.resolve("left.jsonl");

        CommandLineRun run = redrive(letters, "--map", "rekey:set-partition=t{id}", "--left", left.toString());

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.REFUSED);
        assertThat(run.err()).contains("gives items other keys");
        assertThat(items()).isEmpty();
        assertThat(left(run)).as("what was not tried is not dealt with").isEqualTo(Map.of(1, "untried"));
        assertThat(left).hasSameTextualContentAs(letters);
        assertThat(run.out()).doesNotContain("not needed");
    }

    /** Restores a log of which some lines are spoilt, and returns the letters with these lines as records again. */
    private Path restoreSpoilt(List<String> log, List<Integer> spoilt, Path plan) throws IOException {
        StringBuilder object = new StringBuilder();
        Map<Long, String> byOffset = new TreeMap<>();
        for (int i = 0; i < log.size(); i++) {
            byOffset.put((long) object.length(), log.get(i));
            object.append(spoilt.contains(i) ? log.get(i).replace("\"Keys\":{", "\"Keys\":[") : log.get(i))
                    .append('\n');
        }
        s3.put(bucket, "backup/2016/10/15/12/orders-1", object.toString().getBytes(StandardCharsets.UTF_8));
        Path letters = directory.resolve("dead.jsonl");
        String from = "s3://" + bucket + "/backup/";
        assertThat(CommandLineRun.of(
                                SERVERS, "estimate", "--from", from, "--into", table, "--write-plan", plan.toString())
                        .exitCode())
                .isZero();
        CommandLineRun restore = CommandLineRun.of(
                SERVERS,
                "restore",
                "--from",
                from,
                "--into",
                table,
                "--bad-records",
                "dead-letter",
                "--dead-letters",
                letters.toString());
        assertThat(restore.exitCode()).as(restore.err()).isEqualTo(spoilt.isEmpty() ? 0 : ExitCode.DONE_BUT);
        List<String> mended = new ArrayList<>();
        for (String line : spoilt.isEmpty() ? List.<String>of() : Files.readAllLines(letters)) {
            Matcher offset = OFFSET.matcher(line);
            assertThat(offset.find()).isTrue();
            mended.add(line.substring(0, line.length() - 1) + ",\"record\":"
                    + byOffset.get(Long.parseLong(offset.group(1))) + "}");
        }
        return Files.write(directory.resolve("mended.jsonl"), mended);
    }

    private static final List<String> LOG = List.of(
            put("outdone", 1, 1),
            put("outdone", 2, 2),
            put("outdone", 3, 3),
            put("deleted", 1, 1),
            put("deleted", 2, 2),
            remove("deleted", 3),
            put("stale", 1, 1),
            put("stale", 2, 9),
            put("missing", 1, 1),
            put("risen", 1, 1),
            remove("risen", 9));

    @Test
    void redrive_withHistory_writesOnlyWhatNoOtherChangeHasOutdone() throws IOException {
        Path plan = directory.resolve("plan.json");
        Path letters = restoreSpoilt(LOG, List.of(1, 4, 7, 8, 10), plan);
        assertThat(items()).isEqualTo(Map.of("outdone", "3", "stale", "1", "risen", "1"));

        CommandLineRun run = redrive(letters, "--history", plan.toString());

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE_BUT);
        assertThat(items()).isEqualTo(Map.of("outdone", "3", "stale", "1", "risen", "1", "missing", "1"));
        assertThat(left(run).values()).containsExactly("conflict", "conflict");

        CommandLineRun over = redrive(letters, "--history", plan.toString(), "--existing", "overwrite");
        assertThat(over.exitCode()).as(over.err()).isEqualTo(ExitCode.DONE);
        assertThat(items()).isEqualTo(Map.of("outdone", "3", "stale", "2", "missing", "1"));
    }

    @Test
    void redrive_letterThatIsStillBad_isLeft() throws IOException {
        Path plan = directory.resolve("plan.json");
        restoreSpoilt(LOG, List.of(7, 8), plan);

        CommandLineRun run =
                redrive(directory.resolve("dead.jsonl"), "--history", plan.toString(), "--format", "stream");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE_BUT);
        assertThat(left(run)).hasSize(2);
        assertThat(items()).doesNotContainKey("missing");
    }

    /** The state of the whole log. */
    private static Map<String, String> oracle(List<String> log) {
        Map<String, String> state = new TreeMap<>();
        Pattern change = Pattern.compile("\"S\":\"(\\w+)\".*?(?:\"N\":\"(\\d+)\".*)?\"SequenceNumber\":\"(\\d+)\"");
        Map<String, Integer> latest = new TreeMap<>();
        for (String line : log) {
            Matcher found = change.matcher(line);
            assertThat(found.find()).isTrue();
            int number = Integer.parseInt(found.group(3));
            if (latest.getOrDefault(found.group(1), -1) < number) {
                latest.put(found.group(1), number);
                state.put(found.group(1), String.valueOf(found.group(2)));
            }
        }
        state.values().removeIf("null"::equals);
        return state;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void redrive_anyHistoryAnySpoiltLines_endsInTheStateOfTheWholeLog(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> log = new ArrayList<>();
        List<Integer> spoilt = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String id = "k" + random.nextInt(12);
            log.add(random.nextInt(4) == 0 ? remove(id, i + 1) : put(id, i, i + 1));
            if (random.nextInt(4) == 0) {
                spoilt.add(i);
            }
        }
        Map<String, String> whole = oracle(log);
        Path plan = directory.resolve("plan.json");
        Path letters = restoreSpoilt(log, spoilt, plan);
        Map<String, String> before = items();

        redrive(letters, "--history", plan.toString());

        Map<String, String> inserted = items();
        before.forEach((id, version) -> assertThat(inserted).containsEntry(id, version));
        inserted.forEach((id, version) -> {
            if (!before.containsKey(id)) {
                assertThat(whole).containsEntry(id, version);
            }
        });

        CommandLineRun over = redrive(letters, "--history", plan.toString(), "--existing", "overwrite");

        assertThat(over.exitCode()).as(over.err()).isZero();
        assertThat(items()).isEqualTo(whole);
    }
}
