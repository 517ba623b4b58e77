package io.github.dynarestore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.RestorePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

class WrongUsageTest {

    /** Wrong usage must be found before anything of AWS is touched. */
    private static final Clients NONE = new Clients() {
        @Override
        public S3AsyncClient s3() {
            throw new AssertionError("no client may be made");
        }

        @Override
        public DynamoDbAsyncClient dynamoDb() {
            throw new AssertionError("no client may be made");
        }
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--as-of yesterday | 'yesterday' is not an instant",
                "--as-of 2016-10-15 | '2016-10-15' is not an instant",
                "--from http://b/p | s3://bucket/prefix or file:///directory/, not at http://b/p",
                "--from s3://UPPER/p | not the name of a bucket: 'UPPER'",
                "--from s3:///p | not the name of a bucket",
                "--existing maybe | 'maybe' is not one of refuse, overwrite",
                "--existing REFUSE | 'REFUSE' is not one of refuse, overwrite",
                "--bad-records drop | 'drop' is not one of refuse, dead-letter",
                "--undated now | 'now' is not one of refuse, object-time",
                "--bad-records dead-letter | --bad-records dead-letter needs a file",
                "--write-rate 5 --write-ratio 0.5 | --write-rate and --write-ratio exclude each other",
                "--write-rate fast | --write-rate: 'fast' is neither a number nor adaptive",
                "--write-rate 0 | --write-rate: write units per second must be above 0",
                "--write-rate NaN | --write-rate: write units per second must be above 0",
                "--write-ratio 2 | --write-ratio: the share of the table's capacity must be 0.1 to 1.5",
                "--table-key id:S | --table-key, --global-index and --local-index say what --create-table creates",
                "--create-table --table-key id:X | --table-key: the type of key attribute id is S, N or B, not X",
                "--create-table --global-index by | --global-index: an index is name=attribute:type, not by",
                "--create-table --local-index by=a:S,b:S | --local-index: a local index has one key attribute besides",
                "--create-table /no/such/file | --create-table: cannot read /no/such/file",
                "--create-table --existing overwrite | createTable(…) cannot be combined with existingItems(…)",
                "--boost 0 | --boost: boost must be at least 1, not 0",
                "--report /no/such/directory/r.json | --report: cannot make the file",
                "--bad-records dead-letter --dead-letters /no/such/d | --dead-letters: cannot make the file",
                "--since 2016-10-15 | '2016-10-15' is not an instant",
                "--undo-since noon | 'noon' is not an instant",
                "--lateness 0 | --lateness: lateness must be above zero and at most a year, not PT0S",
                "--lateness -1 | --lateness: lateness must be above zero",
                "--lateness soon | 'soon' is not an int",
                "--gaps maybe | 'maybe' is not one of report, refuse",
                "--ttl-removals maybe | 'maybe' is not one of apply, ignore",
                "--existing exact --confirm -1 | --confirm: confirmExtras must not be below zero, as -1 is",
                "--existing exact --confirm all | 'all' is not a long",
                "--memory 1t | '1t' is not a number of bytes such as 512m",
                "--memory 4k --memory 1 | option '--memory' (BYTES) should be specified only once",
                "--memory 4095 | --memory: surveyMemoryBytes must be at least 4096, not 4095",
                "--spill-dir /no/such/directory | --spill-dir: there is no directory /no/such/directory",
                "--checkpoint s3:// | --checkpoint: not the name of a bucket",
                "--unknown | Unknown option: '--unknown'",
                "--as-of | Missing required parameter for option '--as-of'",
            })
    void restore_wrongOption_saysWhichAndExits2(String options, String message) {
        List<String> args = new ArrayList<>(List.of("restore", "--from", "s3://bucket/p/", "--into", "Orders"));
        args.addAll(List.of(options.split(" ")));

        CommandLineRun run = CommandLineRun.of(NONE, args.toArray(String[]::new));

        assertWrongUsage(run, message);
    }

    private static void assertWrongUsage(CommandLineRun run, String message) {
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        List<String> lines = run.err().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith("dynarestore: ").contains(message);
        assertThat(lines.get(1)).startsWith("hint: ");
    }

    /** As a script has it whose variable is not set. */
    @Test
    void restore_checkpointWithoutAName_exits2() {
        assertWrongUsage(
                CommandLineRun.of(NONE, "restore", "--from", "s3://bucket/p/", "--into", "Orders", "--checkpoint", ""),
                "--checkpoint: no place is named");
    }

    /** Else the buckets would be read of whomever they are. */
    @Test
    void restore_planAndSourceOwner_exits2() {
        assertWrongUsage(
                CommandLineRun.of(NONE, "restore", "--plan", "plan.json", "--source-owner", "111122223333"),
                "--source-owner and --plan exclude each other");
    }

    @Test
    void restore_planAndASpillDirectoryThatIsNotThere_exits2(@TempDir Path directory) throws IOException {
        Path plan = Files.writeString(
                directory.resolve("plan.json"),
                RestorePlan.builder()
                        .from("s3://bucket/p/")
                        .into("Orders")
                        .build()
                        .toJson());

        assertWrongUsage(
                CommandLineRun.of(NONE, "restore", "--plan", plan.toString(), "--spill-dir", "/no/such/directory"),
                "--spill-dir: there is no directory /no/such/directory");
    }

    @Test
    void restore_tableNameInvalid_exits2() {
        assertWrongUsage(
                CommandLineRun.of(NONE, "restore", "--from", "s3://bucket/p/", "--into", "my table"),
                "--into: not the name of a table: 'my table'");
    }

    @Test
    void restore_requiredOptionsMissing_namesThem() {
        assertWrongUsage(CommandLineRun.of(NONE, "restore"), "'--into=TABLE'");
        assertWrongUsage(CommandLineRun.of(NONE, "restore", "--into", "orders"), "'--from=URI'");
        assertWrongUsage(
                CommandLineRun.of(
                        NONE,
                        "restore",
                        "--from",
                        "s3://bucket/p/",
                        "--into",
                        "orders",
                        "--taken-at",
                        "2024-01-01T00:00:00Z"),
                "--taken-at");
    }

    @Test
    void run_noCommand_exits2() {
        assertWrongUsage(CommandLineRun.of(NONE), "a command is missing");
    }

    @Test
    void run_unknownCommand_exits2() {
        assertWrongUsage(CommandLineRun.of(NONE, "backup"), "backup");
    }

    @Test
    void restore_help_namesEveryOption() {
        CommandLineRun run = CommandLineRun.of(NONE, "restore", "--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("--from", "--into", "--as-of", "--format", "--write-rate", "--write-ratio", "--existing")
                .contains("--bad-records", "--dead-letters", "--undated", "--report", "--quiet", "--debug")
                .contains("--version", "Exit codes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"restore", "estimate"})
    void help_namesEveryOptionOfHistoryAndTarget(String command) {
        CommandLineRun run = CommandLineRun.of(NONE, command, "--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("--base=URI", "--from=URI", "--taken-at=INSTANT", "--since=INSTANT", "--as-of=INSTANT")
                .contains("--undo-since=INSTANT", "--undo-force", "--existing=", "exact", "--confirm=", "--gaps=")
                .contains("--ttl-removals=", "--checkpoint=", "--memory=BYTES", "--spill-dir=DIR");
    }

    @Test
    void run_version_exits0() {
        CommandLineRun run = CommandLineRun.of(NONE, "--version");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("dynarestore ");
    }

    @Test
    void restore_noRegion_saysSoInOneLine() {
        CommandLineRun run = CommandLineRun.of(
                failing(SdkClientException.create("Unable to load region\nfrom: a, b")),
                "restore",
                "--from",
                "file:///tmp/",
                "--into",
                "Orders");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines().toList())
                .containsExactly(
                        "dynarestore: Unable to load region",
                        "hint: set AWS_REGION and AWS_PROFILE, or what else the AWS SDK takes them from");
    }

    @Test
    void restore_unexpectedException_tracesOnlyWithDebug() {
        Clients clients = failing(new IllegalStateException("secret"));

        CommandLineRun plain = CommandLineRun.of(clients, "restore", "--from", "file:///tmp/", "--into", "Orders");
        CommandLineRun debug =
                CommandLineRun.of(clients, "restore", "--from", "file:///tmp/", "--into", "Orders", "--debug");

        assertThat(plain.exitCode()).isEqualTo(1);
        assertThat(plain.err())
                .contains("dynarestore: unexpected java.lang.IllegalStateException")
                .doesNotContain("\tat ");
        assertThat(debug.exitCode()).isEqualTo(1);
        assertThat(debug.err()).contains("\tat ");
    }

    private static Clients failing(RuntimeException e) {
        return new Clients() {
            @Override
            public S3AsyncClient s3() {
                throw e;
            }

            @Override
            public DynamoDbAsyncClient dynamoDb() {
                throw e;
            }
        };
    }
}
