package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

/** Puts of items as the bytes they are, since the SDK would spell them anew. */
final class RawPuts {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RawPuts() {}

    /** Whether DynamoDB Local takes a batch of these items. */
    static boolean areTaken(String table, List<byte[]> items) throws InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(("{\"RequestItems\":{\"" + table + "\":[").getBytes(UTF_8));
        for (int i = 0; i < items.size(); i++) {
            body.writeBytes(((i == 0 ? "" : ",") + "{\"PutRequest\":{\"Item\":").getBytes(UTF_8));
            body.writeBytes(items.get(i));
            body.writeBytes("}}".getBytes(UTF_8));
        }
        body.writeBytes("]}}".getBytes(UTF_8));
        HttpRequest request = HttpRequest.newBuilder(TestServers.dynamoDb().endpoint())
                .header("Content-Type", "application/x-amz-json-1.0")
                .header("X-Amz-Target", "DynamoDB_20120810.BatchWriteItem")
                .header(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=fake/20240101/us-east-1/dynamodb/aws4_request, SignedHeaders=host,"
                                + " Signature=00")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            // DynamoDB Local answers some JSON that is none with 500.
            assertThat(response.statusCode())
                    .as("%s to %.500s", response.body(), body.toString(UTF_8))
                    .isIn(200, 400, 500);
            return response.statusCode() == 200;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
