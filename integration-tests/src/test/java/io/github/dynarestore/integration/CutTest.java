package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.testing.TestServers;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;

/** Instants, times that are missing, streams made anew, items that expired, and filters. */
class CutTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @AfterContainer
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport run(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    @Property(tries = 2, shrinking = ShrinkingMode.OFF)
    void restore_cutOnBeforeAndAfterEverySecond_equalsOracle(@ForAll long seed) {
        History history = new History(TableShape.SN, seed).live(25, 6);
        String location = Fixture.backup(history.deliver(2, 0.3));
        long start = History.START.getEpochSecond();
        for (long second = start - 1; second <= history.lastSecond() + 1; second++) {
            for (int millis : new int[] {-1, 0, 1}) {
                Instant cut = Instant.ofEpochSecond(second).plusMillis(millis);
                String table = Fixture.table(TableShape.SN);
                run(Fixture.plan(location, table).asOf(cut));

                assertThat(Fixture.items(table))
                        .as("seed %d, %s", seed, cut)
                        .isEqualTo(ChainTest.itemsAt(history.changes(), Math.floorDiv(cut.toEpochMilli(), 1_000)));
                Fixture.drop(table);
            }
        }
    }

    /** Numbers begin anew while time goes on; the table was made anew with them, so that it was empty meanwhile. */
    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void restore_streamMadeAnewUnderTheSamePrefix_isOrderedByTime(@ForAll long seed) {
        Random random = new Random(seed);
        List<History.Change> first =
                new History(TableShape.SN, seed).live(40, 8).changes();
        List<History.Change> changes = new ArrayList<>(first);
        long later = first.get(first.size() - 1).epochSecond() + 2 - History.START.getEpochSecond();
        BigInteger number = BigInteger.valueOf(100);
        for (History.Change change :
                new History(TableShape.SN, seed).live(40, 8).changes()) {
            number = number.add(BigInteger.ONE);
            changes.add(new History.Change(
                    change.key(), change.oldImage(), change.image(), number, change.epochSecond() + later));
        }
        long start = History.START.getEpochSecond();
        long end = changes.get(changes.size() - 1).epochSecond();
        long cut = start + random.nextInt((int) (end - start) + 2);
        String table = Fixture.table(TableShape.SN);

        RestoreReport report =
                run(Fixture.plan(new Delivery(random).log(changes), table).asOf(Instant.ofEpochSecond(cut)));

        assertThat(Fixture.items(table)).isEqualTo(ChainTest.itemsAt(changes, cut));
        assertThat(report.history().generationConflicts()).isPositive();
        assertThat(report.history().lostChanges()).isZero();
        Fixture.drop(table);
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void restore_expiredItems_areGoneOrStayAsThePlanSays(@ForAll long seed, @ForAll boolean hasOldImages) {
        Random random = new Random(seed);
        List<History.Change> changes =
                new History(TableShape.SN, seed).live(60, 10).changes();
        StringBuilder lines = new StringBuilder();
        Map<String, Map<String, Object>> applied = new TreeMap<>();
        Map<String, Map<String, Object>> ignored = new TreeMap<>();
        for (History.Change change : changes) {
            String key = Values.plain(change.key()).toString();
            History.Change told = hasOldImages || change.image() != null
                    ? change
                    : new History.Change(change.key(), null, null, change.sequenceNumber(), change.epochSecond());
            String line = new String(History.line(told), StandardCharsets.UTF_8);
            if (change.image() != null) {
                applied.put(key, Values.plain(change.image()));
                ignored.put(key, Values.plain(change.image()));
            } else {
                applied.remove(key);
                if (random.nextBoolean()) {
                    line = line.substring(0, line.length() - 1)
                            + ",\"userIdentity\":{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}}";
                } else {
                    ignored.remove(key);
                }
            }
            lines.append(line).append('\n');
        }
        String location = Fixture.backup(List.of(lines.toString().getBytes(StandardCharsets.UTF_8)));
        String gone = Fixture.table(TableShape.SN);
        String kept = Fixture.table(TableShape.SN);

        RestoreReport applying = run(Fixture.plan(location, gone));
        RestoreReport ignoring = run(Fixture.plan(location, kept).ttlRemovals(TtlRemovals.IGNORE));

        assertThat(Fixture.items(gone)).isEqualTo(applied);
        assertThat(Fixture.items(kept)).isEqualTo(ignored);
        assertThat(applying.records().addsUp()).isTrue();
        assertThat(ignoring.records().addsUp()).isTrue();
        Fixture.drop(gone);
        Fixture.drop(kept);
    }

    @Test
    void restore_recordsWithoutATime_areRefusedOrTakeThatOfTheirDelivery() {
        String undated = Fixture.insert("a", 1).replace("\"ApproximateCreationDateTime\":1709251201,", "");
        String bucket = TestServers.uniqueBucketName("undated");
        TestServers.s3().createBucket(bucket);
        TestServers.s3().put(bucket, "log/orders-1", undated.getBytes(StandardCharsets.UTF_8));
        String location = "s3://" + bucket + "/log/";
        String table = Fixture.table(TableShape.S);
        Instant now = Instant.now();

        RestoreException refused =
                Fixture.failure(() -> run(Fixture.plan(location, table).asOf(now.plusSeconds(3_600))));
        assertThat(refused.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);

        RestoreReport before = run(Fixture.plan(location, table)
                .asOf(now.minus(Duration.ofHours(1)))
                .undatedRecords(UndatedRecords.OBJECT_TIME));
        assertThat(before.records().afterCut()).isEqualTo(1);
        assertThat(before.history().uncertainKeys())
                .as("it may have been made up to two days before it was delivered")
                .isEqualTo(1);

        RestoreReport longBefore = run(Fixture.plan(location, table)
                .asOf(now.minus(Duration.ofHours(49)))
                .undatedRecords(UndatedRecords.OBJECT_TIME));
        assertThat(longBefore.history().uncertainKeys()).isZero();
    }

    @Test
    void restore_filter_countsOnlyWhatItAccepts() {
        String location = Fixture.backup(List.of(Fixture.inserts(20)));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(location, table)
                .filter(change -> change.key().get("pk").s().endsWith("7")
                        && change.newImage().isPresent()
                        && change.time().isPresent()
                        && !change.isDelete()));

        assertThat(report.records().applied()).isEqualTo(2);
        assertThat(report.records().filtered()).isEqualTo(18);
        assertThat(Fixture.items(table)).hasSize(2);

        RestoreException failing =
                Fixture.failure(() -> run(Fixture.plan(location, table).filter(change -> {
                    throw new IllegalStateException("not today");
                })));
        assertThat(failing.report().orElseThrow().badRecords())
                .allSatisfy(bad -> assertThat(bad.reason()).isEqualTo("filter.failed"));
    }

    /** Old records tell whole minutes, so that the change may be up to a minute younger. */
    @Test
    void restore_minutesOfOldData_areUncertainForAMinute() {
        String old = Fixture.insert("a", 1).replace("1709251201", "1441305240");
        String bucket = TestServers.uniqueBucketName("minutes");
        TestServers.s3().createBucket(bucket);
        TestServers.s3().put(bucket, "backup/orders", old.getBytes(StandardCharsets.UTF_8));
        String location = "s3://" + bucket + "/backup/";
        String table = Fixture.table(TableShape.S);
        Instant minute = Instant.ofEpochSecond(1_441_305_240);

        assertThat(RESTORES.estimate(Fixture.plan(location, table)
                                .asOf(minute.plusSeconds(30))
                                .build())
                        .join()
                        .report()
                        .history()
                        .uncertainKeys())
                .isEqualTo(1);
        assertThat(RESTORES.estimate(Fixture.plan(location, table)
                                .asOf(minute.plusSeconds(60))
                                .build())
                        .join()
                        .report()
                        .history()
                        .uncertainKeys())
                .isZero();
    }
}
