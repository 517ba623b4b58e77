package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.ledger.RestoreLedger;
import io.github.dynarestore.internal.plan.NamedMapper;
import io.github.dynarestore.internal.plan.RestoreSettings;
import io.github.dynarestore.internal.plan.TargetTable;
import io.github.dynarestore.internal.survey.Decisions;
import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.Findings;
import io.github.dynarestore.internal.survey.Findings.Finding;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.Reduction;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SurveyRules;
import io.github.dynarestore.json.KeyReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.progress.RestorePhase;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.roaringbitmap.RoaringBitmap;

/**
 * Surveys the items that were found once more, under the keys that mappers give them: of those that fall on one key the last
 * one changed is left. Items that cannot be mapped are found here already, before the first write.
 */
final class RekeyStage {

    private final RestoreSettings settings;
    private final BackupContents contents;
    private final TargetTable target;
    private final List<NamedMapper> mappers;
    private final RestoreLedger ledger;
    private final DeadLetters deadLetters;
    private final RunControl control;

    RekeyStage(
            RestoreSettings settings,
            BackupContents contents,
            TargetTable target,
            List<NamedMapper> mappers,
            RestoreLedger ledger,
            DeadLetters deadLetters,
            RunControl control) {
        this.settings = settings;
        this.contents = contents;
        this.target = target;
        this.mappers = mappers;
        this.ledger = ledger;
        this.deadLetters = deadLetters;
        this.control = control;
    }

