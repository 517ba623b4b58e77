package io.github.dynarestore.progress;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreReport;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a restore's phases, and a line every ten seconds, to the log; never a value of an item. */
public final class LoggingRestoreListener implements RestoreListener {

    private static final Logger LOG = LoggerFactory.getLogger(LoggingRestoreListener.class);
    private static final long SECONDS_BETWEEN_LINES = 10;
    private static final long MAX_DEAD_LETTER_LINES = 100;

    private final AtomicLong lastLineSeconds = new AtomicLong();
    private final AtomicLong deadLetterLines = new AtomicLong();

    @Override
    public void phaseChanged(RestoreProgress progress) {
        LOG.info("{}: {} objects, {} bytes", progress.phase(), progress.objectsTotal(), progress.bytesTotal());
    }

    @Override
    public void progressed(RestoreProgress progress) {
        long seconds = progress.elapsed().toSeconds();
        if (seconds - lastLineSeconds.get() >= SECONDS_BETWEEN_LINES) {
            lastLineSeconds.set(seconds);
            LOG.info(
                    "{}: {} of {} objects, {} records, {} of {} writes, {} units, {} throttled{}",
                    progress.phase(),
                    progress.objectsDone(),
                    progress.objectsTotal(),
                    progress.recordsRead(),
                    progress.writesDone(),
                    progress.writesTotal(),
                    progress.unitsConsumed(),
                    progress.throttled(),
                    progress.limit() == null ? "" : ", limited by " + progress.limit());
        }
    }

    @Override
    public void deadLettered(DeadLetter letter) {
        if (deadLetterLines.incrementAndGet() <= MAX_DEAD_LETTER_LINES) {
            LOG.warn("dead letter: {}", letter);
        }
    }

    @Override
    public void ended(RestoreReport report) {
        LOG.info("{}: {} {}", report.status(), report.records(), report.writes());
    }
}
