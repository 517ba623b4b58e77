package io.github.dynarestore.testing;

import io.github.dynarestore.model.ItemImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * Writes a table down as a fixture: {@code items.json}, a line for each item as DynamoDB's export has it, and {@code
 * table.json} with its key, indexes and stream. Items stand in the order of their keys, attributes and members of sets in theirs, so that two
 * fixtures of the same table differ only where their items do.
 */
public final class FixtureWriter {

    /** Each at most 1 MB (DynamoDB developer guide, Scan), and all of them in memory. */
    private static final int MAX_PAGES = 64;

    private FixtureWriter() {}

    /**
     * Writes a table into a directory, which is made if it is not there.
     *
     * @throws IllegalStateException if the table has more than 64 pages of a scan, each of at most 1 MB
     * @throws UncheckedIOException if it cannot be written
     */
    public static void write(DynamoDbClient client, String tableName, Path directory) {
        TableDescription table =
                client.describeTable(request -> request.tableName(tableName)).table();
        List<String> key = table.keySchema().stream()
                .sorted(Comparator.comparing(part -> part.keyType() == KeyType.RANGE))
                .map(part -> part.attributeName())
                .toList();
        List<Map<String, AttributeValue>> items = new ArrayList<>();
        int pages = 0;
        for (ScanResponse page :
                client.scanPaginator(scan -> scan.tableName(tableName).consistentRead(true))) {
            if (++pages > MAX_PAGES) {
                throw new IllegalStateException(
                        "the table " + tableName + " has more than " + MAX_PAGES + " MB, too much for a fixture");
            }
            items.addAll(page.items());
        }
        items.sort(byKey(key));
        StringBuilder lines = new StringBuilder();
        for (Map<String, AttributeValue> item : items) {
            lines.append("{\"Item\":")
                    .append(new String(ItemImage.of(sorted(item)).toByteArray(), StandardCharsets.UTF_8))
                    .append("}\n");
        }
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("items.json"), lines);
            Files.write(directory.resolve(FixtureFiles.TABLE_FILE), TableJson.write(table));
        } catch (IOException e) {
            throw new UncheckedIOException("the fixture cannot be written to " + directory, e);
        }
    }

    private static Comparator<Map<String, AttributeValue>> byKey(List<String> key) {
        return (left, right) -> {
            for (String attribute : key) {
                int order = compare(
                        Objects.requireNonNull(left.get(attribute)), Objects.requireNonNull(right.get(attribute)));
                if (order != 0) {
                    return order;
                }
            }
            return 0;
        };
    }

    private static int compare(AttributeValue left, AttributeValue right) {
        return switch (left.type()) {
            case N -> new BigDecimal(left.n()).compareTo(new BigDecimal(right.n()));
            case B -> Arrays.compareUnsigned(left.b().asByteArray(), right.b().asByteArray());
            default -> left.s().compareTo(right.s());
        };
    }

    private static Map<String, AttributeValue> sorted(Map<String, AttributeValue> attributes) {
        Map<String, AttributeValue> sorted = new TreeMap<>();
        attributes.forEach((name, value) -> sorted.put(name, sorted(value)));
        return sorted;
    }

    private static AttributeValue sorted(AttributeValue value) {
        return switch (value.type()) {
            case M -> AttributeValue.fromM(sorted(value.m()));
            case L ->
                AttributeValue.fromL(
                        value.l().stream().map(FixtureWriter::sorted).toList());
            case SS -> AttributeValue.fromSs(value.ss().stream().sorted().toList());
            case NS ->
                AttributeValue.fromNs(value.ns().stream()
                        .sorted(Comparator.comparing(BigDecimal::new))
                        .toList());
            case BS ->
                AttributeValue.fromBs(value.bs().stream()
                        .sorted(Comparator.comparing(SdkBytes::asByteArray, Arrays::compareUnsigned))
                        .toList());
            default -> value;
        };
    }
}
