package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.testing.DynamoDbExportWriter;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.FixtureWriter;
import io.github.dynarestore.testing.TableFixture;
import io.github.dynarestore.testing.TestDynamoDb;
import io.github.dynarestore.testing.TestServers;
import io.github.dynarestore.testing.TestTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** What may be a fixture, how its table's key is found, and what is said where it is not. */
class TableFixtureTest {

    private static final String ITEM = "{\"Item\":{\"id\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}}}\n";
    private static final String TABLE = """
            {"Table": {
              "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "v", "AttributeType": "N"}],
              "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
              "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
              "GlobalSecondaryIndexes": [{
                "IndexName": "byV", "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}, "IndexStatus": "ACTIVE"}],
              "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}
            }}
            """;

    @TempDir
    Path directory;

    private TestDynamoDb dynamoDb;

    @BeforeEach
    void start() {
        dynamoDb = TestDynamoDb.start();
    }

    @AfterEach
    void close() {
        dynamoDb.close();
    }

    private TableFixture fixture() {
        return TableFixture.of("orders", directory.toUri().toString());
    }

    private void file(String name, String text) {
        file(name, text.getBytes(UTF_8));
    }

    private void file(String name, byte[] bytes) {
        try {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String change(String keys, String image) {
        return "{\"Keys\":" + keys + ",\"NewImage\":" + image
                + ",\"SequenceNumber\":\"1\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"INSERT\"}\n";
    }

    private TableDescription describe(TestTable table) {
        return dynamoDb.client()
                .describeTable(describe -> describe.tableName(table.name()))
                .table();
    }

    private List<String> key(TestTable table) {
        return describe(table).keySchema().stream()
                .map(KeySchemaElement::attributeName)
                .toList();
    }

    private static List<String> tablesCalled(String beginning) {
        return TestServers.dynamoDb().asyncClient().listTables().join().tableNames().stream()
                .filter(name -> name.startsWith(beginning))
                .toList();
    }

    private static List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            String ours = "dynarestore-fixture-" + ProcessHandle.current().pid() + "-";
            return files.filter(file -> file.getFileName().toString().startsWith(ours))
                    .toList();
        }
    }

    @Test
    void restore_recordsWithTwoKeyAttributes_doNotSayWhichIsWhich() {
        String keys = "{\"number\":{\"N\":\"1\"},\"customer\":{\"S\":\"ada\"}}";
        file("log.json", change(keys, keys));

        assertThatThrownBy(() -> dynamoDb.restore(fixture()))
                .hasMessageContaining("customer")
                .hasMessageContaining("number")
                .hasMessageContaining("key");
        TestTable named = dynamoDb.restore(fixture().key("customer", "S").key("number", "N"));
        assertThat(key(named)).containsExactly("customer", "number");
    }

    @Test
    void restore_recordsOfTwoTables_areRefused() {
        String other = "{\"other\":{\"S\":\"b\"}}";
        String keys = "{\"id\":{\"S\":\"a\"}}";
        file("1.json", change(keys, keys));
        file("2.json", change(other, other));

        assertThatThrownBy(() -> dynamoDb.restore(fixture()))
                .hasMessageContaining("id")
                .hasMessageContaining("other");
    }

