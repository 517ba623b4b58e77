package io.github.dynarestore;

import io.github.dynarestore.spi.CheckpointLog;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A checkpoint in a file. */
final class DirectoryCheckpointLog implements CheckpointLog {

    /** Makes the name of the file, or that it is gone, durable. */
    @FunctionalInterface
    interface NameSync {
        void run() throws IOException;
    }

    private final Path file;
    private final Closeable lock;
    private final NameSync nameSync;
    /** No channel: those are closed by the interruption of a thread that uses them, in the middle of a write. */
    private final RandomAccessFile journal;

    /**
     * Opens the log.
     *
     * @param file exists
     * @param lock is closed with the log, but not if this fails
     */
    DirectoryCheckpointLog(Path file, Closeable lock, NameSync nameSync) throws IOException {
        this.file = file;
        this.lock = lock;
        this.nameSync = nameSync;
        this.journal = new RandomAccessFile(file.toFile(), "rw");
        try {
            journal.seek(journal.length());
        } catch (IOException e) {
            journal.close();
            throw e;
        }
    }

    @Override
    public InputStream read() throws IOException {
        return Files.newInputStream(file);
    }

    @Override
    public void truncate(long length) throws IOException {
        long there = journal.length();
        if (length < 0 || length > there) {
            throw new IllegalArgumentException("there are " + there + " bytes, of which " + length + " are to stay");
        }
        journal.setLength(length);
        journal.seek(length);
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
        journal.write(bytes, offset, length);
    }

    @Override
    public void sync() throws IOException {
        journal.getFD().sync();
    }

    @Override
    public void delete() throws IOException {
        // Not everywhere can an open file be deleted.
        journal.close();
        Files.deleteIfExists(file);
        nameSync.run();
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            journal.close();
        }
    }
}
