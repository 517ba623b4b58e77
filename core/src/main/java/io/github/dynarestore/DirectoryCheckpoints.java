package io.github.dynarestore;

import io.github.dynarestore.spi.CheckpointStore;
import java.nio.file.Path;
import java.util.Objects;

/** Keeps checkpoints in directories of a file system. */
public final class DirectoryCheckpoints {

    private DirectoryCheckpoints() {}

    /**
     * Returns the checkpoint in a directory, which is made if it is missing; its files are {@code dynarestore.journal}
     * and {@code dynarestore.lock}, and no others are touched. On POSIX only their owner can read what is made. The lock
     * is the operating system's and goes with the process that holds it, however that ends; the empty file stays. What
     * was appended survives the death of the process.
     *
     * @param directory on a file system with locks; one on a network may have none
     */
    public static CheckpointStore in(Path directory) {
        return new DirectoryCheckpointStore(Objects.requireNonNull(directory).toAbsolutePath());
    }
}
