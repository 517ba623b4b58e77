package io.github.dynarestore.cli;

import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Tells people what went wrong, and finds the exit code for it.
 *
 * @param debug whether to show stack traces
 */
record Failures(PrintStream err, boolean debug) {

    private static final String AWS_HINT = "set AWS_REGION and AWS_PROFILE, or what else the AWS SDK takes them from";

    /** Of a run that has ended: the error that ended it, told; null if it is none of the restore's own. */
    @Nullable
    RestoreException ended(CompletionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (!(cause instanceof RestoreException error)) {
            return null;
        }
        if (lacksCredentials(error)) {
            Messages.error(err, "the AWS SDK finds no credentials", AWS_HINT);
        } else {
            List<PreflightFinding> refusals = refusals(error);
            if (refusals.size() > 1) {
                Messages.refusals(err, refusals);
            } else {
                Messages.error(err, error);
            }
        }
        trace(error);
        return error;
    }

    private static List<PreflightFinding> refusals(RestoreException error) {
        return error.report().map(RestoreReport::preflight).orElse(List.of()).stream()
                .filter(finding -> finding.severity() == PreflightFinding.Severity.REFUSED)
                .toList();
    }

    /** Of a plan that was refused before anything began. */
    int refused(RestoreException e) {
        Messages.error(err, e);
        trace(e);
        return ExitCode.REFUSED;
    }

    /** Of what nobody expects, or the SDK throws before a run has begun. */
    int failed(Throwable e) {
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

    void trace(Throwable e) {
        if (debug) {
            e.printStackTrace(err);
        }
    }
}
