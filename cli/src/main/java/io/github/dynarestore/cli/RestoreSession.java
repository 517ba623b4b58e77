package io.github.dynarestore.cli;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestoreHandle;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.progress.RestoreListener;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One restore as people see it: its progress, its messages, its summary, its report and its exit code.
 *
 * @param quiet no progress, no summary
 * @param reportFile where the report goes; null for nowhere
 */
record RestoreSession(
        PrintStream out,
        PrintStream err,
        Failures failures,
        boolean quiet,
        @Nullable Path reportFile) {

    /** Runs a plan to its end; returns the exit code. */
    int run(DynamoDbRestoreManager manager, RestorePlan plan) {
        RestoreHandle handle = manager.start(plan, listeners());
        CancelOnSignal cancel = CancelOnSignal.of(handle, plan, err);
        try {
            return await(handle, plan.undoSince().isPresent());
        } finally {
            cancel.close();
        }
    }

    private RestoreListener[] listeners() {
        if (quiet) {
            return new RestoreListener[0];
        }
        return new RestoreListener[] {
            new FindingLines(err), isAtTerminal() ? new ProgressView(err) : new ProgressLines(err)
        };
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

    private int await(RestoreHandle handle, boolean isUndo) {
        RestoreReport report;
        int exitCode;
        try {
            report = handle.completion().join();
            exitCode = ExitCode.of(report, isUndo);
        } catch (CompletionException e) {
            RestoreException error = failures.ended(e);
            if (error == null) {
                return failures.failed(e.getCause() == null ? e : e.getCause());
            }
            report = error.report().orElse(null);
            exitCode = ExitCode.of(error);
        }
        return report == null ? exitCode : tell(report, exitCode);
    }

    private int tell(RestoreReport report, int exitCode) {
        Messages.badRecords(err, report);
        Messages.gaps(err, report.history());
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
