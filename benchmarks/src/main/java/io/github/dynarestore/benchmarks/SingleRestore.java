package io.github.dynarestore.benchmarks;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.WriteRate;
import java.net.URI;
import java.nio.file.Path;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** One restore in a process of its own, as the peers are run: ours, or by the script that one writes oneself. */
final class SingleRestore {

    private static final int IN_FLIGHT = 16;

    private SingleRestore() {}

    /** Arguments: endpoint, table, directory, {@code ours} or {@code script}. */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[2]);
        DynamoDbAsyncClient dynamoDb = WholeRunBenchmark.client(URI.create(args[0]));
        if (args[3].equals("script")) {
            var unused = new NaiveRestore("Item", IN_FLIGHT, NaiveRestore.plainWrites(dynamoDb, args[1]))
                    .run(BackupObjects.in(directory));
        } else {
            try (DynamoDbRestoreManager restores =
                    DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
                var unused = restores.start(RestorePlan.builder()
                                .from(directory.toUri().toString())
                                .into(args[1])
                                .writeRate(WriteRate.unitsPerSecond(1_000_000))
                                .writesInFlight(IN_FLIGHT)
                                .build())
                        .completion()
                        .join();
            }
        }
        // Closing the SDK's client takes 2 seconds in which nothing happens.
        System.exit(0);
    }
}
