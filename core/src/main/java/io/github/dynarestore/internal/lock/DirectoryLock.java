package io.github.dynarestore.internal.lock;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A lock of the operating system on a file; one holder in this process, and one process. */
public final class DirectoryLock implements Closeable {

    /**
     * Asked before the file is opened: on POSIX, closing any channel of a file gives up the process's locks on it, those
     * of other channels too.
     */
    private static final Set<Path> HELD = new HashSet<>();

    /**
     * Channels of files that are locked in this process, but not by this class, which may have been loaded twice. For
     * the same reason they are closed only when the lock has gone. At most one for each file.
     */
    private static final Map<Path, FileChannel> WAITING = new HashMap<>();

    private final Path file;
    private final FileChannel channel;
    private boolean closed;

    private DirectoryLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks a file that exists.
     *
     * @param file its real path
     * @throws LockHeldException if it is locked
     */
    public static DirectoryLock take(Path file) throws IOException {
        synchronized (HELD) {
            if (HELD.contains(file)) {
                throw inUse("a restore in this process");
            }
            FileChannel waiting = WAITING.get(file);
            if (waiting != null) {
                lock(file, waiting);
                // The file may have been deleted and made anew since.
                WAITING.remove(file);
                waiting.close();
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            lock(file, channel);
            HELD.add(file);
            return new DirectoryLock(file, channel);
        }
    }

    private static void lock(Path file, FileChannel channel) throws IOException {
        boolean isLocked = false;
        boolean isLockedHere = false;
        try {
            isLocked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            isLockedHere = true;
        } finally {
            if (isLockedHere) {
                WAITING.put(file, channel);
            } else if (!isLocked) {
                WAITING.remove(file);
                channel.close();
            }
        }
        if (!isLocked) {
            throw inUse(isLockedHere ? "a restore in this process" : "another process");
        }
    }

    private static LockHeldException inUse(String holder) {
        return new LockHeldException(holder);
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            if (!closed) {
                closed = true;
                HELD.remove(file);
                channel.close();
            }
        }
    }
}
