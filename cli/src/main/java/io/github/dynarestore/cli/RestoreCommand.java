package io.github.dynarestore.cli;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.S3Checkpoints;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
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
            "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but some records were dead-lettered, changes are missing",
            "in the log, or items were left that an undo would have changed; 4 refused before any write."
        })
final class RestoreCommand implements Callable<Integer> {

    private final PrintStream out;
    private final PrintStream err;
    private final Clients clients;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Option(names = "--report", paramLabel = "FILE", description = "Writes the report as JSON, however the run ends.")
    private @Nullable Path reportFile;

    @Option(names = "--quiet", description = "No progress, no summary.")
    private boolean quiet;

    RestoreCommand(PrintStream out, PrintStream err, Clients clients) {
        this.out = out;
        this.err = err;
        this.clients = clients;
    }

    @Override
    public Integer call() {
        RestorePlan plan = options.plan(spec);
        PlanOptions.checkFile(spec, "--report", reportFile);
        Failures failures = new Failures(err, options.isDebug());
        try {
            return restore(plan, failures);
        } catch (RestoreException refused) {
            // Thrown by build() or start(): the restore had not begun, so nothing can have been written.
            return failures.refused(refused);
        } catch (RuntimeException e) {
            return failures.failed(e);
        }
    }

    private int restore(RestorePlan plan, Failures failures) {
        try (ManagerForPlan managed = ManagerForPlan.open(plan, clients, options.keepsCheckpointInS3())) {
            DynamoDbRestoreManager manager = managed.manager();
            RestoreHandle handle = manager.start(withCheckpoint(plan, managed.s3()), listeners());
            CancelOnSignal cancel = CancelOnSignal.of(handle);
            try {
                return await(handle, failures);
            } finally {
                cancel.close();
            }
        }
    }

    private RestorePlan withCheckpoint(RestorePlan plan, @Nullable S3AsyncClient s3) {
        String checkpoint = options.checkpoint();
        if (checkpoint == null) {
            return plan;
        }
        CheckpointStore store = s3 != null && options.keepsCheckpointInS3()
                ? S3Checkpoints.at(s3, checkpoint)
                : DirectoryCheckpoints.in(Path.of(checkpoint));
        return plan.toBuilder().checkpoint(store).build();
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

    private int await(RestoreHandle handle, Failures failures) {
        RestoreReport report;
        int exitCode;
        try {
            report = handle.completion().join();
            exitCode = ExitCode.of(report, options.isUndo());
        } catch (CompletionException e) {
            RestoreException error = failures.ended(e);
            if (error == null) {
                return failures.failed(e.getCause() == null ? e : e.getCause());
            }
            report = error.report().orElse(null);
            exitCode = ExitCode.of(error);
        }
        return report == null ? exitCode : tell(report, exitCode, failures);
    }

    private int tell(RestoreReport report, int exitCode, Failures failures) {
        Messages.badRecords(err, report);
        Messages.lost(err, report.history());
        Messages.ambiguous(err, report.history());
        if (!quiet) {
            Messages.notes(err, report.history());
            Messages.summary(out, report);
        }
        if (reportFile != null) {
            try {
                Files.writeString(reportFile, report.toJson() + "\n");
            } catch (IOException e) {
                Messages.error(err, "the report could not be written: " + e, "");
                failures.trace(e);
                return exitCode == ExitCode.DONE ? ExitCode.FAILED : exitCode;
            }
        }
        return exitCode;
    }
}
