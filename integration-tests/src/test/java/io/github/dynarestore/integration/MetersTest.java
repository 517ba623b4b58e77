package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.DynamoDbFaults;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** The meters {@code dynarestore.*} say what the report says. */
class MetersTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private double records(String outcome) {
        return meters.get("dynarestore.records")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private double count(String counter) {
        return meters.get(counter).counter().count();
    }

    /** Meters are brought up to date by a thread of their own, and the call waits here. */
    private boolean becomesInFlight() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (inFlight() == 0 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        return inFlight() > 0;
    }

    private int inFlight() {
        return meters.get("dynarestore.batch.inflight").longTaskTimer().activeTasks();
    }

    @Test
    void meters_afterRestoreUnderFaults_equalTheReport() {
        History history = new History(TableShape.S, 51).live(900, 200);
        Instant cut = Instant.ofEpochSecond(history.changes().get(700).epochSecond());
        List<byte[]> objects = new ArrayList<>(history.deliver(3, 0.2));
        objects.add("[object Object]\n".getBytes(StandardCharsets.UTF_8));
        long bytes = objects.stream().mapToLong(object -> object.length).sum();
        FaultRule faults = FaultRule.first(2, DynamoDbFaults.throttle())
                .orElse(FaultRule.first(2, DynamoDbFaults.unprocessed(0.5, 7)))
                .onlyForOperation("BatchWriteItem");
        AtomicBoolean isSeenInFlight = new AtomicBoolean();
        FaultRule watching = request -> {
            if (request.operation().equals("BatchWriteItem") && !request.isTrial() && !isSeenInFlight.get()) {
                isSeenInFlight.set(becomesInFlight());
            }
            return faults.choose(request);
        };
        try (FaultProxy proxy = FaultProxy.to(TestServers.dynamoDb().endpoint(), watching);
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .meterRegistry(meters)
                        .build()) {
            RestoreReport report = restores.start(Fixture.plan(Fixture.backup(objects), Fixture.table(TableShape.S))
                            .asOf(cut)
                            .badRecords(BadRecords.DEAD_LETTER)
                            .deadLetters(RestoreRefusalTest.sink(new ArrayList<>()))
                            .mapper(item -> item.get("pk").s().endsWith("7") ? null : item)
                            .writeRate(WriteRate.unitsPerSecond(400))
                            .build())
                    .completion()
                    .join();

            RestoreReport.Records records = report.records();
            assertThat(records("read")).isEqualTo(records.read()).isPositive();
            assertThat(records("applied")).isEqualTo(records.applied()).isPositive();
            assertThat(records("superseded")).isEqualTo(records.superseded()).isPositive();
            assertThat(records("duplicate")).isEqualTo(records.duplicate()).isPositive();
            assertThat(records("afterCut")).isEqualTo(records.afterCut()).isPositive();
            assertThat(records("filtered")).isEqualTo(records.filtered()).isPositive();
            assertThat(records("deadLettered"))
                    .isEqualTo(records.deadLettered())
                    .isEqualTo(1);
            assertThat(count("dynarestore.write.units"))
                    .isEqualTo(report.writes().units())
                    .isEqualTo(report.writes().puts());
            assertThat(count("dynarestore.throttles"))
                    .isEqualTo(report.writes().throttled())
                    .isPositive();
            assertThat(count("dynarestore.listener.failures")).isZero();
            // Small objects are read whole to know their format, for the preflight, for the survey, and for the apply.
            assertThat(count("dynarestore.bytes.read")).isBetween(1.5 * bytes, 5.0 * bytes);

            long calls = proxy.requests(request -> request.operation().equals("BatchWriteItem") && !request.isTrial())
                    .size();
            Timer latency = meters.get("dynarestore.batch.latency").timer();
            assertThat(latency.count()).isEqualTo(calls);
            assertThat(latency.totalTime(TimeUnit.NANOSECONDS)).isPositive();
            Timer wait = meters.get("dynarestore.pacer.wait").timer();
            assertThat(wait.count()).isEqualTo(calls);
            assertThat(wait.totalTime(TimeUnit.NANOSECONDS)).isPositive();
            assertThat(isSeenInFlight).isTrue();
            assertThat(inFlight()).isZero();
        }
        assertThat(meters.getMeters().stream()
                        .map(Meter::getId)
                        .map(Meter.Id::getName)
                        .collect(Collectors.toSet()))
                .allMatch(name -> name.startsWith("dynarestore."));
    }

    @Test
    void meters_secondRestoreOfOneManager_addUp() {
        try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                .s3(Fixture.S3)
                .dynamoDb(Fixture.DYNAMO_DB)
                .meterRegistry(meters)
                .build()) {
            String location = Fixture.backup(List.of(Fixture.inserts(10)));
            for (int run = 1; run <= 2; run++) {
                restores.start(Fixture.plan(location, Fixture.table(TableShape.S))
                                .build())
                        .completion()
                        .join();
                assertThat(records("applied")).isEqualTo(10.0 * run);
            }
        }
    }
}
