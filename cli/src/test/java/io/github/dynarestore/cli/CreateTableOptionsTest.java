package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** Tables that the command line creates. */
class CreateTableOptionsTest {

    @TempDir
    Path directory;

    private final String table = TestServers.uniqueTableName("create");

    @BeforeEach
    void backUp() throws IOException {
        Files.createDirectory(directory.resolve("backup"));
        Files.writeString(
                directory.resolve("backup").resolve("object-1"),
                "{\"Keys\":{\"at\":{\"N\":\"1\"},\"id\":{\"S\":\"a\"}},\"NewImage\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
                        + "\"SequenceNumber\":\"1\",\"ApproximateCreationDateTime\":1709251201,"
                        + "\"eventName\":\"INSERT\"}\n");
    }

    private CommandLineRun restore(String... options) {
        List<String> args = new ArrayList<>(
                List.of("restore", "--from", directory.resolve("backup").toUri().toString(), "--into", table));
        args.addAll(List.of(options));
        return CommandLineRun.of(SERVERS, args.toArray(String[]::new));
    }

    private TableDescription description() {
        return TestServers.dynamoDb()
                .asyncClient()
                .describeTable(request -> request.tableName(table))
                .join()
                .table();
    }

    @Test
    void restore_createTable_createsItOnceAndIsRefusedTheSecondTime() {
        CommandLineRun unsaid = restore("--create-table");
        assertThat(unsaid.exitCode()).isEqualTo(4);
        assertThat(unsaid.err())
                .contains("dynarestore: the key of the records is [at, id], but they do not say which of the two is the"
                        + " partition key\nhint: say it with --table-key");

        CommandLineRun created =
                restore("--create-table", "--table-key", "id", "--global-index", "by-at=at:N,id:S;keys-only");
        assertThat(created.exitCode()).isZero();
        assertThat(created.err()).contains("note: table " + table + " was created");
        assertThat(description().keySchema())
                .extracting(element -> element.attributeName())
                .containsExactly("id", "at");
        assertThat(description().globalSecondaryIndexes()).hasSize(1);

        CommandLineRun again = restore("--create-table", "--table-key", "id");
        assertThat(again.exitCode()).isEqualTo(4);
        assertThat(again.err()).contains("dynarestore: table " + table + " is to be created, but exists\nhint: ");
    }

    @Test
    void restore_createTableFromFileWithBoost_createsItLikeTheOneDescribedAndPutsItsCapacityBack() throws IOException {
        Path file = directory.resolve("table.json");
        Files.writeString(
                file,
                "{\"Table\":{\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"},"
                        + "{\"AttributeName\":\"at\",\"AttributeType\":\"N\"}],\"KeySchema\":[{\"AttributeName\":\"id\","
                        + "\"KeyType\":\"HASH\"},{\"AttributeName\":\"at\",\"KeyType\":\"RANGE\"}],"
                        + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":3,\"WriteCapacityUnits\":40}}}");

        CommandLineRun run = restore("--create-table", file.toString(), "--boost", "400");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains("note: write capacity of table " + table
                        + " was raised for the restore: the table 400 write units per second")
                .contains("was put back: the table 40 write units per second");

        assertThat(description().provisionedThroughput().writeCapacityUnits()).isEqualTo(40);
        assertThat(description().billingModeSummary() == null
                        || description().billingModeSummary().billingMode() == BillingMode.PROVISIONED)
                .isTrue();
    }
}
