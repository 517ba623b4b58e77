package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.Fault;
import io.github.dynarestore.testing.FaultProxy;
import io.github.dynarestore.testing.FaultRule;
import io.github.dynarestore.testing.TestServers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** The plan's write rate, measured where the writes arrive. */
class PacingTest {

    private static final int UNITS_PER_SECOND = 1_500;
    private static final int ITEMS = 4_500;
    private static final long SECOND = 1_000_000_000L;
    private static final long BEAT_NANOS = 5_000_000;

    /** So many writes came at this time; each costs one unit. */
    private record Arrival(long nanos, int writes) {}

    @Test
    void restore_unitsPerSecond_stayWithinTenPercentInEverySecondFromTheFirst() {
        List<Arrival> arrivals = Collections.synchronizedList(new ArrayList<>());
        FaultRule measuring = request -> {
            arrivals.add(new Arrival(System.nanoTime(), count(request.bodyText(), "\"PutRequest\"")));
            return Fault.pass();
        };
        String table = Fixture.table(TableShape.S);
        AtomicLong longestStall = new AtomicLong();
        ScheduledExecutorService heart = heart(longestStall);
        try (FaultProxy proxy =
                        FaultProxy.to(TestServers.dynamoDb().endpoint(), measuring.onlyForOperation("BatchWriteItem"));
                DynamoDbAsyncClient throughProxy = TestServers.dynamoDb()
                        .asyncClientBuilder()
                        .endpointOverride(proxy.endpoint())
                        .build();
                DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                        .s3(Fixture.S3)
                        .dynamoDb(throughProxy)
                        .build()) {
            restores.start(Fixture.plan(Fixture.backup(List.of(Fixture.inserts(ITEMS))), table)
                            .writeRate(WriteRate.unitsPerSecond(UNITS_PER_SECOND))
                            .build())
                    .completion()
                    .join();
        } finally {
            heart.shutdownNow();
        }

        assertThat(arrivals.stream().mapToInt(Arrival::writes).sum()).isEqualTo(ITEMS);
        // What this machine held back in one stall may come at once behind it; that is not the pacer's doing.
        double allowed = UNITS_PER_SECOND * (1.1 + (double) longestStall.get() / SECOND);
        assertThat(mostInASecond(arrivals)).isLessThanOrEqualTo((int) allowed);
    }

    /** Finds out for how long at most no thread of this process ran in time. */
    private static ScheduledExecutorService heart(AtomicLong longestStall) {
        ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, "heart");
            thread.setDaemon(true);
            return thread;
        });
        AtomicLong last = new AtomicLong(System.nanoTime());
        var unused = heart.scheduleWithFixedDelay(
                () -> {
                    long now = System.nanoTime();
                    long late = now - last.getAndSet(now) - BEAT_NANOS;
                    longestStall.accumulateAndGet(late, Math::max);
                },
                BEAT_NANOS,
                BEAT_NANOS,
                TimeUnit.NANOSECONDS);
        return heart;
    }

    private static int mostInASecond(List<Arrival> arrivals) {
        List<Arrival> inOrder = arrivals.stream()
                .sorted((a, b) -> Long.compare(a.nanos() - b.nanos(), 0))
                .toList();
        int most = 0;
        int inWindow = 0;
        int first = 0;
        for (Arrival arrival : inOrder) {
            inWindow += arrival.writes();
            while (arrival.nanos() - inOrder.get(first).nanos() >= SECOND) {
                inWindow -= inOrder.get(first++).writes();
            }
            most = Math.max(most, inWindow);
        }
        return most;
    }

    private static int count(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
