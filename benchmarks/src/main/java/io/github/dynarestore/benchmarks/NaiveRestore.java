package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** What one writes in an afternoon: list, gunzip, tree, attribute values, batches of 25, some of them in flight. */
final class NaiveRestore {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final String imageField;
    private final int inFlight;
    private final Function<List<Map<String, AttributeValue>>, CompletableFuture<?>> write;
    private final Semaphore slots;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * @param imageField field of a line that holds the item
     * @param inFlight calls at once
     * @param write writes a batch to its end
     */
    NaiveRestore(
            String imageField, int inFlight, Function<List<Map<String, AttributeValue>>, CompletableFuture<?>> write) {
        this.imageField = imageField;
        this.inFlight = inFlight;
        this.write = write;
        this.slots = new Semaphore(inFlight);
    }

    /** Writes by the client's own call, and what it left unprocessed again. */
    static Function<List<Map<String, AttributeValue>>, CompletableFuture<?>> plainWrites(
            DynamoDbAsyncClient dynamoDb, String table) {
        return items -> {
            List<WriteRequest> writes = new ArrayList<>();
            for (Map<String, AttributeValue> item : items) {
                writes.add(
                        WriteRequest.builder().putRequest(put -> put.item(item)).build());
            }
            return writeAll(dynamoDb, Map.of(table, writes));
        };
    }

    private static CompletableFuture<BatchWriteItemResponse> writeAll(
            DynamoDbAsyncClient dynamoDb, Map<String, List<WriteRequest>> writes) {
        return dynamoDb.batchWriteItem(request -> request.requestItems(writes))
                .thenCompose(response -> response.unprocessedItems().isEmpty()
                        ? CompletableFuture.completedFuture(response)
                        : writeAll(dynamoDb, response.unprocessedItems()));
    }

    long run(BackupObjects objects) throws IOException, InterruptedException {
        long items = 0;
        List<Map<String, AttributeValue>> batch = new ArrayList<>();
        for (String object : objects.names()) {
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(new GZIPInputStream(objects.open(object), 65_536), StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    batch.add(attributes(MAPPER.readTree(line).get(imageField)));
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
        slots.acquire(inFlight);
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("a batch was not written", failed);
        }
        return items;
    }

    private void send(List<Map<String, AttributeValue>> batch) throws InterruptedException {
        slots.acquire();
        var unused = write.apply(batch).whenComplete((done, failed) -> {
            failure.compareAndSet(null, failed);
            slots.release();
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
