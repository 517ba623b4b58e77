package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What exact may delete, what an estimate with a mapper says, and snapshots that were read on behind the cut. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConfirmedExtrasTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport run(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static void put(String table, String key, String value) {
        Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table)
                        .item(Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromN(value))))
                .join();
    }

    /** exact, broken off and taken up again while the table has got another item: as many extras, but not the same. */
    @Test
    void start_exactAgainAfterTheTableChanged_deletesOnlyWhatWasConfirmed(@TempDir Path directory) throws Exception {
        String table = Fixture.table(TableShape.S);
        for (int i = 0; i < 30; i++) {
            put(table, "extra" + i, "1");
        }
        RestorePlan.Builder plan = Fixture.plan(Fixture.backup(List.of(Fixture.inserts(600))), table)
                .existingItems(ExistingItems.EXACT)
                .confirmExtras(30L)
                .checkpoint(DirectoryCheckpoints.in(directory.resolve("checkpoint")));
        RestoreHandle handle =
                RESTORES.start(plan.writeRate(WriteRate.unitsPerSecond(200)).build());
        Fixture.waitUntil(
                "writes", Duration.ofSeconds(30), () -> handle.progress().writesDone() >= 50);
        handle.cancel().get(5, TimeUnit.SECONDS);
        for (int i = 0; i < 30; i++) {
            int number = i;
            Fixture.DYNAMO_DB
                    .deleteItem(request ->
                            request.tableName(table).key(Map.of("pk", AttributeValue.fromS("extra" + number))))
                    .join();
        }
        put(table, "live", "1");

        Throwable refusal = null;
        try {
            run(plan.writeRate(WriteRate.unitsPerSecond(1_000_000)));
        } catch (RuntimeException e) {
            refusal = e;
        }

        assertThat(refusal != null || Fixture.items(table).toString().contains("live"))
                .as("an item that nobody confirmed was deleted")
                .isTrue();
    }

    /** "Estimated and consumed units agree exactly" with a mapper that makes items longer. */
    @Test
    void estimate_mapperThatMakesItemsLonger_agreesWithWhatIsConsumed() {
        String table = Fixture.table(TableShape.S);
        String log = new String(Fixture.inserts(60), StandardCharsets.UTF_8);
        RestorePlan.Builder plan = Fixture.plan(Fixture.backup(List.of(log.getBytes(StandardCharsets.UTF_8))), table)
                .mapper(item -> {
                    Map<String, AttributeValue> longer = new java.util.HashMap<>(item);
                    longer.put(
                            "x",
                            AttributeValue.fromS("x"
                                    .repeat(1_000
                                            + Integer.parseInt(item.get("v").n()))));
                    return longer;
                });

        RestoreEstimate estimate = RESTORES.estimate(plan.build()).join();
        RestoreReport report = run(plan);

        assertThat(estimate.units()).isEqualTo(report.writes().units());
        assertThat(estimate.puts()).isEqualTo(report.writes().puts());
    }

    /** The snapshot goes on being read behind the cut; the command line cannot say so, and the report does not either. */
    @Test
    void restore_snapshotReadOnBehindTheCut_isRefusedOrNoticed() {
        String bucket = TestServers.uniqueBucketName("snapshot");
        TestServers.s3().createBucket(bucket);
        // Read at second 50 of the hour, when the item was 9; at the cut it was not there.
        new EmrExportWriter(TestServers.s3(), bucket, "base")
                .write(
                        List.of(Map.of("pk", AttributeValue.fromS("a"), "v", AttributeValue.fromN("9"))),
                        EmrExportWriter.Spelling.values()[0],
                        20);
        String line = Fixture.insert("a", 9).replace("1709251201", "1709251240");
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(Fixture.backup(List.of(line.getBytes(StandardCharsets.UTF_8))), table)
                // As the command line does with --taken-at.
                .base(Backup.at("s3://" + bucket + "/base/").takenAt(Instant.ofEpochSecond(1_709_251_200)))
                .asOf(Instant.ofEpochSecond(1_709_251_230)));

        assertThat(Fixture.items(table).isEmpty()
                        || !report.history().notices().isEmpty()
                        || report.history().lostChanges() > 0)
                .as("%s", report)
                .isTrue();
    }
}
