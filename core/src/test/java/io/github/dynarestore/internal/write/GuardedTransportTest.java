package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.internal.write.FakeTable.Fate;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.model.RestoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;

/** Guarded writes through the writer, in virtual time. */
class GuardedTransportTest {

    private static final Map<String, AttributeValue> BEFORE = item("before");
    private static final Map<String, AttributeValue> AFTER = item("after");
    private static final Map<String, AttributeValue> FOREIGN = item("foreign");
    private static final AttributeValue ID = AttributeValue.fromS("a");

    private final ManualTimer timer = new ManualTimer();
    private final FakeTable table = new FakeTable();
    private final List<String> ended = new ArrayList<>();
    private final List<RestoreException> fatal = new ArrayList<>();
    private double consumed;

    private final class Observer implements WriteObserver {
        @Override
        public void written(long[] tokens, boolean[] deletes) {
            for (long token : tokens) {
                ended.add("written " + token);
            }
        }

        @Override
        public void refused(long token, String reason, String detail, byte[] json) {
            ended.add("refused " + token);
        }

        @Override
        public void conflict(long token) {
            ended.add("conflict " + token);
        }

        @Override
        public void putOff(PutOff writes) {}

        @Override
        public void resent(int writes) {}

        @Override
        public void settled(Settlement settlement) {
            consumed +=
                    settlement.consumed() == null ? 0 : settlement.consumed().units();
        }

        @Override
        public Runnable sent(long waitedNanos) {
            return () -> {};
        }

        @Override
        public void answered(long nanos) {}

        @Override
        public void handled(Runnable kept) {
            kept.run();
        }
    }

    private static Map<String, AttributeValue> item(String value) {
        return Map.of("id", AttributeValue.fromS("a"), "v", AttributeValue.fromS(value));
    }

    private static long digest(@Nullable Map<String, AttributeValue> item) {
        return item == null ? 0 : Contents.of(item).hashCode();
    }

    private static GuardedTransport transport(DynamoDbAsyncClient client, ItemGuard guard) {
        return new GuardedTransport(client, List.of("id"), guard, Runnable::run);
    }

    private static ItemGuard unchanged(@Nullable Map<String, AttributeValue> expected) {
        return new ItemGuard.IsUnchanged(GuardedTransportTest::digest, token -> digest(expected));
    }

    private static final ItemGuard ABSENT = new ItemGuard.IsAbsent(GuardedTransportTest::digest);

    private void run(ItemGuard guard, OutgoingBatch batch) throws InterruptedException {
        BatchWriter writer = new BatchWriter(new BatchWriter.Parts(
                transport(table, guard),
                units -> 0,
                4,
                Duration.ofMinutes(15),
                timer::nanoTime,
                timer,
                Runnable::run,
                new Observer(),
                () -> 1,
                fatal::add));
        writer.acquireSlot();
        writer.submit(batch);
        timer.runAll();
        assertThat(fatal).isEmpty();
        writer.awaitDrained();
    }

    private static OutgoingBatch put(Map<String, AttributeValue> item) {
        byte[] json = ItemImage.of(item).toByteArray();
        WriteBatcher batcher = new WriteBatcher("orders", 1);
        assertThat(batcher.tryPut(json, 0, json.length, 1024, 1, 1, 7)).isTrue();
        return sealed(batcher);
    }

    private static OutgoingBatch delete() {
        byte[] json = ItemImage.of(Map.of("id", ID)).toByteArray();
        WriteBatcher batcher = new WriteBatcher("orders", 1);
        assertThat(batcher.tryDelete(json, 0, json.length, 1, 1, 7)).isTrue();
        return sealed(batcher);
    }

    private static OutgoingBatch sealed(WriteBatcher batcher) {
        return DirectTransportTest.outgoing(batcher.seal());
    }

