package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.RestoredTable;
import io.github.dynarestore.testing.TableName;
import io.github.dynarestore.testing.TestServers;
import io.github.dynarestore.testing.TestTable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Which table a test gets, for how long, and who else has it. */
class RestoredTableScopeTest {

    private static final String STREAM = "classpath:fixture-stream/";

    private static Events run(Class<?> tests, Map<String, String> configuration) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(tests))
                .configurationParameters(configuration)
                .execute()
                .testEvents();
    }

    private static void assertAllSucceed(Class<?> tests, int count) {
        assertAllSucceed(tests, count, Map.of());
    }

    private static void assertAllSucceed(Class<?> tests, int count, Map<String, String> configuration) {
        Events events = run(tests, configuration);
        assertThat(failures(events)).isEmpty();
        events.assertStatistics(statistics -> statistics.succeeded(count));
    }

    private static List<String> failures(Events events) {
        return events.failed().stream()
                .map(event -> event.getTestDescriptor().getDisplayName() + ": " + event.getPayload())
                .toList();
    }

    private static int count(TestTable table) {
        return table.items().size();
    }

    private static void put(TestTable table, String id) {
        table.client().putItem(put -> put.tableName(table.name()).item(Map.of("id", AttributeValue.fromS(id))));
    }

    @RestoredTable(name = "class", from = STREAM)
    static class MethodWithin {

        @Test
        @RestoredTable(name = "method", from = STREAM)
        void own(TestTable table) {
            assertThat(table.name()).startsWith("method-");
        }

        @Test
        void ofTheClass(TestTable table) {
            assertThat(table.name()).startsWith("class-");
        }
    }

    @Test
    void restoredTable_onAMethodOfAClassThatHasOne_isTheMethods() {
        assertAllSucceed(MethodWithin.class, 2);
    }

    @RestoredTable(name = "outer", from = STREAM, reset = RestoredTable.Reset.EACH_TEST)
    static class Nesting {

        @Nested
        class Inner {

            @RepeatedTest(2)
            void change(TestTable table) {
                assertThat(table.name()).startsWith("outer-");
                assertThat(count(table)).isEqualTo(1);
                put(table, "z");
            }
        }

        @Nested
        @RestoredTable(name = "inner", from = STREAM)
        class InnerWithItsOwn {

            @Test
            void own(TestTable table) {
                assertThat(table.name()).startsWith("inner-");
            }
        }
    }

    @Test
    void restoredTable_nestedClasses_findTheOuterOneResetOrTheirOwn() {
        assertAllSucceed(Nesting.class, 3);
    }

    static class Constructed {

        private final String own;

        Constructed(@RestoredTable(name = "instance", from = STREAM) String own) {
            this.own = own;
        }

        @Test
        void other(@RestoredTable(name = "parameter", from = STREAM) String other) {
            assertThat(own).startsWith("instance-");
            assertThat(other).startsWith("parameter-");
        }
    }

    @Test
    void restoredTable_onParametersOfConstructorAndMethod_areTwo() {
        assertAllSucceed(Constructed.class, 1);
    }

    @RestoredTable(name = "shared", from = STREAM, reset = RestoredTable.Reset.EACH_TEST)
    static class AtOnce {

        @ParameterizedTest
        @ValueSource(strings = {"p", "q", "r"})
        void values(String id, TestTable table) {
            change(table);
        }

        @Test
        void one(TestTable table) {
            change(table);
        }

        @Test
        void two(TestTable table) {
            change(table);
        }

        @Test
        void three(TestTable table) {
            change(table);
        }

        @Nested
        class Inner {

            @Test
            void four(TestTable table) {
                change(table);
            }
        }

        private static void change(TestTable table) {
            for (int i = 0; i < 30; i++) {
                assertThat(count(table)).isEqualTo(1 + i);
                put(table, "new" + i);
            }
        }
    }

    @Test
    void restoredTable_methodsAtOnceThatAreReset_doNotSeeOneAnother() {
        assertAllSucceed(
                AtOnce.class,
                7,
                Map.of(
                        "junit.jupiter.execution.parallel.enabled",
                        "true",
                        "junit.jupiter.execution.parallel.mode.default",
                        "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy",
                        "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism",
                        "4"));
    }

    /** Two classes that are proven to run at once, by each waiting for the other. */
    private static final CountDownLatch BOTH = new CountDownLatch(2);

    private static final Set<String> MET = ConcurrentHashMap.newKeySet();

    static class Meeting {

        @Nested
        @RestoredTable(name = "orders", from = STREAM)
        class One {
            @Test
            void meet(TestTable table) throws InterruptedException {
                Meeting.meet(table);
            }
        }

        @Nested
        @RestoredTable(name = "orders", from = STREAM)
        class Other {
            @Test
            void meet(TestTable table) throws InterruptedException {
                Meeting.meet(table);
            }
        }

        private static void meet(TestTable table) throws InterruptedException {
            put(table, "z");
            MET.add(table.name());
            BOTH.countDown();
            assertThat(BOTH.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(count(table)).isEqualTo(2);
        }
    }

    @Test
    void restoredTable_classesThatRunAtOnce_haveTwoTablesThatEndWithThem() {
        assertAllSucceed(
                Meeting.class,
                2,
                Map.of(
                        "junit.jupiter.execution.parallel.enabled",
                        "true",
                        "junit.jupiter.execution.parallel.mode.default",
                        "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy",
                        "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism",
                        "4"));

        assertThat(MET).hasSize(2);
        assertThat(TestServers.dynamoDb().asyncClient().listTables().join().tableNames())
                .doesNotContainAnyElementsOf(MET);
    }

    @RestoredTable(name = "orders", from = STREAM)
    static class Plain {
        @Test
        void any(DynamoDbClient client, @TableName String table) {
            assertThat(client.describeTable(describe -> describe.tableName(table))
                            .table()
                            .tableName())
                    .isEqualTo(table);
        }
    }

    @Test
    void restoredTable_endpointThatIsNone_isSaid() {
        Events events = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Plain.class))
                .configurationParameters(Map.of(DynamoDbLocal.ENDPOINT_PROPERTY, "localhost:8000"))
                .execute()
                .allEvents();

        assertThat(Stream.concat(failures(events).stream(), Stream.of("")))
                .anyMatch(failure ->
                        failure.contains(DynamoDbLocal.ENDPOINT_PROPERTY) && failure.contains("http://host:port"));
    }
}
