package io.github.dynarestore.cli;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** An option that cannot be right, with what to write instead. */
final class WrongUsage extends ParameterException {

    private static final long serialVersionUID = 1L;

    private final String hint;

    WrongUsage(CommandLine commandLine, String message, String hint) {
        super(commandLine, message);
        this.hint = hint;
    }

    String hint() {
        return hint;
    }
}
