package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.HttpReply;
import io.github.dynarestore.testing.TestServers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** An S3 that errs, breaks off, lies, or changes under the restore. */
class SourceFaultsTest {

    @Test
    void restore_s3Errs_losesNothing() {
        History history = new History(TableShape.SN, 21).live(2_000, 300);
        String table = Fixture.table(TableShape.SN);
        String location = Fixture.backup(history.deliver(20, 0.1));
        // Spread over the requests: one after the other they would be one range's, which waits ever longer.
        FaultRule faults = FaultRule.sometimes(0.15, 1, Fault.reply(HttpReply.s3Error(503, "SlowDown")))
                .orElse(FaultRule.sometimes(0.1, 2, Fault.resetBeforeForwarding()))
                .orElse(FaultRule.sometimes(0.1, 3, Fault.resetAfterForwarding()))
                .orElse(FaultRule.sometimes(0.1, 4, Fault.cutBody(1_000, Fault.Ending.FIN)))
                .orElse(FaultRule.sometimes(0.1, 5, Fault.cutBody(0, Fault.Ending.RST)))
                .orElse(FaultRule.sometimes(0.1, 6, Fault.flipByte(500)))
                .onlyFor(request -> request.path().contains("/orders-1-"));
        try (FaultProxy proxy = FaultProxy.to(TestServers.s3().endpoint(), faults);
                // Without retries of its own, so that each fault reaches ours.
                S3AsyncClient throughProxy = TestServers.s3()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(throughProxy)
                        .dynamoDb(Fixture.DYNAMO_DB)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(location, table).build())
                    .completion()
                    .join();

            assertThat(report.records().deadLettered()).isZero();
            assertThat(Fixture.items(table)).isEqualTo(history.itemsAt(Instant.ofEpochSecond(history.lastSecond())));
            // Twenty objects, once each for the survey and the apply; the rest were faults.
            assertThat(proxy.requests(request -> request.path().contains("/orders-1-")))
                    .hasSizeGreaterThanOrEqualTo(20 + 20 + 10);
        }
    }

    @Test
    void restore_objectChangesBetweenSurveyAndApply_failsNamingIt() {
        String table = Fixture.table(TableShape.S);
        String location = Fixture.backup(List.of(Fixture.inserts(100)));
        String bucket = URI.create(location).getHost();
        byte[] other = new String(Fixture.inserts(100), StandardCharsets.UTF_8)
                .replace("\"INSERT\"", "\"REMOVE\"")
                .getBytes(StandardCharsets.UTF_8);
        AtomicInteger scans = new AtomicInteger();
        // The table is looked at again when the survey has ended.
        FaultRule changing = request -> {
            if (request.operation().equals("Scan") && scans.incrementAndGet() == 2) {
                TestServers.s3().put(bucket, "backup/2024/03/01/00/orders-1-0", other);
            }
            return Fault.pass();
        };
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), changing);
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            RestoreException failure = Fixture.failure(
                    () -> restores.start(Fixture.plan(location, table).build())
                            .completion()
                            .join());

            assertThat(failure.code()).isEqualTo(RestoreErrorCode.SOURCE_CHANGED);
            assertThat(failure).hasMessageContaining("orders-1-0");
            assertThat(scans).hasValue(2);
            assertThat(Fixture.items(table)).isEmpty();
        }
    }
}
