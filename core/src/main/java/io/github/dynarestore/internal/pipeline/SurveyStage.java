package io.github.dynarestore.internal.pipeline;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.IndexKeys;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.source.DateDirectories;
import io.github.dynarestore.internal.source.Etags;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.Findings;
import io.github.dynarestore.internal.survey.Findings.Finding;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.Reduction;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SurveyRules;
import io.github.dynarestore.model.Backup;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.RestoreHistory;
import io.github.dynarestore.model.TtlRemovals;
import io.github.dynarestore.progress.RestorePhase;
import io.github.dynarestore.spi.BackupManifest;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Reads every object once and finds out which record decides each key, and how far the history can be trusted. */
final class SurveyStage {

    /** Most records of a kind that a report names. */
    private static final int MAX_NAMED = 100;

    /** A stream keeps a record for a day, and Firehose tries to deliver it for another. */
    private static final Duration DELIVERY_LAG = Duration.ofHours(48);

    /** What was found. */
    record Surveyed(Decisions decisions, RestoreHistory history) {

        /** Items of the table that are not in the backup, by their numbers among the table's keys. */
        RoaringBitmap extras(BackupContents contents) {
            RoaringBitmap extras =
                    decisions.objects() > contents.size() ? decisions.of(Action.DELETE, contents.size()) : null;
            return extras == null ? new RoaringBitmap() : extras;
        }
    }

    private final RestoreSettings settings;
    private final BackupContents contents;
    private final TargetTable target;
    private final RestoreLedger ledger;
    private final DeadLetters deadLetters;
    private final RunControl control;
    private final @Nullable ExtraItems extras;
    private final DynamoDbAsyncClient dynamoDb;
    private final List<NamedMapper> mappers;
    private final KeySchema key;
    private @Nullable SurveyRules rules;

    /**
     * Creates one.
     *
     * @param mappers what items go through before they are written
     */
    SurveyStage(
            RestoreSettings settings,
            BackupContents contents,
            TargetTable target,
            List<NamedMapper> mappers,
            RestoreLedger ledger,
            DeadLetters deadLetters,
            RunControl control,
            DynamoDbAsyncClient dynamoDb,
            @Nullable ExtraItems extras) {
        this.dynamoDb = dynamoDb;
        this.extras = extras;
        this.settings = settings;
        this.contents = contents;
        this.target = target;
        this.mappers = List.copyOf(mappers);
        key = NamedMapper.keyOfBackup(mappers, target.key());
        this.ledger = ledger;
        this.deadLetters = deadLetters;
        this.control = control;
    }

    Surveyed run() throws InterruptedException {
        control.enter(RestorePhase.SURVEYING, contents.size(), contents.bytes());
        long bytesBefore = ledger.bytesRead();
        int processors = Runtime.getRuntime().availableProcessors();
        MemoryBudget budget = new MemoryBudget(settings.limits().surveyMemoryBytes());
        try (KeySurvey survey = new KeySurvey(
                budget,
                new SpillDirectory(settings.limits().spillDirectory(), Clock.systemUTC()),
                processors,
                rows -> estimateRows(rows, ledger.bytesRead() - bytesBefore))) {
            return survey(survey, processors);
        }
    }

    /** What decided, once it has run. */
    SurveyRules rules() {
        return Objects.requireNonNull(rules);
    }

    private long estimateRows(long rowsSoFar, long bytesSoFar) {
        double share = Math.min(1, Math.max(1, bytesSoFar) / (double) Math.max(1, contents.bytes()));
        return (long) (rowsSoFar / share);
    }

