package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.source.SkippedObject;
import io.github.dynarestore.internal.source.SourceListing;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.ManifestFormat;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the manifests that lie at a location, and has each name the objects of its backup. Used by one thread. */
final class Manifests {

    /** Longest manifest: that of a table of a petabyte. */
    private static final int MAX_BYTES = 256 << 20;

    /** Names in a manifest must not lead elsewhere: plain segments, at most one step up. */
    private static final Pattern PATH = Pattern.compile(
            "(?:\\.\\./)?(?!\\.{1,2}(?:/|$))[^/\\\\\\p{Cntrl}]+" + "(?:/(?!\\.{1,2}(?:/|$))[^/\\\\\\p{Cntrl}]+)*");

    private static final String NOT_NAMED = "not-in-manifest";

    /**
     * A backup that has a manifest.
     *
     * @param uri where the manifest lies
     * @param format what reads its objects
     */
    record Described(URI uri, ManifestFormat format, BackupManifest manifest) {}

    /** An object of a backup that has a manifest. */
    record Named(Described backup, BackupManifest.Part part) {}

    /** Lists the files of a directory that a manifest names beside its own. */
    @FunctionalInterface
    interface DirectoryLister {
        /** The listing of a directory's URI, which ends in a slash. */
        SourceListing list(URI directory) throws InterruptedException;
    }

    private final Collection<BackupFormat> formats;
    private final BackupContents.Opener opener;
    private final DirectoryLister lister;
    private final List<Described> backups = new ArrayList<>();
    private final Map<URI, Named> named = new HashMap<>();
    private final Map<URI, Map<URI, BackupObject>> beside = new HashMap<>();

    /**
     * Creates one.
     *
     * @param opener opens objects as they are stored
     */
    Manifests(Collection<BackupFormat> formats, BackupContents.Opener opener, DirectoryLister lister) {
        this.formats = formats;
        this.opener = opener;
        this.lister = lister;
    }

    /** Every backup that has a manifest. */
    List<Described> backups() {
        return backups;
    }

    /** What a manifest says of an object; null if none names it. */
    @Nullable
    Named of(BackupObject object) {
        return named.get(object.uri());
    }

    /** Reads the manifests at a location; returns the objects that they leave, and those that no manifest speaks of. */
    SourceListing obey(Backup location, SourceListing listing) throws InterruptedException {
        Map<URI, BackupObject> known = new HashMap<>();
        listing.objects().forEach(object -> known.put(object.uri(), object));
        listing.skipped().forEach(skipped -> known.put(skipped.object().uri(), skipped.object()));
        List<BackupObject> objects = new ArrayList<>(listing.objects());
        Set<URI> governed = new HashSet<>();
        for (SkippedObject skipped : listing.skipped()) {
            Described backup = skipped.reason().equals("manifest") ? read(location, skipped.object(), known) : null;
            if (backup != null) {
                backups.add(backup);
                for (BackupManifest.Part part : backup.manifest().parts()) {
                    URI uri = resolve(backup, part);
                    governed.add(uri.resolve("."));
                    BackupObject object = known.get(uri);
                    if (object == null && part.path().startsWith("../")) {
                        object = lookBeside(uri);
                        if (object != null) {
                            objects.add(object);
                        }
                    }
                    if (object != null) {
                        named.put(uri, new Named(backup, part));
                    } else if (part.isMandatory()) {
                        throw new RestoreException(
                                RestoreErrorCode.BACKUP_INCOMPLETE,
                                backup.uri() + " names " + part.path() + ", which is not there",
                                "bring the object back, or restore from another backup");
                    }
                }
            }
        }
        List<BackupObject> kept = new ArrayList<>();
        List<SkippedObject> left = new ArrayList<>();
        Set<URI> unfinished = new HashSet<>();
        for (SkippedObject skipped : listing.skipped()) {
            List<URI> begun = directoriesOfUnfinished(location, skipped.object());
            unfinished.addAll(begun);
            left.add(begun.isEmpty() ? skipped : new SkippedObject(skipped.object(), SkippedObject.UNFINISHED));
        }
        for (BackupObject object : objects) {
            URI directory = object.uri().resolve(".");
            if (!named.containsKey(object.uri()) && governed.contains(directory)) {
                left.add(new SkippedObject(object, NOT_NAMED));
            } else if (!named.containsKey(object.uri()) && unfinished.contains(directory)) {
                left.add(new SkippedObject(object, SkippedObject.UNFINISHED));
            } else {
                kept.add(object);
            }
        }
        // A mandatory object may be empty, or bear a name that is taken for none of data.
        left.removeIf(skipped -> named.containsKey(skipped.object().uri()) && kept.add(skipped.object()));
        return new SourceListing(kept, left);
    }

