package io.github.dynarestore.benchmarks;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.RestoreReport;
import io.github.dynarestore.model.WriteRate;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * How time and memory of a whole restore grow with the backup: one, and one of ten times as many items, each in a JVM of its
 * own with the same small heap and a survey that has to spill, into a stand-in that answers at once. Both are warmed up by
 * restores of the smaller one, so that what is compared is not the compiler. After the restores that are timed come as many
 * of which only the memory counts, since they are interrupted by collections.
 */
public final class GrowthBenchmark {

    private static final int TIMES = 10;
    private static final int OBJECTS = 16;
    private static final int WARM_UPS = 8;
    private static final int ROUNDS = 3;
    private static final int METRICS = 4;
    private static final long SURVEY_MEMORY_BYTES = 8 << 20;

    private static final String SECONDS = "seconds";
    private static final String CPU_SECONDS = "CPU seconds";
    private static final String ALIVE = "most MB alive after a collection";
    private static final String PEAK = "peak resident MB";

    private GrowthBenchmark() {}

    /** Argument: items of the smaller backup (default 600,000). */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 3) {
            restoreHere(URI.create(args[0]), Path.of(args[1]), Path.of(args[2]));
            return;
        }
        int items = args.length > 0 ? Integer.parseInt(args[0]) : 600_000;
        Path directory = Files.createTempDirectory("dynarestore-benchmark");
        try (StandInProcess dynamoDb = StandInProcess.start(StandInDynamoDb.class)) {
            Path small = Files.createDirectory(directory.resolve("small"));
            Path large = Files.createDirectory(directory.resolve("large"));
            SampleLog.write(small, items, items / OBJECTS);
            SampleLog.write(large, items * TIMES, items / OBJECTS);
            BenchmarkResults results = BenchmarkResults.of("growth");
            for (Path backup : List.of(small, large)) {
                String name = String.format(Locale.ROOT, "%,d items", backup == small ? items : items * TIMES);
                for (String line : restoreInOwnProcess(dynamoDb.endpoint(), small, backup)) {
                    String[] measured = line.split(": ", 2);
                    results.add(name, measured[0], Double.parseDouble(measured[1]));
                }
            }
            results.print();
            results.write();
            System.out.printf(
                    Locale.ROOT,
                    "%d times the items: %.2f times the seconds, %.2f times the CPU seconds, "
                            + "%.2f times what is alive, %.2f times what is resident%n",
                    TIMES,
                    growth(results, SECONDS),
                    growth(results, CPU_SECONDS),
                    growth(results, ALIVE),
                    growth(results, PEAK));
        } finally {
            WholeRunBenchmark.deleteAll(directory);
        }
    }

    private static double growth(BenchmarkResults results, String metric) {
        List<String> sizes = List.copyOf(results.values().keySet());
        return results.spread(sizes.get(1), metric).median()
                / results.spread(sizes.get(0), metric).median();
    }

    private static List<String> restoreInOwnProcess(URI dynamoDb, Path small, Path backup)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx256m",
                        "-XX:MaxDirectMemorySize=128m",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        GrowthBenchmark.class.getName(),
                        dynamoDb.toString(),
                        small.toString(),
                        backup.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines = new ArrayList<>();
        try (var out = process.inputReader()) {
            out.lines().forEach(lines::add);
        }
        if (process.waitFor() != 0 || lines.size() != ROUNDS * METRICS) {
            throw new IllegalStateException("the restore of " + backup + " failed: " + lines);
        }
        return lines;
    }

    private static void restoreHere(URI endpoint, Path small, Path backup) throws IOException, InterruptedException {
        DynamoDbAsyncClient dynamoDb = WholeRunBenchmark.client(endpoint);
        try (DynamoDbRestoreManager restores =
                DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
            for (int i = 0; i < WARM_UPS; i++) {
                restore(restores, small);
            }
            for (int round = 0; round < ROUNDS; round++) {
                long begun = System.nanoTime();
                long cpuBefore = cpuNanos();
                restore(restores, backup);
                report(SECONDS, (System.nanoTime() - begun) / 1e9);
                report(CPU_SECONDS, (cpuNanos() - cpuBefore) / 1e9);
                report(PEAK, peakResidentMegabytes());
            }
            for (int round = 0; round < ROUNDS; round++) {
                LiveHeap alive = LiveHeap.watch();
                restore(restores, backup);
                report(ALIVE, alive.mostBytes() / 1e6);
            }
        }
        // Closing the SDK's client takes 2 seconds in which nothing happens.
        System.exit(0);
    }

    /** A line for the process that started this one. */
    private static void report(String metric, double value) {
        System.out.printf(Locale.ROOT, "%s: %.3f%n", metric, value);
    }

    private static void restore(DynamoDbRestoreManager restores, Path backup) {
        RestoreReport report = restores.start(RestorePlan.builder()
                        .from(backup.toUri().toString())
                        .into("ttt")
                        .surveyMemoryBytes(SURVEY_MEMORY_BYTES)
                        .writeRate(WriteRate.unitsPerSecond(10_000_000))
                        .writesInFlight(64)
                        .build())
                .completion()
                .join();
        if (!report.records().addsUp() || report.writes().puts() == 0) {
            throw new IllegalStateException("not restored: " + report);
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** As Linux counts it; 0 elsewhere. */
    private static long peakResidentMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        }
    }
}
