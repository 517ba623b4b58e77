package io.github.dynarestore.internal.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class ItemConditionTest {

    private static final List<String> KEY = List.of("pk", "sk");

    private static Map<String, AttributeValue> item(List<Integer> lengths) {
        Map<String, AttributeValue> item = new HashMap<>();
        item.put("pk", AttributeValue.fromS("p"));
        item.put("sk", AttributeValue.fromS("s"));
        for (int i = 0; i < lengths.size(); i++) {
            item.put("a" + i, AttributeValue.fromS("x".repeat(lengths.get(i))));
        }
        return item;
    }

    @Test
    void absent_anyName_isAliased() {
        assertThat(ItemCondition.absent("size"))
                .isEqualTo(new ItemCondition("attribute_not_exists(#k)", Map.of("#k", "size"), Map.of()));
    }

    @Test
    void unchanged_keyAlone_asksForTheItem() {
        assertThat(ItemCondition.unchanged(item(List.of()), KEY))
                .isEqualTo(new ItemCondition("attribute_exists(#k)", Map.of("#k", "pk"), Map.of()));
    }

    /** Whatever the item: within the limits, every alias used and known, and no attribute left out that would fit. */
    @Property(tries = 200)
    void unchanged_anyItem_comparesTheSmallestThatFit(
            @ForAll @Size(max = 400) List<@IntRange(max = 6_000) Integer> lengths) {
        Map<String, AttributeValue> item = item(lengths);

        ItemCondition condition = ItemCondition.unchanged(item, KEY);

        assertThat(condition.expression().length()).isLessThanOrEqualTo(4096);
        List<String> aliases = Pattern.compile("#\\w+")
                .matcher(condition.expression())
                .results()
                .map(found -> found.group())
                .toList();
        assertThat(aliases)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(condition.names().keySet());
        List<Integer> compared = new ArrayList<>();
        condition.values().forEach((placeholder, value) -> {
            String name = condition.names().get(placeholder.replace(':', '#'));
            assertThat(item.get(name)).isEqualTo(value);
            compared.add(value.s().length());
        });
        assertThat(new HashSet<>(condition.names().values())).hasSize(compared.size() + 1);
        assertThat(compared)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, lengths.size())
                        .boxed()
                        .sorted(Comparator.comparingInt((Integer i) -> lengths.get(i) + ("a" + i).length())
                                .thenComparing(i -> "a" + i))
                        .limit(ItemCondition.MAX_ATTRIBUTES)
                        .map(lengths::get)
                        .toList());
    }

    @Test
    void unchanged_valuesTooLong_comparesTheShorterOnes() {
        int half = ItemCondition.MAX_VALUE_BYTES / 2;

        ItemCondition condition = ItemCondition.unchanged(item(List.of(half, 10, half)), KEY);

        assertThat(condition.names().values()).contains("a1").hasSize(3);
    }
}
