package io.github.dynarestore.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.batch.WriteBatcher;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.model.ItemImage;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** What a write is charged before it is sent, item by item beside what DynamoDB Local says it consumed. */
class WriteUnitsTest {

    private static final String TABLE = Fixture.table(TableShape.S);

    private static double consumed(Map<String, AttributeValue> item) {
        List<ConsumedCapacity> said = Fixture.DYNAMO_DB
                .batchWriteItem(request -> request.requestItems(Map.of(
                                TABLE,
                                List.of(WriteRequest.builder()
                                        .putRequest(put -> put.item(item))
                                        .build())))
                        .returnConsumedCapacity(ReturnConsumedCapacity.INDEXES))
                .join()
                .consumedCapacity();
        return said.get(0).table().capacityUnits();
    }

    private static int charged(Map<String, AttributeValue> item) throws Exception {
        ItemImage image = ItemImage.of(item);
        ItemScanner scanner = new ItemScanner();
        scanner.scan(image.array(), image.offset(), image.offset() + image.length());
        WriteBatcher batcher = new WriteBatcher(TABLE);
        assertThat(batcher.tryPut(image.array(), image.offset(), image.length(), scanner.itemSizeBytes(), 1, 1, 1))
                .isTrue();
        return batcher.seal().units()[0];
    }

    @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
    void charge_anyItem_isWhatDynamoDbConsumes(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Map<String, AttributeValue> item = new HashMap<>();
        for (int attribute = random.nextInt(12); attribute > 0; attribute--) {
            item.put("a" + "é".repeat(random.nextInt(4)) + attribute, value(random, 3));
        }
        item.put("pk", AttributeValue.fromS("k" + seed));

        assertThat((double) charged(item)).as("%s", item).isEqualTo(consumed(item));
    }

    /** One byte below each border of a unit, on it and above it. */
    @Test
    void charge_sizesAroundWholeUnits_areWhatDynamoDbConsumes() throws Exception {
        for (int units = 1; units <= 400; units = units < 20 ? units + 1 : units + 20) {
            for (int bytes = units * 1024 - 1; bytes <= units * 1024 + 1; bytes++) {
                String key = "b" + bytes;
                int left = bytes - "pk".length() - key.length() - "v".length();
                Map<String, AttributeValue> item =
                        Map.of("pk", AttributeValue.fromS(key), "v", AttributeValue.fromS("x".repeat(left)));
                if (bytes <= 400 * 1024) {
                    assertThat((double) charged(item)).as("%d bytes", bytes).isEqualTo(consumed(item));
                }
            }
        }
    }

    private static AttributeValue value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> AttributeValue.fromS("ü€x".repeat(random.nextInt(500)));
            case 1 -> AttributeValue.fromN(number(random));
            case 2 -> AttributeValue.fromB(SdkBytes.fromByteArray(new byte[random.nextInt(2_000)]));
            case 3 -> AttributeValue.fromBool(random.nextBoolean());
            case 4 -> AttributeValue.fromNul(true);
            case 5 ->
                AttributeValue.fromSs(
                        random.ints(3).distinct().mapToObj(Integer::toString).toList());
            case 6 ->
                AttributeValue.fromNs(
                        random.ints(4).distinct().mapToObj(Integer::toString).toList());
            case 7 ->
                AttributeValue.fromL(random.ints(random.nextInt(5))
                        .mapToObj(any -> value(random, depth - 1))
                        .toList());
            default -> {
                Map<String, AttributeValue> map = new HashMap<>();
                for (int entry = random.nextInt(5); entry > 0; entry--) {
                    map.put("m" + entry, value(random, depth - 1));
                }
                yield AttributeValue.fromM(map);
            }
        };
    }

    private static String number(Random random) {
        BigDecimal number = new BigDecimal(new BigInteger(1 + random.nextInt(120), random), random.nextInt(60) - 30);
        return (random.nextBoolean() ? number : number.negate()).toString();
    }
}
