package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.source.DateDirectories;
import io.github.dynarestore.internal.source.Decompressor;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupManifest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The frozen listing of a run: which objects there are, who reads their bytes, and in which format. */
final class BackupContents {

    /** Opens the bytes of an object as they are stored. */
    @FunctionalInterface
    interface Opener {
        InputStream open(BackupObject object) throws IOException;

        /** Opens them while so many objects are read from side by side. */
        default InputStream open(BackupObject object, int atOnce) throws IOException {
            return open(object);
        }
    }

    /**
     * One object with what reads it.
     *
     * @param backup the location that it was found at
     * @param isBase whether the plan or a manifest calls it a part of a snapshot
     * @param part what a manifest says of it; null if none does
     * @param isCompacted whether of each key it holds the last change of a window only
     */
    record Entry(
            BackupObject object,
            Opener opener,
            BackupFormat format,
            Backup backup,
            boolean isBase,
            BackupManifest.@Nullable Part part,
            boolean isCompacted) {

        /** Compares what is read with the manifest's checksum, if there is one. */
        Opener checkedOpener() {
            String md5 = part == null ? null : part.md5();
            return md5 == null ? opener : listed -> new Md5InputStream(opener.open(listed), md5);
        }

        /**
         * Latest instant at which its records can have been delivered: when it was put there or, if it was copied since,
         * what its directory says.
         */
        Instant delivered() {
            DateDirectories.Span arrival = DateDirectories.arrival(object.uri().getPath());
            Instant byDirectory =
                    arrival == null ? Instant.MAX : arrival.until().plus(DateDirectories.ZONES);
            return byDirectory.isBefore(object.lastModified()) ? byDirectory : object.lastModified();
        }

        /** Whether it was put there later than its directory says that its records were delivered. */
        boolean isCopiedLater() {
            return delivered().isBefore(object.lastModified());
        }

        /** When the snapshot that it is a part of was begun; null if that is not known. */
        @Nullable
        Instant begun() {
            Instant said = backup.begun();
            return said == null ? DateDirectories.snapshotBegun(object.uri().getPath()) : said;
        }
    }

    /** When an empty snapshot was begun; null if that is not known. */
    static @Nullable Instant begun(Backup emptySnapshot) {
        Instant said = emptySnapshot.begun();
        String path = emptySnapshot.location().getPath();
        return said == null ? DateDirectories.snapshotBegun(path.endsWith("/") ? path : path + "/") : said;
    }

    private final List<Entry> entries = new ArrayList<>();
    private final Map<URI, Entry> byUri = new LinkedHashMap<>();
    private final List<Backup> emptySnapshots = new ArrayList<>();
    private final List<BackupManifest> windows = new ArrayList<>();
    private final Decompressor decompressor;
    private final int maxRecordBytes;

    BackupContents(Decompressor decompressor, int maxRecordBytes) {
        this.decompressor = decompressor;
        this.maxRecordBytes = maxRecordBytes;
    }

    /** Adds an object, unless another location named it already. */
    boolean add(Entry entry) {
        if (byUri.putIfAbsent(entry.object().uri(), entry) != null) {
            return false;
        }
        entries.add(entry);
        return true;
    }

    /** Adds a snapshot of a table that held nothing: its location has marks of an export, and no items. */
    void addEmptySnapshot(Backup snapshot) {
        emptySnapshots.add(snapshot);
    }

    /** Adds a window of changes that a manifest says to be whole. */
    void addWindow(BackupManifest manifest) {
        windows.add(manifest);
    }

    /** Windows of changes that manifests say to be whole. */
    List<BackupManifest> windows() {
        return windows;
    }

    /** Snapshots of a table that held nothing. */
    List<Backup> emptySnapshots() {
        return emptySnapshots;
    }

    int size() {
        return entries.size();
    }

    /** Bytes of all objects, as they are stored. */
    long bytes() {
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.object().sizeBytes();
        }
        return bytes;
    }

    Entry entry(int index) {
        return entries.get(index);
    }

    BackupObject object(int index) {
        return entries.get(index).object();
    }

    /** The listing, in its order. */
    List<BackupObject> objects() {
        return entries.stream().map(Entry::object).toList();
    }

    RecordCursor open(int index) throws IOException {
        Entry entry = entries.get(index);
        return open(entry, entry.checkedOpener(), false);
    }

    /** Opens an object that was read to its end before. */
    RecordCursor openAgain(int index) throws IOException {
        return openAgain(index, 1);
    }

    /** Opens an object that was read to its end before, while so many are read from side by side. */
    RecordCursor openAgain(int index, int atOnce) throws IOException {
        Entry entry = entries.get(index);
        return open(entry, object -> entry.opener().open(object, atOnce), true);
    }

    private RecordCursor open(Entry entry, Opener opener, boolean isReadAgain) throws IOException {
        return new RecordCursor(
                entry.object(), entry.format(), decompress(entry.object(), opener), maxRecordBytes, isReadAgain);
    }

    /** Opens the decompressed bytes of an object. */
    InputStream decompress(BackupObject object, Opener opener) throws IOException {
        return decompressor.open(opener.open(object));
    }
}
