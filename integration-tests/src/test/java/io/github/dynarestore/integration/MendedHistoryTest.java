package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupChange;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Sentences about chains, cuts, coverage and undo, each with an input that makes it false. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MendedHistoryTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final long BEFORE = 1_709_251_200;
    private static final Instant SINCE = Instant.ofEpochSecond(BEFORE);
    private static final long DAY = 86_400;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport run(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    private static Map<String, AttributeValue> item(String key, String value) {
        return value == null
                ? null
                : new TreeMap<>(Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromS(value)));
    }

    private static String change(String key, String before, String after, long second, long number) {
        return new String(
                        History.line(new History.Change(
                                Map.of("pk", AttributeValue.fromS(key)),
                                item(key, before),
                                item(key, after),
                                BigInteger.valueOf(1_000 + number),
                                BEFORE + second)),
                        StandardCharsets.UTF_8)
                + "\n";
    }

    private static String change(String key, String before, String after, long second) {
        return change(key, before, after, second, second);
    }

    private static String undated(String line) {
        String without = line.replaceAll("\"ApproximateCreationDateTime\":[0-9.E]+,?", "")
                .replace(",}", "}");
        assertThat(without).isNotEqualTo(line);
        return without;
    }

    private static String withoutOld(String line) {
        return line.replaceAll(",?\"OldImage\":\\{.*?\\}\\}", "").replace("{,", "{");
    }

    private static String expired(String line) {
        return line.replaceFirst(
                "\\{", "{\"userIdentity\":{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"},");
    }

    private static String log(String... lines) {
        return Fixture.backup(List.of(String.join("", lines).getBytes(StandardCharsets.UTF_8)));
    }

    private static String snapshot(String... keysAndValues) {
        String bucket = TestServers.uniqueBucketName("snapshot");
        TestServers.s3().createBucket(bucket);
        List<Map<String, AttributeValue>> items = new java.util.ArrayList<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            items.add(item(keysAndValues[i], keysAndValues[i + 1]));
        }
        new EmrExportWriter(TestServers.s3(), bucket, "base").write(items, EmrExportWriter.Spelling.values()[0], 20);
        return "s3://" + bucket + "/base/";
    }

    private static String inHours(Map<String, String> linesByHour) {
        String bucket = TestServers.uniqueBucketName("hours");
        TestServers.s3().createBucket(bucket);
        linesByHour.forEach((hour, lines) ->
                TestServers.s3().put(bucket, "log/" + hour + "/orders-1", lines.getBytes(StandardCharsets.UTF_8)));
        return "s3://" + bucket + "/log/";
    }

    private static String value(String table, String key) {
        Map<String, Object> item = Fixture.items(table)
                .get(Values.plain(Map.of("pk", AttributeValue.fromS(key))).toString());
        return item == null ? null : String.valueOf(item.get("v"));
    }

    private static String filled(Map<String, String> items) {
        String table = Fixture.table(TableShape.S);
        items.forEach((key, value) -> Fixture.DYNAMO_DB
                .putItem(request -> request.tableName(table).item(item(key, value)))
                .join());
        return table;
    }

    /** "A stream re-created: detected, counted, never silently wrong": old records have no time. */
    @Test
    void restore_streamMadeAnewAndRecordsWithoutTime_isTrueOrSaysSo() {
        String table = Fixture.table(TableShape.S);
        String log = log(undated(change("a", null, "x", 10, 500)), undated(change("a", "x", null, 20, 7)));

        RestoreReport report = run(Fixture.plan(log, table));

        assertThat(value(table, "a") == null
                        || report.history().generationConflicts() > 0
                        || report.history().lostChanges() > 0
                        || report.history().ambiguousKeys() > 0
                        || report.history().notices().toString().contains("sequence numbers alone"))
                .as("deleted, and back as %s: %s", value(table, "a"), report)
                .isTrue();
    }

    /** "Equal order, different image: corruption, dead-lettered", or else counted as generationConflict. */
    @Test
    void restore_equalOrderAndDifferentImageAtDifferentTimes_isFoundOrCounted() {
        String table = Fixture.table(TableShape.S);
        String log = log(withoutOld(change("a", "w", "x", 10, 7)), withoutOld(change("a", "w", "y", 40, 7)));

        RestoreReport report = null;
        RuntimeException refusal = null;
        try {
            report = run(Fixture.plan(log, table));
        } catch (RuntimeException e) {
            refusal = e;
        }

        assertThat(refusal != null || report.history().generationConflicts() > 0)
                .as("%s", report)
                .isTrue();
    }

    /** "From the snapshot's begin to the cut, is there log?" */
    @Test
    void restore_noLogBetweenTheSnapshotAndTheCut_isReported() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(RestorePlan.builder()
                .into(table)
                .base(Backup.at(snapshot("a", "x")).takenBetween(SINCE, SINCE.plusSeconds(60)))
                .asOf(SINCE.plusSeconds(30 * DAY)));

        assertThat(report.history().silences()).as("%s", report).isNotEmpty();
    }

    /** The same with a log of which every directory lies behind the cut. */
    @Test
    void restore_logThatBeginsBehindTheCut_isReported() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report =
                run(Fixture.plan(inHours(Map.of("2024/05/01/00", change("b", null, "y", 61 * DAY))), table)
                        .base(Backup.at(snapshot("a", "x")).takenBetween(SINCE, SINCE.plusSeconds(60)))
                        .asOf(SINCE.plusSeconds(30 * DAY)));

        assertThat(report.objects().skippedByReason()).containsKey("after-cut");
        assertThat(report.history().silences()).as("%s", report).isNotEmpty();
    }

    /** "A log that starts after the snapshot is reported." */
    @Test
    void restore_logThatStartsHoursAfterTheSnapshot_isReported() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report =
                run(Fixture.plan(inHours(Map.of("2024/03/01/05", change("b", null, "y", 5 * 3_600 + 60))), table)
                        .base(Backup.at(snapshot("a", "x")).takenBetween(SINCE, SINCE.plusSeconds(60)))
                        .asOf(SINCE.plusSeconds(6 * 3_600)));

        assertThat(report.history().silences()).as("%s", report).isNotEmpty();
    }

    /** "Pruning never changes the result": a key that only directories from before the snapshot name. */
    @Test
    void build_sinceAndOverwrite_isRefused() {
        String log = inHours(Map.of(
                "2024/02/01/00",
                change("gone", null, "x", -29 * DAY, 1),
                "2024/03/01/01",
                change("b", null, "y", 3_700)));
        Backup base = Backup.at(snapshot("a", "x")).takenBetween(SINCE, SINCE.plusSeconds(60));
        String pruned = filled(Map.of("gone", "x"));
        String whole = filled(Map.of("gone", "x"));

        run(Fixture.plan(log, whole).base(base).existingItems(ExistingItems.OVERWRITE));
        assertThat(value(whole, "gone")).isNull();

        assertThatThrownBy(() -> Fixture.plan(log, pruned)
                        .base(base)
                        .existingItems(ExistingItems.OVERWRITE)
                        .since(SINCE)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("since");
    }

    /** "Pruning never changes the result", where it is not known when the snapshot was begun. */
    @Test
    void restore_sinceAndASnapshotOfUnknownTime_givesTheSameAsReadingAllOrIsRefused() {
        String log = inHours(Map.of(
                "2024/02/01/00", change("a", "x", "y", -29 * DAY, 1), "2024/03/01/01", change("b", null, "y", 3_700)));
        String base = snapshot("a", "x");
        String pruned = Fixture.table(TableShape.S);
        String whole = Fixture.table(TableShape.S);
        run(Fixture.plan(log, whole).base(base));

        RuntimeException refusal = null;
        try {
            run(Fixture.plan(log, pruned).base(base).since(SINCE));
        } catch (RuntimeException e) {
            refusal = e;
        }

        assertThat(refusal != null || Fixture.items(pruned).equals(Fixture.items(whole)))
                .isTrue();
    }

    /** "For every key changed after T, its first change after T decides", with directories pruned from behind T. */
    @Test
    void undo_sinceBehindTheInstant_undoesAllOrIsRefused() {
        String log = inHours(
                Map.of("2024/03/02/00", change("a", "x", "y", DAY), "2024/03/09/00", change("a", "y", "z", 8 * DAY)));
        String table = filled(Map.of("a", "z"));

        RuntimeException refusal = null;
        try {
            run(Fixture.plan(log, table).undoSince(SINCE).since(SINCE.plusSeconds(7 * DAY)));
        } catch (RuntimeException e) {
            refusal = e;
        }

        assertThat(refusal != null || "S x".equals(value(table, "a")))
                .as("%s", value(table, "a"))
                .isTrue();
    }

    /** "Needs OldImages: logs without them are refused before any write." */
    @Test
    void undo_expiredWithoutOldImageThenMadeAnew_isRefused() {
        String table = filled(Map.of("a", "new"));
        String log = log(expired(withoutOld(change("a", "old", null, 10))), change("a", null, "new", 20));

        RuntimeException refusal = null;
        try {
            run(Fixture.plan(log, table).undoSince(SINCE).ttlRemovals(TtlRemovals.IGNORE));
        } catch (RuntimeException e) {
            refusal = e;
        }

        assertThat(refusal != null || value(table, "a") != null)
                .as("a held an item at T and holds one now; afterwards it holds none")
                .isTrue();
    }

    /** "Any number of snapshots in one plan": the later one was still being read at the cut, the earlier one will do. */
    @Test
    void restore_cutWithinTheLaterSnapshot_beginsWithTheEarlierOne() {
        String table = Fixture.table(TableShape.S);

        run(Fixture.plan(log(change("a", "x", "y", 100)), table)
                .base(Backup.at(snapshot("a", "x")).takenBetween(SINCE, SINCE.plusSeconds(10)))
                .base(Backup.at(snapshot("a", "z")).takenBetween(SINCE.plusSeconds(1_000), SINCE.plusSeconds(2_000)))
                .asOf(SINCE.plusSeconds(1_500)));

        assertThat(value(table, "a")).isEqualTo("S y");
    }

    /** "Records without any time … the stated uncertainty grows accordingly": delivered later than 48 hours. */
    @Test
    void restore_undatedRecordsOfAStreamMadeAnew_isTrueOrSaysSo() {
        String table = Fixture.table(TableShape.S);
        String log = log(undated(change("a", null, "x", 10, 500)), undated(change("a", "x", null, 20, 7)));

        RestoreReport report = run(Fixture.plan(log, table)
                .asOf(Instant.parse("2100-01-01T00:00:00Z"))
                .undatedRecords(UndatedRecords.OBJECT_TIME));

        assertThat(value(table, "a") == null
                        || report.history().generationConflicts() > 0
                        || report.history().lostChanges() > 0
                        || report.history().ambiguousKeys() > 0
                        || report.history().notices().toString().contains("sequence numbers alone"))
                .as("deleted, and back as %s: %s", value(table, "a"), report)
                .isTrue();
    }

    /** "From the snapshot's begin to the cut": every snapshot was begun behind the cut, and so none counts. */
    @Test
    void restore_everySnapshotFromBehindTheCut_isRefusedOrSaid() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = null;
        RuntimeException refusal = null;
        try {
            report = run(Fixture.plan(log(change("b", null, "y", 10)), table)
                    .base(Backup.at(snapshot("a", "x", "b", "y"))
                            .takenBetween(SINCE.plusSeconds(DAY), SINCE.plusSeconds(DAY + 60)))
                    .asOf(SINCE.plusSeconds(60)));
        } catch (RuntimeException e) {
            refusal = e;
        }

        assertThat(refusal != null
                        || !report.history().notices().isEmpty()
                        || !report.history().silences().isEmpty())
                .as("%s %s", Fixture.items(table), report)
                .isTrue();
    }

    /** "Unless the plan says to take the object's delivery time": a log that was copied to another bucket since. */
    @Test
    void restore_undatedRecordsOfACopiedLog_countFromTheDeliveryThatTheirDirectorySays() {
        String table = Fixture.table(TableShape.S);
        String log = inHours(Map.of("2016/10/09/08", undated(change("a", null, "x", 10))));

        RestoreReport report = run(Fixture.plan(log, table)
                .asOf(Instant.parse("2016-10-20T00:00:00Z"))
                .undatedRecords(UndatedRecords.OBJECT_TIME));

        assertThat("S x".equals(value(table, "a")) || report.history().uncertainKeys() > 0)
                .as("%s", report)
                .isTrue();
    }

    /** "Estimated and consumed units of a following restore into an empty table agree exactly", in every target mode. */
    @Test
    void estimate_eachModeIntoAnEmptyTable_saysWhatTheRestoreConsumes() {
        String lines = change("a", null, "x", 10)
                + change("b", null, "y", 11)
                + change("b", "y", null, 12)
                + change("c", null, "z".repeat(3_000), 13)
                + change("gone", "x", null, 14);
        Backup base = Backup.at(snapshot("d", "x", "e", "y".repeat(1_020)))
                .takenBetween(SINCE.minusSeconds(10), SINCE.minusSeconds(5));
        org.assertj.core.api.SoftAssertions softly = new org.assertj.core.api.SoftAssertions();
        for (ExistingItems mode : ExistingItems.values()) {
            if (mode == ExistingItems.OVERWRITE) {
                // DynamoDB charges a unit for the delete of a key that is not there; DynamoDB Local does not.
                continue;
            }
            String table = Fixture.table(TableShape.S);
            RestorePlan.Builder plan =
                    Fixture.plan(log(lines), table).base(base).existingItems(mode);

            double estimated = RESTORES.estimate(plan.build()).join().units();

            softly.assertThat(estimated)
                    .as("%s", mode)
                    .isEqualTo(run(plan).writes().units());
        }
        softly.assertAll();
    }

    /** "--ttl-removals ignore keeps such items": a restore keeps it, and so should an undo. */
    @Test
    void undo_itemThatExpiredWithExpiryIgnored_comesBack() {
        String table = filled(Map.of("b", "2"));
        String log = log(expired(change("a", "old", null, 10)), change("b", "1", "2", 20));

        RestoreReport report = run(Fixture.plan(log, table).undoSince(SINCE).ttlRemovals(TtlRemovals.IGNORE));

        assertThat(value(table, "b")).isEqualTo("S 1");
        assertThat(value(table, "a")).as("%s", report).isEqualTo("S old");
    }

    /** "Missing hour directories between existing ones", and of one log, while another log has that hour. */
    @Test
    void restore_hourMissingInOneOfTwoLogs_isReported() {
        String table = Fixture.table(TableShape.S);
        String one = inHours(
                Map.of("2024/03/01/00", change("a", null, "x", 10), "2024/03/01/02", change("a", "x", "y", 7_300)));
        String other = inHours(Map.of("2024/03/01/01", change("b", null, "x", 3_700)));

        RestoreReport report = run(Fixture.plan(one, table).from(other));

        assertThat(report.history().silences()).as("%s", report).isNotEmpty();
    }

    /** "Detected per key, ordered by time there": the older generation is from before LSF wrote times. */
    @Test
    void restore_olderGenerationWithoutTimes_isTrueOrSaysSo() {
        String table = Fixture.table(TableShape.S);
        String log = log(undated(change("a", null, "x", 10, 500)), change("a", "x", null, 20, 7));

        RestoreReport report = run(Fixture.plan(log, table));

        assertThat(value(table, "a") == null
                        || report.history().generationConflicts() > 0
                        || report.history().lostChanges() > 0
                        || report.history().ambiguousKeys() > 0
                        || report.history().notices().toString().contains("sequence numbers alone"))
                .as("deleted, and back as %s: %s", value(table, "a"), report)
                .isTrue();
    }

    /** "Nothing silently wrong" in an undo: two generations, of which only the younger has times. */
    @Test
    void undo_ofAStreamMadeAnew_comparesWithTheLastChange() {
        String table = filled(Map.of("a", "z"));
        String log = log(
                withoutOld(change("a", null, "x", 10, 500)),
                change("a", "x", "y", 20, 7),
                change("a", "y", "z", 30, 8));

        RestoreReport report = run(Fixture.plan(log, table).undoSince(SINCE.plusSeconds(25)));

        assertThat(value(table, "a")).as("%s", report).isEqualTo("S y");
    }

    private static String valueIn(BackupChange change) {
        return change.newImage().map(image -> image.attributes().get("v").s()).orElse("");
    }

    private static Backup begunAtSince(String snapshot) {
        return Backup.at(snapshot).takenBetween(SINCE, SINCE.plusSeconds(5));
    }

    /** "A complete log raises no alarm", with a filter that leaves out what the snapshot has of the key. */
    @Test
    void restore_filterThatLeavesTheSnapshotsItemOut_raisesNoAlarm() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(log(change("a", "x", "y", 100)), table)
                .base(begunAtSince(snapshot("a", "x", "b", "x")))
                .filter(change -> valueIn(change).equals("y")));

        assertThat(value(table, "a")).isEqualTo("S y");
        assertThat(value(table, "b")).isNull();
        assertThat(report.history().lostChanges()).as("%s", report).isZero();
        assertThat(report.records().filtered()).isEqualTo(2);
        assertThat(report.records().addsUp()).isTrue();
    }

    /** And where the change between is missing, it is found all the same. */
    @Test
    void restore_filterThatLeavesTheSnapshotsItemOutAndAChangeMissing_findsTheGap() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(log(change("a", "w", "y", 100)), table)
                .base(begunAtSince(snapshot("a", "x")))
                .filter(change -> valueIn(change).equals("y")));

        assertThat(report.history().lostChanges()).isEqualTo(1);
        assertThat(report.history().lost().get(0).before()).isNotNull();
    }

    /** An undo "undoes only the changes that the filter accepts": one that it keeps was made of one that it undoes. */
    @Test
    void undo_filterThatKeepsALaterChangeOfTheKey_leavesItAsAConflict() {
        String table = filled(Map.of("a", "3", "b", "2"));
        String log = log(change("a", "1", "2", 10), change("a", "2", "3", 20), change("b", "1", "2", 30));
        RestorePlan.Builder plan = Fixture.plan(log, table)
                .undoSince(SINCE)
                .filter(change -> valueIn(change).equals("2"));

        RestoreReport report = run(plan);

        assertThat(value(table, "a")).isEqualTo("S 3");
        assertThat(value(table, "b")).isEqualTo("S 1");
        assertThat(report.records().conflict()).isEqualTo(1);
        assertThat(report.conflicts()).hasSize(1);
        assertThat(report.records().addsUp()).isTrue();

        run(plan.undoForced());
        assertThat(value(table, "a")).isEqualTo("S 1");
    }

    /** "--since prunes directories from before a snapshot. Pruning never changes the result": not those from behind it. */
    @Test
    void restore_sinceBehindTheSnapshotsBegin_isRefused() {
        String table = Fixture.table(TableShape.S);
        String log = inHours(Map.of(
                "2024/03/01/01", change("a", "x", "y", 3_700), "2024/03/09/00", change("b", null, "z", 8 * DAY)));

        assertThat(Fixture.failure(() -> run(Fixture.plan(log, table)
                        .base(begunAtSince(snapshot("a", "x")))
                        .since(SINCE.plusSeconds(7 * DAY)))))
                .hasMessageContaining("leaves changes unread that were made since the snapshot was begun")
                .extracting(RestoreException::code)
                .isEqualTo(RestoreErrorCode.PLAN_INVALID);
        assertThat(Fixture.items(table)).isEmpty();
    }

    /** The same without any snapshot: keys that only the skipped directories name would be missing without a word. */
    @Test
    void restore_sinceWithoutASnapshot_isRefused() {
        String table = Fixture.table(TableShape.S);
        String log = inHours(Map.of(
                "2024/02/01/01",
                change("a", null, "y", -29 * DAY, 1),
                "2024/03/09/00",
                change("b", null, "z", 8 * DAY)));

        assertThat(Fixture.failure(() -> run(Fixture.plan(log, table).since(SINCE))))
                .hasMessageContaining("without a snapshot")
                .extracting(RestoreException::code)
                .isEqualTo(RestoreErrorCode.PLAN_INVALID);
        assertThat(Fixture.items(table)).isEmpty();
    }

    /** "From the snapshot's begin to the cut, is there log?" Without a cut, a log that ended before the snapshot. */
    @Test
    void restore_noChangeInTheLogSinceTheSnapshot_isSaid() {
        String table = Fixture.table(TableShape.S);

        RestoreReport report =
                run(Fixture.plan(log(change("a", "w", "x", -DAY, 1)), table).base(begunAtSince(snapshot("a", "x"))));

        assertThat(value(table, "a")).isEqualTo("S x");
        assertThat(report.history().notices())
                .anySatisfy(notice -> assertThat(notice).contains("no change from since the snapshot was begun"));
    }

    /** And logs of which nothing is there: an empty object, a name that is wrong. */
    @Test
    void restore_logWithoutAnyObject_isSaid() {
        String empty = Fixture.backup(List.of(new byte[0]));
        for (String log : List.of(empty, empty.replace("/backup/", "/bakcup/"))) {
            String table = Fixture.table(TableShape.S);

            RestoreReport report = run(Fixture.plan(log, table).base(begunAtSince(snapshot("a", "x"))));

            assertThat(value(table, "a")).isEqualTo("S x");
            assertThat(report.history().notices())
                    .anySatisfy(notice -> assertThat(notice).contains("nothing was read from " + log));
        }
    }

    /** A refusal says what is wrong: the cut, not the bucket. */
    @Test
    void restore_everyDirectoryFromBehindTheCut_saysThatTheCutLeavesNothing() {
        String table = Fixture.table(TableShape.S);
        String log = inHours(Map.of("2024/03/01/01", change("a", null, "y", 3_700)));

        for (Instant cut : List.of(Instant.MIN, Instant.EPOCH)) {
            assertThat(Fixture.failure(() -> run(Fixture.plan(log, table).asOf(cut))))
                    .hasMessageContaining("leave nothing to read")
                    .hasMessageContaining("after-cut=1")
                    .extracting(RestoreException::code)
                    .isEqualTo(RestoreErrorCode.BACKUP_EMPTY);
        }
    }

    /** "`asOf` inclusive", at the end of time, with and without a snapshot, and in an undo. */
    @Test
    void restore_instantsAtTheEndsOfTime_areTakenAsTheyAre() {
        for (Instant end : List.of(Instant.parse("9999-12-31T23:59:59Z"), Instant.MAX)) {
            String table = Fixture.table(TableShape.S);
            RestoreReport report = run(Fixture.plan(log(change("a", "x", "y", 100)), table)
                    .base(begunAtSince(snapshot("a", "x")))
                    .asOf(end));
            assertThat(value(table, "a")).isEqualTo("S y");
            assertThat(report.history().silences()).isNotEmpty();
            assertThat(report.toJson()).contains("silences");

            String undone = filled(Map.of("a", "y"));
            run(Fixture.plan(log(change("a", null, "y", 100)), undone).undoSince(end));
            assertThat(value(undone, "a")).isEqualTo("S y");
        }
        String undone = filled(Map.of("a", "y"));
        run(Fixture.plan(log(change("a", null, "y", 100)), undone).undoSince(Instant.MIN));
        assertThat(value(undone, "a")).isNull();
    }

    /** "Pruning never changes the result": the date is that of the archive's making, which the plan names itself. */
    @Test
    void restore_copyOfALogUnderTheDateOfItsCopying_isReadWhole() {
        String log = log(change("a", null, "1", 10, 1));
        String copies = inHours(Map.of("2025/06/01", change("a", "1", "2", 20, 2))) + "2025/06/01/";
        String table = Fixture.table(TableShape.S);

        run(Fixture.plan(log, table).from(copies).asOf(SINCE.plusSeconds(60)));

        assertThat(value(table, "a")).isEqualTo("S 2");
    }

    /** "the stated uncertainty grows accordingly": delivered after the snapshot was begun, it may be from before it. */
    @Test
    void restore_undatedChangeDeliveredAfterTheSnapshotsBegin_isCountedAsUncertain() {
        String log = log(undated(withoutOld(change("a", "x", "old", 0, 1))));
        // The log lies in the directory of that hour.
        Instant begun = SINCE.plusSeconds(3_600);
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(log, table)
                .base(Backup.at(snapshot("a", "later")).takenAt(begun))
                .undatedRecords(UndatedRecords.OBJECT_TIME));

        assertThat(value(table, "a")).isEqualTo("S old");
        assertThat(report.history().uncertainKeys()).as("%s", report.history()).isEqualTo(1);
    }

    /** "Deleting any one record that has a later record of its key is found": within a stream's own generation, too. */
    @Test
    void restore_changeMissingInAKeyWhoseStreamWasMadeAnew_isFound() {
        String log = log(
                change("a", null, "1", 10, 500),
                // "1" to "2" is missing.
                change("a", "2", "3", 30, 502),
                change("a", "3", null, 40, 503),
                change("a", null, "4", 60, 7),
                change("a", "4", "5", 70, 8));
        String table = Fixture.table(TableShape.S);

        RestoreReport report = run(Fixture.plan(log, table));

        assertThat(value(table, "a")).isEqualTo("S 5");
        assertThat(report.history().generationConflicts()).isEqualTo(1);
        assertThat(report.history().lostChanges()).as("%s", report.history()).isEqualTo(1);
    }
}