    @Test
    void absent_noItem_putsAndCountsWhatItTook() throws InterruptedException {
        run(ABSENT, put(BEFORE));

        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).containsEntry(ID, BEFORE);
        assertThat(table.calls).containsExactly("put");
        assertThat(consumed).isEqualTo(3);
        assertThat(table.puts.get(0).expressionAttributeNames().values()).containsExactly("id");
        assertThat(table.puts.get(0).hasExpressionAttributeValues()).isFalse();
    }

    /** The same item there before is no less a conflict: nothing of ours was lost. */
    @Test
    void absent_itemThere_isAConflictThatTakesAsMuchAsTheItem() throws InterruptedException {
        Map<String, AttributeValue> big = Map.of("id", ID, "v", AttributeValue.fromS("x".repeat(5_000)));
        table.items.put(ID, big);

        run(ABSENT, put(BEFORE));
        run(ABSENT, put(big));

        assertThat(ended).containsExactly("conflict 7", "conflict 7");
        assertThat(table.items).containsEntry(ID, big);
        assertThat(consumed).isEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"LOST_BEFORE", "LOST_AFTER", "THROTTLED"})
    void absent_answersFail_isWrittenOnce(Fate fate) throws InterruptedException {
        table.writes.addAll(List.of(fate, Fate.THROTTLED));

        run(ABSENT, put(BEFORE));

        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).containsEntry(ID, BEFORE);
    }

    @Test
    void absent_somebodyElseWroteAfterALostAnswer_isAConflict() throws InterruptedException {
        table.writes.add(Fate.LOST_BEFORE);
        table.beforeWrite = () -> table.items.put(ID, FOREIGN);

        run(ABSENT, put(BEFORE));

        assertThat(ended).containsExactly("conflict 7");
        assertThat(table.items).containsEntry(ID, FOREIGN);
    }

    @Test
    void absent_equalItemAfterAThrottle_isAConflict() throws InterruptedException {
        table.items.put(ID, BEFORE);
        table.writes.add(Fate.THROTTLED);

        run(ABSENT, put(BEFORE));

        assertThat(ended).containsExactly("conflict 7");
    }

    @Test
    void unchanged_expectedItem_isReplaced() throws InterruptedException {
        table.items.put(ID, AFTER);

        run(unchanged(AFTER), put(BEFORE));

        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).containsEntry(ID, BEFORE);
        assertThat(table.calls).containsExactly("get", "put");
        assertThat(consumed).isEqualTo(3);
    }

    @Test
    void unchanged_expectedNoItem_isPut() throws InterruptedException {
        run(unchanged(null), put(BEFORE));

        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).containsEntry(ID, BEFORE);
    }

    @Test
    void unchanged_expectedItem_isDeleted() throws InterruptedException {
        table.items.put(ID, AFTER);

        run(unchanged(AFTER), delete());

        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).isEmpty();
    }

    /** Altered, deleted, and created: what was found tells without a write unit. */
    @Test
    void unchanged_somethingElseFound_isAConflictThatTakesNoWrite() throws InterruptedException {
        table.items.put(ID, FOREIGN);
        run(unchanged(AFTER), put(BEFORE));
        run(unchanged(null), put(BEFORE));
        run(unchanged(AFTER), delete());
        table.items.clear();
        run(unchanged(AFTER), put(BEFORE));

        assertThat(ended).hasSize(4).containsOnly("conflict 7");
        assertThat(table.calls).containsOnly("get");
        assertThat(consumed).isZero();
        assertThat(table.items).isEmpty();
    }

    @Test
    void unchanged_alteredBetweenReadAndWrite_isAConflict() throws InterruptedException {
        table.items.put(ID, AFTER);
        table.beforeWrite = () -> table.items.put(ID, FOREIGN);

        run(unchanged(AFTER), put(BEFORE));
        table.items.put(ID, AFTER);
        run(unchanged(AFTER), delete());

        assertThat(ended).containsExactly("conflict 7", "conflict 7");
        assertThat(table.items).containsEntry(ID, FOREIGN);
        assertThat(consumed).isEqualTo(2);
    }

    @Test
    void unchanged_createdBetweenReadAndWrite_isAConflict() throws InterruptedException {
        table.beforeWrite = () -> table.items.put(ID, FOREIGN);

        run(unchanged(null), put(BEFORE));

        assertThat(ended).containsExactly("conflict 7");
        assertThat(table.items).containsEntry(ID, FOREIGN);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"LOST_BEFORE", "LOST_AFTER", "THROTTLED"})
    void unchanged_answersFail_isWrittenOnce(Fate fate) throws InterruptedException {
        table.items.put(ID, AFTER);
        table.reads.addAll(List.of(Fate.THROTTLED, Fate.LOST_AFTER, Fate.ANSWERED, Fate.THROTTLED));
        table.writes.add(fate);

        run(unchanged(AFTER), put(BEFORE));
        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).containsEntry(ID, BEFORE);

        table.writes.clear();
        table.writes.add(fate);
        run(unchanged(BEFORE), delete());
        assertThat(ended).containsExactly("written 7", "written 7");
        assertThat(table.items).isEmpty();
    }

    /** The first write was on its way still when the second attempt had read. */
    @Test
    void unchanged_lostWriteIsDoneAfterTheNextRead_isWritten() throws InterruptedException {
        table.items.put(ID, AFTER);
        table.writes.add(Fate.LOST_BEFORE);
        table.beforeWrite = () -> table.items.put(ID, BEFORE);
        run(unchanged(AFTER), put(BEFORE));

        table.writes.add(Fate.LOST_BEFORE);
        table.beforeWrite = table.items::clear;
        run(unchanged(BEFORE), delete());

        assertThat(ended).containsExactly("written 7", "written 7");
    }

    @Test
    void unchanged_somebodyElseWroteAfterALostAnswer_isAConflict() throws InterruptedException {
        table.items.put(ID, AFTER);
        table.writes.add(Fate.LOST_BEFORE);
        table.beforeWrite = () -> table.items.put(ID, FOREIGN);
        run(unchanged(AFTER), put(BEFORE));

        table.items.put(ID, AFTER);
        table.writes.add(Fate.LOST_BEFORE);
        run(unchanged(AFTER), delete());

        assertThat(ended).containsExactly("conflict 7", "conflict 7");
    }

    /** What a run that was killed may have left, or what needs no write. */
    @Test
    void unchanged_tableHoldsWhatTheWriteWouldLeave_isWrittenWithoutAWrite() throws InterruptedException {
        table.items.put(ID, BEFORE);
        run(unchanged(AFTER), put(BEFORE));
        table.items.clear();
        run(unchanged(AFTER), delete());

        assertThat(ended).containsExactly("written 7", "written 7");
        assertThat(table.calls).containsOnly("get");
    }

    /** An empty body parses as "no such item" and as "written". */
    @Test
    void unchanged_answersCutShort_areAskedForAgain() throws InterruptedException {
        table.items.put(ID, AFTER);
        table.reads.add(Fate.CUT_SHORT);
        table.writes.add(Fate.CUT_SHORT);

        run(unchanged(AFTER), put(BEFORE));

        assertThat(ended).containsExactly("written 7");
        assertThat(table.items).containsEntry(ID, BEFORE);
        assertThat(table.calls).containsExactly("get", "get", "put", "get", "put");
    }

    @Test
    void unchanged_manyAttributes_comparesAsManyAsFit() throws InterruptedException {
        Map<String, AttributeValue> wide = new HashMap<>(AFTER);
        IntStream.range(0, 400).forEach(i -> wide.put("attribute " + i, AttributeValue.fromN("" + i)));
        table.items.put(ID, wide);

        run(unchanged(wide), put(BEFORE));

        assertThat(ended).containsExactly("written 7");
        String condition = table.puts.get(0).conditionExpression();
        assertThat(Arrays.stream(condition.split(" "))
                        .filter(word -> word.equals("AND") || word.equals("=") || word.startsWith("attribute_")))
                .hasSize(299);
        assertThat(condition.length()).isLessThanOrEqualTo(4096);
        assertThat(table.puts.get(0).expressionAttributeValues()).hasSize(149);
    }

    @Test
    void send_cancelledDuringTheRead_doesNotWrite() {
        table.readGate = new CompletableFuture<>();
        CompletableFuture<BatchWriteItemResponse> answer =
                transport(table, unchanged(null)).send(put(BEFORE), () -> {});

        answer.cancel(true);
        table.readGate.complete(null);

        assertThat(table.calls).containsExactly("get");
        assertThat(table.items).isEmpty();
    }

    @Test
    void send_whatNoGuardCanDo_isRefused() {
        assertThatThrownBy(() -> transport(table, ABSENT).send(DirectTransportTest.batch(2), () -> {}))
                .hasMessage("a guarded batch has one write, not 2");
        assertThatThrownBy(() -> transport(table, ABSENT).send(delete(), () -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(table.calls).isEmpty();
    }
}