    /**
     * Leaves one item of each key.
     *
     * @param rules what decided under the keys of the backup
     */
    SurveyStage.Surveyed run(SurveyStage.Surveyed surveyed, SurveyRules rules) throws InterruptedException {
        List<Integer> objects = new ArrayList<>();
        long bytes = 0;
        for (int object = 0; object < contents.size(); object++) {
            if (!surveyed.decisions().of(object).isEmpty()) {
                objects.add(object);
                bytes += contents.object(object).sizeBytes();
            }
        }
        control.enter(RestorePhase.SURVEYING, objects.size(), bytes);
        int processors = Runtime.getRuntime().availableProcessors();
        long winners =
                surveyed.decisions().count(Action.PUT) + surveyed.decisions().count(Action.PUT_OLD);
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(settings.limits().surveyMemoryBytes()),
                new SpillDirectory(settings.limits().spillDirectory(), Clock.systemUTC()),
                processors,
                rows -> winners)) {
            control.inThreads("-rekey", objects.size(), next -> {
                Pass pass = new Pass(survey.newWriter());
                int index;
                while ((index = next.next()) >= 0) {
                    pass.read(objects.get(index), surveyed.decisions());
                    control.objectDone();
                }
                pass.rows.flush();
            });
            Reduction reduction = survey.reduction(rules, contents.size() + 1, processors);
            control.inThreads("-reduce", processors, next -> {
                Reduction.Worker worker = reduction.newWorker();
                boolean more = true;
                while (more && !control.isStopped()) {
                    more = worker.reduceNext();
                }
            });
            return judged(surveyed, reduction);
        }
    }

    private SurveyStage.Surveyed judged(SurveyStage.Surveyed surveyed, Reduction reduction)
            throws InterruptedException {
        Findings findings = reduction.findings();
        if (findings.mixedOrderKeys() > 0) {
            throw new RestoreException(
                    RestoreErrorCode.ORDER_MIXED,
                    "some keys have items, as mapped, that only a sequence number orders and items that only a time orders",
                    "map them to keys of their own, or restore the two kinds of backup apart");
        }
        ledger.decided(findings.superseded(), findings.duplicates(), 0);
        buryContradictions(findings.contradictions());
        long collisions = findings.superseded() + findings.duplicates();
        return new SurveyStage.Surveyed(
                left(surveyed.decisions(), reduction.decisions()),
                collisions == 0
                        ? surveyed.history()
                        : surveyed.history()
                                .with(collisions
                                        + " items have the key of another one, as mapped; of each key the item that"
                                        + " was changed last is written, and the others count as superseded"));
    }

    /** Nothing says which of two items was changed last that a snapshot has under keys that have become one. */
    private void buryContradictions(List<Finding> contradictions) throws InterruptedException {
        PlaceFinder places =
                new PlaceFinder(contents, NamedMapper.keyOfBackup(mappers, target.key()), control::isStopped);
        places.lookUp(contradictions.stream()
                .flatMap(finding -> Stream.of(finding.place(), finding.otherPlace()))
                .toList());
        for (Finding contradiction : contradictions) {
            PlaceFinder.Found one = places.at(contradiction.place());
            PlaceFinder.Found other = places.at(contradiction.otherPlace());
            deadLetters.add(new DeadLetter(
                    one.place().object(),
                    one.place().byteOffset(),
                    "mapper.key-collision",
                    "another item than the one at byte " + other.place().byteOffset() + " of "
                            + other.place().object() + ", under the same key as mapped, and no order between them",
                    one.raw()));
        }
    }

    /** The actions of the records that are left; deletes stay, since they are counted. */
    private static Decisions left(Decisions before, Decisions rekeyed) {
        Decisions left = new Decisions(before.objects(), false);
        for (int object = 0; object < before.objects(); object++) {
            RoaringBitmap deletes = before.of(Action.DELETE, object);
            if (deletes != null) {
                left.restore(Action.DELETE, object, deletes);
            }
            for (Action action : List.of(Action.PUT, Action.PUT_OLD)) {
                RoaringBitmap ordinals = before.of(action, object);
                if (ordinals != null) {
                    RoaringBitmap both = RoaringBitmap.and(ordinals, rekeyed.of(object));
                    if (!both.isEmpty()) {
                        left.restore(action, object, both);
                    }
                }
            }
        }
        return left;
    }

    /** One thread's part. */
    private final class Pass {

        private final RowWriter rows;
        private final RecordJudge judge =
                new RecordJudge(settings, NamedMapper.keyOfBackup(mappers, target.key()), false);
        private final ItemMapping mapping = new ItemMapping(mappers, target);
        private final WinnerReader winners = new WinnerReader(contents, judge, control.gate(), control::isStopped);
        private final BackupRecord placed = new BackupRecord();

        Pass(RowWriter rows) {
            this.rows = rows;
        }

        void read(int object, Decisions decisions) throws InterruptedException {
            winners.read(object, decisions, this::add);
        }

        private void add(int object, RecordCursor cursor, Action action) {
            if (action == Action.DELETE) {
                return;
            }
            BackupRecord record = cursor.record();
            ItemImage image = action == Action.PUT_OLD
                    ? ItemImage.wrap(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength())
                    : ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength());
            ItemMapping.Mapped mapped;
            try {
                mapped = mapping.map(image, judge.key());
            } catch (ItemMapping.FailedException e) {
                deadLetters.add(new DeadLetter(
                        contents.object(object).uri().toString(),
                        record.byteOffset(),
                        e.reason(),
                        String.valueOf(e.getMessage()),
                        record.raw()));
                return;
            }
            if (mapped == null) {
                ledger.filtered(1);
                return;
            }
            KeyReader key = mapped.key();
            rows.add(
                    new RowWriter.Origin(object, cursor.ordinal(), RowWriter.Standing.COUNTS, false),
                    key.hashHigh(),
                    key.hashLow(),
                    placed(record),
                    mapped.digest(),
                    0);
        }

        /** Only its place counts: what was there before it was under another key. */
        private BackupRecord placed(BackupRecord record) {
            placed.clear();
            placed.kind(BackupRecord.Kind.PUT);
            placed.order(record.orderBasis(), record.orderHigh(), record.orderMiddle(), record.orderLow());
            if (record.hasTime()) {
                TimePrecision precision = Objects.requireNonNull(record.timePrecision());
                placed.time(record.timeEpochMicros(), precision);
            }
            return placed;
        }
    }
}
