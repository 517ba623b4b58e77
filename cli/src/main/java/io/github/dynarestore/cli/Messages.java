package io.github.dynarestore.cli;

import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreReport;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** What people read. */
final class Messages {

    private static final int MAX_BAD_RECORD_LINES = 100;

    private Messages() {}

    static void error(PrintStream err, String message, String hint) {
        err.println("dynarestore: " + message);
        if (!hint.isEmpty()) {
            err.println("hint: " + hint);
        }
    }

    static void error(PrintStream err, RestoreException error) {
        error(err, String.valueOf(error.getMessage()), error.hint());
    }

    static void badRecords(PrintStream err, RestoreReport report) {
        List<RestoreReport.BadRecord> bad = report.badRecords();
        for (RestoreReport.BadRecord record : bad.subList(0, Math.min(bad.size(), MAX_BAD_RECORD_LINES))) {
            err.println("bad record: " + record.object() + " at byte " + record.byteOffset() + ": " + record.reason()
                    + ": " + record.detail());
        }
        // The report names only the first ones, but its counter knows of all.
        long all = Math.max(report.records().deadLettered(), bad.size());
        long more = all - Math.min(bad.size(), MAX_BAD_RECORD_LINES);
        if (more > 0) {
            err.println("and " + more + " more");
        }
    }

    static void summary(PrintStream out, RestoreReport report) {
        RestoreReport.Records records = report.records();
        RestoreReport.Writes writes = report.writes();
        out.println(report.status() + " " + report.table() + (report.asOf() == null ? "" : " as of " + report.asOf()));
        row(out, "records read", records.read());
        row(out, "  applied", records.applied());
        row(out, "  superseded", records.superseded());
        row(out, "  duplicate", records.duplicate());
        row(out, "  after the cut", records.afterCut());
        row(out, "  filtered", records.filtered());
        row(out, "  dead-lettered", records.deadLettered());
        row(out, "puts", writes.puts());
        row(out, "deletes", writes.deletes());
        row(out, "write units", Math.round(writes.units()));
        row(out, "throttled", writes.throttled());
        row(out, "resent", writes.resent());
        out.println(String.format(
                Locale.ROOT, "%-16s %,13.1f s", "duration", report.duration().toMillis() / 1000.0));
    }

    private static void row(PrintStream out, String name, long value) {
        out.println(String.format(Locale.ROOT, "%-16s %,15d", name, value));
    }
}
