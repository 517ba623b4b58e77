package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/** Any history, delivered anyhow, restored to any instant through real servers, equals the oracle. */
class AnyHistoryTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    private static int histories;

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
        System.out.println("AnyHistoryTest: " + histories + " histories");
    }

    @Property(tries = Delivery.TRIES, shrinking = ShrinkingMode.OFF)
    void restore_anyHistoryToAnyInstant_equalsOracle(@ForAll long seed, @ForAll TableShape shape) {
        Random random = new Random(seed);
        for (int round = 0; round < Delivery.ROUNDS; round++) {
            restore(random, shape);
        }
    }

    /** On the second of a change, just before it and just after it; or from before the first one, or after the last. */
    private static Instant cut(List<History.Change> changes, Random random) {
        long second = changes.get(random.nextInt(changes.size())).epochSecond();
        return switch (random.nextInt(7)) {
            case 0 -> Instant.ofEpochSecond(second).minusNanos(1_000);
            case 1 -> Instant.ofEpochSecond(second).plusNanos(1_000);
            case 2 -> Instant.ofEpochSecond(second).plusMillis(999);
            case 3 -> History.START.minusSeconds(5);
            case 4 -> Instant.ofEpochSecond(changes.get(changes.size() - 1).epochSecond() + 5);
            default -> Instant.ofEpochSecond(second);
        };
    }

    private static void restore(Random random, TableShape shape) {
        histories = Delivery.count("AnyHistoryTest", histories);
        List<History.Change> changes = Delivery.histories(shape, random, 120);
        Instant cut = cut(changes, random);
        String table = Fixture.table(shape);
        try (Delivery delivery = new Delivery(random)) {
            String location = delivery.objects(History.deliver(changes, 1 + random.nextInt(5), 0.3, random));
            RestoreReport report = RESTORES.start(
                            Fixture.plan(location, table).asOf(cut).build())
                    .completion()
                    .join();

            Map<String, Map<String, Object>> expected = History.itemsAt(changes, cut);
            assertThat(Fixture.items(table)).isEqualTo(expected);
            assertThat(report.status()).isEqualTo(RestoreStatus.COMPLETED);
            assertThat(report.records().addsUp()).isTrue();
            assertThat(report.records().applied()).isEqualTo(History.keysTouchedAt(changes, cut));
            assertThat(report.writes().puts()).isEqualTo(expected.size());
            assertThat(report.writes().deletes()).isZero();
        } finally {
            Fixture.drop(table);
        }
    }
}
