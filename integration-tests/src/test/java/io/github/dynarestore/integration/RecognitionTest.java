package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.integration.FormatPropertyTest.Spelling;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.testing.ColumnExportWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** How the format of a location is found when nobody names it. */
class RecognitionTest {

    private static final DynamoDbRestoreManager RESTORES = Fixture.manager();

    /** Near the 400 KB of DynamoDB's longest item, and in none of its first samples whole. */
    private static final int LONG_BYTES = 350 * 1024;

    @AfterAll
    static void closeManager() {
        RESTORES.close();
    }

    private static Map<String, AttributeValue> itemWithLongFirstAttribute() {
        Map<String, AttributeValue> item = new LinkedHashMap<>();
        item.put("essay", AttributeValue.fromS("x".repeat(LONG_BYTES)));
        item.put("pk", AttributeValue.fromS("k"));
        return item;
    }

    private static byte[] line(byte[] record) {
        byte[] line = new byte[record.length + 1];
        System.arraycopy(record, 0, line, 0, record.length);
        line[record.length] = '\n';
        return line;
    }

    private static RestoreReport restore(RestorePlan.Builder plan, String table) {
        return RESTORES.start(plan.into(table)
                        .writeRate(WriteRate.unitsPerSecond(1_000_000))
                        .build())
                .completion()
                .join();
    }

    private static RestorePlan.Builder from(Backup backup) {
        return RestorePlan.builder().from(backup);
    }

    @ParameterizedTest
    @EnumSource
    void restore_firstRecordIsLongerThanASample_isRecognised(Spelling spelling) {
        String table = Fixture.table(TableShape.S);
        Map<String, AttributeValue> item = itemWithLongFirstAttribute();

        restore(from(Backup.at(Fixture.backup(List.of(line(spelling.write(item)))))), table);

        assertThat(Fixture.items(table).values()).containsExactly(Values.plain(item));
    }

    @Test
    void restore_firstLineOfColumnsIsLongerThanASample_isRecognised() {
        String table = Fixture.table(TableShape.S);
        Map<String, AttributeValue> item = itemWithLongFirstAttribute();
        String columns = "essay string, pk string";
        byte[] lines =
                ColumnExportWriter.encode(List.of(item), ColumnList.parse(columns), ColumnExportWriter.Layout.HIVE);

        restore(from(Backup.at(Fixture.backup(List.of(lines))).columns(columns)), table);

        assertThat(Fixture.items(table).values()).containsExactly(Values.plain(item));
    }

    private static String ofTwoFormats() {
        return Fixture.backup(List.of(
                Fixture.inserts(2), "{\"Item\":{\"pk\":{\"S\":\"other\"}}}\n".getBytes(UTF_8), Fixture.inserts(3)));
    }

    @Test
    void restore_objectsOfTwoFormats_isRefusedShowingThem() {
        String location = ofTwoFormats();
        String table = Fixture.table(TableShape.S);

        RestoreException refusal = Fixture.failure(() -> restore(from(Backup.at(location)), table));

        assertThat(refusal.code()).isEqualTo(RestoreErrorCode.FORMAT_UNKNOWN);
        assertThat(refusal)
                .hasMessageContaining(location)
                .hasMessageContaining("orders-1-0 begins with '{\"Keys\":{\"pk\":{\"S\":\"k0\"}}")
                .hasMessageContaining("which fits stream")
                .hasMessageContaining("orders-1-1 begins with '{\"Item\":{\"pk\":{\"S\":\"other\"}}}.'")
                .hasMessageContaining("which fits dynamodb-export");
        assertThat(refusal.hint()).contains("a location of its own").contains("--format");
        assertThat(Fixture.items(table)).isEmpty();
    }

    @Test
    void restore_objectsOfTwoFormatsAndOneNamed_readsThatOne() {
        List<DeadLetter> letters = new ArrayList<>();
        String table = Fixture.table(TableShape.S);

        RestoreReport report = restore(
                from(Backup.at(ofTwoFormats()).format("stream"))
                        .badRecords(BadRecords.DEAD_LETTER)
                        .deadLetters(RestoreRefusalTest.sink(letters)),
                table);

        assertThat(report.records().applied()).isEqualTo(3);
        assertThat(letters).extracting(DeadLetter::reason).containsExactly("record.unknown-shape");
        assertThat(Fixture.items(table)).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource
    void restore_formatNamed_readsNoOther(Spelling spelling) {
        String table = Fixture.table(TableShape.S);
        String location = Fixture.backup(List.of(line(spelling.write(Map.of("pk", AttributeValue.fromS("k"))))));
        String other = spelling.formatId().equals("stream") ? "dynamodb-export" : "stream";

        RestoreException refusal =
                Fixture.failure(() -> restore(from(Backup.at(location).format(other)), table));

        assertThat(refusal.code()).isEqualTo(RestoreErrorCode.BAD_RECORDS);
    }
}
