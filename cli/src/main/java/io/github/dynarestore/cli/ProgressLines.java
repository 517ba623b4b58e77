package io.github.dynarestore.cli;

import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.progress.RestoreProgress;
import java.io.PrintStream;
import java.util.Locale;

/** A line every ten seconds, for logs and pipes. */
final class ProgressLines implements RestoreListener {

    private static final long SECONDS_BETWEEN_LINES = 10;

    private final PrintStream err;
    private long lastLineSeconds;

    ProgressLines(PrintStream err) {
        this.err = err;
    }

    @Override
    public void progressed(RestoreProgress progress) {
        long seconds = progress.elapsed().toSeconds();
        if (seconds - lastLineSeconds >= SECONDS_BETWEEN_LINES) {
            lastLineSeconds = seconds;
            err.println(line(progress));
        }
    }

    /** What keeps it from writing faster, with a comma before it; nothing if nothing does. */
    static String limitedBy(RestoreProgress progress) {
        return progress.limit() == null ? "" : ", limited by " + progress.limit();
    }

    static String line(RestoreProgress progress) {
        String phase = progress.phase().name().toLowerCase(Locale.ROOT);
        if (progress.phase() == RestorePhase.APPLYING) {
            return String.format(
                    Locale.ROOT,
                    "%s: %,d of %,d writes, %,.0f units, %,d throttled, %d s%s",
                    phase,
                    progress.writesDone(),
                    progress.writesTotal(),
                    progress.unitsConsumed(),
                    progress.throttled(),
                    progress.elapsed().toSeconds(),
                    limitedBy(progress));
        }
        return String.format(
                Locale.ROOT,
                "%s: %,d of %,d objects, %,d records, %d s",
                phase,
                progress.objectsDone(),
                progress.objectsTotal(),
                progress.recordsRead(),
                progress.elapsed().toSeconds());
    }
}
