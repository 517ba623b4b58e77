package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.EmbeddedS3;
import io.github.dynarestore.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** The jar as it is handed out, in a process of its own that finds its servers by the SDK's usual variables. */
class RunnableJarTest {

    private static final String LINE = "{\"Keys\":{\"id\":{\"S\":\"a\"}},\"NewImage\":{\"id\":{\"S\":\"a\"}},"
            + "\"SequenceNumber\":\"1\",\"ApproximateCreationDateTime\":1709251201,\"eventName\":\"INSERT\"}\n";

    @TempDir
    Path directory;

    private final DynamoDbLocal dynamoDb = TestServers.dynamoDb();
    private final EmbeddedS3 s3 = TestServers.s3();

    private CommandLineRun run(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                System.getProperty("dynarestore.jar")));
        command.addAll(List.of(args));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("AWS_"));
        AwsCredentials credentials = dynamoDb.credentialsProvider().resolveCredentials();
        environment.putAll(Map.of(
                "AWS_REGION", dynamoDb.region().id(),
                "AWS_ACCESS_KEY_ID", credentials.accessKeyId(),
                "AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey(),
                "AWS_ENDPOINT_URL_DYNAMODB", dynamoDb.endpoint().toString(),
                "AWS_ENDPOINT_URL_S3", s3.endpoint().toString()));
        int exitCode = builder.start().waitFor();
        return new CommandLineRun(exitCode, Files.readString(out), Files.readString(err));
    }

    @Test
    void restore_backupInS3_fillsTheTable() throws Exception {
        String table = TestServers.uniqueTableName("jar");
        String bucket = TestServers.uniqueBucketName("jar");
        s3.createBucket(bucket);
        s3.put(bucket, "backup/object", LINE.getBytes(StandardCharsets.UTF_8));
        dynamoDb.asyncClient()
                .createTable(request -> request.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(key -> key.attributeName("id").attributeType(ScalarAttributeType.S))
                        .keySchema(key -> key.attributeName("id").keyType(KeyType.HASH)))
                .join();

        CommandLineRun run = run("restore", "--from", "s3://" + bucket + "/backup/", "--into", table, "--quiet");

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(dynamoDb.asyncClient()
                        .scan(request -> request.tableName(table))
                        .join()
                        .items())
                .containsExactly(Map.of("id", AttributeValue.fromS("a")));
    }

    @Test
    void restore_noTable_isRefusedInTwoLines() throws Exception {
        Path backup = Files.createDirectory(directory.resolve("backup"));
        Files.writeString(backup.resolve("object"), LINE);

        CommandLineRun run = run("restore", "--from", backup.toUri().toString(), "--into", "no-such-table", "--quiet");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err().lines()).hasSize(2).first().isEqualTo("dynarestore: table no-such-table does not exist");
    }

    @Test
    void version_isTold() throws Exception {
        CommandLineRun run = run("--version");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("dynarestore ").doesNotContain("null");
    }
}
