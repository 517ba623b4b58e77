package io.github.dynarestore.cli;

import io.github.dynarestore.DirectoryCheckpoints;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.S3Checkpoints;
import io.github.dynarestore.S3DeadLetters;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** {@code dynarestore restore}: docs/command-line.md says what each option means. */
@Command(
        name = "restore",
        description = "Restores a table.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        footer = {
            "",
            "Region, credentials and endpoints come from the AWS SDK's usual chain.",
            "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but some records were dead-lettered, changes are missing",
            "in the log, or items were left that an undo would have changed; 4 refused before any write."
        })
final class RestoreCommand implements Callable<Integer> {

    private final PrintStream out;
    private final PrintStream err;
    private final Clients clients;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Option(names = "--report", paramLabel = "FILE", description = "Writes the report as JSON, however the run ends.")
    private @Nullable Path reportFile;

    @Option(names = "--quiet", description = "No progress, no summary.")
    private boolean quiet;

    RestoreCommand(PrintStream out, PrintStream err, Clients clients) {
        this.out = out;
        this.err = err;
        this.clients = clients;
    }

    @Override
    public Integer call() {
        RestorePlan plan = options.plan(spec);
        PlanOptions.checkFile(spec, "--report", reportFile);
        Failures failures = new Failures(err, options.isDebug());
        try {
            return restore(plan, failures);
        } catch (RestoreException refused) {
            // Thrown by build() or start(): the restore had not begun, so nothing can have been written.
            return failures.refused(refused);
        } catch (RuntimeException e) {
            return failures.failed(e);
        }
    }

    private int restore(RestorePlan plan, Failures failures) {
        try (ManagerForPlan managed =
                ManagerForPlan.open(plan, clients, options.keepsCheckpointInS3() || options.keepsDeadLettersInS3())) {
            return new RestoreSession(out, err, failures, quiet, reportFile)
                    .run(managed.manager(), withPlaces(plan, managed.s3()));
        }
    }

    private RestorePlan withPlaces(RestorePlan plan, @Nullable S3AsyncClient s3) {
        RestorePlan.Builder placed = plan.toBuilder();
        String checkpoint = options.checkpoint();
        if (checkpoint != null) {
            CheckpointStore store = s3 != null && options.keepsCheckpointInS3()
                    ? S3Checkpoints.at(s3, checkpoint)
                    : DirectoryCheckpoints.in(Path.of(checkpoint));
            placed.checkpoint(store);
        }
        String deadLetters = options.deadLetters();
        if (deadLetters != null && s3 != null && options.keepsDeadLettersInS3()) {
            placed.deadLetters(S3DeadLetters.under(s3, deadLetters, plan.spillDirectory()));
        }
        return placed.build();
    }
}
