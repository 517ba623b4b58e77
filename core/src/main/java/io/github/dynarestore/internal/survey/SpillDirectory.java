package io.github.dynarestore.internal.survey;

import io.github.dynarestore.internal.lock.DirectoryLock;
import io.github.dynarestore.internal.lock.LockHeldException;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that one survey spills into. It is made when the first row is spilled, can be read by its owner only,
 * holds files whose names are counters, and is deleted at the end. What runs that were killed have left can be swept:
 * directories of our pattern whose lock nobody holds. Thread-safe.
 */
public final class SpillDirectory implements Closeable {

    static final Logger LOG = LoggerFactory.getLogger(SpillDirectory.class);

    private static final String PREFIX = "dynarestore-spill-";
    private static final Pattern OURS = Pattern.compile(PREFIX + "[0-9a-f]{32}");
    private static final Pattern FILE_OF_OURS = Pattern.compile("[0-9a-f]{8,16}");

    /** Files of rows are counted from 1. */
    private static final String LOCK = "00000000";

    /** Other runs that begin at the same moment may each sweep it away once. */
    private static final int MOST_ATTEMPTS = 100;

    private static final Duration BEING_MADE_AT_MOST = Duration.ofHours(1);
    private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

    private final Path parent;
    private final Clock clock;
    private final AtomicLong counter = new AtomicLong();
    private @Nullable Path directory;
    private @Nullable DirectoryLock lock;

    /** Creates one; nothing is made on disk yet. */
    public SpillDirectory(Path parent, Clock clock) {
        this.parent = parent;
        this.clock = clock;
    }

    /** Makes the directory, if there is room for so many bytes. */
    synchronized void open(long estimatedBytes) {
        if (directory != null) {
            return;
        }
        requireSpace(estimatedBytes);
        for (int attempt = 1; ; attempt++) {
            try {
                if (make()) {
                    return;
                }
                if (attempt == MOST_ATTEMPTS) {
                    throw new NoSuchFileException(parent.toString(), null, "swept away while it was made");
                }
            } catch (NoSuchFileException | LockHeldException e) {
                if (attempt == MOST_ATTEMPTS || !Files.isDirectory(parent)) {
                    throw failed("made", e);
                }
            } catch (IOException e) {
                throw failed("made", e);
            }
        }
    }

    /** Makes it; false if another run has swept it before its lock was taken, when it looked like one left behind. */
    private boolean make() throws IOException {
        Path made = Files.createDirectory(
                parent.resolve(PREFIX + UUID.randomUUID().toString().replace("-", "")), ownerOnly("rwx------"));
        Path file = Files.createFile(made.resolve(LOCK), ownerOnly("rw-------"));
        DirectoryLock taken = DirectoryLock.take(file.toRealPath());
        if (!Files.exists(file)) {
            taken.close();
            return false;
        }
        directory = made;
        lock = taken;
        return true;
    }

    /** Makes sure that there is room for so many bytes besides those that were written. */
    void requireSpace(long estimatedBytes) {
        long free;
        try {
            free = Files.getFileStore(parent).getUsableSpace();
        } catch (IOException e) {
            throw failed("made", e);
        }
        if (free < estimatedBytes) {
            throw new RestoreException(
                    RestoreErrorCode.SPILL_FAILED,
                    "the survey needs about " + estimatedBytes + " bytes of disk, and " + parent + " has " + free,
                    "name another directory with --spill-dir (spillDirectory), or give the survey more memory with"
                            + " --memory (surveyMemoryBytes)");
        }
    }

    private FileAttribute<?>[] ownerOnly(String permissions) throws IOException {
        return Files.getFileStore(parent).supportsFileAttributeView("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : NO_ATTRIBUTES;
    }

    /** A path for a file that only its owner can read, as the directory is. */
    synchronized Path newPath() {
        Path present = directory;
        if (present == null) {
            throw new IllegalStateException("the spill directory is not open");
        }
        return present.resolve(String.format("%08x", counter.incrementAndGet()));
    }

    /** Makes the directory if need be, and an empty file in it that only its owner can read. */
    public synchronized Path newOwnFile() {
        open(0);
        Path path = newPath();
        try {
            return Files.createFile(path, ownerOnly("rw-------"));
        } catch (IOException e) {
            throw failed("made", e);
        }
    }

    synchronized SpillFile newFile() {
        Path path = newPath();
        try {
            return new SpillFile(
                    path,
                    FileChannel.open(
                            path,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                            ownerOnly("rw-------")));
        } catch (IOException e) {
            throw failed("made", e);
        }
    }

    static RestoreException failed(String what, IOException e) {
        return new RestoreException(
                RestoreErrorCode.SPILL_FAILED,
                "the survey's spill could not be " + what + ": " + e,
                "look at the disk's space and health, or name another directory with --spill-dir (spillDirectory)",
                e,
                null);
    }

    /** Deletes what runs that were killed have left; what cannot be deleted stays. */
    public void sweep() {
        try {
            sweepAbandoned();
        } catch (IOException e) {
            // Whether anything can be made there is found out when something is to be made.
            LOG.debug("nothing could be swept: {}", e.toString());
        }
    }

    private void sweepAbandoned() throws IOException {
        List<Path> candidates = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path entry : entries) {
                if (OURS.matcher(entry.getFileName().toString()).matches() && Files.isDirectory(entry)) {
                    candidates.add(entry);
                }
            }
        }
        for (Path candidate : candidates) {
            try {
                sweepIfAbandoned(candidate);
            } catch (IOException e) {
                LOG.debug("an old spill directory is left: {}", e.toString());
            }
        }
    }

    private void sweepIfAbandoned(Path candidate) throws IOException {
        try (DirectoryLock ours = DirectoryLock.take(candidate.toRealPath().resolve(LOCK))) {
            LOG.debug("nobody has the lock {}", ours);
            delete(candidate);
        } catch (LockHeldException alive) {
            LOG.debug("another run spills, too: {}", alive.getMessage());
        } catch (NoSuchFileException beingMadeOrGone) {
            if (Files.getLastModifiedTime(candidate)
                    .toInstant()
                    .isBefore(clock.instant().minus(BEING_MADE_AT_MOST))) {
                delete(candidate);
            }
        }
    }

    /** Deletes our files, and the directory if nothing else lies in it. */
    private static void delete(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (FILE_OF_OURS.matcher(entry.getFileName().toString()).matches()) {
                    files.add(entry);
                }
            }
        }
        // The lock last: without it nobody would know that the rest may go.
        files.sort((left, right) -> Boolean.compare(left.endsWith(LOCK), right.endsWith(LOCK)));
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(directory);
    }

    /** Deletes the directory and what is in it. */
    @Override
    public synchronized void close() {
        Path present = directory;
        if (present == null) {
            return;
        }
        directory = null;
        // Whatever becomes of the files: as long as the lock is held, no other run of this process sweeps them.
        try (DirectoryLock held = lock) {
            LOG.debug("the spill directory of the lock {} goes", held);
            delete(present);
        } catch (IOException e) {
            LOG.warn("the spill directory is left for the next run to sweep: {}", e.toString());
        }
    }
}
