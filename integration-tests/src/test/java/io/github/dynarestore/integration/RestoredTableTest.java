package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FixtureException;
import io.github.dynarestore.testing.FixtureWriter;
import io.github.dynarestore.testing.RestoredTable;
import io.github.dynarestore.testing.TableFixture;
import io.github.dynarestore.testing.TableName;
import io.github.dynarestore.testing.TestDynamoDb;
import io.github.dynarestore.testing.TestServers;
import io.github.dynarestore.testing.TestTable;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/** Tables full of data for the tests of an application. */
class RestoredTableTest {

    private static final String STREAM = "classpath:fixture-stream/";
    private static final Set<String> NAMES = ConcurrentHashMap.newKeySet();

    @TempDir
    Path directory;

    private static Map<String, String> versions(TestTable table) {
        Map<String, String> versions = new TreeMap<>();
        table.items()
                .values()
                .forEach(item -> versions.put(item.get("id").s(), item.get("v").n()));
        return versions;
    }

    private static void put(DynamoDbClient client, String table, String id, int version) {
        client.putItem(request -> request.tableName(table)
                .item(Map.of("id", AttributeValue.fromS(id), "v", AttributeValue.fromN(String.valueOf(version)))));
    }

    @Test
    void restore_streamRecords_takesTheKeyFromThemAndTheCutFromTheFixture() {
        try (TestDynamoDb dynamoDb = TestDynamoDb.start()) {
            TestTable whole = dynamoDb.restore(TableFixture.of("orders", STREAM));
            TestTable cut =
                    dynamoDb.restore(TableFixture.of("orders", STREAM).asOf(Instant.parse("2024-03-01T00:00:30Z")));

            assertThat(versions(whole)).isEqualTo(Map.of("a", "1"));
            assertThat(versions(cut)).isEqualTo(Map.of("a", "1", "b", "2"));
            assertThat(whole.name()).startsWith("orders-").isNotEqualTo(cut.name());
            assertThat(cut.asyncClient().listTables().join().tableNames()).contains(cut.name());
        }
    }

    @Test
    void close_tables_areGone() {
        TestDynamoDb dynamoDb = TestDynamoDb.start();
        TestTable closed = dynamoDb.restore(TableFixture.of("orders", STREAM));
        closed.close();
        TestTable left = dynamoDb.restore(TableFixture.of("orders", STREAM));
        dynamoDb.close();

        DynamoDbAsyncClient client = TestServers.dynamoDb().asyncClient();
        assertThatThrownBy(() -> client.describeTable(request -> request.tableName(left.name()))
                        .join())
                .hasCauseInstanceOf(ResourceNotFoundException.class);
        assertThat(client.listTables().join().tableNames()).doesNotContain(closed.name());
    }

    @Test
    void reset_whateverATestDid_isUndone() {
        try (TestDynamoDb dynamoDb = TestDynamoDb.start();
                TestTable table = dynamoDb.restore(
                        TableFixture.of("orders", STREAM).asOf(Instant.parse("2024-03-01T00:00:30Z")))) {
            for (int i = 0; i < 60; i++) {
                put(table.client(), table.name(), "new" + i, i);
            }
            put(table.client(), table.name(), "a", 9);
            table.client()
                    .deleteItem(
                            request -> request.tableName(table.name()).key(Map.of("id", AttributeValue.fromS("b"))));

            table.reset();

            assertThat(versions(table)).isEqualTo(Map.of("a", "1", "b", "2"));
        }
    }

    @Test
    void restore_itemsWithoutAKey_wantItNamed() throws IOException {
        Path items = Files.createDirectory(directory.resolve("items"));
        Files.writeString(items.resolve("1.json"), "{\"Item\":{\"id\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}}}\n");
        TableFixture fixture = TableFixture.of("orders", items.toUri().toString());
        try (TestDynamoDb dynamoDb = TestDynamoDb.start()) {
            assertThatThrownBy(() -> dynamoDb.restore(fixture))
                    .isInstanceOf(FixtureException.class)
                    .hasMessageContaining("table.json");
            assertThat(versions(dynamoDb.restore(fixture.key("id", "S")))).isEqualTo(Map.of("a", "1"));
            assertThatThrownBy(() -> dynamoDb.restore(TableFixture.of("orders", "classpath:nothing/")))
                    .hasMessageContaining("nothing lies at classpath:nothing/");
        }
    }

