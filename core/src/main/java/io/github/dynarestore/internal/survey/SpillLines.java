package io.github.dynarestore.internal.survey;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

/** Byte arrays in a spill directory of their own, in the order in which they were added. Used by one thread. */
public final class SpillLines implements Closeable {

    private final SpillDirectory directory;
    private final Path file;
    private final DataOutputStream out;
    private int count;

    /** Creates an empty list below a directory. */
    public SpillLines(Path parent, Clock clock) {
        directory = new SpillDirectory(parent, clock);
        directory.open(0);
        file = directory.newPath();
        try {
            out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        } catch (IOException e) {
            directory.close();
            throw SpillDirectory.failed("made", e);
        }
    }

    /** Adds one; returns its number, from 0. */
    public int add(byte[] line) {
        if (count == Integer.MAX_VALUE) {
            throw SpillDirectory.failed("written", new IOException("more than " + count + " lines"));
        }
        try {
            out.writeInt(line.length);
            out.write(line);
        } catch (IOException e) {
            throw SpillDirectory.failed("written", e);
        }
        return count++;
    }

    /** How many there are. */
    public int count() {
        return count;
    }

    /** Takes a line. */
    @FunctionalInterface
    public interface Taker {
        /** May block. */
        void take(int number, byte[] line) throws InterruptedException;
    }

    /** Hands every one to a taker, in order; nothing may be added afterwards. */
    public void forEach(Taker taker) throws InterruptedException {
        try {
            out.flush();
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                for (int number = 0; number < count; number++) {
                    byte[] line = new byte[in.readInt()];
                    in.readFully(line);
                    taker.take(number, line);
                }
            }
        } catch (IOException e) {
            throw SpillDirectory.failed("read", e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            SpillDirectory.LOG.debug("a spill file could not be closed: {}", e.toString());
        }
        directory.close();
    }
}
