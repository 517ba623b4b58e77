package io.github.dynarestore.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A DynamoDB that takes every batch at once and keeps nothing, so that a client's own cost can be seen. Started with
 * {@code arrivals}, it tells on {@code /arrivals} when how many puts came since it was asked last.
 */
final class StandInDynamoDb {

    private static final String TABLE = "{\"Table\":{\"TableName\":\"t\",\"TableStatus\":\"ACTIVE\",\"TableId\":\"0\","
            + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
            + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],"
            + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":40000}}}";

    private static final byte[] PUT = "PutRequest".getBytes(StandardCharsets.UTF_8);

    private static final Queue<String> ARRIVALS = new ConcurrentLinkedQueue<>();

    private StandInDynamoDb() {}

    public static void main(String[] args) throws IOException {
        boolean tellsArrivals = args.length > 0 && args[0].equals("arrivals");
        StandInProcess.serve(
                Map.of("/", exchange -> answer(exchange, tellsArrivals), "/arrivals", StandInDynamoDb::tellArrivals));
    }

    private static void tellArrivals(HttpExchange exchange) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String line = ARRIVALS.poll(); line != null; line = ARRIVALS.poll()) {
            lines.append(line).append('\n');
        }
        byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static int count(byte[] body, byte[] part) {
        int count = 0;
        for (int i = 0; i + part.length <= body.length; i++) {
            if (body[i] == part[0] && Arrays.equals(body, i, i + part.length, part, 0, part.length)) {
                count++;
                i += part.length - 1;
            }
        }
        return count;
    }

    private static void answer(HttpExchange exchange, boolean tellsArrivals) throws IOException {
        long nanos = System.nanoTime();
        boolean isTrial = String.valueOf(exchange.getRequestHeaders().getFirst("User-Agent"))
                .contains("dynarestore/trial");
        if (tellsArrivals && !isTrial) {
            int puts = count(exchange.getRequestBody().readAllBytes(), PUT);
            if (puts > 0) {
                ARRIVALS.add(nanos + " " + puts);
            }
        } else {
            exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
        }
        String target = String.valueOf(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
        String body;
        if (isTrial) {
            body = "{\"__type\":\"com.amazon.coral.validate#ValidationException\"}";
        } else if (target.endsWith("DescribeTable")) {
            body = TABLE;
        } else if (target.endsWith("Scan")) {
            body = "{\"Count\":0,\"Items\":[],\"ScannedCount\":0}";
        } else {
            body = "{\"UnprocessedItems\":{}}";
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
        exchange.sendResponseHeaders(isTrial ? 400 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
