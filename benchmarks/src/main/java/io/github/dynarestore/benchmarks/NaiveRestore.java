package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** What one writes in an afternoon: tree, attribute values, batches of 25, 64 in flight. */
final class NaiveRestore {

    private static final int IN_FLIGHT = 64;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final DynamoDbAsyncClient dynamoDb;
    private final String table;
    private final Semaphore slots = new Semaphore(IN_FLIGHT);

    NaiveRestore(DynamoDbAsyncClient dynamoDb, String table) {
        this.dynamoDb = dynamoDb;
        this.table = table;
    }

    long run(Path directory) throws IOException, InterruptedException {
        List<Path> objects;
        try (Stream<Path> files = Files.list(directory)) {
            objects = files.sorted().toList();
        }
        long items = 0;
        List<WriteRequest> batch = new ArrayList<>();
        for (Path object : objects) {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(object), 65_536), StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    Map<String, AttributeValue> item =
                            attributes(MAPPER.readTree(line).get("NewImage"));
                    batch.add(WriteRequest.builder()
                            .putRequest(put -> put.item(item))
                            .build());
                    items++;
                    if (batch.size() == 25) {
                        send(batch);
                        batch = new ArrayList<>();
                    }
                }
            }
        }
        if (!batch.isEmpty()) {
            send(batch);
        }
        slots.acquire(IN_FLIGHT);
        return items;
    }

    private void send(List<WriteRequest> batch) throws InterruptedException {
        slots.acquire();
        var unused = dynamoDb.batchWriteItem(request -> request.requestItems(Map.of(table, batch)))
                .whenComplete((response, failure) -> {
                    slots.release();
                    if (failure != null) {
                        failure.printStackTrace();
                    }
                });
    }

    static Map<String, AttributeValue> attributes(JsonNode object) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        object.fields().forEachRemaining(field -> attributes.put(field.getKey(), value(field.getValue())));
        return attributes;
    }

    private static AttributeValue value(JsonNode typed) {
        Map.Entry<String, JsonNode> only = typed.fields().next();
        JsonNode value = only.getValue();
        return switch (only.getKey()) {
            case "S" -> AttributeValue.fromS(value.textValue());
            case "N" -> AttributeValue.fromN(value.textValue());
            case "B" -> AttributeValue.fromB(binary(value));
            case "SS" -> AttributeValue.fromSs(texts(value));
            case "NS" -> AttributeValue.fromNs(texts(value));
            case "BS" -> {
                List<SdkBytes> members = new ArrayList<>();
                value.forEach(member -> members.add(binary(member)));
                yield AttributeValue.fromBs(members);
            }
            case "BOOL" -> AttributeValue.fromBool(value.booleanValue());
            case "NULL" -> AttributeValue.fromNul(true);
            case "M" -> AttributeValue.fromM(attributes(value));
            case "L" -> {
                List<AttributeValue> members = new ArrayList<>();
                value.forEach(member -> members.add(value(member)));
                yield AttributeValue.fromL(members);
            }
            default -> throw new IllegalArgumentException(only.getKey());
        };
    }

    private static SdkBytes binary(JsonNode value) {
        try {
            return SdkBytes.fromByteArrayUnsafe(value.binaryValue());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(member -> texts.add(member.textValue()));
        return texts;
    }
}
