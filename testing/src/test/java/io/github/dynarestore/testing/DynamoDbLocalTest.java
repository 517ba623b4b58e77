package io.github.dynarestore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DynamoDbLocalTest {

    @Test
    void start_fresh_answersWithoutTables() {
        try (DynamoDbLocal server = DynamoDbLocal.start()) {
            assertThat(Calls.await(server.asyncClient().listTables()).tableNames())
                    .isEmpty();
            assertThat(server.processId()).isPresent();
        }
    }

    @Test
    void close_running_endsTheProcess() {
        DynamoDbLocal server = DynamoDbLocal.start();
        ProcessHandle process =
                ProcessHandle.of(server.processId().orElseThrow()).orElseThrow();
        assertThat(process.isAlive()).isTrue();

        server.close();
        server.close();

        Polling.until(
                "end of the process",
                Duration.ofSeconds(10),
                () -> process.isAlive() ? Optional.empty() : Optional.of(true));
        assertThatThrownBy(server::asyncClient).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void start_two_haveTheirOwnTables() {
        try (DynamoDbLocal other = DynamoDbLocal.start()) {
            String table = TestTables.create(TestServers.dynamoDb().asyncClient(), "Apart");

            assertThat(other.endpoint()).isNotEqualTo(TestServers.dynamoDb().endpoint());
            assertThat(Calls.await(other.asyncClient().listTables()).tableNames())
                    .doesNotContain(table);
        }
    }

    @Test
    void start_endpointGiven_startsNothing() {
        System.setProperty(DynamoDbLocal.ENDPOINT_PROPERTY, "http://127.0.0.1:1");
        try (DynamoDbLocal server = DynamoDbLocal.start()) {
            assertThat(server.endpoint()).hasToString("http://127.0.0.1:1");
            assertThat(server.processId()).isEmpty();
        } finally {
            System.clearProperty(DynamoDbLocal.ENDPOINT_PROPERTY);
        }
    }

    @Test
    void start_classPathUnknown_saysWhichPropertyIsMissing() {
        String known = System.clearProperty(DynamoDbLocal.CLASS_PATH_FILE_PROPERTY);
        try {
            assertThatThrownBy(DynamoDbLocal::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(DynamoDbLocal.CLASS_PATH_FILE_PROPERTY);
        } finally {
            if (known != null) {
                System.setProperty(DynamoDbLocal.CLASS_PATH_FILE_PROPERTY, known);
            }
        }
    }

    @Test
    void dynamoDb_askedTwice_isOneServer() {
        assertThat(TestServers.dynamoDb()).isSameAs(TestServers.dynamoDb());
        assertThat(TestServers.uniqueTableName("Orders")).isNotEqualTo(TestServers.uniqueTableName("Orders"));
    }
}
