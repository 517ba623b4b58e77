package io.github.dynarestore.cli;

import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.PriceBook;
import io.github.dynarestore.model.RestoreEstimate;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dynarestore estimate}: docs/command-line.md says what each option means. */
@Command(
        name = "estimate",
        description = "Says what a restore would do and cost. Reads everything, writes nothing.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        footer = {"", "Exit codes: 0 done; 1 failed; 2 wrong usage; 4 refused."})
final class EstimateCommand implements Callable<Integer> {

    private final PrintStream out;
    private final PrintStream err;
    private final Clients clients;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Option(
            names = "--prices",
            paramLabel = "FILE",
            description =
                    "Prices in US dollars, lines such as perMillionWriteUnits=0.625; those of us-east-1 unless given.")
    private @Nullable Path prices;

    @Option(names = "--report", paramLabel = "FILE", description = "Writes the estimate as JSON.")
    private @Nullable Path reportFile;

    @Option(
            names = "--write-plan",
            paramLabel = "FILE",
            description =
                    "Writes the plan as JSON, or as YAML to a file of that name, to be reviewed and then restored with --plan.")
    private @Nullable Path writtenPlan;

    EstimateCommand(PrintStream out, PrintStream err, Clients clients) {
        this.out = out;
        this.err = err;
        this.clients = clients;
    }

    @Override
    public Integer call() {
        RestorePlan plan = options.plan(spec);
        PriceBook book = book();
        PlanOptions.checkFile(spec, "--report", reportFile);
        writePlan(plan);
        Failures failures = new Failures(err, options.isDebug());
        try (ManagerForPlan managed = ManagerForPlan.open(plan, clients)) {
            return tell(managed.manager().estimate(plan, book).join(), failures);
        } catch (CompletionException e) {
            RestoreException error = failures.ended(e);
            return error == null ? failures.failed(e.getCause() == null ? e : e.getCause()) : ExitCode.of(error);
        } catch (RestoreException refused) {
            return failures.refused(refused);
        } catch (RuntimeException e) {
            return failures.failed(e);
        }
    }

    private void writePlan(RestorePlan plan) {
        PlanOptions.checkFile(spec, "--write-plan", writtenPlan);
        try {
            if (writtenPlan != null) {
                new PlanFile(writtenPlan).write(plan);
            }
        } catch (IOException e) {
            throw PlanOptions.wrong(spec, "--write-plan: " + e, "name a file in a directory that can be written");
        }
    }

    private PriceBook book() {
        if (prices == null) {
            return PriceBook.usEast1();
        }
        try (Reader reader = Files.newBufferedReader(prices)) {
            return PriceBook.read(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw PlanOptions.wrong(spec, "--prices: " + e.getMessage(), "lines such as perMillionWriteUnits=0.625");
        }
    }

    private int tell(RestoreEstimate estimate, Failures failures) {
        estimate.report().preflight().forEach(finding -> Messages.finding(err, finding));
        Messages.badRecords(err, estimate.report());
        Messages.gaps(err, estimate.report().history());
        Messages.ambiguous(err, estimate.report().history());
        Messages.notes(err, estimate.report().history());
        Messages.estimate(out, estimate);
        if (reportFile != null) {
            try {
                Files.writeString(reportFile, estimate.toJson() + "\n");
            } catch (IOException e) {
                Messages.error(err, "the estimate could not be written: " + e, "");
                failures.trace(e);
                return ExitCode.FAILED;
            }
        }
        return ExitCode.DONE;
    }
}
