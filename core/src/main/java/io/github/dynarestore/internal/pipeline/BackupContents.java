package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.source.DamagedObjectException;
import io.github.dynarestore.internal.source.DateDirectories;
import io.github.dynarestore.internal.source.Decompressor;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.PositionalFormat;
import io.github.dynarestore.spi.Recognition;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The frozen listing of a run: which objects there are, who reads their bytes, and in which format. */
final class BackupContents {

    private static final int SAMPLE_BYTES = 64 * 1024;
    private static final int MAX_SAMPLES = 20;
    private static final int SHOWN_BYTES = 60;

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

    private InputStream decompress(BackupObject object, Opener opener) throws IOException {
        InputStream raw = opener.open(object);
        boolean opened = false;
        try {
            InputStream decompressed = decompressor.open(raw);
            opened = true;
            return decompressed;
        } finally {
            if (!opened) {
                raw.close();
            }
        }
    }

    /**
     * Finds the format of the objects of one location by the first bytes of some of them.
     *
     * @throws RestoreException if none fits, or more than one
     */
    BackupFormat recognise(URI location, List<BackupObject> objects, Opener opener, Collection<BackupFormat> formats) {
        TreeSet<String> possible = new TreeSet<>();
        formats.forEach(format -> possible.add(format.id()));
        String shown = null;
        int samples = 0;
        int empty = 0;
        for (BackupObject object : objects) {
            if (samples == MAX_SAMPLES) {
                break;
            }
            BackupSample sample = sample(object, opener);
            if (sample == null || sample.bytes().length == 0) {
                empty += sample == null ? 0 : 1;
                continue;
            }
            samples++;
            shown = shown == null ? object.key() + " begins with " + printable(sample.bytes()) : shown;
            List<BackupFormat> certain = new ArrayList<>();
            for (BackupFormat format : formats) {
                Recognition recognition = format.recognise(sample);
                if (recognition == Recognition.CERTAIN) {
                    certain.add(format);
                } else if (recognition == Recognition.NO) {
                    possible.remove(format.id());
                }
            }
            if (certain.size() == 1) {
                return certain.get(0);
            }
            if (certain.size() > 1) {
                throw unknown(
                        location, shown, certain.stream().map(BackupFormat::id).toList());
            }
        }
        if (samples > 0 && possible.size() == 1) {
            return formats.stream()
                    .filter(format -> possible.contains(format.id()))
                    .findFirst()
                    .orElseThrow();
        }
        if (samples == 0 && empty == objects.size()) {
            // Delivered without a record, in which every format that needs no more finds none.
            for (BackupFormat format : formats) {
                if (!(format instanceof PositionalFormat)) {
                    return format;
                }
            }
        }
        throw unknown(location, shown, samples == 0 ? List.of() : List.copyOf(possible));
    }

    private static RestoreException unknown(URI location, @Nullable String shown, List<String> fitting) {
        return new RestoreException(
                RestoreErrorCode.FORMAT_UNKNOWN,
                "the format of " + location + " is not recognised: "
                        + (shown == null ? "no object could be decompressed" : shown),
                fitting.isEmpty()
                        ? "name it with --format, or Backup.format(id)"
                        : "name it with --format, or Backup.format(id); these may fit: " + fitting);
    }

    private @Nullable BackupSample sample(BackupObject object, Opener opener) {
        try (InputStream in = decompress(object, opener)) {
            byte[] bytes = readTolerantly(in);
            return new BackupSample(object.key(), bytes, bytes.length < SAMPLE_BYTES);
        } catch (DamagedObjectException damaged) {
            return null;
        } catch (IOException e) {
            throw new RestoreException(
                    RestoreErrorCode.SOURCE_UNREADABLE,
                    object.uri() + " could not be read: " + e.getMessage(),
                    "check access to it",
                    e,
                    null);
        }
    }

    /** What can be decompressed of a damaged object is still good enough to know its format by. */
    private static byte[] readTolerantly(InputStream in) throws IOException {
        byte[] bytes = new byte[SAMPLE_BYTES];
        int length = 0;
        try {
            int n;
            while (length < bytes.length && (n = in.read(bytes, length, bytes.length - length)) >= 0) {
                length += n;
            }
        } catch (DamagedObjectException damaged) {
            if (length == 0) {
                throw damaged;
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    private static String printable(byte[] bytes) {
        StringBuilder text = new StringBuilder("'");
        for (char c :
                new String(bytes, 0, Math.min(SHOWN_BYTES, bytes.length), StandardCharsets.ISO_8859_1).toCharArray()) {
            text.append(c >= ' ' && c < 0x7f ? c : '.');
        }
        return text.append("'").toString();
    }
}