    @Test
    void restore_fixtureInAJar_isFound() throws IOException {
        Path jar = directory.resolve("fixtures.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry("packed/"));
            out.putNextEntry(new ZipEntry("packed/1.json"));
            out.write("{\"Item\":{\"id\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}}}\n".getBytes(StandardCharsets.UTF_8));
            out.putNextEntry(new ZipEntry("packed/table.json"));
            out.write(
                    "{\"Table\":{\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}}"
                            .getBytes(StandardCharsets.UTF_8));
        }
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before);
                TestDynamoDb dynamoDb = TestDynamoDb.start()) {
            Thread.currentThread().setContextClassLoader(loader);

            assertThat(versions(dynamoDb.restore(TableFixture.of("orders", "classpath:packed/"))))
                    .isEqualTo(Map.of("a", "1"));
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void write_anyTable_canBeRestoredAndWrittenTheSame(@ForAll long seed, @ForAll TableShape shape) throws IOException {
        Random random = new Random(seed);
        String source = Fixture.table(shape);
        for (int i = 0; i < 20; i++) {
            Map<String, AttributeValue> item = new HashMap<>(Values.attributes(random));
            item.putAll(shape.key(i, random));
            Fixture.DYNAMO_DB
                    .putItem(request -> request.tableName(source).item(item))
                    .join();
        }
        Path first = Files.createTempDirectory("fixture");
        Path second = Files.createTempDirectory("fixture");
        try (TestDynamoDb dynamoDb = TestDynamoDb.start()) {
            FixtureWriter.write(dynamoDb.client(), source, first);
            TestTable copy =
                    dynamoDb.restore(TableFixture.of("copy", first.toUri().toString()));
            FixtureWriter.write(dynamoDb.client(), copy.name(), second);

            assertThat(Fixture.items(copy.name())).isEqualTo(Fixture.items(source));
            for (String file : List.of("items.json", "table.json")) {
                assertThat(Files.readString(second.resolve(file))).isEqualTo(Files.readString(first.resolve(file)));
                Files.delete(first.resolve(file));
                Files.delete(second.resolve(file));
            }
        } finally {
            Fixture.drop(source);
            Files.delete(first);
            Files.delete(second);
        }
    }

    /** Changes its table in every test, and finds it as it was in every one. */
    @RestoredTable(name = "orders", from = STREAM, reset = RestoredTable.Reset.EACH_TEST)
    static class ChangingTests {

        @RepeatedTest(5)
        void change(TestTable table, DynamoDbClient client, DynamoDbAsyncClient async, @TableName String name) {
            NAMES.add(name);
            assertThat(name).isEqualTo(table.name());
            assertThat(versions(table)).isEqualTo(Map.of("a", "1"));
            put(client, name, "a", 7);
            put(client, name, "z", 8);
            assertThat(async.scan(scan -> scan.tableName(name)).join().count()).isEqualTo(2);
        }
    }

    static class OtherChangingTests extends ChangingTests {}

    static class AskingTests {

        @Test
        @RestoredTable(name = "method", from = STREAM, asOf = "2024-03-01T00:00:30Z")
        void ofTheMethod(TestTable table) {
            assertThat(table.name()).startsWith("method-");
            assertThat(versions(table)).hasSize(2);
        }

        @Test
        void ofParameters(
                @RestoredTable(name = "one", from = STREAM, key = "id:S") TestTable one,
                @RestoredTable(name = "other", from = STREAM) String other) {
            assertThat(one.name()).startsWith("one-");
            assertThat(other).startsWith("other-");
        }

        @Test
        @RestoredTable(
                name = "columns",
                from = "classpath:fixtures/csv/",
                format = "csv",
                columns = "id string,v bigint",
                key = "id:S")
        void ofColumns(TestTable table) {
            assertThat(versions(table)).isEqualTo(Map.of("a", "1", "b", "2"));
        }

        @Test
        @RestoredTable(name = "wrong", from = STREAM, asOf = "noon")
        void wrongTime(TestTable table) {}
    }

    private static EngineExecutionResults run(Map<String, String> configuration, Class<?>... classes) {
        List<ClassSelector> selectors = new ArrayList<>();
        for (Class<?> tests : classes) {
            selectors.add(selectClass(tests));
        }
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectors.toArray(ClassSelector[]::new))
                .configurationParameters(configuration)
                .execute();
    }

    @Test
    void restoredTable_classesAtOnce_haveTablesOfTheirOwnAndFindThemReset() {
        NAMES.clear();

        EngineExecutionResults results = run(
                Map.of(
                        "junit.jupiter.execution.parallel.enabled",
                        "true",
                        "junit.jupiter.execution.parallel.mode.classes.default",
                        "concurrent"),
                ChangingTests.class,
                OtherChangingTests.class);

        results.testEvents()
                .assertStatistics(statistics -> statistics.succeeded(10).failed(0));
        assertThat(NAMES).hasSize(2);
        assertThat(TestServers.dynamoDb().asyncClient().listTables().join().tableNames())
                .doesNotContainAnyElementsOf(NAMES);
    }

    @Test
    void restoredTable_methodsAndParameters_haveThemToo() {
        EngineExecutionResults results = run(Map.of(), AskingTests.class);

        results.testEvents()
                .assertStatistics(statistics -> statistics.succeeded(3).failed(1));
        results.testEvents().failed().stream()
                .forEach(event -> assertThat(event.toString()).contains("noon"));
    }

    @Test
    void restoredTable_endpointFromOutside_isUsed() {
        URI server = TestServers.dynamoDb().endpoint();
        try (FaultProxy proxy = FaultProxy.to(server)) {
            EngineExecutionResults results =
                    run(Map.of(DynamoDbLocal.ENDPOINT_PROPERTY, proxy.endpoint().toString()), OtherChangingTests.class);

            results.testEvents().assertStatistics(statistics -> statistics.succeeded(5));
            assertThat(proxy.requests(request -> request.operation().equals("CreateTable")))
                    .isNotEmpty();
        }
    }
}
