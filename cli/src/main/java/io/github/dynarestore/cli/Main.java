package io.github.dynarestore.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dynarestore}: the commands and how their errors are told. */
@Command(
        name = "dynarestore",
        description = "Brings a DynamoDB table back to the state it had at an instant, from backups in S3.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    Main() {}

    /** From this version on Java warns on the error stream, of which every line is ours, when memory is asked for unsafely. */
    private static final int WARNS_OF_UNSAFE = 24;

    private static final String NETTY_NO_UNSAFE = "io.netty.noUnsafe";

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        if (Runtime.version().feature() >= WARNS_OF_UNSAFE && System.getProperty(NETTY_NO_UNSAFE) == null) {
            System.setProperty(NETTY_NO_UNSAFE, "true");
        }
        System.exit(run(args, System.out, System.err));
    }

    /**
     * Runs a command.
     *
     * @return the exit code: 0 done, 1 failed, 2 wrong usage, 3 done with dead letters, 4 refused before any write
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        return run(args, out, err, Clients.DEFAULT);
    }

    static int run(String[] args, PrintStream out, PrintStream err, Clients clients) {
        CommandLine commands = new CommandLine(new Main())
                .addSubcommand(new RestoreCommand(out, err, clients))
                .addSubcommand(new EstimateCommand(out, err, clients))
                .addSubcommand(new PipelineCommand(out, err, clients))
                .addSubcommand(new RedriveCommand(out, err, clients))
                .setOut(new PrintWriter(out, true, Charset.defaultCharset()))
                .setErr(new PrintWriter(err, true, Charset.defaultCharset()))
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(false)
                .setParameterExceptionHandler((wrong, given) -> wrongUsage(wrong, err));
        return commands.execute(args);
    }

    private static int wrongUsage(ParameterException wrong, PrintStream err) {
        String hint = wrong instanceof WrongUsage usage
                ? usage.hint()
                : "see dynarestore "
                        + (wrong.getCommandLine().getParent() == null
                                ? ""
                                : wrong.getCommandLine().getCommandName() + " ")
                        + "--help";
        String message = String.valueOf(wrong.getMessage()).lines().findFirst().orElse("wrong usage");
        Messages.error(err, message, hint);
        return ExitCode.WRONG_USAGE;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** The version that the jar's manifest states. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"dynarestore " + (version == null ? "(not packaged)" : version)};
        }
    }
}
