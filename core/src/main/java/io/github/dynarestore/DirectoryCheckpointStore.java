package io.github.dynarestore;

import io.github.dynarestore.internal.lock.DirectoryLock;
import io.github.dynarestore.internal.lock.LockHeldException;
import io.github.dynarestore.spi.CheckpointInUseException;
import io.github.dynarestore.spi.CheckpointLog;
import io.github.dynarestore.spi.CheckpointStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** A checkpoint in a directory. */
final class DirectoryCheckpointStore implements CheckpointStore {

    private static final String JOURNAL = "dynarestore.journal";
    private static final String LOCK = "dynarestore.lock";

    private final Path directory;
    private final boolean isPosix;

    /**
     * Creates one; touches nothing yet.
     *
     * @param directory absolute
     */
    DirectoryCheckpointStore(Path directory) {
        this.directory = directory;
        this.isPosix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    @Override
    public CheckpointLog open() throws IOException {
        makeDirectory();
        // The lock is known by its real path: two ways to one directory must meet.
        Path real = directory.toRealPath();
        Path lockFile = real.resolve(LOCK);
        make(lockFile);
        DirectoryLock lock = take(lockFile);
        try {
            Path journal = real.resolve(JOURNAL);
            make(journal);
            sync(real);
            return new DirectoryCheckpointLog(journal, lock, () -> sync(real));
        } catch (IOException | RuntimeException e) {
            try {
                lock.close();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static DirectoryLock take(Path lockFile) throws IOException {
        try {
            return DirectoryLock.take(lockFile);
        } catch (LockHeldException e) {
            CheckpointInUseException inUse = new CheckpointInUseException(String.valueOf(e.getMessage()));
            inUse.initCause(e);
            throw inUse;
        }
    }

    @Override
    public String location() {
        return directory.toString();
    }

    private void makeDirectory() throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Files.createDirectories(directory, attributes("rwx------"));
        Path parent = directory.getParent();
        if (parent != null) {
            sync(parent);
        }
    }

    private void make(Path file) throws IOException {
        try {
            Files.createFile(file, attributes("rw-------"));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(Objects.requireNonNull(file.getFileName()) + " is no regular file", e);
            }
        }
    }

    private FileAttribute<?>[] attributes(String permissions) {
        return isPosix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    /** Makes names durable. Elsewhere than on POSIX a directory cannot be opened, and need not be. */
    private void sync(Path changed) throws IOException {
        if (isPosix) {
            try (FileChannel names = FileChannel.open(changed, StandardOpenOption.READ)) {
                names.force(true);
            }
        }
    }
}
