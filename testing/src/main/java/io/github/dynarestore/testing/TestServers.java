package io.github.dynarestore.testing;

import java.util.Locale;
import java.util.UUID;

/**
 * One DynamoDB and one S3 for all the tests of a JVM, started when first asked for and stopped when the JVM ends. Tests
 * keep apart by the names of their tables and buckets.
 */
public final class TestServers {

    private TestServers() {}

    /** Returns the shared DynamoDB; not to be closed. */
    public static DynamoDbLocal dynamoDb() {
        return DynamoDb.SERVER;
    }

    /** Returns the shared S3; not to be closed. */
    public static EmbeddedS3 s3() {
        return S3.SERVER;
    }

    /**
     * Makes up a table name that nobody else has.
     *
     * @param beginning what the table is for: letters, digits, {@code _.-}, at most 200 of them
     */
    public static String uniqueTableName(String beginning) {
        return beginning + "-" + UUID.randomUUID();
    }

    /**
     * Makes up a bucket name that nobody else has.
     *
     * @param beginning what the bucket is for: letters, digits and hyphens, at most 26 of them
     */
    public static String uniqueBucketName(String beginning) {
        return beginning.toLowerCase(Locale.ROOT) + "-" + UUID.randomUUID();
    }

    private static <T extends AutoCloseable> T closedAtExit(T server) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                server.close();
                            } catch (Exception e) {
                                // The JVM ends; there is nobody left to tell, and the child has a hook of its own.
                                return;
                            }
                        },
                        "test-server-stop"));
        return server;
    }

    private static final class DynamoDb {
        static final DynamoDbLocal SERVER = closedAtExit(DynamoDbLocal.start());
    }

    private static final class S3 {
        static final EmbeddedS3 SERVER = closedAtExit(EmbeddedS3.start());
    }
}
