package io.github.dynarestore.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * CPU time of this process per item, from gzip bytes to acknowledged write, ours and the naive way in turn against a
 * stand-in that answers at once in a process of its own.
 */
public final class WholeRunBenchmark {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private WholeRunBenchmark() {}

    /** A way to restore a directory. */
    private interface Way {
        long run(Path directory) throws Exception;
    }

    /** Rounds until the compiler has settled; they are printed and not counted. */
    private static final int WARM_UPS = 6;

    /** Arguments: items (default 100,000) and rounds (default 7, after those that warm up). */
    public static void main(String[] args) throws Exception {
        int items = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        Path directory = Files.createTempDirectory("dynarestore-benchmark");
        Process standIn = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StandInDynamoDb.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            SampleLog.write(directory, items, Math.max(1, items / 16));
            String port = new BufferedReader(new InputStreamReader(standIn.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            try (DynamoDbAsyncClient dynamoDb = client(URI.create("http://127.0.0.1:" + port));
                    DynamoDbRestoreManager restores =
                            DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
                compare(directory, items, rounds, restores, dynamoDb);
            }
        } finally {
            standIn.destroy();
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder()).forEach(WholeRunBenchmark::delete);
            }
        }
    }

    private static void compare(
            Path directory, int items, int rounds, DynamoDbRestoreManager restores, DynamoDbAsyncClient dynamoDb)
            throws Exception {
        Way ours = from -> ours(restores, from);
        Way naive = from -> new NaiveRestore(dynamoDb, "ttt").run(from);
        double[] oursMicros = new double[rounds];
        double[] naiveMicros = new double[rounds];
        for (int round = -WARM_UPS; round < rounds; round++) {
            double oursNow = microsPerItem(ours, directory, items);
            double naiveNow = microsPerItem(naive, directory, items);
            if (round >= 0) {
                oursMicros[round] = oursNow;
                naiveMicros[round] = naiveNow;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: ours %.1f us CPU per item, naive %.1f%n",
                    round < 0 ? "warm-up" : "round " + (round + 1),
                    oursNow,
                    naiveNow);
        }
        double oursMedian = median(oursMicros);
        double naiveMedian = median(naiveMicros);
        System.out.printf(
                Locale.ROOT,
                "median of %d rounds, %d items: ours %.1f us CPU per item, naive %.1f, ratio 1/%.2f%n",
                rounds,
                items,
                oursMedian,
                naiveMedian,
                naiveMedian / oursMedian);
    }

    private static double microsPerItem(Way way, Path directory, int items) throws Exception {
        long before = SYSTEM.getProcessCpuTime();
        long done = way.run(directory);
        long nanos = SYSTEM.getProcessCpuTime() - before;
        if (done != items) {
            throw new IllegalStateException(done + " items instead of " + items);
        }
        return nanos / 1e3 / items;
    }

    private static long ours(DynamoDbRestoreManager restores, Path directory) {
        RestoreReport report = restores.start(RestorePlan.builder()
                        .from(directory.toUri().toString())
                        .into("ttt")
                        .writeRate(WriteRate.unitsPerSecond(10_000_000))
                        .writesInFlight(64)
                        .build())
                .completion()
                .join();
        return report.writes().puts();
    }

    static DynamoDbAsyncClient client(URI endpoint) {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("fake", "fake")))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(128))
                .build();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
