package io.github.dynarestore.cli;

import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;

/** What the process tells its caller; the numbers are part of the contract. */
final class ExitCode {

    static final int DONE = 0;
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int DONE_BUT = 3;
    static final int REFUSED = 4;

    private ExitCode() {}

    /**
     * Of a run that ended by itself.
     *
     * @param conflictsMatter whether items that were left as they are make the run less than done
     */
    static int of(RestoreReport report, boolean conflictsMatter) {
        boolean isLess = report.records().deadLettered() > 0
                || report.history().hasGaps()
                || report.history().ambiguousKeys() > 0
                || conflictsMatter && report.records().conflict() > 0;
        return switch (report.status()) {
            case COMPLETED -> isLess ? DONE_BUT : DONE;
            case REFUSED -> REFUSED;
            case FAILED, CANCELLED -> FAILED;
        };
    }

    /** Of an error that ended a restore which had begun. */
    static int of(RestoreException error) {
        boolean nothingWritten = error.report()
                .map(report -> report.status() == RestoreStatus.REFUSED)
                .orElse(false);
        return nothingWritten ? REFUSED : FAILED;
    }
}
