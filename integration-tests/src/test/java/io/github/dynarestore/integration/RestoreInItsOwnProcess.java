package io.github.dynarestore.integration;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.S3Checkpoints;
import io.github.dynarestore.TableDefinition;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.spi.CheckpointStore;
import io.github.dynarestore.testing.TestServers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** The restore that {@link KillTest} kills; the servers are those of the process that started it. */
final class RestoreInItsOwnProcess {

    private RestoreInItsOwnProcess() {}

    private static CheckpointStore checkpoint(String place) {
        return place.startsWith("s3:")
                ? S3Checkpoints.at(TestServers.s3().asyncClient(), place)
                : DirectoryCheckpoints.in(Path.of(place));
    }

    private static RestorePlan plan(String[] args) {
        RestorePlan.Builder plan = RestorePlan.builder()
                .from(args[1])
                .into(args[2])
                .checkpoint(checkpoint(args[3]))
                .asOf(Instant.parse(args[4]))
                .surveyMemoryBytes(Long.parseLong(args[5]))
                .spillDirectory(Path.of(args[6]))
                .writeRate(WriteRate.unitsPerSecond(2_000));
        if (args.length > 7) {
            plan.createTable(TableDefinition.parse(args[7])).boost(Long.parseLong(args[8]));
        }
        return plan.build();
    }

    /**
     * Restores.
     *
     * @param args endpoint of DynamoDB, location, table, place of the checkpoint, cut, survey memory, spill directory; and for
     *     a table that is made its description and the units that it is boosted to
     */
    public static void main(String[] args) {
        try (DynamoDbAsyncClient dynamoDb = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(URI.create(args[0]))
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(TestServers.s3().asyncClient())
                        .dynamoDb(dynamoDb)
                        .build()) {
            RestoreReport report = restores.start(plan(args)).completion().join();
            System.out.println(report.toJson());
            System.exit(report.records().addsUp() ? 0 : 3);
        }
    }
}
