package io.github.dynarestore.cli;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.JsonLinesDeadLetters;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BadRecords;
import io.github.dynarestore.model.ExistingItems;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.UndatedRecords;
import io.github.dynarestore.model.WriteRate;
import io.github.dynarestore.progress.RestoreListener;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** {@code dynarestore restore}: docs/command-line.md says what each option means. */
@Command(
        name = "restore",
        description = "Restores a table.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        footer = {
            "",
            "Region, credentials and endpoints come from the AWS SDK's usual chain.",
            "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, some records dead-lettered;",
            "4 refused before any write."
        })
final class RestoreCommand implements Callable<Integer> {

    private static final String AWS_HINT = "set AWS_REGION and AWS_PROFILE, or what else the AWS SDK takes them from";

    private final PrintStream out;
    private final PrintStream err;
    private final Clients clients;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Option(
            names = "--from",
            paramLabel = "URI",
            required = true,
            description =
                    "Where the backup lies: s3://bucket/prefix or file:///directory/; may be given several times.")
    private List<String> from = new ArrayList<>();

    @Option(names = "--into", paramLabel = "TABLE", required = true, description = "Target table; it must exist.")
    private String into = "";

    @Option(
            names = "--as-of",
            paramLabel = "INSTANT",
            converter = Converters.ToInstant.class,
            description = "The cut, inclusive, such as 2016-10-15T23:59:59Z; unless given, everything counts.")
    private @Nullable Instant asOf;

    @Option(
            names = "--format",
            paramLabel = "ID",
            description = "Read every location with this format; recognised from the first bytes unless given.")
    private @Nullable String format;

    @Option(names = "--write-rate", paramLabel = "UNITS", description = "Write units per second.")
    private @Nullable Double writeRate;

    @Option(
            names = "--write-ratio",
            paramLabel = "SHARE",
            description = "Share of the table's write capacity, 0.1 to 1.5; 0.25 unless a rate is given.")
    private @Nullable Double writeRatio;

    @Option(
            names = "--existing",
            paramLabel = "refuse|overwrite",
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
            names = "--dead-letters",
            paramLabel = "FILE",
            description = "Keeps records that cannot be used, one JSON line each.")
    private @Nullable Path deadLetters;

    @Option(
            names = "--undated",
            paramLabel = "refuse|object-time",
            converter = Converters.ToUndatedRecords.class,
            description = "What a cut makes of records without a time; refuse unless given.")
    private UndatedRecords undated = UndatedRecords.REFUSE;

    @Option(names = "--report", paramLabel = "FILE", description = "Writes the report as JSON, however the run ends.")
    private @Nullable Path reportFile;

    @Option(names = "--quiet", description = "No progress, no summary.")
    private boolean quiet;

    @Option(names = "--debug", description = "Stack traces.")
    private boolean debug;

    RestoreCommand(PrintStream out, PrintStream err, Clients clients) {
        this.out = out;
        this.err = err;
        this.clients = clients;
    }

    @Override
    public Integer call() {
        RestorePlan plan = plan();
        try {
            return restore(plan);
        } catch (RestoreException refused) {
            // Thrown by build() or start(): the restore had not begun, so nothing can have been written.
            Messages.error(err, refused);
            trace(refused);
            return ExitCode.REFUSED;
        } catch (RuntimeException e) {
            return failed(e);
        }
    }

    private RestorePlan plan() {
        if (writeRate != null && writeRatio != null) {
            throw wrong("--write-rate and --write-ratio exclude each other", "leave one of them out");
        }
        if (badRecords == BadRecords.DEAD_LETTER && deadLetters == null) {
            throw wrong("--bad-records dead-letter needs a file to keep them in", "add --dead-letters FILE");
        }
        checkDirectory("--dead-letters", deadLetters);
        checkDirectory("--report", reportFile);
        RestorePlan.Builder plan = RestorePlan.builder();
        String option = "--from";
        try {
            for (String location : from) {
                Backup backup = Backup.at(location);
                plan.from(format == null ? backup : backup.format(format));
            }
            option = "--into";
            plan.into(into);
            option = "--write-rate";
            if (writeRate != null) {
                plan.writeRate(WriteRate.unitsPerSecond(writeRate));
            }
            option = "--write-ratio";
            if (writeRatio != null) {
                plan.writeRate(WriteRate.fractionOfTable(writeRatio));
            }
            option = "";
            plan.asOf(asOf).existingItems(existing).badRecords(badRecords).undatedRecords(undated);
            if (deadLetters != null) {
                plan.deadLetters(JsonLinesDeadLetters.to(deadLetters));
            }
            return plan.build();
        } catch (IllegalArgumentException e) {
            throw wrong((option.isEmpty() ? "" : option + ": ") + e.getMessage(), hintFor(option));
        }
    }

