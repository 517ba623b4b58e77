package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.RowWriter.Standing;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.model.TimePrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** Keys and partitions of which memory holds only a part are decided as if it held all of them. */
class LargeKeysTest {

    private static final long PLENTY_BYTES = 64 << 20;
    private static final long TINY_BYTES = 4096;
    private static final long START_MICROS = 1_700_000_000_000_000L;
    private static final long SECOND = 1_000_000;
    private static final int OBJECTS = 6;

    /** Rows that the last blocks of the tiny survey's four partitions may take memory for without holding them. */
    private static final int HALF_FULL_BLOCKS = 4;

    private static Path spillParent;
    private static int large;

    /** Files that the last survey made. */
    private static long files;

    /** A row as it is added. */
    private record Row(int key, RowWriter.Origin origin, BackupRecord record, long newDigest, long oldDigest) {}

    @BeforeContainer
    static void makeSpillParent() throws IOException {
        spillParent = Files.createTempDirectory("large-keys-test");
    }

    @AfterContainer
    static void nothingIsLeft() throws IOException {
        try (var left = Files.list(spillParent)) {
            assertThat(left).isEmpty();
        }
        Files.delete(spillParent);
        assertThat(large).as("histories that had a key beyond the memory").isGreaterThan(300);
    }

    @Property(tries = 600)
    void reduce_anyRowsOfFewKeys_decidesAsInMemory(@ForAll long seed) {
        Random random = new Random(seed);
        SurveyRules rules = rules(random);
        List<Row> rows = rows(random, rules, 1 + random.nextInt(3));
        boolean hasTarget = random.nextInt(3) == 0;
        int condemned = random.nextInt(12);

        Map<String, Object> inMemory = survey(rows, rules, PLENTY_BYTES, hasTarget, condemned);
        Collections.shuffle(rows, random);
        Map<String, Object> spilled = survey(rows, rules, TINY_BYTES, hasTarget, condemned);

        assertThat(spilled).isEqualTo(inMemory);
    }

    /** So many rows of so many keys that no partition fits into memory, nor what each is split into first. */
    @Property(tries = 60)
    void reduce_anyRowsOfManyKeys_decidesAsInMemoryThoughEachHistorySplitsSeveralTimes(@ForAll long seed) {
        Random random = new Random(seed);
        SurveyRules rules = rules(random);
        List<Row> rows = rows(random, rules, 60 + random.nextInt(60));

        Map<String, Object> inMemory = survey(rows, rules, PLENTY_BYTES, true, OBJECTS);
        Collections.shuffle(rows, random);
        Map<String, Object> spilled = survey(rows, rules, TINY_BYTES, true, OBJECTS);

        assertThat(spilled).isEqualTo(inMemory);
        assertThat(files).as("more than four partitions, each split once").isGreaterThan(4 + 4 * 16);
    }

