package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.model.WriteLimit;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.progress.RestoreProgress;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;

/** An index that takes more than its table, by what DynamoDB says was consumed. */
class LimitedByIndexTest {

    private static final int ITEMS = 800;
    private static final int UNITS_PER_SECOND = 400;
    private static final WriteLimit INDEX = new WriteLimit(WriteLimit.Kind.CAPACITY, "by-date");

    private final DynamoDbAsyncClient dynamoDb = TestServers.dynamoDb().asyncClient();
    private final String table = TestServers.uniqueTableName("index");

    /** Another date for each item moves it within the index: one unit of the table, and two of the index. */
    private static Path log(Path directory, String date) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < ITEMS; i++) {
            String key = "\"id\":{\"S\":\"" + i + "\"}";
            lines.append("{\"Keys\":{").append(key).append("},\"NewImage\":{").append(key);
            lines.append(",\"date\":{\"S\":\"").append(date).append(i);
            lines.append("\"}},\"SequenceNumber\":\"").append(i + 1);
            lines.append("\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"INSERT\"}\n");
        }
        Files.writeString(Files.createDirectories(directory).resolve("log"), lines);
        return directory;
    }

    private RestoreReport restore(Path log, int unitsPerSecond, RestoreListener listener) {
        try (DynamoDbRestoreManager restores =
                DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
            return restores.start(
                            RestorePlan.builder()
                                    .from(log.toUri().toString())
                                    .into(table)
                                    .existingItems(ExistingItems.OVERWRITE)
                                    .writeRate(WriteRate.unitsPerSecond(unitsPerSecond))
                                    .build(),
                            listener)
                    .completion()
                    .join();
        }
    }

    @Test
    void restore_indexIsTheFullest_isNamedByTheProgressLineAndTheReport(@TempDir Path directory) throws IOException {
        dynamoDb.createTable(request -> request.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(
                                id -> id.attributeName("id").attributeType("S"),
                                date -> date.attributeName("date").attributeType("S"))
                        .keySchema(id -> id.attributeName("id").keyType("HASH"))
                        .globalSecondaryIndexes(index -> index.indexName("by-date")
                                .keySchema(date -> date.attributeName("date").keyType("HASH"))
                                .projection(projection -> projection.projectionType("ALL"))))
                .join();
        var unused = restore(log(directory.resolve("first"), "2016-10-15"), 1_000_000, new RestoreListener() {});
        List<String> lines = Collections.synchronizedList(new ArrayList<>());

        RestoreReport report =
                restore(log(directory.resolve("second"), "2016-10-16"), UNITS_PER_SECOND, new RestoreListener() {
                    @Override
                    public void progressed(RestoreProgress progress) {
                        if (progress.phase() == RestorePhase.APPLYING) {
                            lines.add(ProgressLines.line(progress));
                        }
                    }
                });

        assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
        assertThat(lines).anySatisfy(line -> assertThat(line).endsWith(", limited by GSI by-date"));
        assertThat(report.limits().get(0).limit()).isEqualTo(INDEX);
        // Each write takes two units of the index, which are all that the rate allows it.
        assertThat(report.limits().get(0).time().toSeconds()).isGreaterThanOrEqualTo(ITEMS * 2 / UNITS_PER_SECOND - 2);
    }
}