    private Surveyed survey(KeySurvey survey, int processors) throws InterruptedException {
        KeyFit keyFit = new KeyFit(target.name(), key);
        LogCoverage coverage = new LogCoverage();
        for (BackupManifest window : contents.windows()) {
            coverage.isWhole(Objects.requireNonNull(window.from()), Objects.requireNonNull(window.until()));
        }
        SnapshotObjects snapshots = new SnapshotObjects(contents, settings.asOf());
        // What mappers make of an item is what the indexes must have.
        IndexMisfits misfits = new IndexMisfits(
                IndexKeys.of(target.key(), mappers.isEmpty() ? target.indexes() : List.of()), contents.size());
        SurveyPass.Shared shared = new SurveyPass.Shared(
                contents,
                survey,
                ledger,
                deadLetters,
                keyFit,
                coverage,
                snapshots,
                misfits,
                new AtomicReference<>(),
                control.gate(),
                control::isStopped);
        control.inThreads("-survey", contents.size(), next -> {
            SurveyPass pass = new SurveyPass(shared, settings, key);
            int index;
            while ((index = next.next()) >= 0) {
                pass.read(index);
                control.objectDone();
            }
            pass.flush();
        });
        keyFit.check();
        if (extras != null) {
            extras.survey(settings, dynamoDb, survey.newWriter(), control);
        }
        SurveyRules.Base base = snapshots.base();
        refuseUselessSince(base);
        SurveyRules found = new SurveyRules(
                micros(settings.asOf()),
                micros(settings.history().undoSince()),
                settings.history().ttlRemovals() == TtlRemovals.IGNORE,
                deliveryLag().toNanos() / 1_000,
                snapshots.roles(base),
                windows(contents),
                base);
        rules = found;
        Reduction reduction = survey.reduction(found, contents.size() + 1, processors);
        control.inThreads("-reduce", processors, next -> {
            Reduction.Worker worker = reduction.newWorker();
            boolean more = true;
            while (more && !control.isStopped()) {
                more = worker.reduceNext();
            }
        });
        Surveyed surveyed = judge(reduction, found, coverage, snapshots);
        misfits.bury(surveyed.decisions(), settings, key, contents, deadLetters, control);
        return surveyed;
    }

