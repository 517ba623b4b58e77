package io.github.dynarestore.cli;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A manager with the clients that a plan needs; closed from the last to the first, so that each still works. */
record ManagerForPlan(@Nullable S3AsyncClient s3, DynamoDbAsyncClient dynamoDb, DynamoDbRestoreManager manager)
        implements AutoCloseable {

    static ManagerForPlan open(RestorePlan plan, Clients clients) {
        return open(plan, clients, false);
    }

    static ManagerForPlan open(RestorePlan plan, Clients clients, boolean keepsMoreInS3) {
        boolean needsS3 = keepsMoreInS3
                || Stream.concat(plan.bases().stream(), plan.backups().stream())
                        .anyMatch(backup -> "s3".equals(backup.location().getScheme()));
        S3AsyncClient s3 = null;
        DynamoDbAsyncClient dynamoDb = null;
        DynamoDbRestoreManager manager = null;
        try {
            s3 = needsS3 ? clients.s3() : null;
            dynamoDb = clients.dynamoDb();
            DynamoDbRestoreManager.Builder builder =
                    DynamoDbRestoreManager.builder().dynamoDb(dynamoDb);
            if (s3 != null) {
                builder.s3(s3);
            }
            manager = builder.build();
            return new ManagerForPlan(s3, dynamoDb, manager);
        } finally {
            if (manager == null) {
                close(s3, dynamoDb);
            }
        }
    }

    private static void close(@Nullable S3AsyncClient s3, @Nullable DynamoDbAsyncClient dynamoDb) {
        if (dynamoDb != null) {
            dynamoDb.close();
        }
        if (s3 != null) {
            s3.close();
        }
    }

    @Override
    public void close() {
        manager.close();
        close(s3, dynamoDb);
    }
}
