package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.survey.Decisions.Action;
import io.github.dynarestore.internal.survey.RowWriter.Standing;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import org.roaringbitmap.RoaringBitmap;

/** One key whose changes share their times: the last of them wins, or the key is said to be ambiguous. */
class TieOrderTest {

    private static final long START_MICROS = 1_700_000_000_000_000L;
    private static final long BASE_PLACE = 1;

    private static int tried;
    private static int ambiguous;

    private record Row(BackupRecord record, long newDigest, long oldDigest, long after) {}

    @AfterContainer
    static void mostAreTold() {
        assertThat(ambiguous).as("ambiguous of %d", tried).isBetween(1, tried / 2);
    }

    private static long digest(long state) {
        return state << 20;
    }

    private static Row row(
            ChangeOrder order, long micros, TimePrecision precision, long before, long after, boolean old) {
        BackupRecord record = new BackupRecord();
        record.order(order);
        record.time(micros, precision);
        record.kind(after == 0 ? BackupRecord.Kind.DELETE : BackupRecord.Kind.PUT);
        record.insert(before == 0);
        return new Row(record, digest(after), old ? digest(before) : 0, after);
    }

    /** Few states, so that they come back; few times, so that changes share them. */
    @Property(tries = 4_000)
    void reduce_changesOfOneTime_findsTheLastOrSaysThatItIsOpen(@ForAll long seed) {
        Random random = new Random(seed);
        boolean hasBase = random.nextBoolean();
        boolean hasIdentity = random.nextInt(3) > 0;
        boolean isNumberedToo = random.nextInt(3) == 0;
        long state = random.nextInt(3);
        long first = state;
        long millis = START_MICROS / 1_000;
        List<Row> rows = new ArrayList<>();
        int changes = 1 + random.nextInt(9);
        for (int i = 0; i < changes; i++) {
            long before = state;
            while (state == before) {
                state = random.nextInt(4);
            }
            millis += random.nextInt(4) == 0 ? 1 + random.nextInt(700) : 0;
            ChangeOrder order = hasIdentity
                    ? new ChangeOrder(ChangeOrder.Basis.TIME, (short) 0, random.nextLong() | 1, random.nextLong())
                    : ChangeOrder.time();
            Row row = row(order, millis * 1_000, TimePrecision.MILLISECOND, before, state, true);
            for (int copy = 0; copy <= random.nextInt(2); copy++) {
                rows.add(row);
            }
            if (isNumberedToo && random.nextInt(4) > 0) {
                rows.add(row(
                        ChangeOrder.sequenceNumber(String.valueOf(100 + i)),
                        millis / 1_000 * 1_000_000,
                        TimePrecision.SECOND,
                        before,
                        state,
                        true));
            }
        }
        Collections.shuffle(rows, random);
        tried++;

        Long found = winner(rows, hasBase, first);

        if (found == null) {
            ambiguous++;
        } else {
            assertThat(found).isEqualTo(state);
        }
    }

    /** State that the winner leaves; null if the key is ambiguous. */
    private static Long winner(List<Row> rows, boolean hasBase, long baseState) {
        Role[] roles = {Role.LOG, Role.BASE};
        SurveyRules.Base base =
                hasBase ? new SurveyRules.Base(START_MICROS - 5_000_000, START_MICROS - 4_000_000) : null;
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(1 << 20),
                new SpillDirectory(Path.of(System.getProperty("java.io.tmpdir")), Clock.systemUTC()),
                1,
                count -> count)) {
            RowWriter writer = survey.newWriter();
            for (int i = 0; i < rows.size(); i++) {
                Row row = rows.get(i);
                writer.add(
                        new RowWriter.Origin(0, i, Standing.COUNTS, false),
                        7,
                        7,
                        row.record(),
                        row.newDigest(),
                        row.oldDigest());
            }
            if (hasBase && baseState != 0) {
                BackupRecord item = new BackupRecord();
                item.kind(BackupRecord.Kind.PUT);
                item.order(ChangeOrder.snapshot());
                writer.add(
                        new RowWriter.Origin((int) BASE_PLACE, 0, Standing.COUNTS, false),
                        7,
                        7,
                        item,
                        digest(baseState),
                        0);
            }
            writer.flush();
            Reduction reduction = survey.reduction(new SurveyRules(null, null, false, 0, roles, base), roles.length, 1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            Findings findings = reduction.findings();
            assertThat(findings.contradictions()).isEmpty();
            assertThat(findings.mixedOrderKeys()).isZero();
            if (findings.ambiguousKeys() > 0) {
                assertThat(findings.ambiguous()).hasSize(1);
                return null;
            }
            assertThat(findings.breakCount())
                    .as("a complete log raises no alarm")
                    .isZero();
            for (Action action : List.of(Action.PUT, Action.DELETE)) {
                RoaringBitmap winners = reduction.decisions().of(action, 0);
                if (winners != null && !winners.isEmpty()) {
                    return rows.get(winners.first()).after();
                }
            }
            throw new AssertionError("no winner");
        }
    }
}
