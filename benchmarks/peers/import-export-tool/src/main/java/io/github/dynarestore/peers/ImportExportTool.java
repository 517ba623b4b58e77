package io.github.dynarestore.peers;

import com.amazonaws.ClientConfiguration;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.dynamodb.bootstrap.AttributeValueMixIn;
import com.amazonaws.dynamodb.bootstrap.DynamoDBConsumer;
import com.amazonaws.dynamodb.bootstrap.SegmentedScanResult;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBClient;
import com.amazonaws.services.dynamodbv2.model.AttributeValue;
import com.amazonaws.services.dynamodbv2.model.ScanResult;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The import half of the DynamoDB import export tool, fed with files: its own command can only read another table. The
 * items are handed to its consumer as pages of a scan would be.
 */
public final class ImportExportTool {

    private static final int PAGE_ITEMS = 1_000;

    private ImportExportTool() {}

    /** Arguments: endpoint, table, directory. */
    public static void main(String[] args) throws Exception {
        AmazonDynamoDBClient client = new AmazonDynamoDBClient(
                new BasicAWSCredentials("fake", "fake"), new ClientConfiguration().withMaxConnections(32));
        client.setEndpoint(args[0]);
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                16, 16, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(64), new ThreadPoolExecutor.CallerRunsPolicy());
        DynamoDBConsumer consumer = new DynamoDBConsumer(client, args[1], 1_000_000, threads);
        ObjectReader lines = new ObjectMapper()
                .addMixIn(AttributeValue.class, AttributeValueMixIn.class)
                .reader(new TypeReference<Map<String, Map<String, AttributeValue>>>() {});
        List<Path> files;
        try (Stream<Path> all = Files.list(Paths.get(args[2]))) {
            files = all.sorted().collect(Collectors.toList());
        }
        for (Path file : files) {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
                writeAll(in, lines, consumer);
            }
        }
        consumer.shutdown(true);
        client.shutdown();
    }

    private static void writeAll(BufferedReader in, ObjectReader lines, DynamoDBConsumer consumer) throws IOException {
        List<Map<String, AttributeValue>> page = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, Map<String, AttributeValue>> item = lines.readValue(line);
            page.add(item.get("Item"));
            if (page.size() == PAGE_ITEMS) {
                consumer.writeResult(new SegmentedScanResult(new ScanResult().withItems(page), 0));
                page = new ArrayList<>();
            }
        }
        if (!page.isEmpty()) {
            consumer.writeResult(new SegmentedScanResult(new ScanResult().withItems(page), 0));
        }
    }
}
