package io.github.dynarestore.internal.pipeline;

import com.google.common.collect.Iterables;
import io.github.dynarestore.internal.discovery.Extensions;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.source.ByteBudget;
import io.github.dynarestore.internal.source.Decompressor;
import io.github.dynarestore.internal.source.FetchSettings;
import io.github.dynarestore.internal.source.ObjectFetcher;
import io.github.dynarestore.internal.source.ObjectSource;
import io.github.dynarestore.internal.source.OwnedBuckets;
import io.github.dynarestore.internal.source.RetrySettings;
import io.github.dynarestore.internal.source.SkippedObject;
import io.github.dynarestore.internal.source.SourceListing;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.PositionalFormat;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Makes the frozen listing of a run out of the plan's locations. */
final class SourceStage {

    private static final int RANGES_PER_OBJECT = 4;
    private static final int SAMPLE_RANGE_BYTES = 256 << 10;
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration MAX_DELAY = Duration.ofSeconds(20);
    private static final int MAX_MISMATCHES = 3;

    private final RestoreSettings settings;
    private final RestoreServices services;
    private final RestoreLedger ledger;
    private final ScheduledExecutorService timer;
    private final RetrySettings retry;

    SourceStage(
            RestoreSettings settings, RestoreServices services, RestoreLedger ledger, ScheduledExecutorService timer) {
        this.settings = settings;
        this.services = services;
        this.ledger = ledger;
        this.timer = timer;
        retry = new RetrySettings(
                settings.limits().patience(),
                ATTEMPT_TIMEOUT,
                FIRST_DELAY,
                MAX_DELAY,
                MAX_MISMATCHES,
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextDouble());
    }

    /** Refuses lists of columns that leave out what every item needs. */
    void requireKeyColumns(KeySchema key) {
        for (Backup backup : Iterables.concat(settings.bases(), settings.backups())) {
            ColumnList columns = backup.columns();
            for (String name : key.names()) {
                if (columns != null && !columns.has(name)) {
                    throw new RestoreException(
                            RestoreErrorCode.PLAN_INVALID,
                            "no column of " + backup.location() + " is '" + name + "', a key attribute of table "
                                    + settings.table(),
                            "the columns said are " + columns + "; names are told apart by case");
                }
            }
        }
    }

    /** Lists every location, once, obeys the manifests, and finds the format of each. */
    BackupContents list(Extensions<BackupFormat> formats) throws InterruptedException {
        BackupContents contents = new BackupContents(
                new Decompressor(settings.limits().maxObjectBytes()),
                settings.limits().maxRecordBytes());
        BackupContents.Opener opener = opener();
        Manifests manifests = new Manifests(formats.all(), opener, directory -> await(source(directory)));
        Map<Backup, SourceListing> listings = new LinkedHashMap<>();
        for (Backup base : settings.bases()) {
            listings.put(base, manifests.obey(base, list(base)));
        }
        for (Backup backup : settings.backups()) {
            SourceListing pruned = DirectoryPruning.of(settings).prune(backup.location(), list(backup));
            listings.put(backup, withoutLaterWindows(manifests, manifests.obey(backup, pruned)));
        }
        if (settings.history().recoversFailed()) {
            listings = withFailedRecords(listings);
        }
        listings.values().forEach(SourceListing::refuseArchived);
        countSkipped(listings);
        requireAny(listings, manifests);
        addEmptySnapshots(contents, listings, manifests);
        for (Map.Entry<Backup, SourceListing> listed : listings.entrySet()) {
            Backup backup = listed.getKey();
            SourceListing listing = listed.getValue();
            List<BackupObject> unnamed = listing.objects().stream()
                    .filter(object -> manifests.of(object) == null)
                    .toList();
            BackupFormat format = unnamed.isEmpty() ? null : format(contents, backup, unnamed, formats);
            for (BackupObject object : listing.objects()) {
                if (contents.add(entry(object, opener, format, backup, manifests.of(object)))) {
                    ledger.listed();
                }
            }
        }
        return contents;
    }

    /** What Firehose could not deliver is read as a backup of its own, for it is laid down in another way. */
    private static Map<Backup, SourceListing> withFailedRecords(Map<Backup, SourceListing> listings) {
        Map<Backup, SourceListing> more = new LinkedHashMap<>();
        listings.forEach((backup, listing) -> {
            Map<Boolean, List<SkippedObject>> skipped = listing.skipped().stream()
                    .collect(Collectors.partitioningBy(
                            object -> object.reason().equals(SkippedObject.PROCESSING_FAILED)));
            more.put(backup, new SourceListing(listing.objects(), Objects.requireNonNull(skipped.get(false))));
            List<BackupObject> failed = Objects.requireNonNull(skipped.get(true)).stream()
                    .map(SkippedObject::object)
                    .toList();
            if (!failed.isEmpty()) {
                more.put(backup.format(RestoreSettings.FAILED_RECORDS_FORMAT), new SourceListing(failed, List.of()));
            }
        });
        return more;
    }

