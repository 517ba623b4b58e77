package io.github.dynarestore.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
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
        return new String(batch.body(), batch.offsets()[write], batch.lengths()[write], StandardCharsets.UTF_8);
    }

    @Test
    void seal_putAndDelete_isTheWholeRequest() {
        byte[] key = json("{\"id\":{\"S\":\"b\"}}");
        assertThat(put(batcher, "{\"id\":{\"S\":\"ü\"}}", 1)).isTrue();
        assertThat(batcher.tryDelete(key, 0, key.length, 0, 2, 20)).isTrue();

        WriteBatch batch = batcher.seal();

        assertThat(new String(batch.body(), 0, batch.bodyLength(), StandardCharsets.UTF_8))
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