    /** Where the objects lie of a backup that was begun and has no manifest; empty if a file shows no such thing. */
    private List<URI> directoriesOfUnfinished(Backup location, BackupObject marker) {
        URI directory = marker.uri().resolve(".");
        boolean hasManifest =
                backups.stream().anyMatch(backup -> backup.uri().resolve(".").equals(directory));
        List<URI> directories = new ArrayList<>();
        for (BackupFormat format : formats) {
            if (!hasManifest && isAsked(location, format) && format instanceof ManifestFormat manifests) {
                manifests
                        .directoriesOfBegun(fileName(marker))
                        .forEach(below -> directories.add(directory.resolve(below)));
            }
        }
        return directories;
    }

    private static boolean isAsked(Backup location, BackupFormat format) {
        return location.formatId() == null || location.formatId().equals(format.id());
    }

    private static String fileName(BackupObject object) {
        String path = object.uri().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private @Nullable Described read(Backup location, BackupObject object, Map<URI, BackupObject> known) {
        String name = fileName(object);
        for (BackupFormat format : formats) {
            if (isAsked(location, format) && format instanceof ManifestFormat manifests && manifests.isManifest(name)) {
                try {
                    BackupManifest manifest =
                            manifests.readManifest(bytes(object), file -> sibling(object, file, known));
                    if (manifest != null) {
                        return new Described(object.uri(), manifests, manifest);
                    }
                } catch (IOException | RuntimeException e) {
                    if (e instanceof RestoreException refusal) {
                        throw refusal;
                    }
                    throw unreadable(object.uri(), e);
                }
            }
        }
        return null;
    }

    private static RestoreException unreadable(URI uri, Exception cause) {
        return new RestoreException(
                RestoreErrorCode.BACKUP_INCOMPLETE,
                uri + " is a manifest that cannot be obeyed: " + cause.getMessage(),
                "mend it or take it away; without a manifest all objects at the location count",
                cause,
                null);
    }

    private byte @Nullable [] sibling(BackupObject manifest, String name, Map<URI, BackupObject> known)
            throws IOException {
        BackupObject object = known.get(child(manifest.uri(), requirePath(name)));
        return object == null ? null : bytes(object);
    }

    private byte[] bytes(BackupObject object) throws IOException {
        if (object.sizeBytes() > MAX_BYTES) {
            throw new IOException("it has " + object.sizeBytes() + " bytes, more than " + MAX_BYTES);
        }
        try (InputStream in = opener.open(object)) {
            return in.readNBytes(MAX_BYTES);
        }
    }

    private static URI resolve(Described backup, BackupManifest.Part part) {
        try {
            return child(backup.uri(), requirePath(part.path()));
        } catch (IOException e) {
            throw unreadable(backup.uri(), e);
        }
    }

    private static String requirePath(String path) throws IOException {
        if (!PATH.matcher(path).matches()) {
            throw new IOException("it names an object outside of the backup");
        }
        return path;
    }

    /** The URI of a path from the directory of a file on. */
    private static URI child(URI file, String path) throws IOException {
        String of = file.getPath();
        String directory = of.substring(0, of.lastIndexOf('/') + 1);
        String rest = path;
        if (path.startsWith("../")) {
            rest = path.substring(3);
            directory = directory.substring(0, directory.lastIndexOf('/', directory.length() - 2) + 1);
            if (directory.isEmpty()) {
                throw new IOException("it names an object outside of the backup");
            }
        }
        try {
            return file.getAuthority() == null
                    ? new URI(file.getScheme(), "", directory + rest, null)
                    : new URI(file.getScheme(), file.getAuthority(), directory + rest, null, null);
        } catch (java.net.URISyntaxException e) {
            throw new IOException("it names an object whose name is none", e);
        }
    }

    /** Exports of changes share one directory beside their own, which the location need not cover. */
    private @Nullable BackupObject lookBeside(URI uri) throws InterruptedException {
        URI directory = uri.resolve(".");
        Map<URI, BackupObject> found = beside.get(directory);
        if (found == null) {
            found = new HashMap<>();
            for (BackupObject object : lister.list(directory).objects()) {
                found.put(object.uri(), object);
            }
            beside.put(directory, found);
        }
        return found.get(uri);
    }
}
