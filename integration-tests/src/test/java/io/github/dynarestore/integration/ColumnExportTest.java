package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.ColumnExportWriter;
import io.github.dynarestore.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** From exports without names, through a list of columns, into a table. */
class ColumnExportTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();
    private static final int ITEMS = 130;
    private static final String COLUMNS = "pk string, v bigint, price double, flag boolean, bytes binary,"
            + " tags array<string>, sizes array<double>, at map<string,bigint>, notes list<string>";

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static List<Map<String, AttributeValue>> items() {
        Random random = new Random(4);
        List<Map<String, AttributeValue>> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            items.add(Map.of(
                    "pk",
                    AttributeValue.fromS("k" + i),
                    "v",
                    AttributeValue.fromN("9223372036854775807" + i),
                    "price",
                    AttributeValue.fromN("0.1234567890123456789012345678901234567" + i % 10),
                    "flag",
                    AttributeValue.fromBool(random.nextBoolean()),
                    "bytes",
                    AttributeValue.fromB(SdkBytes.fromUtf8String("b" + i)),
                    "tags",
                    AttributeValue.fromSs(List.of("a" + i, "b")),
                    "sizes",
                    AttributeValue.fromNs(List.of("1E-5", "2.50")),
                    "at",
                    AttributeValue.fromM(Map.of("x", AttributeValue.fromN("-" + i))),
                    "notes",
                    AttributeValue.fromL(List.of(AttributeValue.fromS("\"q\""), AttributeValue.fromS("é")))));
        }
        return items;
    }

    private static String lay(byte[]... files) {
        String bucket = TestServers.uniqueBucketName("columns");
        TestServers.s3().createBucket(bucket);
        for (int i = 0; i < files.length; i++) {
            TestServers.s3().put(bucket, "hive/00000" + i + "_0", files[i]);
        }
        return "s3://" + bucket + "/hive/";
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static RestoreReport restore(RestorePlan.Builder plan, String table) {
        return RESTORES.start(plan.into(table)
                        .writeRate(WriteRate.unitsPerSecond(1_000_000))
                        .build())
                .completion()
                .join();
    }

    private static RestoreException refusal(Backup backup) {
        return Fixture.failure(() -> restore(RestorePlan.builder().from(backup), Fixture.table(TableShape.S)));
    }

    @ParameterizedTest
    @EnumSource
    void restore_columnsOfEachType_giveTheSameItems(ColumnExportWriter.Layout layout) {
        String table = Fixture.table(TableShape.S);
        ColumnList columns = ColumnList.parse(COLUMNS);
        List<Map<String, AttributeValue>> items = items();

        RestoreReport report = restore(
                RestorePlan.builder()
                        .from(Backup.at(lay(
                                        ColumnExportWriter.encode(items.subList(0, 100), columns, layout),
                                        ColumnExportWriter.encode(items.subList(100, ITEMS), columns, layout)))
                                .format(layout.formatId())
                                .columns(COLUMNS)),
                table);

        assertThat(report.records().applied()).isEqualTo(ITEMS);
        String source = Fixture.table(TableShape.S);
        for (Map<String, AttributeValue> item : items) {
            Fixture.DYNAMO_DB
                    .putItem(request -> request.tableName(source).item(item))
                    .join();
        }
        assertThat(Fixture.items(table)).hasSize(ITEMS).isEqualTo(Fixture.items(source));
    }

    @Test
    void restore_columnsAsBaseOfALog_areRecognisedByTheirMarks() {
        String table = Fixture.table(TableShape.S);
        String log = Fixture.backup(List.of(text(Fixture.insert("new", 7) + "\n" + Fixture.remove("a", 8) + "\n")));

        RestoreReport report = restore(
                RestorePlan.builder()
                        .base(Backup.at(lay(text("a\u00011\nb\u00012\n")))
                                .columns("pk string, v bigint")
                                .takenAt(Instant.parse("2024-02-29T00:00:00Z")))
                        .from(log),
                table);

        assertThat(report.records().applied()).isEqualTo(3);
        assertThat(Fixture.items(table).values())
                .extracting(item -> item.get("v"))
                .hasToString("[N 2, N 7]");
    }

    @Test
    void restore_badLine_isNamedAndTheRestGoesOn() {
        List<DeadLetter> letters = new ArrayList<>();
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(
                RestorePlan.builder()
                        .from(Backup.at(lay(text("a,1\nb,two\nc,3\n")))
                                .format("hive-csv")
                                .columns("pk string, v bigint"))
                        .badRecords(BadRecords.DEAD_LETTER)
                        .deadLetters(RestoreRefusalTest.sink(letters)),
                table);

        assertThat(report.records().applied()).isEqualTo(2);
        assertThat(letters).singleElement().satisfies(letter -> {
            assertThat(letter.reason()).isEqualTo("column.type");
            assertThat(letter.byteOffset()).isEqualTo(4);
        });
        assertThat(Fixture.items(table)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,1 | | pk string, v bigint | FORMAT_UNKNOWN | these may fit: [csv, hive-csv]",
                "a^A1 | | | FORMAT_UNKNOWN | say what they mean, with --columns",
                "a^A1 | hive-columns | | PLAN_INVALID | needs a list of columns",
                "a^A1 | emr-export | pk string, v bigint | PLAN_INVALID | names its attributes itself",
                "a^A1 | | id string, v bigint | PLAN_INVALID | no column of",
                "a^A1 | | pk string, v bigint, x string | FORMAT_UNKNOWN | is not recognised",
            })
    void restore_columnsThatDoNotFit_areRefused(
            String line, String format, String columns, RestoreErrorCode code, String said) {
        Backup backup = Backup.at(lay(text(line.replace("^A", "\u0001") + "\n")));
        backup = format == null ? backup : backup.format(format);

        RestoreException refused = refusal(columns == null ? backup : backup.columns(columns));

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.getMessage() + refused.hint()).contains(said);
    }
}
