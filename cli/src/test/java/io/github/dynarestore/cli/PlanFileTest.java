package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.WriteRate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanFileTest {

    @TempDir
    private Path directory;

    /** Texts that YAML would take for something else unless they stand in quotes. */
    private static RestorePlan plan() {
        return RestorePlan.builder()
                .base(Backup.at("s3://bucket/base #1/")
                        .columns("id string, n bigint")
                        .takenAt(Instant.parse("2016-10-09T00:00:00Z")))
                .from(Backup.at("s3://bucket/log: a/").table("yes"))
                .into("123")
                .asOf(Instant.parse("2016-10-15T23:59:59Z"))
                .existingItems(ExistingItems.INSERT_ONLY)
                .writeRate(WriteRate.unitsPerSecond(1e9))
                .mapper("rename", Map.of("true", "null", "no", "~", "a: b", "- c", "1.0", "0x10", "", " x "))
                .mapper("keep", Map.of("2016-10-15", "", "{a}", "", "line\nend", "'\"\\", "\u0001", "\ud83d\ude00"))
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plan.yaml", "plan.YML", "plan.json", "plan"})
    void read_whatWasWritten_isThatPlan(String name) throws IOException {
        PlanFile file = new PlanFile(directory.resolve(name));

        file.write(plan());

        assertThat(file.read().build().toJson()).isEqualTo(plan().toJson());
        boolean isYaml = name.matches("(?i).*\\.ya?ml");
        assertThat(Files.readString(file.path())).contains(isYaml ? "into: \"123\"" : "\"into\" : \"123\"");
    }

    @Test
    void read_yamlByHand_isThePlanItSays() throws IOException {
        PlanFile file = new PlanFile(directory.resolve("plan.yaml"));
        Files.writeString(file.path(), """
                # what to bring back
                from:
                  - location: s3://bucket/log/
                into: orders
                asOf: 2016-10-15T23:59:59Z
                writeRate: {unitsPerSecond: 500}
                mappers:
                  - id: default
                    parameters: {status: "S:OPEN"}
                """);

        assertThat(file.read().build().toJson())
                .isEqualTo(RestorePlan.builder()
                        .from("s3://bucket/log/")
                        .into("orders")
                        .asOf(Instant.parse("2016-10-15T23:59:59Z"))
                        .writeRate(WriteRate.unitsPerSecond(500))
                        .mapper("default", Map.of("status", "S:OPEN"))
                        .build()
                        .toJson());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "into: [orders | the plan is not YAML at line 1",
                "into: a#into: b | Duplicate field 'into'",
                "into: orders#colour: 1 | 'colour' of the plan: there is no such field",
                "into: 123 | 'into' of the plan: it is not a text",
                "- into | a plan is a JSON object",
                "into: abc#---#into: b | something stands behind the plan",
                "into: &orders refuse#existingItems: *orders | the plan has an alias, *orders, at line 2",
            })
    void read_whatIsNoPlan_isRefusedSayingWhere(String yaml, String said) throws IOException {
        PlanFile file = new PlanFile(directory.resolve("plan.yaml"));
        Files.writeString(file.path(), yaml.replace('#', '\n') + "\n");

        assertThatThrownBy(file::read)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(said);
    }
}
