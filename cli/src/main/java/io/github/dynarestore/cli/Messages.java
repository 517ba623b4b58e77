package io.github.dynarestore.cli;

import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreHistory;
import io.github.dynarestore.model.RestoreReport;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** What people read. */
final class Messages {

    private static final int MAX_BAD_RECORD_LINES = 100;

    private static final int MAX_HISTORY_LINES = 20;

    private static final long LEAST_LIMITED_MILLIS = 1_000;

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

    /** Of a restore that was refused for more than one thing: each with what to do about it. */
    static void refusals(PrintStream err, List<PreflightFinding> refusals) {
        err.println("dynarestore: " + refusals.size() + " things stand in the way");
        for (PreflightFinding refusal : refusals) {
            err.println("refused: " + refusal.message());
            if (!refusal.hint().isEmpty()) {
                err.println("hint: " + refusal.hint());
            }
        }
    }

    /** What the preflight found, as it stands in a list: refusals are errors only of a restore. */
    static void finding(PrintStream err, PreflightFinding finding) {
        String severity = finding.severity().name().toLowerCase(Locale.ROOT);
        err.println(severity + ": " + finding.message());
        if (!finding.hint().isEmpty()) {
            err.println("hint: " + finding.hint());
        }
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

    static void gaps(PrintStream err, RestoreHistory history) {
        lost(err, history);
        older(err, history);
    }

    private static void lost(PrintStream err, RestoreHistory history) {
        if (history.lostChanges() > 0) {
            err.println("missing: " + history.lostChanges()
                    + " changes do not begin with what the change before left; the log has gaps");
            for (RestoreHistory.Break gap : first(history.lost())) {
                RestoreHistory.Place before = gap.before();
                err.println("missing: of key " + key(gap) + " between "
                        + (before == null ? "the snapshot, which does not have it," : place(before)) + " and "
                        + place(gap.after()));
            }
        }
    }

    private static void older(PrintStream err, RestoreHistory history) {
        if (history.olderKeys() > 0) {
            err.println(
                    "missing: " + history.olderKeys()
                            + " keys were there before the first change that the log has of them: changes are missing, or were made"
                            + " before the log began, and items that never changed since are not in it; add a snapshot with --base");
            for (RestoreHistory.Break gap : first(history.older())) {
                err.println("missing: of key " + key(gap) + " before " + place(gap.after()));
            }
        }
    }

    private static String key(RestoreHistory.Break gap) {
        return gap.key() == null ? gap.keyHash() : gap.key();
    }

    static void ambiguous(PrintStream err, RestoreHistory history) {
        if (history.ambiguousKeys() > 0) {
            err.println("ambiguous: " + history.ambiguousKeys()
                    + " keys have changes of the same time, of which nothing tells the order");
            for (RestoreHistory.Place place : first(history.ambiguous())) {
                err.println("ambiguous: the change at " + place(place));
            }
        }
    }

    static void notes(PrintStream err, RestoreHistory history) {
        if (history.uncertainKeys() > 0) {
            err.println("note: " + history.uncertainKeys()
                    + " keys have a change that may be from before the cut, or without a time from before the snapshot,"
                    + " or from after it");
        }
        if (history.generationConflicts() > 0) {
            err.println("note: the stream was made anew meanwhile; " + history.generationConflicts()
                    + " keys are ordered by time");
        }
        for (RestoreHistory.Silence silence : first(history.silences())) {
            err.println("note: " + silence.reason() + " from " + silence.from() + " until " + silence.until());
        }
        history.notices().forEach(notice -> err.println("note: " + notice));
    }

    /** The report file names more. */
    private static <T> List<T> first(List<T> list) {
        return list.subList(0, Math.min(list.size(), MAX_HISTORY_LINES));
    }

    private static String place(RestoreHistory.Place place) {
        return "byte " + place.byteOffset() + " of " + place.object();
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
        row(out, "  conflict", records.conflict());
        row(out, "puts", writes.puts());
        row(out, "deletes", writes.deletes());
        row(out, "write units", Math.round(writes.units()));
        row(out, "throttled", writes.throttled());
        row(out, "resent", writes.resent());
        for (RestoreReport.LimitedTime limited : first(report.limits())) {
            if (limited.time().toMillis() >= LEAST_LIMITED_MILLIS) {
                out.println(String.format(
                        Locale.ROOT,
                        "%-16s %,13.1f s by %s",
                        "limited",
                        limited.time().toMillis() / 1000.0,
                        limited.limit()));
            }
        }
        out.println(String.format(
                Locale.ROOT, "%-16s %,13.1f s", "duration", report.duration().toMillis() / 1000.0));
    }

    static void estimate(PrintStream out, RestoreEstimate estimate) {
        out.println("ESTIMATE " + estimate.report().table()
                + (estimate.report().asOf() == null
                        ? ""
                        : " as of " + estimate.report().asOf()));
        row(out, "records read", estimate.report().records().read());
        row(out, "bad records", estimate.report().records().deadLettered());
        row(out, "puts", estimate.puts());
        row(out, "deletes", estimate.deletes());
        row(out, "  extras", estimate.extras());
        row(out, "bytes", estimate.putBytes());
        row(out, "write units", (long) Math.ceil(estimate.units()));
        new TreeMap<>(estimate.indexUnits()).forEach((index, units) -> row(out, "  " + index, (long) Math.ceil(units)));
        out.println(String.format(
                Locale.ROOT,
                "%-16s %,13.1f s at %,.0f units/s",
                "writing",
                estimate.writingTime().toMillis() / 1000.0,
                estimate.unitsPerSecond()));
        out.println(String.format(Locale.ROOT, "%-16s %,15.2f US dollars", "cost", estimate.dollars()));
    }

    private static void row(PrintStream out, String name, long value) {
        out.println(String.format(Locale.ROOT, "%-16s %,15d", name, value));
    }
}
