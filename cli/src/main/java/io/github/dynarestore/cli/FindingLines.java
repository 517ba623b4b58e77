package io.github.dynarestore.cli;

import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.progress.RestoreListener;
import java.io.PrintStream;

/**
 * Says what was found before the first write, while there is still time to stop; what a restore is refused for is said
 * when it ends.
 */
record FindingLines(PrintStream err) implements RestoreListener {

    @Override
    public void found(PreflightFinding finding) {
        if (finding.severity() != PreflightFinding.Severity.REFUSED) {
            Messages.finding(err, finding);
        }
    }
}
