package io.github.dynarestore.internal.pipeline;

import com.google.common.primitives.ImmutableLongArray;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.dynarestore.internal.checkpoint.CheckpointJournal;
import io.github.dynarestore.internal.checkpoint.Outcome;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Writes down what answers of DynamoDB acknowledge, in a thread of its own: a journal in S3 takes tens of milliseconds,
 * in which answers gather that then go in together. As many can wait as batches are under way, for each holds back the
 * end of its writes.
 */
final class AnswerJournal implements AutoCloseable {

    private static final Duration CLOSE_AT_MOST = Duration.ofSeconds(5);

    /**
     * What one answer said.
     *
     * @param outcomes how writes ended
     * @param tokens which they are, as many
     * @param units write units that were consumed
     * @param kept run once it is written down
     */
    record Answer(List<Outcome> outcomes, ImmutableLongArray tokens, double units, Runnable kept) {}

    private final Supplier<CheckpointJournal> journal;
    private final Consumer<RestoreException> onFailure;
    private final ExecutorService thread;
    private final Queue<Answer> waiting = new ArrayDeque<>();
    private boolean isBusy;

    /**
     * Starts with nothing.
     *
     * @param onFailure told once why nothing more is written down
     */
    AnswerJournal(Supplier<CheckpointJournal> journal, String threadName, Consumer<RestoreException> onFailure) {
        this.journal = journal;
        this.onFailure = onFailure;
        thread = Executors.newSingleThreadExecutor(runnable -> {
            Thread started = new Thread(runnable, threadName);
            started.setDaemon(true);
            return started;
        });
    }

    void add(Answer answer) {
        synchronized (waiting) {
            waiting.add(answer);
            if (isBusy || thread.isShutdown()) {
                return;
            }
            isBusy = true;
            thread.execute(this::writeWaiting);
        }
    }

    private void writeWaiting() {
        try {
            for (List<Answer> some = next(); !some.isEmpty(); some = next()) {
                write(some);
                some.forEach(answer -> answer.kept().run());
            }
        } catch (RestoreException e) {
            onFailure.accept(e);
        } catch (RuntimeException | Error e) {
            onFailure.accept(new RestoreException(
                    RestoreErrorCode.INTERNAL, "writing down an answer failed", "report this as a bug", e, null));
        }
    }

    private List<Answer> next() {
        List<Answer> some = new ArrayList<>();
        synchronized (waiting) {
            int winners = 0;
            for (Answer first = waiting.peek(); first != null; first = waiting.peek()) {
                winners += first.tokens().length();
                if (winners > CheckpointJournal.MAX_BATCH) {
                    break;
                }
                some.add(waiting.remove());
            }
            isBusy = !some.isEmpty();
        }
        return some;
    }

    private void write(List<Answer> answers) {
        Outcome[] outcomes =
                answers.stream().flatMap(answer -> answer.outcomes().stream()).toArray(Outcome[]::new);
        long[] tokens = answers.stream()
                .flatMapToLong(answer -> answer.tokens().stream())
                .toArray();
        journal.get()
                .ended(
                        outcomes,
                        tokens,
                        answers.stream().mapToDouble(Answer::units).sum());
    }

    /** Writes down what waits, unless that takes too long: those writes are sent again by the run that takes this one up. */
    @Override
    public void close() {
        thread.shutdown();
        if (!Uninterruptibles.awaitTerminationUninterruptibly(thread, CLOSE_AT_MOST)) {
            thread.shutdownNow();
        }
    }
}