    private static SurveyRules rules(Random random) {
        Role[] roles = {Role.LOG, Role.LOG, Role.LOG, Role.BASE, Role.BASE, Role.OLDER_SNAPSHOT};
        long begun = START_MICROS + random.nextInt(300) * SECOND;
        SurveyRules.Base base = switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> new SurveyRules.Base(null, null);
            default -> new SurveyRules.Base(begun, random.nextBoolean() ? begun + 20 * SECOND : null);
        };
        return new SurveyRules(
                random.nextBoolean() ? START_MICROS + random.nextInt(400) * SECOND : null,
                random.nextInt(3) == 0 ? START_MICROS + random.nextInt(300) * SECOND : null,
                random.nextInt(3) == 0,
                900 * SECOND,
                roles,
                base);
    }

    /** A chain for each key, with what goes wrong in backups: losses, copies, contradictions, streams made anew. */
    private static List<Row> rows(Random random, SurveyRules rules, int keys) {
        List<Row> rows = new ArrayList<>();
        int[] ordinals = new int[OBJECTS];
        boolean hasFalls = random.nextInt(4) == 0;
        boolean isByTime = random.nextInt(6) == 0;
        for (int key = 0; key < keys; key++) {
            int changes = 20 + random.nextInt(key == 0 ? 700 : 120);
            int fallAt = hasFalls ? random.nextInt(changes) : changes;
            long digest = 0;
            for (int i = 0; i < changes; i++) {
                BackupRecord record = new BackupRecord();
                boolean isDelete = digest != 0 && random.nextInt(5) == 0;
                record.kind(isDelete ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
                record.insert(digest == 0);
                record.expiry(isDelete && random.nextBoolean());
                long next = isDelete ? 0 : 1 + random.nextInt(1 << 20);
                if (random.nextInt(50) > 0) {
                    record.time(
                            START_MICROS + i / 2 * SECOND,
                            !isByTime && random.nextInt(30) == 0 ? TimePrecision.MINUTE : TimePrecision.SECOND);
                }
                if (isByTime && random.nextInt(40) > 0) {
                    record.order(ChangeOrder.time());
                } else {
                    record.order(ChangeOrder.sequenceNumber(String.valueOf(i < fallAt ? 5_000 + i : i)));
                }
                boolean hasOld = digest != 0 && random.nextInt(20) > 0;
                boolean isLost = random.nextInt(60) == 0;
                Standing standing = random.nextInt(40) == 0
                        ? Standing.FILTERED
                        : rules.cutMicros() != null && record.timeEpochMicros() > rules.cutMicros()
                                ? Standing.AFTER_CUT
                                : Standing.COUNTS;
                int copies = random.nextInt(8) == 0 ? 1 + random.nextInt(40) : 1;
                for (int copy = 0; copy < copies && !isLost; copy++) {
                    boolean contradicts = random.nextInt(120) == 0;
                    int object = random.nextInt(3);
                    rows.add(new Row(
                            key,
                            new RowWriter.Origin(
                                    object,
                                    ordinals[object]++,
                                    standing,
                                    random.nextInt(200) == 0 && !record.hasTime()),
                            record,
                            isDelete ? 0 : digest(contradicts ? 7 : next),
                            hasOld && random.nextInt(60) > 0 ? digest(digest) : 0));
                }
                digest = next;
            }
            if (rules.base() != null && random.nextInt(4) > 0) {
                for (int i = 0; i < 1 + random.nextInt(3); i++) {
                    BackupRecord record = new BackupRecord();
                    record.kind(BackupRecord.Kind.PUT);
                    record.order(ChangeOrder.snapshot());
                    int object = 3 + random.nextInt(3);
                    rows.add(new Row(
                            key,
                            new RowWriter.Origin(
                                    object,
                                    ordinals[object]++,
                                    random.nextInt(3) == 0 ? Standing.FILTERED : Standing.COUNTS,
                                    false),
                            record,
                            digest(1 + random.nextInt(2)),
                            0));
                }
            }
        }
        return rows;
    }

    private static long digest(long value) {
        return value << 20;
    }

    private static Map<String, Object> survey(
            List<Row> rows, SurveyRules rules, long budgetBytes, boolean hasTarget, int condemned) {
        MemoryBudget budget = new MemoryBudget(budgetBytes);
        Map<String, Object> found = new TreeMap<>();
        SpillDirectory directory = new SpillDirectory(spillParent, Clock.systemUTC());
        try (KeySurvey survey = new KeySurvey(budget, directory, 1, count -> count)) {
            RowWriter writer = survey.newWriter();
            for (Row row : rows) {
                writer.add(row.origin(), hash(row.key()), row.key(), row.record(), row.newDigest(), row.oldDigest());
            }
            if (hasTarget) {
                writer.addInTarget(OBJECTS, 0, hash(0), 0);
                writer.addInTarget(OBJECTS, 1, hash(99), 99);
            }
            if (condemned < OBJECTS) {
                survey.condemn(condemned);
            }
            writer.flush();
            Reduction reduction = survey.reduction(rules, OBJECTS + 1, 1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            large += budgetBytes == TINY_BYTES && rows.size() > 500 ? 1 : 0;
            long rowsThatFit = budgetBytes / SurveyRow.BYTES;
            if (survey.rows() > rowsThatFit) {
                assertThat(survey.hasSpilled()).isTrue();
            } else if (survey.rows() <= rowsThatFit - HALF_FULL_BLOCKS) {
                assertThat(survey.hasSpilled()).isFalse();
            }
            // Their names count up.
            files = survey.hasSpilled()
                    ? Long.parseLong(directory.newPath().getFileName().toString(), 16) - 1
                    : 0;
            decided(reduction.decisions(), found);
            findings(reduction.findings(), found);
        }
        assertThat(budget.takenBytes()).isZero();
        return found;
    }

    private static void decided(Decisions decisions, Map<String, Object> found) {
        for (int object = 0; object < decisions.objects(); object++) {
            for (Action action : Action.values()) {
                RoaringBitmap ordinals = decisions.of(action, object);
                if (ordinals != null) {
                    found.put(object + " " + action, ordinals);
                    if (decisions.keepsExpected() && object < OBJECTS) {
                        Decisions.Expected expected = decisions.expectedOf(object);
                        int at = object;
                        ordinals.forEach(
                                (int ordinal) -> found.put(at + " " + ordinal + " expects", expected.of(ordinal)));
                    }
                }
            }
        }
    }

    private static void findings(Findings findings, Map<String, Object> found) {
        found.put("superseded", findings.superseded());
        found.put("duplicates", findings.duplicates());
        found.put("filtered", findings.filtered());
        found.put("keys", findings.keys());
        found.put("generationConflicts", findings.generationConflicts());
        found.put("uncertainKeys", findings.uncertainKeys());
        found.put("breakCount", findings.breakCount());
        found.put("olderKeys", findings.olderKeys());
        found.put("withoutOldImageCount", findings.withoutOldImageCount());
        found.put("mixedOrderKeys", findings.mixedOrderKeys());
        found.put("ambiguousKeys", findings.ambiguousKeys());
        found.put("ambiguous", findings.ambiguous());
        found.put("contradictions", findings.contradictions());
        found.put("breaks", findings.breaks());
        found.put("uncertain", findings.uncertain());
        found.put("withoutOldImage", findings.withoutOldImage());
    }

    private static long hash(int key) {
        return (key + 1) * 0x9e3779b97f4a7c15L;
    }

    @Test
    void reduce_moreContradictionsThanMemoryHolds_saysSo(@TempDir Path directory) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            BackupRecord record = new BackupRecord();
            record.kind(BackupRecord.Kind.PUT);
            record.order(ChangeOrder.sequenceNumber("1"));
            rows.add(new Row(0, new RowWriter.Origin(0, i, Standing.COUNTS, false), record, digest(i + 1), 0));
        }
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(TINY_BYTES), new SpillDirectory(directory, Clock.systemUTC()), 1, count -> count)) {
            RowWriter writer = survey.newWriter();
            rows.forEach(row -> writer.add(row.origin(), hash(0), 0, row.record(), row.newDigest(), row.oldDigest()));
            writer.flush();
            Reduction.Worker worker = survey.reduction(
                            new SurveyRules(null, null, false, 0, new Role[] {Role.LOG}, null), 1, 1)
                    .newWorker();

            assertThatThrownBy(() -> {
                        while (worker.reduceNext()) {
                            // One partition after the other.
                        }
                    })
                    .isInstanceOfSatisfying(
                            RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.SURVEY_MEMORY))
                    .hasMessageContaining("same order");
        }
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }
}
