package io.github.dynarestore.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What goes to one stream goes to another one too. */
final class Tee extends OutputStream {

    private final PrintStream first;
    private final OutputStream second;

    private Tee(PrintStream first, OutputStream second) {
        this.first = first;
        this.second = second;
    }

    /** Neither of the two is closed with it. */
    static PrintStream of(PrintStream first, OutputStream second) {
        return new PrintStream(new Tee(first, second), true, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
        first.write(b);
        second.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        first.write(bytes, offset, length);
        second.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        first.flush();
        second.flush();
    }
}
