package io.github.dynarestore.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers that DynamoDB gives under load or in trouble, and that DynamoDB Local never gives. */
public final class DynamoDbFaults {

    private static final String REQUEST_ITEMS = "RequestItems";
    private static final String UNPROCESSED_ITEMS = "UnprocessedItems";
    private static final JsonFactory JSON = new JsonFactory();

    private DynamoDbFaults() {}

    /** Returns an HTTP 500; the write is not done. */
    public static Fault internalServerError() {
        return Fault.reply(internalServerErrorReply());
    }

    /** Returns an HTTP 500; the write is done all the same, which DynamoDB says may happen. */
    public static Fault internalServerErrorAfterWriting() {
        return Fault.replyAfterForwarding(internalServerErrorReply());
    }

    /** Returns a refusal for want of provisioned throughput. */
    public static Fault throttle() {
        return error(
                "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded.");
    }

    /**
     * Returns a refusal for want of throughput that says of what.
     *
     * @param reason such as {@code IndexWriteProvisionedThroughputExceeded}
     * @param resource ARN of a table or an index
     */
    public static Fault throttle(String reason, String resource) {
        return Fault.reply(HttpReply.json(
                400,
                "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\",\"message\":\"Throughput exceeds"
                        + " the current capacity.\",\"throttlingReasons\":[{\"reason\":\"" + reason
                        + "\",\"resource\":\"" + resource + "\"}]}"));
    }

    /**
     * Returns an HTTP 400 of a type.
     *
     * @param type as on the wire, such as {@code com.amazonaws.dynamodb.v20120810#ResourceNotFoundException}
     * @param message text of the error, without quotes
     */
    public static Fault error(String type, String message) {
        return Fault.reply(HttpReply.json(400, errorJson(type, message)));
    }

    /**
     * Returns a BatchWriteItem of which DynamoDB does a part: the other writes never reach the server and come back as
     * unprocessed. Which ones hangs on the seed, the request's ordinal and their place, so that a write sent again has
     * another chance. Other operations pass.
     *
     * @param share of the writes that come back, 0 to 1
     * @param seed the same one chooses the same writes
     */
    public static Fault unprocessed(double share, long seed) {
        Lots lots = new Lots(share, seed);
        return Fault.rewrite((request, upstream) -> {
            if (!request.operation().equals("BatchWriteItem")) {
                return upstream.forward(request);
            }
            Map<String, List<byte[]>> kept = new LinkedHashMap<>();
            Map<String, List<byte[]>> sentBack = new LinkedHashMap<>();
            long place = 0;
            for (Map.Entry<String, List<byte[]>> table :
                    writes(request.body(), REQUEST_ITEMS).entrySet()) {
                for (byte[] write : table.getValue()) {
                    Map<String, List<byte[]>> pile = lots.draw(request.ordinal(), place++) ? sentBack : kept;
                    pile.computeIfAbsent(table.getKey(), name -> new ArrayList<>())
                            .add(write);
                }
            }
            // DynamoDB refuses an empty batch.
            HttpReply reply = kept.isEmpty()
                    ? HttpReply.json(200, "{}")
                    : upstream.forward(request.withBody(replaceWrites(request.body(), REQUEST_ITEMS, kept)));
            if (reply.status() != 200) {
                return reply;
            }
            writes(reply.body(), UNPROCESSED_ITEMS)
                    .forEach((table, writes) -> sentBack.computeIfAbsent(table, name -> new ArrayList<>())
                            .addAll(writes));
            return reply.withBody(replaceWrites(reply.body(), UNPROCESSED_ITEMS, sentBack));
        });
    }

    private static HttpReply internalServerErrorReply() {
        return HttpReply.json(
                500, errorJson("com.amazonaws.dynamodb.v20120810#InternalServerError", "Internal server error"));
    }

    private static String errorJson(String type, String message) {
        return "{\"__type\":\"" + type + "\",\"message\":\"" + message + "\"}";
    }

    /** The writes under a field, by table, each as it stands in the JSON. */
    private static Map<String, List<byte[]>> writes(byte[] json, String field) throws IOException {
        Map<String, List<byte[]>> writes = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals(field);
                parser.nextToken();
                if (!wanted) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    List<byte[]> ofTable = new ArrayList<>();
                    writes.put(parser.currentName(), ofTable);
                    parser.nextToken();
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        ByteArrayOutputStream write = new ByteArrayOutputStream();
                        try (JsonGenerator copy = JSON.createGenerator(write)) {
                            copy.copyCurrentStructure(parser);
                        }
                        ofTable.add(write.toByteArray());
                    }
                }
            }
        }
        return writes;
    }

    private static byte[] replaceWrites(byte[] json, String field, Map<String, List<byte[]>> writes)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(json.length);
        try (JsonParser parser = JSON.createParser(json);
                JsonGenerator generator = JSON.createGenerator(out)) {
            parser.nextToken();
            generator.writeStartObject();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                if (parser.currentName().equals(field)) {
                    parser.nextToken();
                    parser.skipChildren();
                } else {
                    generator.copyCurrentStructure(parser);
                }
            }
            generator.writeObjectFieldStart(field);
            for (Map.Entry<String, List<byte[]>> table : writes.entrySet()) {
                generator.writeArrayFieldStart(table.getKey());
                for (byte[] write : table.getValue()) {
                    generator.writeRawValue(new String(write, StandardCharsets.UTF_8));
                }
                generator.writeEndArray();
            }
            generator.writeEndObject();
            generator.writeEndObject();
        }
        return out.toByteArray();
    }
}
