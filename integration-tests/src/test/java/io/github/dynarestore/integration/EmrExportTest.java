package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.testing.EmrExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** From a table through an export of the EMR connector into another table. */
class EmrExportTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final int ITEMS = 230;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static RestoreReport restore(RestorePlan.Builder plan) {
        return RESTORES.start(plan.build()).completion().join();
    }

    /** Attributes named like members of stream records must not make an export look like one. */
    private static List<Map<String, AttributeValue>> items() {
        Random random = new Random(6);
        List<Map<String, AttributeValue>> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            Map<String, AttributeValue> item = new LinkedHashMap<>(Values.attributes(random));
            item.put("Keys", AttributeValue.fromM(Map.of("s", AttributeValue.fromS("x"))));
            item.put("NewImage", AttributeValue.fromS("x"));
            item.put("eventName", AttributeValue.fromS("INSERT"));
            item.putAll(TableShape.SN.key(i, random));
            items.add(item);
        }
        return items;
    }

    private static String export(List<Map<String, AttributeValue>> items, EmrExportWriter.Spelling spelling) {
        String bucket = TestServers.uniqueBucketName("emr");
        TestServers.s3().createBucket(bucket);
        new EmrExportWriter(TestServers.s3(), bucket, "exports/2016-10-15-03-00-00").write(items, spelling, 100);
        return "s3://" + bucket + "/exports/2016-10-15-03-00-00/";
    }

    private static List<Map<String, AttributeValue>> scan(String table) {
        List<Map<String, AttributeValue>> items = new ArrayList<>();
        Fixture.DYNAMO_DB
                .scanPaginator(request -> request.tableName(table).consistentRead(true))
                .items()
                .subscribe(items::add)
                .join();
        return items;
    }

    @Test
    void restore_hiveText_givesTheSameItems() {
        String bucket = TestServers.uniqueBucketName("hive");
        TestServers.s3().createBucket(bucket);
        List<Map<String, AttributeValue>> items = items();
        items.forEach(item -> item.keySet().removeIf(name -> name.matches("(?s).*[\\n\\x02\\x03].*")));
        for (int from = 0; from < items.size(); from += 100) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            for (Map<String, AttributeValue> item : items.subList(from, Math.min(items.size(), from + 100))) {
                file.writeBytes(EmrExportWriter.encodeText(item, EmrExportWriter.Spelling.SDK_FIELDS));
                file.write('\n');
            }
            TestServers.s3().put(bucket, "hive/00000" + from / 100 + "_0", file.toByteArray());
        }
        String table = Fixture.table(TableShape.SN);

        RestoreReport report = restore(Fixture.plan("s3://" + bucket + "/hive/", table));

        assertThat(report.records().applied()).isEqualTo(ITEMS);
        String source = Fixture.table(TableShape.SN);
        for (Map<String, AttributeValue> item : items) {
            Fixture.DYNAMO_DB
                    .putItem(request -> request.tableName(source).item(item))
                    .join();
        }
        assertThat(Fixture.items(table)).isEqualTo(Fixture.items(source));
    }

    @ParameterizedTest
    @EnumSource
    void restore_exportOfATable_givesTheSameItems(EmrExportWriter.Spelling spelling) {
        String source = Fixture.table(TableShape.SN);
        for (Map<String, AttributeValue> item : items()) {
            Fixture.DYNAMO_DB
                    .putItem(request -> request.tableName(source).item(item))
                    .join();
        }
        String target = Fixture.table(TableShape.SN);

        RestoreReport report = restore(Fixture.plan(export(scan(source), spelling), target));

        assertThat(report.objects().read()).isEqualTo(3);
        assertThat(report.objects().skipped()).as("the manifest and _SUCCESS").isEqualTo(2);
        assertThat(report.records().applied()).isEqualTo(ITEMS);
        assertThat(Fixture.items(target)).hasSize(ITEMS).isEqualTo(Fixture.items(source));
    }

    @Test
    void restore_filesThatTheManifestDoesNotName_areLeftOut() {
        String location = export(items(), EmrExportWriter.Spelling.SMALL_FIRST_LETTER);
        String bucket = location.substring("s3://".length(), location.indexOf('/', "s3://".length()));
        String directory = location.substring(location.indexOf('/', "s3://".length()) + 1);
        TestServers.s3().put(bucket, directory + "orphan", "{\"pk\":{\"s\":\"cut sho".getBytes(StandardCharsets.UTF_8));
        String target = Fixture.table(TableShape.SN);

        RestoreReport report = restore(Fixture.plan(location, target));

        assertThat(report.records().applied()).isEqualTo(ITEMS);
        assertThat(report.objects().skippedByReason()).containsEntry("not-in-manifest", 1L);

        String named = TestServers.s3().keys(bucket, directory + "0000").get(0);
        TestServers.s3()
                .asyncClient()
                .deleteObject(request -> request.bucket(bucket).key(named))
                .join();
        assertThat(Fixture.failure(() -> restore(Fixture.plan(location, Fixture.table(TableShape.SN))))
                        .code())
                .isEqualTo(RestoreErrorCode.BACKUP_INCOMPLETE);
    }

    @Test
    void restore_exportWithCut_isRefusedUnlessItsDirectoryIsFromBefore() {
        String location = export(items(), EmrExportWriter.Spelling.SMALL_FIRST_LETTER);
        String target = Fixture.table(TableShape.SN);

        RestoreException before = Fixture.failure(
                () -> restore(Fixture.plan(location, target).asOf(Instant.parse("2000-01-01T00:00:00Z"))));
        assertThat(before).hasMessageContaining("every snapshot was begun after the cut");
        assertThat(Fixture.items(target)).isEmpty();

        RestoreReport after = restore(Fixture.plan(location, target).asOf(Instant.parse("2100-01-01T00:00:00Z")));
        assertThat(after.records().applied()).isEqualTo(ITEMS);
        assertThat(after.history().notices()).singleElement().asString().contains("finished");
    }

    @Test
    void restore_leftoverOfAFailedTask_isDuplicateWhereEqualAndBadWhereNot() {
        String target = Fixture.table(TableShape.SN);
        List<Map<String, AttributeValue>> items = items();
        List<Map<String, AttributeValue>> twice = new ArrayList<>(items);
        twice.addAll(items.subList(0, 10));
        RestoreReport report = restore(Fixture.plan(export(twice, EmrExportWriter.Spelling.SDK_FIELDS), target));
        assertThat(report.records().applied()).isEqualTo(ITEMS);
        assertThat(report.records().duplicate()).isEqualTo(10);

        Map<String, AttributeValue> changed = new LinkedHashMap<>(items.get(7));
        changed.put("changed", AttributeValue.fromBool(true));
        twice.add(changed);
        RestoreException failure = Fixture.failure(() -> restore(
                Fixture.plan(export(twice, EmrExportWriter.Spelling.SDK_FIELDS), Fixture.table(TableShape.SN))));
        assertThat(failure.report().orElseThrow().badRecords())
                .singleElement()
                .satisfies(bad -> assertThat(bad.reason()).isEqualTo("order.contradiction"));
    }
}
