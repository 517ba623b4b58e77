package io.github.dynarestore.cli;

import static io.github.dynarestore.cli.Servers.SERVERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;

/** What people read of the preflight, and the exit code. */
class PreflightOutputTest {

    private final String bucket = TestServers.uniqueBucketName("preflight");
    private final String table = TestServers.uniqueTableName("preflight");

    @BeforeEach
    void createTableAndBackup() {
        TestServers.s3().createBucket(bucket);
        TestServers.s3()
                .put(
                        bucket,
                        "backup/object-1",
                        ("{\"Keys\":{\"id\":{\"S\":\"a\"}},\"NewImage\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
                                        + "\"SequenceNumber\":\"1\",\"ApproximateCreationDateTime\":1709251201,"
                                        + "\"eventName\":\"INSERT\"}\n")
                                .getBytes(StandardCharsets.UTF_8));
        DynamoDbAsyncClient dynamoDb = TestServers.dynamoDb().asyncClient();
        dynamoDb.createTable(request -> request.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                id -> id.attributeName("id").attributeType("S"),
                                at -> at.attributeName("at").attributeType("S"))
                        .keySchema(id -> id.attributeName("id").keyType(KeyType.HASH))
                        .globalSecondaryIndexes(index -> index.indexName("by-at")
                                .keySchema(at -> at.attributeName("at").keyType(KeyType.HASH))
                                .projection(all -> all.projectionType("ALL"))))
                .join();
        dynamoDb.updateTimeToLive(request -> request.tableName(table)
                        .timeToLiveSpecification(ttl -> ttl.enabled(true).attributeName("at")))
                .join();
        dynamoDb.putItem(request -> request.tableName(table).item(Map.of("id", AttributeValue.fromS("b"))))
                .join();
    }

    private CommandLineRun run(String command) {
        return CommandLineRun.of(SERVERS, command, "--from", "s3://" + bucket + "/backup/", "--into", table);
    }

    @Test
    void restore_severalThingsInTheWay_saysEachWithItsHintAndIsRefused() {
        CommandLineRun run = run("restore");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err())
                .contains("dynarestore: 2 things stand in the way\n")
                .contains("refused: table " + table + " holds items\nhint: restore into an empty table")
                .contains("refused: the key of index by-at of table " + table
                        + " is at (S), but the records have at (N)\nhint: restore into a table whose indexes")
                .contains("warning: table " + table + " has time to live enabled on at");
    }

    @Test
    void estimate_severalThingsInTheWay_saysThemAndGoesOn() {
        CommandLineRun run = run("estimate");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains("refused: table " + table + " holds items\n")
                .contains("refused: the key of index by-at")
                .contains("warning: table " + table + " has time to live enabled on at");
        assertThat(run.out()).contains("ESTIMATE " + table);
    }
}
