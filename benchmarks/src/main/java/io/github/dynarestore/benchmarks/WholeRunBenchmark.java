package io.github.dynarestore.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.WriteRate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * CPU time and allocation of this process per item, from gzip bytes to acknowledged write, of several ways in turn against
 * a stand-in that answers at once in a process of its own.
 */
public final class WholeRunBenchmark {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Rounds until the compiler has settled; they are printed and not counted. */
    private static final int WARM_UPS = 10;

    private static final int IN_FLIGHT = 64;
    private static final String FLOOR = "floor";
    private static final String PLAIN_FLOOR = "floor, plain Netty";
    private static final String CPU = "CPU us per item";
    private static final String ALLOCATED = "allocated bytes per item";

    private WholeRunBenchmark() {}

    /** A way to restore; returns the items written. */
    private interface Way {
        long run() throws Exception;
    }

    /** Arguments: items (default 100,000) and rounds (default 5, after those that warm up). */
    public static void main(String[] args) throws Exception {
        int items = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        Path directory = Files.createTempDirectory("dynarestore-benchmark");
        SampleLog.write(directory, items, Math.max(1, items / 16));
        try (StandInProcess dynamoDbServer = StandInProcess.start(StandInDynamoDb.class);
                StandInProcess s3Server = StandInProcess.start(StandInS3.class, directory.toString());
                DynamoDbAsyncClient dynamoDb = client(dynamoDbServer.endpoint());
                S3AsyncClient s3 = s3Client(s3Server.endpoint())) {
            BackupObjects objects = BackupObjects.in(s3, "backup");
            try (DynamoDbRestoreManager restores = DynamoDbRestoreManager.builder()
                            .s3(s3)
                            .dynamoDb(dynamoDb)
                            .build();
                    FloorHttp sdkHttp = new SdkFloorHttp(httpClient().build());
                    FloorHttp plainHttp = new PlainFloorHttp(dynamoDbServer.endpoint())) {
                FloorRestore floor = new FloorRestore(sdkHttp, dynamoDbServer.endpoint(), "ttt", objects);
                FloorRestore plainFloor = new FloorRestore(plainHttp, dynamoDbServer.endpoint(), "ttt", objects);
                Map<String, Way> ways = new LinkedHashMap<>();
                ways.put("ours", () -> ours(restores, plan().build()));
                ways.put("ours with a mapper", () -> ours(restores, mapped()));
                ways.put("naive", () -> naive(NaiveRestore.plainWrites(dynamoDb, "ttt"), objects));
                ways.put("enhanced client", () -> naive(new EnhancedWrites(dynamoDb, "ttt"), objects));
                ways.put(FLOOR, floor::run);
                ways.put(PLAIN_FLOOR, plainFloor::run);
                compare(ways, items, rounds, floor.bodyBytes() / (double) items);
            }
        } finally {
            deleteAll(directory);
        }
    }

    private static void compare(Map<String, Way> ways, int items, int rounds, double wireBytes) throws Exception {
        BenchmarkResults results = BenchmarkResults.of("whole-run");
        results.condition("items", items);
        results.condition("bytes of an item on the wire", String.format(Locale.ROOT, "%.0f", wireBytes));
        results.condition("rounds", rounds + " after " + WARM_UPS + " that warm up");
        AllocatedBytes allocated = new AllocatedBytes();
        for (int round = -WARM_UPS; round < rounds; round++) {
            StringBuilder line = new StringBuilder(round < 0 ? "warm-up:" : "round " + (round + 1) + ":");
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                var unused = allocated.sinceLastCall();
                double micros = microsPerItem(way.getValue(), items);
                double bytes = allocated.sinceLastCall() / (double) items;
                line.append(String.format(Locale.ROOT, " %s %.1f us CPU per item;", way.getKey(), micros));
                if (round >= 0) {
                    results.add(way.getKey(), CPU, micros);
                    results.add(way.getKey(), "items/s per core", 1e6 / micros);
                    results.add(way.getKey(), ALLOCATED, bytes);
                }
            }
            System.out.println(line);
        }
        results.print();
        for (String way : List.of("ours with a mapper", "naive", "enhanced client", FLOOR, PLAIN_FLOOR)) {
            System.out.printf(
                    Locale.ROOT,
                    "CPU per item, ours / %s: %.2f%n",
                    way,
                    results.spread("ours", CPU).median()
                            / results.spread(way, CPU).median());
        }
        for (String floor : List.of(FLOOR, PLAIN_FLOOR)) {
            System.out.printf(
                    Locale.ROOT,
                    "allocated per item beyond the %s: %.2f times the item's %.0f bytes on the wire%n",
                    floor,
                    (results.spread("ours", ALLOCATED).median()
                                    - results.spread(floor, ALLOCATED).median())
                            / wireBytes,
                    wireBytes);
        }
        results.write();
    }

    private static double microsPerItem(Way way, int items) throws Exception {
        long before = SYSTEM.getProcessCpuTime();
        long done = way.run();
        long nanos = SYSTEM.getProcessCpuTime() - before;
        if (done != items) {
            throw new IllegalStateException(done + " items instead of " + items);
        }
        return nanos / 1e3 / items;
    }

    static RestorePlan.Builder plan() {
        return RestorePlan.builder()
                .from("s3://backup/")
                .into("ttt")
                .writeRate(WriteRate.unitsPerSecond(10_000_000))
                .writesInFlight(IN_FLIGHT);
    }

    /** One attribute more, one renamed: what a migration does to each item. */
    private static RestorePlan mapped() {
        AttributeValue migrated = AttributeValue.fromBool(true);
        return plan().mapper(item -> {
                    Map<String, AttributeValue> mapped = new HashMap<>(item);
                    mapped.put("migrated", migrated);
                    mapped.put("town", mapped.remove("city"));
                    return mapped;
                })
                .build();
    }

    private static long ours(DynamoDbRestoreManager restores, RestorePlan plan) {
        return restores.start(plan).completion().join().writes().puts();
    }

    private static long naive(
            Function<List<Map<String, AttributeValue>>, CompletableFuture<?>> writes, BackupObjects objects)
            throws Exception {
        return new NaiveRestore("NewImage", IN_FLIGHT, writes).run(objects);
    }

    private static NettyNioAsyncHttpClient.Builder httpClient() {
        return NettyNioAsyncHttpClient.builder().maxConcurrency(128);
    }

    static S3AsyncClient s3Client(URI endpoint) {
        return S3AsyncClient.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake")))
                .httpClientBuilder(httpClient())
                .build();
    }

    static DynamoDbAsyncClient client(URI endpoint) {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake")))
                .httpClientBuilder(httpClient())
                .build();
    }

    static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(WholeRunBenchmark::delete);
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
