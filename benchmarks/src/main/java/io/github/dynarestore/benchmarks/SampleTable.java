package io.github.dynarestore.benchmarks;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** A table of {@link SampleItems}: makes one, and says in which ways what is in it is not what should be. */
final class SampleTable {

    static final String RIGHT = "right";

    private final Map<String, Map<String, AttributeValue>> expected;
    private final Map<String, Integer> differences = new TreeMap<>();

    /** What should be in a table. */
    SampleTable(List<Map<String, AttributeValue>> expected) {
        this.expected = new HashMap<>();
        expected.forEach(item -> this.expected.put(key(item), item));
    }

    /** Creates an empty table. */
    static void create(DynamoDbAsyncClient dynamoDb, String table) {
        var unused = dynamoDb.createTable(create -> create.tableName(table)
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .keySchema(key -> key.attributeName("pk").keyType(KeyType.HASH))
                        .attributeDefinitions(key -> key.attributeName("pk").attributeType(ScalarAttributeType.S)))
                .join();
    }

    static void delete(DynamoDbAsyncClient dynamoDb, String table) {
        var unused = dynamoDb.deleteTable(delete -> delete.tableName(table)).join();
    }

    /** Returns {@link #RIGHT}, or what differs and in how many items. */
    String check(DynamoDbAsyncClient dynamoDb, String table) {
        Set<String> missing = new HashSet<>(expected.keySet());
        dynamoDb.scanPaginator(scan -> scan.tableName(table).consistentRead(true))
                .items()
                .subscribe(item -> {
                    String key = key(item);
                    missing.remove(key);
                    compare(expected.getOrDefault(key, Map.of()), item);
                })
                .join();
        if (!missing.isEmpty()) {
            differences.put("not there", missing.size());
        }
        return differences.isEmpty()
                ? RIGHT
                : differences.entrySet().stream()
                        .map(found -> found.getKey() + " in " + found.getValue() + " items")
                        .collect(Collectors.joining("; "));
    }

    private static String key(Map<String, AttributeValue> item) {
        return Objects.requireNonNull(item.get("pk"), "an item without its key").s();
    }

    private void compare(Map<String, AttributeValue> expected, Map<String, AttributeValue> found) {
        Set<String> names = new TreeSet<>(expected.keySet());
        names.addAll(found.keySet());
        for (String name : names) {
            AttributeValue before = expected.get(name);
            AttributeValue after = found.get(name);
            if (!comparable(before).equals(comparable(after))) {
                differences.merge(name + ": " + type(before) + " became " + type(after), 1, Integer::sum);
            }
        }
    }

    private static String type(@Nullable AttributeValue value) {
        return value == null ? "nothing" : value.type().toString();
    }

    /** A value whose equality is that of DynamoDB: sets without order, numbers by what they are worth. */
    private static Object comparable(@Nullable AttributeValue value) {
        if (value == null) {
            return "nothing";
        }
        return switch (value.type()) {
            case N -> new BigDecimal(value.n()).stripTrailingZeros();
            case SS -> Set.copyOf(value.ss());
            case NS ->
                value.ns().stream()
                        .map(number -> new BigDecimal(number).stripTrailingZeros())
                        .collect(Collectors.toSet());
            case BS -> Set.copyOf(value.bs());
            case L -> value.l().stream().map(SampleTable::comparable).toList();
            case M ->
                value.m().entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, member -> comparable(member.getValue())));
            default -> value;
        };
    }
}