    private BackupContents.Entry entry(
            BackupObject object,
            BackupContents.Opener opener,
            @Nullable BackupFormat format,
            Backup backup,
            Manifests.@Nullable Named named) {
        boolean isBase = settings.bases().contains(backup);
        if (named == null) {
            return new BackupContents.Entry(
                    object, opener, Objects.requireNonNull(format), backup, isBase, null, false);
        }
        BackupManifest manifest = named.backup().manifest();
        boolean isSnapshot = manifest.kind() == BackupManifest.Kind.SNAPSHOT;
        return new BackupContents.Entry(
                object,
                opener,
                named.backup().format(),
                isSnapshot ? timed(backup, manifest) : backup,
                isBase || isSnapshot,
                named.part(),
                !isSnapshot);
    }

    /** What the caller says of a snapshot's time counts before what its manifest says. */
    private static Backup timed(Backup backup, BackupManifest manifest) {
        return backup.begun() != null || manifest.from() == null
                ? backup
                : backup.takenBetween(manifest.from(), manifest.until());
    }

    private void requireAny(Map<Backup, SourceListing> listings, Manifests manifests) {
        if (manifests.backups().isEmpty()
                && listings.values().stream()
                        .allMatch(listing -> listing.objects().isEmpty())) {
            refuseAllPruned(listings);
            throw new RestoreException(
                    RestoreErrorCode.BACKUP_EMPTY,
                    "no backup object lies at "
                            + listings.keySet().stream()
                                    .map(backup -> backup.location().toString())
                                    .toList(),
                    "check bucket, prefix and region; skipped objects: "
                            + ledger.objects().skippedByReason());
        }
    }

    /** Data is there, and the plan's instants leave none of it: no mistake in the location's name. */
    private static void refuseAllPruned(Map<Backup, SourceListing> listings) {
        Map<String, Long> pruned = listings.values().stream()
                .flatMap(listing -> listing.skipped().stream())
                .map(SkippedObject::reason)
                .filter(DirectoryPruning.REASONS::contains)
                .collect(Collectors.groupingBy(reason -> reason, TreeMap::new, Collectors.counting()));
        if (!pruned.isEmpty()) {
            throw new RestoreException(
                    RestoreErrorCode.BACKUP_EMPTY,
                    "the plan's instants leave nothing to read: every object lies in a date directory that is skipped, "
                            + pruned,
                    "check --as-of (asOf) and --since (since); a snapshot of before the cut can be named with --base"
                            + " (base)");
        }
    }

    private void addEmptySnapshots(BackupContents contents, Map<Backup, SourceListing> listings, Manifests manifests) {
        for (Manifests.Described backup : manifests.backups()) {
            BackupManifest manifest = backup.manifest();
            if (manifest.kind() == BackupManifest.Kind.LAST_CHANGES) {
                contents.addWindow(manifest);
            } else if (manifest.parts().isEmpty() && manifest.from() != null) {
                contents.addEmptySnapshot(
                        timed(new Backup(backup.uri(), backup.format().id(), null, null, null, null), manifest));
            }
        }
        for (Backup base : settings.bases()) {
            SourceListing listing = Objects.requireNonNull(listings.get(base));
            if (listing.objects().isEmpty()) {
                requireMarks(base, listing);
                contents.addEmptySnapshot(base);
            }
        }
    }

    /**
     * Leaves out windows of changes from after the cut. Of a window across it only the last change of each key is known,
     * which may be from after it.
     */
    private SourceListing withoutLaterWindows(Manifests manifests, SourceListing listing) {
        List<BackupObject> kept = new ArrayList<>();
        List<SkippedObject> skipped = new ArrayList<>(listing.skipped());
        for (BackupObject object : listing.objects()) {
            Manifests.Named named = manifests.of(object);
            if (named != null && named.backup().manifest().kind() == BackupManifest.Kind.LAST_CHANGES) {
                BackupManifest window = named.backup().manifest();
                requireOutside(named.backup(), settings.asOf());
                requireOutside(named.backup(), settings.history().undoSince());
                if (settings.asOf() != null
                        && Objects.requireNonNull(window.from()).isAfter(settings.asOf())) {
                    skipped.add(new SkippedObject(object, "after-cut"));
                    continue;
                }
            }
            kept.add(object);
        }
        return new SourceListing(kept, skipped);
    }

