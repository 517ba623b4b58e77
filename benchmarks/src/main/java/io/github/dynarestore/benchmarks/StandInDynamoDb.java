package io.github.dynarestore.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * A DynamoDB that takes every batch at once and keeps nothing, so that a client's own cost can be seen. Prints its port
 * and runs until its standard input ends.
 */
final class StandInDynamoDb {

    private static final String TABLE = "{\"Table\":{\"TableName\":\"t\",\"TableStatus\":\"ACTIVE\",\"TableId\":\"0\","
            + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
            + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],"
            + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":40000}}}";

    private StandInDynamoDb() {}

    public static void main(String[] args) throws IOException {
        // Without it an answer waits 40 ms for the acknowledgement of its own head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", StandInDynamoDb::answer);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
        System.out.println(server.getAddress().getPort());
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        System.exit(0);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
        String target = String.valueOf(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
        String body;
        if (target.endsWith("DescribeTable")) {
            body = TABLE;
        } else if (target.endsWith("Scan")) {
            body = "{\"Count\":0,\"Items\":[],\"ScannedCount\":0}";
        } else {
            body = "{\"UnprocessedItems\":{}}";
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
