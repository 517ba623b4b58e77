package io.github.dynarestore.cli;

import io.github.dynarestore.DataPipelineParameters;
import io.github.dynarestore.JsonLinesDeadLetters;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dynarestore pipeline}: docs/data-pipeline.md says what it does as the template did, and what not. */
@Command(
        name = "pipeline",
        description = "Restores a table from the parameters of the Data Pipeline template.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false)
final class PipelineCommand implements Callable<Integer> {

    private final PrintStream out;
    private final PrintStream err;
    private final Clients clients;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Option(
            names = "--parameters",
            paramLabel = "FILE",
            description = "The template's values as JSON, or the whole template with its values.")
    private @Nullable Path parameters;

    @Option(names = "--" + DataPipelineParameters.INPUT, paramLabel = "URI", description = "Where the backup lies.")
    private @Nullable String input;

    @Option(names = "--" + DataPipelineParameters.TABLE, paramLabel = "TABLE", description = "Target table.")
    private @Nullable String table;

    @Option(
            names = "--" + DataPipelineParameters.RATIO,
            paramLabel = "SHARE",
            description = "Share of the table's write capacity, 0.1 to 1.0; 0.25 unless given.")
    private @Nullable String ratio;

    @Option(
            names = "--" + DataPipelineParameters.COLUMNS,
            paramLabel = "COLUMNS",
            description = "Columns and their types, such as 'id string,price double'.")
    private @Nullable String columns;

    @Option(
            names = "--" + DataPipelineParameters.MAPPING,
            paramLabel = "MAPPING",
            description = "Attribute of the table for each column, such as 'id:Id,price:Price'.")
    private @Nullable String mapping;

    @Option(
            names = "--" + DataPipelineParameters.FIELDS,
            paramLabel = "FIELDS",
            description = "Field of the backup for each column, such as 'NewImage.Id.S,NewImage.Price.N'.")
    private @Nullable String fields;

    @Option(
            names = "--" + DataPipelineParameters.LOG,
            paramLabel = "URI",
            description = "Directory in S3 that receives report, dead letters and log.")
    private @Nullable String log;

    @Option(names = "--keep-types", description = "Values keep the type that they have in the backup.")
    private boolean keepTypes;

    @Option(names = "--all-attributes", description = "Attributes that are not listed are kept as they are.")
    private boolean allAttributes;

    @Option(
            names = "--as-of",
            paramLabel = "INSTANT",
            converter = Converters.ToInstant.class,
            description = "The cut, inclusive, such as 2016-10-15T23:59:59Z; unless given, everything counts.")
    private @Nullable Instant asOf;

    @Option(
            names = "--existing",
            paramLabel = "refuse|overwrite|insert-only",
            converter = Converters.ToExistingItems.class,
            description = "What to do with items that are there; refuse unless given.")
    private ExistingItems existing = ExistingItems.REFUSE;

    @Option(
            names = "--bad-records",
            paramLabel = "refuse|dead-letter",
            converter = Converters.ToBadRecords.class,
            description = "What to do with records that cannot be used; refuse unless given.")
    private BadRecords badRecords = BadRecords.REFUSE;

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description = "Where report, dead letters and log lie until S3 has them; here unless given.")
    private Path workDirectory = Path.of("");

    @Option(names = "--quiet", description = "No progress, no summary.")
    private boolean quiet;

    @Option(names = "--debug", description = "Stack traces.")
    private boolean debug;

    PipelineCommand(PrintStream out, PrintStream err, Clients clients) {
        this.out = out;
        this.err = err;
        this.clients = clients;
    }

    @Override
    public Integer call() {
        DataPipelineParameters given = given();
        RestorePlan.Builder plan;
        try {
            plan = given.plan();
        } catch (IllegalArgumentException e) {
            throw PlanOptions.wrong(spec, String.valueOf(e.getMessage()), "see docs/data-pipeline.md");
        }
        try {
            return run(given, plan);
        } catch (IOException e) {
            Messages.error(err, "report and log cannot be written: " + e, "name another directory with --work-dir");
            return ExitCode.FAILED;
        }
    }

    private DataPipelineParameters given() {
        Map<String, @Nullable String> options = new LinkedHashMap<>();
        options.put(DataPipelineParameters.INPUT, input);
        options.put(DataPipelineParameters.TABLE, table);
        options.put(DataPipelineParameters.RATIO, ratio);
        options.put(DataPipelineParameters.COLUMNS, columns);
        options.put(DataPipelineParameters.MAPPING, mapping);
        options.put(DataPipelineParameters.FIELDS, fields);
        options.put(DataPipelineParameters.LOG, log);
        try {
            DataPipelineParameters given = parameters == null
                    ? DataPipelineParameters.of(Map.of())
                    : DataPipelineParameters.parse(Files.readString(parameters));
            for (Map.Entry<String, @Nullable String> option : options.entrySet()) {
                String value = option.getValue();
                given = value == null ? given : given.with(option.getKey(), value);
            }
            given = keepTypes ? given.keepTypes() : given;
            return allAttributes ? given.allAttributes() : given;
        } catch (IOException | IllegalArgumentException e) {
            throw PlanOptions.wrong(spec, "--parameters: " + e.getMessage(), "see docs/data-pipeline.md");
        }
    }

    private int run(DataPipelineParameters given, RestorePlan.Builder builder) throws IOException {
        RunFiles files =
                RunFiles.create(workDirectory, given.table(), Clock.systemUTC().instant());
        RestorePlan plan = builder.asOf(asOf)
                .existingItems(existing)
                .badRecords(badRecords)
                .deadLetters(JsonLinesDeadLetters.to(files.deadLetters()))
                .build();
        int exitCode;
        try (OutputStream logFile = Files.newOutputStream(files.log());
                PrintStream told = Tee.of(err, logFile);
                PrintStream summed = Tee.of(out, logFile)) {
            exitCode = restore(plan, files, told, summed);
        }
        return keep(given, files, exitCode);
    }

    private int restore(RestorePlan plan, RunFiles files, PrintStream told, PrintStream summed) {
        Failures failures = new Failures(told, debug);
        try (ManagerForPlan managed = ManagerForPlan.open(plan, clients)) {
            return new RestoreSession(summed, told, failures, quiet, files.report()).run(managed.manager(), plan);
        } catch (RestoreException refused) {
            return failures.refused(refused);
        } catch (RuntimeException e) {
            return failures.failed(e);
        }
    }

    /** What could not be put to S3 makes the run less than done, but takes nothing away. */
    private int keep(DataPipelineParameters given, RunFiles files, int exitCode) throws IOException {
        if (given.log().isEmpty()) {
            err.println("note: report and log are in " + files.directory());
            return exitCode;
        }
        boolean moved = files.moveTo(given.log().get(), clients::s3, err);
        return moved || exitCode != ExitCode.DONE ? exitCode : ExitCode.DONE_BUT;
    }
}