    @Test
    void restore_compressedRecords_tellTheirKey() throws IOException {
        String keys = "{\"id\":{\"S\":\"a\"}}";
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(directory.resolve("log.zip")))) {
            zip.putNextEntry(new ZipEntry("log.json"));
            zip.write(change(keys, keys).getBytes(UTF_8));
        }

        assertThat(key(dynamoDb.restore(fixture()))).containsExactly("id");
    }

    @Test
    void restore_describedTable_hasItsIndexesAndStream() {
        file("items.json", ITEM);
        file("table.json", TABLE);

        TableDescription table = describe(dynamoDb.restore(fixture()));

        assertThat(table.globalSecondaryIndexes()).singleElement().satisfies(index -> {
            assertThat(index.indexName()).isEqualTo("byV");
            assertThat(index.projection().nonKeyAttributes()).containsExactly("x");
        });
        assertThat(table.streamSpecification().streamViewTypeAsString()).isEqualTo("NEW_IMAGE");
    }

    @Test
    void restore_describedTableThatIsNone_saysSo() {
        file("items.json", ITEM);
        for (String wrong : List.of("[]", "{", "{\"Table\":{}}", "{\"Table\":{\"KeySchema\":[{}]}}")) {
            file("table.json", wrong);

            assertThatThrownBy(() -> dynamoDb.restore(fixture()))
                    .as(wrong)
                    .hasMessageContaining("orders")
                    .hasMessageContaining("table.json");
        }
    }

    @Test
    void restore_oneFile_findsTheTableBesideIt() {
        file("items.json", ITEM);
        file("table.json", TABLE);

        TestTable table = dynamoDb.restore(TableFixture.of(
                "orders", directory.resolve("items.json").toUri().toString()));

        assertThat(table.items()).hasSize(1);
    }

    @Test
    void restore_writtenDownEmptyTable_isEmpty() {
        file("items.json", ITEM);
        file("table.json", TABLE);
        TestTable source = dynamoDb.restore(fixture());
        source.client()
                .deleteItem(delete -> delete.tableName(source.name()).key(Map.of("id", AttributeValue.fromS("a"))));
        FixtureWriter.write(dynamoDb.client(), source.name(), directory);

        assertThat(dynamoDb.restore(fixture()).items()).isEmpty();
    }

    @Test
    void write_tableWithIndexesAndStream_keepsThem() throws IOException {
        file("items.json", ITEM);
        file("table.json", TABLE);
        TestTable first = dynamoDb.restore(fixture());
        FixtureWriter.write(dynamoDb.client(), first.name(), directory);
        String written = Files.readString(directory.resolve("table.json"));
        TestTable second = dynamoDb.restore(fixture());
        FixtureWriter.write(dynamoDb.client(), second.name(), directory);

        assertThat(describe(second).globalSecondaryIndexes()).hasSize(1);
        assertThat(describe(second).streamSpecification().streamEnabled()).isTrue();
        assertThat(Files.readString(directory.resolve("table.json"))).isEqualTo(written);
    }

    @Test
    void restore_badRecord_saysWhereAndLeavesNothing() throws IOException {
        List<Path> before = leftovers();
        file("items.json", ITEM + "{\"Item\":{\"id\":{\"S\":\"top-secret\"},\"v\":{\"N\":\"secret\"}}}\n");
        TableFixture fixture =
                TableFixture.of("spoilt", directory.toUri().toString()).key("id", "S");

        assertThatThrownBy(() -> dynamoDb.restore(fixture))
                .hasMessageContaining("spoilt")
                .hasMessageContaining("items.json at byte " + ITEM.length())
                .hasMessageContaining(fixture.from())
                .hasMessageNotContaining("secret")
                .hasMessageNotContaining("dynarestore-fixture-");
        assertThatThrownBy(() -> dynamoDb.restore(TableFixture.of("spoilt", "classpath:nothing/")))
                .hasMessageContaining("nothing/");
        assertThat(tablesCalled("spoilt-")).isEmpty();
        assertThat(leftovers()).isEqualTo(before);
    }

    @Test
    void restore_linesOfColumns_wantTheirKeyNamed() {
        file("000000_0", "a\u00011\nb\u00012\n");
        TableFixture columns = fixture().columns("id string,v bigint");

        assertThatThrownBy(() -> dynamoDb.restore(columns)).hasMessageContaining("nothing says what the key is");
        try (TestTable table = dynamoDb.restore(columns.key("id", "S"))) {
            assertThat(table.client().scan(scan -> scan.tableName(table.name())).items())
                    .hasSize(2);
        }
        assertThatThrownBy(() -> fixture().columns("id strong")).hasMessageContaining("column 1");
    }

    @Test
    void restore_formatThatIsNotThere_saysWhichAre() {
        file("items.txt", "not a backup\n");

        assertThatThrownBy(() -> dynamoDb.restore(fixture().key("id", "S")))
                .hasMessageContaining("dynamodb-export")
                .hasMessageContaining("stream");
    }

    @Test
    void restore_ofOneJarAtOnce_allSucceed() throws Exception {
        Path jar = directory.resolve("fixtures.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry("packed/"));
            out.putNextEntry(new ZipEntry("packed/table.json"));
            out.write(TABLE.getBytes(UTF_8));
            for (int i = 0; i < 40; i++) {
                out.putNextEntry(new ZipEntry("packed/" + i + ".json"));
                out.write(ITEM.replace("\"a\"", "\"" + i + "\"").getBytes(UTF_8));
            }
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
            List<Callable<Integer>> restores = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                restores.add(() -> {
                    Thread.currentThread().setContextClassLoader(loader);
                    try (TestDynamoDb own = TestDynamoDb.start()) {
                        return own.restore(TableFixture.of("packed", "classpath:packed"))
                                .items()
                                .size();
                    }
                });
            }
            for (Future<Integer> restored : threads.invokeAll(restores)) {
                assertThat(restored.get()).isEqualTo(40);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void restore_onePathInTwoPlaces_isRefused() throws IOException {
        URL[] places = new URL[2];
        for (int i = 0; i < 2; i++) {
            file(i + "/twice/items.json", ITEM);
            places[i] = directory.resolve(i + "/").toUri().toURL();
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(places, before)) {
            thread.setContextClassLoader(loader);
            try (TestDynamoDb own = TestDynamoDb.start()) {
                assertThatThrownBy(() -> own.restore(
                                TableFixture.of("twice", "classpath:twice/").key("id", "S")))
                        .hasMessageContaining("several places");
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void restore_exports_areReadAsTheirManifestsSay() throws IOException {
        String bucket = TestServers.uniqueBucketName("fixture");
        TestServers.s3().createBucket(bucket);
        List<Map<String, AttributeValue>> items = List.of(
                Map.of("id", AttributeValue.fromS("a"), "v", AttributeValue.fromN("1")),
                Map.of("id", AttributeValue.fromS("b"), "v", AttributeValue.fromN("2")));
        new DynamoDbExportWriter(TestServers.s3(), bucket, "native/")
                .full(items, Instant.parse("2024-03-01T00:00:00Z"), 1);
        new EmrExportWriter(TestServers.s3(), bucket, "emr").write(items, EmrExportWriter.Spelling.SDK_FIELDS, 1);
        for (String key : TestServers.s3().keys(bucket, "")) {
            file(key, TestServers.s3().get(bucket, key));
        }

        for (String export : List.of("native/", "emr/")) {
            TableFixture fixture = TableFixture.of(
                            "exported", directory.resolve(export).toUri().toString())
                    .key("id", "S");
            assertThat(dynamoDb.restore(fixture).items()).as(export).hasSize(2);
        }
    }

    @Test
    void reset_tableThatATestDeleted_isThereAgain() {
        file("items.json", ITEM);
        TestTable table = dynamoDb.restore(fixture().key("id", "S"));
        table.client().deleteTable(delete -> delete.tableName(table.name()));

        table.reset();

        assertThat(table.items()).hasSize(1);
    }

    @Test
    void reset_tableTooLargeToKeep_isRestoredAnew() {
        StringBuilder lines = new StringBuilder(ITEM);
        String long300K = "x".repeat(300_000);
        for (int i = 0; i < 60; i++) {
            lines.append("{\"Item\":{\"id\":{\"S\":\"" + i + "\"},\"v\":{\"S\":\"" + long300K + "\"}}}\n");
        }
        file("items.json", lines.toString());
        TestTable table = dynamoDb.restore(fixture().key("id", "S"));
        table.client().putItem(put -> put.tableName(table.name()).item(Map.of("id", AttributeValue.fromS("new"))));

        table.reset();

        assertThat(table.client()
                        .scan(scan -> scan.tableName(table.name())
                                .filterExpression("id = :new")
                                .expressionAttributeValues(Map.of(":new", AttributeValue.fromS("new"))))
                        .items())
                .isEmpty();
        assertThat(table.client()
                        .getItem(get -> get.tableName(table.name()).key(Map.of("id", AttributeValue.fromS("59"))))
                        .hasItem())
                .isTrue();
    }

    @Test
    void close_twice_doesNothing() {
        file("items.json", ITEM);
        TestTable table = dynamoDb.restore(fixture().key("id", "S"));

        table.close();
        table.close();

        assertThat(tablesCalled(table.name())).isEmpty();
    }
}
