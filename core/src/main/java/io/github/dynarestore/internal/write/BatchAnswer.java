package io.github.dynarestore.internal.write;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.model.ItemImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.Crc32MismatchException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.Capacity;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingException;
import software.amazon.awssdk.services.dynamodb.model.ThrottlingReason;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** Reads what DynamoDB answers to a BatchWriteItem. */
final class BatchAnswer {

    private final JsonCursor json = new JsonCursor();
    private final byte[] body;
    private @Nullable String errorType;
    private final List<ThrottlingReason> reasons = new ArrayList<>();

    private BatchAnswer(byte[] body) {
        this.body = body;
        json.reset(body, 0, body.length);
    }

    /**
     * Reads an answer.
     *
     * @throws DynamoDbException if the service refuses or fails
     * @throws SdkClientException if what came is no answer of DynamoDB's
     */
    static BatchWriteItemResponse read(HttpAnswer answer) {
        check(answer);
        if (answer.body().length == 0) {
            // Says nothing of what is unprocessed, which the writer takes for no answer.
            return BatchWriteItemResponse.builder().build();
        }
        try {
            return new BatchAnswer(answer.body()).response();
        } catch (InvalidItemException e) {
            throw SdkClientException.create("DynamoDB's answer is no JSON that is known: " + e.reason(), e);
        }
    }

    /** Throws if an answer is damaged, or an error. */
    static void check(HttpAnswer answer) {
        if (answer.crc32() != null) {
            CRC32 crc = new CRC32();
            crc.update(answer.body());
            if (!answer.crc32().equals(Long.toString(crc.getValue()))) {
                throw Crc32MismatchException.create("DynamoDB's answer was damaged on its way", null);
            }
        }
        if (answer.status() / 100 != 2) {
            throw error(answer);
        }
    }

    private static DynamoDbException error(HttpAnswer answer) {
        BatchAnswer error = new BatchAnswer(answer.body());
        try {
            error.readError();
        } catch (InvalidItemException e) {
            // A server in between that knows nothing of DynamoDB; the status says enough.
        }
        String code = error.errorType;
        // Whatever it is called: only these have a place for reasons.
        DynamoDbException.Builder exception = error.reasons.isEmpty()
                ? DynamoDbException.builder()
                : ThrottlingException.builder().throttlingReasons(error.reasons);
        return (DynamoDbException) exception
                .message("HTTP " + answer.status() + (code == null ? "" : ", " + code))
                .statusCode(answer.status())
                .requestId(answer.requestId())
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .serviceName("DynamoDb")
                        .build())
                .build();
    }

    /**
     * Reads the last part of {@code {"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}}, and the
     * {@code ThrottlingReasons} beside it, which are spelled with a small letter in some errors.
     */
    private void readError() throws InvalidItemException {
        members(name -> {
            if (name.equals("__type") && json.peek() == '"') {
                json.string();
                errorType = json.text().substring(json.text().lastIndexOf('#') + 1);
            } else if (name.equalsIgnoreCase("ThrottlingReasons") && json.peek() == '[') {
                elements(() -> reasons.add(throttlingReason()));
            } else {
                json.skipValue();
            }
        });
    }

    private ThrottlingReason throttlingReason() throws InvalidItemException {
        ThrottlingReason.Builder reason = ThrottlingReason.builder();
        members(name -> {
            if (json.peek() != '"') {
                json.skipValue();
                return;
            }
            json.string();
            if (name.equalsIgnoreCase("reason")) {
                reason.reason(json.text());
            } else if (name.equalsIgnoreCase("resource")) {
                reason.resource(json.text());
            }
        });
        return reason.build();
    }

    private BatchWriteItemResponse response() throws InvalidItemException {
        BatchWriteItemResponse.Builder response = BatchWriteItemResponse.builder();
        members(name -> {
            if (name.equals("UnprocessedItems") && json.peek() == '{') {
                Map<String, List<WriteRequest>> writes = new HashMap<>();
                members(table -> writes.put(table, writes()));
                response.unprocessedItems(writes);
            } else if (name.equals("ConsumedCapacity") && json.peek() == '[') {
                response.consumedCapacity(consumed());
            } else {
                json.skipValue();
            }
        });
        return response.build();
    }

    private List<WriteRequest> writes() throws InvalidItemException {
        List<WriteRequest> writes = new ArrayList<>();
        elements(() -> {
            WriteRequest.Builder write = WriteRequest.builder();
            members(verb -> members(part -> {
                int from = json.position();
                json.skipValue();
                Map<String, AttributeValue> attributes = attributes(from, json.position());
                if (verb.equals("PutRequest")) {
                    write.putRequest(put -> put.item(attributes));
                } else {
                    write.deleteRequest(delete -> delete.key(attributes));
                }
            }));
            writes.add(write.build());
        });
        return writes;
    }

    private Map<String, AttributeValue> attributes(int from, int to) throws InvalidItemException {
        try {
            return ItemImage.wrap(body, from, to - from).attributes();
        } catch (RuntimeException e) {
            throw new InvalidItemException(JsonCursor.SYNTAX, from, "an item that is none");
        }
    }

    private List<ConsumedCapacity> consumed() throws InvalidItemException {
        List<ConsumedCapacity> consumed = new ArrayList<>();
        elements(() -> {
            ConsumedCapacity.Builder capacity = ConsumedCapacity.builder();
            members(name -> {
                if (name.equals("CapacityUnits") && json.peek() != 'n') {
                    capacity.capacityUnits(number());
                } else if (name.equals("GlobalSecondaryIndexes") && json.peek() == '{') {
                    capacity.globalSecondaryIndexes(consumedByIndexes());
                } else {
                    json.skipValue();
                }
            });
            consumed.add(capacity.build());
        });
        return consumed;
    }

    private Map<String, Capacity> consumedByIndexes() throws InvalidItemException {
        Map<String, Capacity> indexes = new HashMap<>();
        members(index -> {
            Capacity.Builder capacity = Capacity.builder();
            members(name -> {
                if (name.equals("CapacityUnits") && json.peek() != 'n') {
                    capacity.capacityUnits(number());
                } else {
                    json.skipValue();
                }
            });
            indexes.put(index, capacity.build());
        });
        return indexes;
    }

    private Double number() throws InvalidItemException {
        json.number();
        return Double.valueOf(
                new String(body, json.textFrom(), json.textTo() - json.textFrom(), StandardCharsets.US_ASCII));
    }

    private interface Member {
        void read(String name) throws InvalidItemException;
    }

    private interface Element {
        void read() throws InvalidItemException;
    }

    private void members(Member member) throws InvalidItemException {
        json.take('{');
        if (json.takeIf('}')) {
            return;
        }
        do {
            json.string();
            String name = json.text();
            json.take(':');
            member.read(name);
        } while (json.takeIf(','));
        json.take('}');
    }

    private void elements(Element element) throws InvalidItemException {
        json.take('[');
        if (json.takeIf(']')) {
            return;
        }
        do {
            element.read();
        } while (json.takeIf(','));
        json.take(']');
    }
}