    private static void requireOutside(Manifests.Described backup, @Nullable Instant instant) {
        Instant from = Objects.requireNonNull(backup.manifest().from());
        Instant last = Objects.requireNonNull(backup.manifest().until()).minusNanos(1_000);
        if (instant != null && !instant.isBefore(from) && instant.isBefore(last)) {
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    instant + " lies within the window of " + backup.uri() + ", " + from + " to "
                            + backup.manifest().until() + ", of which only the last change of each key is known",
                    "choose the last instant before it, " + from.minusNanos(1_000) + ", or the last one in it, " + last
                            + ", or a change log that holds every change");
        }
    }

    /** A place where nothing lies is a mistake in its name, and no snapshot of an empty table. */
    private static void requireMarks(Backup base, SourceListing listing) {
        if (listing.skipped().isEmpty()) {
            throw new RestoreException(
                    RestoreErrorCode.BACKUP_EMPTY,
                    "no snapshot lies at " + base.location(),
                    "check bucket, prefix and region");
        }
        if (listing.skipped().stream().anyMatch(skipped -> skipped.reason().equals(SkippedObject.UNFINISHED))) {
            throw new RestoreException(
                    RestoreErrorCode.BACKUP_INCOMPLETE,
                    "the snapshot at " + base.location() + " was begun, but has no manifest",
                    "wait until it is finished, or restore from another one");
        }
    }

    private SourceListing list(Backup backup) throws InterruptedException {
        return await(source(backup.location()));
    }

    /** What one location takes for no data may be named as data by another, which then counts. */
    private void countSkipped(Map<Backup, SourceListing> listings) {
        Set<URI> seen = new HashSet<>();
        for (SourceListing listing : listings.values()) {
            listing.objects().forEach(object -> seen.add(object.uri()));
        }
        for (SourceListing listing : listings.values()) {
            for (SkippedObject skipped : listing.skipped()) {
                if (seen.add(skipped.object().uri())) {
                    ledger.skipped(skipped.reason());
                }
            }
        }
    }

    private BackupFormat format(
            BackupContents contents, Backup backup, List<BackupObject> objects, Extensions<BackupFormat> formats) {
        String id = backup.formatId();
        ColumnList columns = backup.columns();
        if (id != null) {
            BackupFormat named = Objects.requireNonNull(formats.find(id));
            return columns != null && named instanceof PositionalFormat positional
                    ? positional.withColumns(columns)
                    : named;
        }
        BackupContents.Opener opener = sampleOpener();
        BackupFormat format = new FormatRecognition(
                        backup.location(),
                        object -> contents.decompress(object, opener),
                        columns == null ? formats.all() : positional(formats, columns),
                        settings.limits().maxRecordBytes())
                .recognise(objects);
        if (format instanceof PositionalFormat) {
            throw new RestoreException(
                    RestoreErrorCode.FORMAT_UNKNOWN,
                    backup.location() + " holds columns without names (" + format.id() + ")",
                    "say what they mean, with --columns or Backup.columns(list)");
        }
        return format;
    }

    private static List<BackupFormat> positional(Extensions<BackupFormat> formats, ColumnList columns) {
        List<BackupFormat> positional = new ArrayList<>();
        for (BackupFormat format : formats.all()) {
            if (format instanceof PositionalFormat unbound) {
                positional.add(unbound.withColumns(columns));
            }
        }
        return positional;
    }

    private BackupContents.Opener opener() {
        return opener(
                settings.limits().rangeBytes(),
                RANGES_PER_OBJECT,
                settings.limits().fetchMemoryBytes());
    }

    /** Of an object that is looked at only, nothing is fetched ahead. */
    private BackupContents.Opener sampleOpener() {
        int rangeBytes = Math.min(settings.limits().rangeBytes(), SAMPLE_RANGE_BYTES);
        return opener(rangeBytes, 1, rangeBytes);
    }

    private BackupContents.Opener opener(int rangeBytes, int rangesPerObject, long memoryBytes) {
        boolean needsS3 = Stream.concat(settings.bases().stream(), settings.backups().stream())
                .anyMatch(backup -> isS3(backup.location()));
        if (!needsS3) {
            return file -> ObjectFetcher.openFile(file, ledger::fetched);
        }
        ObjectFetcher fetcher = new ObjectFetcher(
                s3(),
                new ByteBudget(memoryBytes),
                new FetchSettings(rangeBytes, rangesPerObject, retry),
                timer,
                ledger::fetched);
        return new BackupContents.Opener() {
            @Override
            public InputStream open(BackupObject object) {
                return fetcher.open(object);
            }

            @Override
            public InputStream open(BackupObject object, int atOnce) {
                return fetcher.openAmong(object, atOnce);
            }
        };
    }

    private ObjectSource source(URI location) {
        return ObjectSource.at(location, this::s3, retry, timer);
    }

    private S3AsyncClient s3() {
        String owner = settings.history().sourceOwner();
        return owner == null
                ? services.s3().get()
                : new OwnedBuckets(services.s3().get(), owner);
    }

    private static boolean isS3(URI location) {
        return "s3".equals(location.getScheme());
    }

    private static SourceListing await(ObjectSource source) throws InterruptedException {
        CompletableFuture<SourceListing> listing = source.list();
        try {
            return listing.get();
        } catch (InterruptedException e) {
            listing.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RestoreException cause) {
                throw cause;
            }
            throw new RestoreException(
                    RestoreErrorCode.SOURCE_UNREADABLE, "a location could not be listed", "", e.getCause(), null);
        }
    }
}
