package io.github.dynarestore.cli;

import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.RestoreStatus;
import io.github.dynarestore.progress.RestoreListener;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.progress.RestoreProgress;
import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar for each phase, for people at a terminal. Called by the restore's one listener thread. */
final class ProgressView implements RestoreListener {

    private final PrintStream err;
    private @Nullable ProgressBar bar;
    private double unitsBefore;
    private double secondsBefore;

    ProgressView(PrintStream err) {
        this.err = err;
    }

    @Override
    public void phaseChanged(RestoreProgress progress) {
        stop();
        if (progress.phase() != RestorePhase.ENDED) {
            bar = new ProgressBarBuilder()
                    .setTaskName(progress.phase().name().toLowerCase(Locale.ROOT))
                    .setInitialMax(total(progress))
                    .setStyle(ProgressBarStyle.ASCII)
                    .setConsumer(new ConsoleProgressBarConsumer(err))
                    .build();
        }
    }

    @Override
    public void progressed(RestoreProgress progress) {
        ProgressBar shown = bar;
        if (shown == null) {
            return;
        }
        double seconds = progress.elapsed().toMillis() / 1000.0;
        double rate =
                seconds > secondsBefore ? (progress.unitsConsumed() - unitsBefore) / (seconds - secondsBefore) : 0;
        unitsBefore = progress.unitsConsumed();
        secondsBefore = seconds;
        shown.maxHint(total(progress));
        if (progress.phase() == RestorePhase.APPLYING) {
            shown.stepTo(progress.writesDone());
            shown.setExtraMessage(
                    String.format(Locale.ROOT, " %,.0f units/s", rate) + ProgressLines.limitedBy(progress));
        } else {
            shown.stepTo(progress.bytesRead());
            shown.setExtraMessage(String.format(Locale.ROOT, " %,d records", progress.recordsRead()));
        }
    }

    /** What the phase counts by: bytes while it reads, writes while it writes; below zero is unknown. */
    private static long total(RestoreProgress progress) {
        long total = progress.phase() == RestorePhase.APPLYING ? progress.writesTotal() : progress.bytesTotal();
        return total > 0 ? total : -1;
    }

    @Override
    public void ended(RestoreReport report) {
        ProgressBar shown = bar;
        if (shown != null && report.status() == RestoreStatus.COMPLETED) {
            // The last second is not reported as progress any more.
            shown.stepTo(shown.getMax());
        }
        stop();
    }

    private void stop() {
        ProgressBar shown = bar;
        bar = null;
        if (shown != null) {
            shown.close();
        }
    }
}