    /** What lies in directories from before an instant matters unless a snapshot was begun at it or later. */
    private void refuseUselessSince(SurveyRules.@Nullable Base base) {
        Instant since = settings.history().since();
        if (since == null || settings.history().undoSince() != null) {
            return;
        }
        if (base == null) {
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    "without a snapshot the changes from before --since (since) count, too",
                    "name the snapshot with --base (base), or read the whole log");
        }
        if (base.begunMicros() != null && Micros.of(since) > base.begunMicros()) {
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    "--since (since) " + since
                            + " leaves changes unread that were made since the snapshot was begun at "
                            + Micros.instant(base.begunMicros()),
                    "give the instant at which the snapshot was begun, or an earlier one");
        }
        if (base.begunMicros() == null) {
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    "it is not known when the snapshot was begun, so that changes from before --since (since) count, too",
                    "say when it was begun with --taken-at (Backup.takenAt), or read the whole log");
        }
    }

    private Duration deliveryLag() {
        for (int i = 0; i < contents.size(); i++) {
            if (contents.entry(i).isCopiedLater()) {
                return DELIVERY_LAG.plus(DateDirectories.UNCERTAINTY);
            }
        }
        return DELIVERY_LAG;
    }

    private static ImmutableRangeSet<Long> windows(BackupContents contents) {
        RangeSet<Long> windows = TreeRangeSet.create();
        for (BackupManifest window : contents.windows()) {
            windows.add(Range.closedOpen(
                    Micros.of(Objects.requireNonNull(window.from())),
                    Micros.of(Objects.requireNonNull(window.until()))));
        }
        return ImmutableRangeSet.copyOf(windows);
    }

    private static @Nullable Long micros(@Nullable Instant instant) {
        return instant == null ? null : Micros.of(instant);
    }

    private Surveyed judge(Reduction reduction, SurveyRules rules, LogCoverage coverage, SnapshotObjects snapshots)
            throws InterruptedException {
        Findings findings = reduction.findings();
        if (findings.mixedOrderKeys() > 0) {
            throw new RestoreException(
                    RestoreErrorCode.ORDER_MIXED,
                    "some keys have changes that only a sequence number orders and changes that only a time orders",
                    "restore the two kinds of backup apart");
        }
        if (findings.undatedBesideSnapshot() > 0) {
            // Of a location that the plan calls a snapshot it is known before any record is judged.
            throw new RestoreException(
                    RestoreErrorCode.PLAN_INVALID,
                    findings.undatedBesideSnapshot()
                            + " changes have no time, so that it cannot be told whether they are"
                            + " from before the snapshot was begun",
                    "give the snapshot with --base (base), and count such changes from their delivery with --undated"
                            + " object-time (UndatedRecords.OBJECT_TIME)");
        }
        ledger.decided(findings.superseded(), findings.duplicates(), findings.filtered());
        PlaceFinder places = new PlaceFinder(contents, key, control::isStopped);
        lookUp(places, findings);
        for (Finding contradiction : findings.contradictions()) {
            PlaceFinder.Found one = places.at(contradiction.place());
            PlaceFinder.Found other = places.at(contradiction.otherPlace());
            deadLetters.add(new DeadLetter(
                    one.place().object(),
                    one.place().byteOffset(),
                    "order.contradiction",
                    "another image than the record of the same key and order at byte "
                            + other.place().byteOffset() + " of "
                            + other.place().object(),
                    one.raw()));
        }
        if (findings.withoutOldImageCount() > 0) {
            Finding first = findings.withoutOldImage().get(0);
            PlaceFinder.Found record = places.at(first.place());
            throw new RestoreException(
                    RestoreErrorCode.OLD_IMAGES_MISSING,
                    findings.withoutOldImageCount()
                            + " keys cannot be undone, as the records of their first changes have"
                            + " no OldImage; the first at byte "
                            + record.place().byteOffset() + " of "
                            + record.place().object(),
                    "undo needs a stream of NEW_AND_OLD_IMAGES; restore from a snapshot instead");
        }
        return new Surveyed(reduction.decisions(), history(findings, rules, coverage, snapshots, places));
    }

    private static void lookUp(PlaceFinder places, Findings findings) throws InterruptedException {
        List<Finding> named = new ArrayList<>(findings.contradictions());
        findings.breaks().stream().limit(MAX_NAMED).forEach(named::add);
        findings.older().stream().limit(MAX_NAMED).forEach(named::add);
        findings.uncertain().stream().limit(MAX_NAMED).forEach(named::add);
        findings.ambiguous().stream().limit(MAX_NAMED).forEach(named::add);
        findings.withoutOldImage().stream().limit(1).forEach(named::add);
        places.lookUp(named.stream()
                .flatMap(finding -> Stream.of(finding.place(), finding.otherPlace()))
                .toList());
    }

    private RestoreHistory history(
            Findings findings, SurveyRules rules, LogCoverage coverage, SnapshotObjects snapshots, PlaceFinder places) {
        List<RestoreHistory.Place> uncertain = findings.uncertain().stream()
                .limit(MAX_NAMED)
                .map(finding -> places.at(finding.place()).place())
                .toList();
        List<RestoreHistory.Place> ambiguous = findings.ambiguous().stream()
                .limit(MAX_NAMED)
                .map(finding -> places.at(finding.place()).place())
                .toList();
        SurveyRules.Base base = rules.base();
        List<Integer> changes = IntStream.range(0, contents.size())
                .filter(object -> !snapshots.isSnapshot(object))
                .boxed()
                .toList();
        List<String> notices = notices(base, !changes.isEmpty(), findings);
        if (base != null && base.begunMicros() != null && settings.asOf() == null && !changes.isEmpty()) {
            addUnlessChanged(Micros.instant(base.begunMicros()), coverage, notices);
        }
        notices.addAll(logsUnread());
        addUncheckedObjects(notices);
        return new RestoreHistory(
                findings.keys(),
                findings.generationConflicts(),
                findings.uncertainKeys(),
                uncertain,
                findings.ambiguousKeys(),
                ambiguous,
                findings.breakCount(),
                breaks(findings.breaks(), places),
                findings.olderKeys(),
                breaks(findings.older(), places),
                silences(coverage, base, changes),
                notices);
    }

    /** Without a cut nothing says until when there should be log. */
    private static void addUnlessChanged(Instant begun, LogCoverage coverage, List<String> notices) {
        if (!coverage.hasChangeSince(begun)) {
            notices.add("the log has no change from since the snapshot was begun at " + begun
                    + ": it may have ended before, or part of it may be missing");
        }
    }

    /** A log may hold nothing yet; more often its name is wrong, or the plan's instants leave nothing of it. */
    private List<String> logsUnread() {
        List<String> notices = new ArrayList<>();
        boolean mayBeEmptyByManifest =
                !contents.windows().isEmpty() || !contents.emptySnapshots().isEmpty();
        for (Backup log : settings.backups()) {
            if (!mayBeEmptyByManifest && !isRead(log.location())) {
                notices.add("nothing was read from " + log.location() + ": no object lies there, or all were skipped");
            }
        }
        return notices;
    }

    /** Where the ETag is none, S3 may still keep a checksum, as it does for what was put since 2025. */
    private void addUncheckedObjects(List<String> notices) {
        long unchecked = IntStream.range(0, contents.size())
                .mapToObj(contents::entry)
                .filter(entry -> "s3".equals(entry.object().uri().getScheme())
                        && (entry.part() == null || entry.part().md5() == null)
                        && !Etags.looksLikeMd5(entry.object().etag()))
                .count();
        if (unchecked > 0) {
            notices.add("the ETag of " + unchecked + (unchecked == 1 ? " object" : " objects")
                    + " is no checksum of the content, as with multipart uploads: unless S3 or the compression keeps one,"
                    + " only lengths were compared");
        }
    }

    /** An object of two locations is taken from the first one. */
    private boolean isRead(URI location) {
        return IntStream.range(0, contents.size())
                .mapToObj(contents::entry)
                .anyMatch(entry -> entry.backup().location().equals(location)
                        || entry.object().uri().toString().startsWith(location.toString()));
    }

    /** Of windows alone it is known when each begins and ends; of other logs only when there were changes. */
    private List<RestoreHistory.Silence> silences(
            LogCoverage coverage, SurveyRules.@Nullable Base base, List<Integer> changes) {
        Long begun = base == null ? null : base.begunMicros();
        Instant from = begun == null ? settings.history().undoSince() : Micros.instant(begun);
        if (!contents.windows().isEmpty()
                && changes.stream().allMatch(object -> contents.entry(object).isCompacted())) {
            Long finished = base == null ? null : base.finishedMicros();
            return coverage.missingWindows(finished == null ? from : Micros.instant(finished), settings.asOf());
        }
        Map<URI, List<BackupObject>> logs = new LinkedHashMap<>();
        for (int object : changes) {
            logs.computeIfAbsent(contents.entry(object).backup().location(), location -> new ArrayList<>())
                    .add(contents.object(object));
        }
        return coverage.silences(from, settings.asOf(), settings.history().silence(), logs.values());
    }

    private List<RestoreHistory.Break> breaks(List<Finding> found, PlaceFinder places) {
        boolean showsKeys = settings.history().showsKeys();
        return found.stream()
                .limit(MAX_NAMED)
                .map(finding -> {
                    PlaceFinder.Found after = places.at(finding.place());
                    return new RestoreHistory.Break(
                            String.format("%016x", finding.keyHash()),
                            showsKeys ? after.key() : null,
                            finding.otherPlace() < 0
                                    ? null
                                    : places.at(finding.otherPlace()).place(),
                            after.place());
                })
                .toList();
    }

    private List<String> notices(SurveyRules.@Nullable Base base, boolean hasLog, Findings findings) {
        List<String> notices = new ArrayList<>();
        if (findings.keysByNumberAlone() > 0) {
            notices.add(findings.keysByNumberAlone()
                    + " keys have changes without a time, which their sequence numbers alone"
                    + " order: if the stream was made anew between them, a later change may have lost to an"
                    + " earlier one, and nothing would show it");
        }
        if (extras != null) {
            notices.add(
                    "the table's keys were read before the first write: what others put into the table since then is"
                            + " neither deleted nor counted");
        }
        if (base != null && base.begunMicros() == null && (hasLog || settings.asOf() != null)) {
            notices.add(
                    "it is not known when the snapshot was begun: every change of the log outdoes it, whenever it was"
                            + " made; say it with --taken-at (Backup.takenAt)");
        } else if (base != null && base.finishedMicros() == null && (hasLog || settings.asOf() != null)) {
            notices.add(
                    "it is not known when the snapshot was finished: it may hold later changes of the log already, so that"
                            + " one that is missing behind it cannot be told from one that it holds"
                            + (settings.asOf() == null
                                    ? ""
                                    : ", and if it was finished after the cut, it may hold items from after the cut"));
        }
        return notices;
    }
}