    private static String hintFor(String option) {
        return switch (option) {
            case "--from" -> "write s3://bucket/prefix/ or file:///directory/";
            case "--into" -> "3 to 255 letters, digits, and the signs _ . -";
            case "--write-rate" -> "write units per second, such as 500";
            case "--write-ratio" -> "a share of the table's write capacity, 0.1 to 1.5";
            default -> "see dynarestore restore --help";
        };
    }

    /** Else the report, or the first dead letter, would be lost after hours of work. */
    private void checkDirectory(String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        Path directory = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || directory == null || !Files.isDirectory(directory)) {
            throw wrong(option + ": cannot make the file " + file, "name a file in a directory that exists");
        }
    }

    private WrongUsage wrong(String message, String hint) {
        return new WrongUsage(spec.commandLine(), message, hint);
    }

    private int restore(RestorePlan plan) {
        boolean readsS3 = plan.backups().stream()
                .anyMatch(backup -> "s3".equals(backup.location().getScheme()));
        // Closed from the last to the first: the manager while its clients still work.
        try (@Nullable S3AsyncClient s3 = readsS3 ? clients.s3() : null;
                DynamoDbAsyncClient dynamoDb = clients.dynamoDb();
                DynamoDbRestoreManager manager = manager(s3, dynamoDb)) {
            RestoreHandle handle = manager.start(plan, listeners());
            CancelOnSignal cancel = CancelOnSignal.of(handle);
            try {
                return await(handle);
            } finally {
                cancel.close();
            }
        }
    }

    private static DynamoDbRestoreManager manager(@Nullable S3AsyncClient s3, DynamoDbAsyncClient dynamoDb) {
        DynamoDbRestoreManager.Builder builder =
                DynamoDbRestoreManager.builder().dynamoDb(dynamoDb);
        if (s3 != null) {
            builder.s3(s3);
        }
        return builder.build();
    }

    private RestoreListener[] listeners() {
        if (quiet) {
            return new RestoreListener[0];
        }
        return new RestoreListener[] {isAtTerminal() ? new ProgressView(err) : new ProgressLines(err)};
    }

    @SuppressWarnings("SystemConsoleNull") // Null without a terminal up to Java 21; later ones are asked below.
    private static boolean isAtTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // From Java 22 on there is a console even without a terminal, and this method to tell.
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException olderJava) {
            return true;
        }
    }

    private int await(RestoreHandle handle) {
        RestoreReport report;
        int exitCode;
        try {
            report = handle.completion().join();
            exitCode = ExitCode.of(report);
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (!(cause instanceof RestoreException error)) {
                return failed(cause);
            }
            if (lacksCredentials(error)) {
                Messages.error(err, "the AWS SDK finds no credentials", AWS_HINT);
            } else {
                Messages.error(err, error);
            }
            trace(error);
            report = error.report().orElse(null);
            exitCode = ExitCode.of(error);
        }
        return report == null ? exitCode : tell(report, exitCode);
    }

    private int tell(RestoreReport report, int exitCode) {
        Messages.badRecords(err, report);
        if (!quiet) {
            Messages.summary(out, report);
        }
        if (reportFile != null) {
            try {
                Files.writeString(reportFile, report.toJson() + "\n");
            } catch (IOException e) {
                Messages.error(err, "the report could not be written: " + e, "");
                trace(e);
                return exitCode == ExitCode.DONE ? ExitCode.FAILED : exitCode;
            }
        }
        return exitCode;
    }

    private int failed(Throwable e) {
        if (e instanceof SdkClientException) {
            Messages.error(err, shortened(e), AWS_HINT);
        } else {
            Messages.error(err, "unexpected " + e.getClass().getName(), debug ? "" : "--debug shows where");
        }
        trace(e);
        return ExitCode.FAILED;
    }

    /** The engine cannot tell this from a service that does not answer; who sits at the keyboard must know. */
    private static boolean lacksCredentials(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SdkClientException
                    && String.valueOf(cause.getMessage()).contains("Unable to load credentials")) {
                return true;
            }
        }
        return false;
    }

    /** The SDK tells of every provider that it asked, at a length that hides what is missing. */
    private static String shortened(Throwable e) {
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("the AWS SDK failed");
        int details = message.indexOf(" from any of the providers in the chain");
        return details < 0 ? message : message.substring(0, details);
    }

    private void trace(Throwable e) {
        if (debug) {
            e.printStackTrace(err);
        }
    }
}
