package io.github.dynarestore.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.dynarestore.internal.checkpoint.JournalScript.State;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CheckpointJournalTest {

    private static final int HEADER_BYTES = 10;

    @Property(tries = 60)
    void open_cutAnywhere_recoversWhatIsWholeAndGoesOn(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 25) int entries) {
        JournalScript script = new JournalScript(seed, entries);
        byte[] bytes = script.bytes();
        for (int cut = 0; cut <= bytes.length; cut++) {
            MemoryCheckpoint checkpoint = MemoryCheckpoint.of(Arrays.copyOf(bytes, cut));
            try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
                assertThat(State.of(journal.recovered())).as("cut at %d", cut).isEqualTo(script.stateAt(cut));
                assertThat(checkpoint.calls()).isEmpty();
                goOn(journal);
            }
            try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
                assertWentOn(script.stateAt(cut), journal.recovered());
            }
        }
    }

    private static void goOn(CheckpointJournal journal) {
        if (journal.recovered().completed()) {
            return;
        }
        if (journal.recovered().begin() == null) {
            journal.begin(JournalScript.begin(new Random(1)));
        }
        journal.ended(new Outcome[] {Outcome.CONFLICT}, new long[] {(3L << 32) + 0x8000_0001L}, 1_000);
    }

    private static void assertWentOn(State before, Recovered after) {
        if (before.completed()) {
            assertThat(State.of(after)).isEqualTo(before);
            return;
        }
        assertThat(after.begin())
                .isEqualTo(before.begin() == null ? JournalScript.begin(new Random(1)) : before.begin());
        assertThat(State.of(after).survey()).isEqualTo(before.survey());
        assertThat(after.progress().consumedUnits()).isEqualTo(before.units() + 1_000);
        assertThat(after.progress().ended(3).contains(0x8000_0001)).isTrue();
        before.ended()
                .forEach((object, ordinals) -> assertThat(
                                after.progress().ended(object).contains(ordinals))
                        .isTrue());
    }

    @Property(tries = 60)
    void open_anyByteDamaged_dropsTheLastFrameOrRefuses(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 25) int entries, @ForAll @IntRange(max = 7) int bit) {
        JournalScript script = new JournalScript(seed, entries);
        byte[] bytes = script.bytes();
        int lastFrame = lastFrame(bytes);
        for (int at = 0; at < bytes.length; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << bit);
            MemoryCheckpoint checkpoint = MemoryCheckpoint.of(damaged);
            if (at < lastFrame) {
                assertThat(refusal(checkpoint).code())
                        .as("byte %d of %d", at, bytes.length)
                        .isEqualTo(RestoreErrorCode.CHECKPOINT_INVALID);
                assertThat(checkpoint.isOpen()).isFalse();
            } else {
                try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
                    assertThat(State.of(journal.recovered())).isEqualTo(script.stateAt(lastFrame));
                }
            }
        }
    }

    private static int lastFrame(byte[] bytes) {
        int last = HEADER_BYTES;
        for (int at = HEADER_BYTES; at < bytes.length; at += FrameBuffer.AROUND_BYTES + lengthAt(bytes, at)) {
            last = at;
        }
        return last;
    }

    private static int lengthAt(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes, at, Integer.BYTES).getInt();
    }

    private static RestoreException refusal(MemoryCheckpoint checkpoint) {
        return catchThrowableOfType(
                RestoreException.class, () -> CheckpointJournal.open(checkpoint).close());
    }

    @Test
    void open_foreignBytes_refusesAndLeavesThem() {
        for (String foreign : List.of("x", "something that somebody else has written", "\u0089DYNACP\r\n and more")) {
            byte[] bytes = foreign.getBytes(StandardCharsets.ISO_8859_1);
            MemoryCheckpoint checkpoint = MemoryCheckpoint.of(bytes);

            RestoreException refusal = refusal(checkpoint);

            assertThat(refusal.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_INVALID);
            assertThat(refusal).hasMessageContaining("memory").hasMessageContaining("something else");
            assertThat(checkpoint.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void open_otherVersion_namesBoth() {
        byte[] header = FrameReader.header();
        header[HEADER_BYTES - 2] = 3;

        assertThat(refusal(MemoryCheckpoint.of(header)))
                .hasMessageContaining("version 770")
                .hasMessageContaining("reads 2");
    }

    @Test
    void open_damagedBeforeALongFrame_refuses() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            journal.survey(out -> out.write(new byte[3 << 20]));
        }
        byte[] damaged = checkpoint.bytes();
        // The length of the first part of the survey, so that nothing says where the next frame begins.
        damaged[damaged.length - (3 << 20) - 3 * FrameBuffer.AROUND_BYTES - 17] ^= 0x10;

        assertThat(refusal(MemoryCheckpoint.of(damaged)).code()).isEqualTo(RestoreErrorCode.CHECKPOINT_INVALID);
    }

    @Test
    void open_inUse_refuses() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            assertThat(journal.recovered().begin()).isNull();
            assertThat(refusal(checkpoint).code()).isEqualTo(RestoreErrorCode.CHECKPOINT_IN_USE);
        }
        assertThat(checkpoint.isOpen()).isFalse();
    }

    @Test
    void survey_severalMebibytes_goesOverFramesAndComesBack() throws IOException {
        byte[] found = new byte[(3 << 20) + 17];
        new Random(5).nextBytes(found);
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            journal.survey(out -> {
                out.writeLong(found.length);
                out.write(found);
            });
        }

        byte[] whole = checkpoint.bytes();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint);
                InputStream survey = journal.recovered().survey().open()) {
            assertThat(ByteBuffer.wrap(survey.readNBytes(Long.BYTES)).getLong()).isEqualTo(found.length);
            assertThat(survey.readAllBytes()).isEqualTo(found);
        }
        MemoryCheckpoint cut = MemoryCheckpoint.of(Arrays.copyOf(whole, whole.length - 1));
        try (CheckpointJournal journal = CheckpointJournal.open(cut)) {
            assertThat(journal.recovered().survey()).isNull();
            journal.survey(out -> out.write(7));
        }
        try (CheckpointJournal journal = CheckpointJournal.open(cut);
                InputStream survey = journal.recovered().survey().open()) {
            assertThat(survey.readAllBytes()).containsExactly(7);
        }
        assertThat(cut.length()).isLessThan(1 << 20);
    }

    @Test
    void anyEntry_refersToSyncedData() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            journal.survey(out -> out.write(new byte[(1 << 20) + 1]));
            journal.ended(Outcome.FILTERED, 5);
            journal.completed();
        }

        assertThat(checkpoint.calls())
                .containsExactly(
                        "HEADER",
                        "BEGIN_PART",
                        "sync",
                        "BEGIN",
                        "sync",
                        "SURVEY_PART",
                        "SURVEY_PART",
                        "sync",
                        "SURVEY",
                        "sync",
                        "ENDED",
                        "sync",
                        "COMPLETED",
                        "sync");
    }

    @Test
    void ended_batch_isOneAppendAtOnce() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            checkpoint.calls().clear();
            Outcome[] outcomes = new Outcome[25];
            Arrays.fill(outcomes, Outcome.PUT);
            long[] tokens = new long[25];
            Arrays.setAll(tokens, i -> (2L << 32) + 3 * i);
            journal.ended(outcomes, tokens, 25);

            assertThat(checkpoint.calls()).containsExactly("ENDED");
            Recovered killed = CheckpointJournal.open(MemoryCheckpoint.of(checkpoint.bytes()))
                    .recovered();
            assertThat(JournalScript.tokens(killed.progress(), 2))
                    .containsExactly(Arrays.stream(tokens).boxed().toArray(Long[]::new));
            assertThat(killed.progress().consumedUnits()).isEqualTo(25);
        }
    }

    @Test
    void ended_single_waitsForOthers() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            checkpoint.calls().clear();

            for (int i = 0; i < CheckpointJournal.MAX_GATHERED - 1; i++) {
                journal.ended(Outcome.FILTERED, i);
            }
            assertThat(checkpoint.calls()).isEmpty();
            journal.ended(Outcome.FILTERED, 50_000);
            assertThat(checkpoint.calls()).containsExactly("ENDED");
            journal.flush();
            assertThat(checkpoint.calls()).hasSize(1);
            journal.ended(Outcome.FILTERED, 50_001);
            journal.flush();
            assertThat(checkpoint.calls()).hasSize(2);
        }
        assertThat(CheckpointJournal.open(checkpoint).recovered().progress().count(Outcome.FILTERED))
                .isEqualTo(CheckpointJournal.MAX_GATHERED + 1);
    }

    @Test
    void ended_appendFails_takesNothingMore() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        CheckpointJournal journal = CheckpointJournal.open(checkpoint);
        journal.begin(JournalScript.begin(new Random(1)));
        journal.ended(new Outcome[] {Outcome.PUT}, new long[] {1}, 1);
        checkpoint.failAfter(7);

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> journal.ended(new Outcome[] {Outcome.PUT}, new long[] {2}, 1))
                    .isInstanceOfSatisfying(
                            RestoreException.class,
                            e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_FAILED));
        }
        journal.close();
        journal.close();

        assertThat(checkpoint.isOpen()).isFalse();
        checkpoint.failAfter(Integer.MAX_VALUE);
        try (CheckpointJournal again = CheckpointJournal.open(checkpoint)) {
            assertThat(JournalScript.tokens(again.recovered().progress(), 0)).containsExactly(1L);
            again.ended(new Outcome[] {Outcome.PUT}, new long[] {2}, 1);
        }
        try (CheckpointJournal again = CheckpointJournal.open(checkpoint)) {
            assertThat(JournalScript.tokens(again.recovered().progress(), 0)).containsExactly(1L, 2L);
        }
    }

    @Test
    void survey_writerThrows_doesNotCount() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            assertThatThrownBy(() -> journal.survey(out -> {
                        out.write(new byte[2 << 20]);
                        throw new IllegalStateException("no more");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> journal.ended(Outcome.FILTERED, 1)).isInstanceOf(RestoreException.class);
        }

        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            assertThat(journal.recovered().survey()).isNull();
            journal.ended(Outcome.FILTERED, 1);
        }
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            assertThat(journal.recovered().progress().count(Outcome.FILTERED)).isOne();
        }
    }

    @Test
    void ended_manyThreads_losesNothing() throws InterruptedException {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                long object = (long) t << 32;
                threads.add(new Thread(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        journal.ended(Outcome.FILTERED, object + 2 * i);
                        journal.ended(new Outcome[] {Outcome.PUT}, new long[] {object + 2 * i + 1}, 0.5);
                    }
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join(60_000);
            }
        }

        Progress progress = CheckpointJournal.open(checkpoint).recovered().progress();
        assertThat(progress.count(Outcome.PUT)).isEqualTo(8_000);
        assertThat(progress.count(Outcome.FILTERED)).isEqualTo(8_000);
        assertThat(progress.consumedUnits()).isEqualTo(4_000);
        assertThat(progress.ended(3).getCardinality()).isEqualTo(4_000);
    }

    @Test
    void delete_completed_leavesNothing() {
        MemoryCheckpoint checkpoint = new MemoryCheckpoint();
        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            journal.begin(JournalScript.begin(new Random(1)));
            journal.completed();
            journal.delete();
        }

        try (CheckpointJournal journal = CheckpointJournal.open(checkpoint)) {
            assertThat(journal.recovered().begin()).isNull();
            assertThat(journal.recovered().completed()).isFalse();
        }
    }

    @Test
    void anyCall_outOfOrder_throws() {
        try (CheckpointJournal journal = CheckpointJournal.open(new MemoryCheckpoint())) {
            assertThatThrownBy(() -> journal.ended(Outcome.PUT, 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> journal.survey(out -> {})).isInstanceOf(IllegalStateException.class);
            journal.begin(JournalScript.begin(new Random(1)));
            assertThatThrownBy(() -> journal.begin(JournalScript.begin(new Random(1))))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> journal.ended(Outcome.PUT, -1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> journal.consumed(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
            journal.completed();
            assertThatThrownBy(() -> journal.ended(Outcome.PUT, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void requireSame_same_passes() {
        assertThatCode(() -> CheckpointJournal.requireSame(
                        JournalScript.begin(new Random(3)), JournalScript.begin(new Random(3))))
                .doesNotThrowAnyException();
    }

    @Test
    void requireSame_different_namesTheFirstFewAndCountsTheRest() {
        Begin before =
                begin("asOf", "2016", "t1", JournalScript.object("a", 1, "e"), JournalScript.object("b", 1, "e"));
        Begin now = begin(
                "asOf",
                "2017",
                "t2",
                JournalScript.object("c", 1, "e"),
                JournalScript.object("d", 1, "e"),
                JournalScript.object("b", 2, "e"));

        assertThat(mismatch(before, now))
                .hasMessageContaining("asOf was 2016, is 2017")
                .hasMessageContaining("table id was t1, is t2")
                .hasMessageContaining("s3://bucket/c was added")
                .hasMessageContaining("s3://bucket/b was changed: 1 bytes, now 2")
                .hasMessageNotContaining("s3://bucket/a")
                .hasMessageEndingWith("and 1 more");
        assertThat(mismatch(
                        begin("x", "1", "t", JournalScript.object("a", 1, "e")),
                        begin("y", "1", "t", JournalScript.object("a", 1, "f"))))
                .hasMessageContaining("x was 1, is not there; y was not there, is 1;")
                .hasMessageEndingWith("s3://bucket/a was changed: ETag e, now f");
        assertThat(mismatch(begin("x", "1", "t", JournalScript.object("a", 1, "e")), begin("x", "1", "t")))
                .hasMessageEndingWith("s3://bucket/a was removed");
    }

    @Test
    void requireSame_otherOrder_isNamed() {
        Begin before = JournalScript.begin(new Random(3));
        List<BackupObject> turned = new ArrayList<>(before.listing());
        Collections.reverse(turned);

        assertThat(mismatch(before, new Begin(before.planFields(), before.tableId(), turned)))
                .hasMessageEndingWith("in another order");
    }

    private static Begin begin(String name, String value, String tableId, BackupObject... listing) {
        TreeMap<String, String> fields = new TreeMap<>();
        fields.put(name, value);
        return new Begin(fields, tableId, List.of(listing));
    }

    private static RestoreException mismatch(Begin before, Begin now) {
        RestoreException mismatch =
                catchThrowableOfType(RestoreException.class, () -> CheckpointJournal.requireSame(before, now));
        assertThat(mismatch.code()).isEqualTo(RestoreErrorCode.CHECKPOINT_MISMATCH);
        return mismatch;
    }
}
