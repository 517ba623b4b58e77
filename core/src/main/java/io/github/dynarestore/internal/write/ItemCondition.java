package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.ItemImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A condition of a write, as a request takes it. Names are always aliased: any of them may be a reserved word.
 *
 * @param expression the condition
 * @param names attribute names by alias
 * @param values values by placeholder
 */
record ItemCondition(String expression, Map<String, String> names, Map<String, AttributeValue> values) {

    /** Of 300 operators and functions (developer guide, "Constraints") one asks for the item, and two for an attribute. */
    static final int MAX_ATTRIBUTES = 149;

    /** Longest values in DynamoDB JSON; the service takes 2 MB in an expression, by a measure that it does not tell. */
    static final int MAX_VALUE_BYTES = 1 << 20;

    private static final String KEY = "#k";

    private record Attribute(String name, AttributeValue value, int bytes) {}

    /** That there is no item of the key. */
    static ItemCondition absent(String partitionKey) {
        return new ItemCondition("attribute_not_exists(" + KEY + ")", Map.of(KEY, partitionKey), Map.of());
    }

    /**
     * That the item of the key is still this one, as far as a condition can say: it compares the smallest attributes, as
     * many as fit, and cannot see attributes that were added. At most 149 * 16 + 20 bytes long, of 4 KB allowed.
     */
    static ItemCondition unchanged(Map<String, AttributeValue> item, List<String> keyNames) {
        StringBuilder expression = new StringBuilder("attribute_exists(" + KEY + ")");
        Map<String, String> names = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        names.put(KEY, keyNames.get(0));
        int bytes = 0;
        for (Attribute attribute : smallestFirst(item, keyNames)) {
            bytes += attribute.bytes();
            if (values.size() == MAX_ATTRIBUTES || bytes > MAX_VALUE_BYTES) {
                break;
            }
            int i = values.size();
            expression.append(" AND #").append(i).append(" = :").append(i);
            names.put("#" + i, attribute.name());
            values.put(":" + i, attribute.value());
        }
        return new ItemCondition(expression.toString(), names, values);
    }

    private static List<Attribute> smallestFirst(Map<String, AttributeValue> item, List<String> keyNames) {
        List<Attribute> attributes = new ArrayList<>();
        item.forEach((name, value) -> {
            if (!keyNames.contains(name)) {
                int bytes = ItemImage.of(Map.of(name, value)).length();
                attributes.add(new Attribute(name, value, bytes));
            }
        });
        attributes.sort(Comparator.comparingInt(Attribute::bytes).thenComparing(Attribute::name));
        return attributes;
    }
}
