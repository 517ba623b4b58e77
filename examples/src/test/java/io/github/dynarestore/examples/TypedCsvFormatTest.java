package io.github.dynarestore.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;

class TypedCsvFormatTest {

    @Test
    void restore_rows_becomeItems(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("part-0"), "id:S,price:N\na,1.50\nb,-2\n");
        String table = TestServers.uniqueTableName("rows");
        DynamoDbAsyncClient dynamoDb = TestServers.dynamoDb().asyncClient();
        dynamoDb.createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(key -> key.attributeName("id").attributeType("S"))
                        .keySchema(key -> key.attributeName("id").keyType("HASH")))
                .join();
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .dynamoDb(dynamoDb)
                .format(new TypedCsvFormat())
                .build()) {
            RestoreReport report = restores.start(RestorePlan.builder()
                            .from(directory.toUri().toString())
                            .into(table)
                            .build())
                    .completion()
                    .join();

            assertThat(report.records().applied()).isEqualTo(2);
        }
        List<Map<String, AttributeValue>> items =
                dynamoDb.scan(scan -> scan.tableName(table)).join().items();
        assertThat(items)
                .containsExactlyInAnyOrder(
                        Map.of("id", AttributeValue.fromS("a"), "price", AttributeValue.fromN("1.5")),
                        Map.of("id", AttributeValue.fromS("b"), "price", AttributeValue.fromN("-2")));
    }

    /** The page on formats shows a region of it, so that it cannot go stale. */
    @Test
    void page_snippet_isTheFormatsOwnCode() throws IOException {
        Path root = Path.of(System.getProperty("dynarestore.root"));
        String source = Files.readString(
                root.resolve("examples/src/main/java/io/github/dynarestore/examples/TypedCsvFormat.java"));
        String region = source.substring(source.indexOf("// [rows]") + 9, source.indexOf("// [/rows]"))
                .strip();

        assertThat(Files.readString(root.resolve("docs/adding-a-format.md"))
                        .lines()
                        .map(String::strip))
                .containsSubsequence(region.lines().map(String::strip).toList());
    }
}
