package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lists the files below a directory, or one file, sorted by path; follows no symbolic link below it. */
public final class DirectorySource implements ObjectSource {

    private final Path directory;
    private final int maxObjects;

    /** Creates one. */
    public DirectorySource(Path directory) {
        this(directory, SourceListing.MAX_OBJECTS);
    }

    DirectorySource(Path directory, int maxObjects) {
        this.directory = directory;
        this.maxObjects = maxObjects;
    }

    /** Lists on the calling thread. */
    @Override
    public CompletableFuture<SourceListing> list() {
        try {
            return CompletableFuture.completedFuture(listNow());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(unlistable(e));
        } catch (RestoreException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private SourceListing listNow() throws IOException {
        Path root = directory.toRealPath();
        List<SkippedObject> skipped = new ArrayList<>();
        List<BackupObject> objects = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (objects.size() + skipped.size() >= maxObjects) {
                    throw SourceListing.tooMany(root.toUri(), maxObjects);
                }
                BackupObject object = object(file, attributes);
                String reason = reasonToSkip(root, file, attributes);
                if (reason == null) {
                    objects.add(object);
                } else {
                    skipped.add(new SkippedObject(object, reason));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        objects.sort(Comparator.comparing(BackupObject::key));
        skipped.sort(Comparator.comparing(skip -> skip.object().key()));
        return new SourceListing(objects, skipped);
    }

    private static @Nullable String reasonToSkip(Path root, Path file, BasicFileAttributes attributes) {
        if (attributes.isSymbolicLink()) {
            return "symbolic-link";
        }
        if (!attributes.isRegularFile()) {
            return "not-a-file";
        }
        Path relative = file.equals(root) ? file.getFileName() : root.relativize(file);
        StringBuilder key = new StringBuilder();
        for (Path segment : relative) {
            key.append(key.length() == 0 ? "" : "/").append(segment);
        }
        return ObjectNames.reasonToSkip(key.toString(), attributes.size());
    }

    private static BackupObject object(Path file, BasicFileAttributes attributes) throws IOException {
        return new BackupObject(
                file.toUri(),
                "",
                file.toString(),
                attributes.size(),
                etag(file, attributes),
                attributes.lastModifiedTime().toInstant(),
                null);
    }

    /** Changes with the content: copying tools set a file's time of modification back, but on POSIX not that of its inode. */
    static String etag(Path file, BasicFileAttributes attributes) throws IOException {
        String etag = attributes.size() + "-" + attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return etag;
        }
        FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
        return etag + "-" + changed.to(TimeUnit.NANOSECONDS);
    }

    private RestoreException unlistable(IOException error) {
        if (error instanceof NoSuchFileException) {
            return new RestoreException(
                    RestoreErrorCode.BACKUP_EMPTY, "there is no " + directory, "Check the location.", error, null);
        }
        if (error instanceof AccessDeniedException) {
            return new RestoreException(
                    RestoreErrorCode.ACCESS_DENIED,
                    directory + " may not be listed whole",
                    "Let the user of this process read all directories in it.",
                    error,
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.SOURCE_UNREADABLE,
                directory + " could not be listed: " + error.getClass().getName(),
                "",
                error,
                null);
    }
}
