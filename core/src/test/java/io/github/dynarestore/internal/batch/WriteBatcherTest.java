package io.github.dynarestore.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WriteBatcherTest {

    private final WriteBatcher batcher = new WriteBatcher("orders");

    private static byte[] json(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean put(WriteBatcher batcher, String item, long hash) {
        byte[] padded = json("??" + item + "??");
        return batcher.tryPut(padded, 2, padded.length - 4, 10, 0, hash, hash * 10);
    }

    private static String at(WriteBatch batch, int write) {
        byte[] body = whole(batch);
        return new String(body, batch.offsets()[write], batch.lengths()[write], StandardCharsets.UTF_8);
    }

    private static byte[] whole(WriteBatch batch) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (ByteBuffer part : batch.body()) {
            whole.write(part.array(), 0, part.limit());
        }
        assertThat(whole.size()).isEqualTo(batch.bodyLength());
        return whole.toByteArray();
    }

    @Test
    void seal_putAndDelete_isTheWholeRequest() {
        byte[] key = json("{\"id\":{\"S\":\"b\"}}");
        assertThat(put(batcher, "{\"id\":{\"S\":\"ü\"}}", 1)).isTrue();
        assertThat(batcher.tryDelete(key, 0, key.length, 0, 2, 20)).isTrue();

        WriteBatch batch = batcher.seal();

        assertThat(new String(whole(batch), StandardCharsets.UTF_8))
                .isEqualTo("{\"RequestItems\":{\"orders\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"ü\"}}}},"
                        + "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"b\"}}}}]},"
                        + "\"ReturnConsumedCapacity\":\"INDEXES\"}");
        assertThat(at(batch, 0)).isEqualTo("{\"id\":{\"S\":\"ü\"}}");
        assertThat(at(batch, 1)).isEqualTo("{\"id\":{\"S\":\"b\"}}");
        assertThat(batch.deletes()).containsExactly(false, true);
        assertThat(batch.tokens()).containsExactly(10, 20);
        assertThat(batch.units()).containsExactly(1, 1);
    }

    @Test
    void tryPut_twentySixth_isNotTaken() {
        for (int i = 0; i < 25; i++) {
            assertThat(put(batcher, "{}", i)).isTrue();
        }
        assertThat(put(batcher, "{}", 25)).isFalse();
        assertThat(batcher.seal().tokens()).hasSize(25);
        assertThat(batcher.isEmpty()).isTrue();
        assertThat(put(batcher, "{}", 25)).isTrue();
    }

    @Test
    void tryPut_keyAlreadyThere_isNotTaken() {
        byte[] key = json("{}");
        assertThat(put(batcher, "{}", 1)).isTrue();
        assertThat(put(batcher, "{}", 1)).isFalse();
        assertThat(batcher.tryDelete(key, 0, 2, 0, 1, 0)).isFalse();
        assertThat(batcher.tryDelete(key, 0, 2, 1, 1, 0)).isTrue();
    }

    @Test
    void tryPut_bodyBound_holdsButForASingleWrite() {
        int bound = 400;
        WriteBatcher small = new WriteBatcher("orders", bound);
        String item = "{\"v\":{\"S\":\"" + "x".repeat(50) + "\"}}";
        int writes = 0;
        while (put(small, item, writes)) {
            writes++;
        }
        assertThat(writes).isGreaterThan(1);
        assertThat(small.seal().bodyLength()).isBetween(bound - 150, bound);
        assertThat(put(small, "x".repeat(2 * bound), 1)).isTrue();
        assertThat(put(small, "{}", 2)).isFalse();
        assertThat(small.seal().bodyLength()).isGreaterThan(2 * bound);
    }

    /** A body that gets longer than the last one goes on in another part, and has no more room than half of it again. */
    @Property(tries = 200)
    void seal_anyLengths_eachWriteStandsWholeInOnePartAndLittleRoomIsLeft(
            @ForAll @Size(min = 1, max = 100) List<@IntRange(min = 2, max = 40_000) Integer> lengths) {
        WriteBatcher fresh = new WriteBatcher("orders");
        int lastLength = 16 << 10;
        for (int from = 0; from < lengths.size(); from += WriteBatcher.MAX_WRITES) {
            int to = Math.min(from + WriteBatcher.MAX_WRITES, lengths.size());
            List<String> items = new ArrayList<>();
            for (int length : lengths.subList(from, to)) {
                items.add("\"" + "x".repeat(length - 2) + "\"");
                assertThat(put(fresh, items.get(items.size() - 1), items.size()))
                        .isTrue();
            }

            WriteBatch batch = fresh.seal();

            assertThat(new String(whole(batch), StandardCharsets.UTF_8))
                    .isEqualTo(items.stream()
                            .map(item -> "{\"PutRequest\":{\"Item\":" + item + "}}")
                            .collect(Collectors.joining(
                                    ",",
                                    "{\"RequestItems\":{\"orders\":[",
                                    "]},\"ReturnConsumedCapacity\":\"INDEXES\"}")));
            for (int i = 0; i < items.size(); i++) {
                assertThat(at(batch, i)).isEqualTo(items.get(i));
                assertThat(partOf(batch, batch.offsets()[i]))
                        .isEqualTo(partOf(batch, batch.offsets()[i] + batch.lengths()[i] - 1));
            }
            int held =
                    Arrays.stream(batch.body()).mapToInt(ByteBuffer::capacity).sum();
            assertThat(held - batch.bodyLength())
                    .isLessThanOrEqualTo(Math.max(lastLength * 17 / 16, batch.bodyLength() * 3 / 2));
            lastLength = batch.bodyLength();
        }
    }

    private static int partOf(WriteBatch batch, int at) {
        int part = 0;
        for (int end = batch.body()[0].limit(); at >= end; end += batch.body()[part].limit()) {
            part++;
        }
        return part;
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1024, 1", "1025, 2", "409600, 400"})
    void seal_itemSize_isPricedInWholeUnits(int size, int units) {
        byte[] item = json("{}");
        assertThat(batcher.tryPut(item, 0, 2, size, 1, 1, 1)).isTrue();
        assertThat(batcher.seal().units()).containsExactly(units);
        assertThat(put(batcher, "{}", 1)).isTrue();
        assertThat(batcher.seal().units()).containsExactly(1);
    }
}
