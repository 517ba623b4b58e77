package io.github.dynarestore.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.benchmarks.BenchmarkResults.Spread;
import io.github.dynarestore.benchmarks.ProfileSamples.Rule;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import jdk.jfr.Recording;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Where the CPU time of an item goes in the restore that {@link WholeRunBenchmark} calls ours, by itself in a process that
 * has restored before: by thread as the JVM counts it, and by step as JFR samples it.
 */
public final class ProfileBenchmark {

    private static final int WARM_UPS = 12;
    private static final int TOP_METHODS = 25;
    private static final String CPU = "CPU us per item";

    private static final String SURVEY = "survey";
    private static final String APPLY = "apply";
    private static final String GUNZIP = "gunzip, twice";
    private static final String MEASURING = "measuring";
    private static final String OTHER_THREADS = "other threads";
    private static final String NO_THREADS = "compiler and garbage collector";

    /** Threads of a run are called after it and their work. */
    private static final Pattern OF_RUN = Pattern.compile("dynarestore-\\d+(?:-([a-z-]*[a-z]))?(?:-\\d+)?");

    /** First those that are part of another's package. Frames of the SDK's that both signing and S3 use decide nothing. */
    private static final List<Rule> RULES = List.of(
            new Rule("java.util.zip.", GUNZIP),
            new Rule("io.github.dynarestore.internal.source.GzipReader", GUNZIP),
            new Rule("sun.security.provider.MD5", "MD5 of bodies"),
            new Rule("io.github.dynarestore.internal.pipeline.Md5", "MD5 of bodies"),
            new Rule("software.amazon.awssdk.http.auth.", "sign"),
            new Rule("io.github.dynarestore.internal.write.DirectTransport", "sign"),
            new Rule("io.github.dynarestore.internal.write.HttpConnections", "connections to DynamoDB"),
            new Rule("io.netty.", "connections to DynamoDB"),
            new Rule("io.github.dynarestore.internal.source.", "read from S3"),
            new Rule("io.github.dynarestore.json.", "find, check and digest images, read keys"),
            new Rule("io.github.dynarestore.format.", "find, check and digest images, read keys"),
            new Rule("io.github.dynarestore.internal.pipeline.ItemDigest", "find, check and digest images, read keys"),
            new Rule("io.github.dynarestore.internal.survey.", "add rows to the survey"),
            new Rule("io.github.dynarestore.internal.batch.", "fill batches"),
            new Rule("io.github.dynarestore.internal.ledger.", "meters"),
            new Rule("io.micrometer.", "meters"),
            new Rule("io.github.dynarestore.", "hand records and batches over"));

    private ProfileBenchmark() {}

    /** Arguments: items (default 200,000) and restores (default 5, after those that warm up). */
    public static void main(String[] args) throws Exception {
        int items = args.length > 0 ? Integer.parseInt(args[0]) : 200_000;
        int restores = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        Path directory = Files.createTempDirectory("dynarestore-benchmark");
        SampleLog.write(directory, items, Math.max(1, items / 16));
        try (StandInProcess dynamoDbServer = StandInProcess.start(StandInDynamoDb.class);
                StandInProcess s3Server = StandInProcess.start(StandInS3.class, directory.toString());
                DynamoDbAsyncClient dynamoDb = WholeRunBenchmark.client(dynamoDbServer.endpoint());
                S3AsyncClient s3 = WholeRunBenchmark.s3Client(s3Server.endpoint());
                DynamoDbRestoreManager manager = DynamoDbRestoreManager.builder()
                        .s3(s3)
                        .dynamoDb(dynamoDb)
                        .build()) {
            profile(manager, directory, items, restores);
        } finally {
            WholeRunBenchmark.deleteAll(directory);
        }
    }

    private static void profile(DynamoDbRestoreManager manager, Path directory, int items, int restores)
            throws IOException, InterruptedException {
        BenchmarkResults results = BenchmarkResults.of("profile");
        results.condition("items", items);
        results.condition("restores", restores + " after " + WARM_UPS + " that warm up");
        for (int i = 0; i < WARM_UPS; i++) {
            restore(manager, items);
        }
        Recording recording = ProfileSamples.begin();
        for (int i = 0; i < restores; i++) {
            measureThreads(manager, items, results);
        }
        ProfileSamples samples = ProfileSamples.end(recording, ProfileBenchmark::sampledGroup, RULES);
        results.condition("samples", samples.count());
        results.add("gunzip alone, once", CPU, gunzipMicros(directory, items));
        addSteps(results, samples);
        printTable(results, "thread", "threads: ", CPU);
        printTable(results, "step", "step: ", CPU);
        for (Map.Entry<String, Integer> method : samples.top(TOP_METHODS)) {
            results.add("method: " + method.getKey(), "% of samples", 100.0 * method.getValue() / samples.count());
        }
        printTable(results, "method on top", "method: ", "% of samples");
        results.conditions().forEach((condition, value) -> System.out.println(condition + ": " + value));
        results.write();
    }

    private static void restore(DynamoDbRestoreManager manager, int items) {
        RestorePlan plan = WholeRunBenchmark.plan().build();
        long puts = manager.start(plan).completion().join().writes().puts();
        if (puts != items) {
            throw new IllegalStateException(puts + " items instead of " + items);
        }
    }

    private static void measureThreads(DynamoDbRestoreManager manager, int items, BenchmarkResults results)
            throws InterruptedException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = system.getProcessCpuTime();
        ThreadTimes times = ThreadTimes.begin();
        restore(manager, items);
        Map<String, Long> byGroup = times.end(ProfileBenchmark::group);
        long whole = system.getProcessCpuTime() - before;
        long left = whole - byGroup.values().stream().mapToLong(Long::longValue).sum();
        byGroup.forEach((group, nanos) -> results.add("threads: " + group, CPU, nanos / 1e3 / items));
        results.add("threads: " + NO_THREADS, CPU, left / 1e3 / items);
        results.add("threads: all", CPU, whole / 1e3 / items);
    }

    private static String group(String thread) {
        if (thread.equals(ThreadTimes.OBSERVER) || thread.startsWith("JFR ")) {
            return MEASURING;
        }
        if (thread.startsWith("dynarestore-http")) {
            return "connections to DynamoDB";
        }
        if (thread.startsWith("aws-java-sdk") || thread.startsWith("sdk-")) {
            return "reading from S3";
        }
        Matcher ofRun = OF_RUN.matcher(thread);
        if (!ofRun.matches()) {
            return OTHER_THREADS;
        }
        return switch (ofRun.group(1) == null ? "" : ofRun.group(1)) {
            case SURVEY -> SURVEY;
            case "reduce" -> "deciding";
            case APPLY -> APPLY;
            case "meters" -> "meters";
            default -> "handing batches out, and the run itself";
        };
    }

    private static String sampledGroup(String thread) {
        String group = group(thread);
        return group.equals(MEASURING) ? "" : group;
    }

    /** What it takes to gunzip all objects and do nothing with them, on this thread. */
    private static double gunzipMicros(Path directory, int items) throws IOException {
        List<byte[]> objects = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                objects.add(Files.readAllBytes(file));
            }
        }
        byte[] buffer = new byte[64 * 1024];
        List<Double> rounds = new ArrayList<>();
        for (int round = 0; round < WARM_UPS; round++) {
            long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (byte[] object : objects) {
                try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(object), buffer.length)) {
                    while (in.read(buffer) >= 0) {
                        // Only the reading counts.
                    }
                }
            }
            rounds.add((ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before) / 1e3 / items);
        }
        return Spread.of(rounds).median();
    }

    /**
     * Splits the CPU time of those threads that decode by samples; what all others take is a step of its own. Gunzip is
     * native code that is not sampled: each of the two takes what it takes alone, and the samples split the rest.
     */
    private static void addSteps(BenchmarkResults results, ProfileSamples samples) {
        Map<String, Double> steps = new LinkedHashMap<>();
        double gunzip = results.spread("gunzip alone, once", CPU).median();
        for (String group : List.copyOf(results.values().keySet())) {
            if (!group.startsWith("threads: ") || group.equals("threads: all")) {
                continue;
            }
            String name = group.substring("threads: ".length());
            double micros = results.spread(group, CPU).median();
            if (!name.equals(SURVEY) && !name.equals(APPLY)) {
                steps.merge(name, micros, Double::sum);
                continue;
            }
            steps.merge(GUNZIP, gunzip, Double::sum);
            Map<String, Integer> sampled = new LinkedHashMap<>(samples.steps(name));
            sampled.remove(GUNZIP);
            double all = sampled.values().stream().mapToInt(Integer::intValue).sum();
            if (all == 0) {
                throw new IllegalStateException("no sample of the threads that " + name + "; more items, please");
            }
            sampled.forEach((step, count) ->
                    steps.merge(name + ": " + step, Math.max(0, micros - gunzip) * count / all, Double::sum));
        }
        steps.forEach((step, micros) -> results.add("step: " + step, CPU, micros));
    }

    /** Prints rows of Markdown, the largest first. */
    private static void printTable(BenchmarkResults results, String title, String prefix, String metric) {
        System.out.printf("%n| %s | %s |%n|---|---|%n", title, metric);
        results.values().keySet().stream()
                .filter(row -> row.startsWith(prefix))
                .map(row -> Map.entry(row.substring(prefix.length()), results.spread(row, metric)))
                .sorted(Map.Entry.comparingByValue((one, other) -> Double.compare(other.median(), one.median())))
                .forEach(row -> System.out.printf("| %s | %s |%n", row.getKey(), text(row.getValue())));
    }

    private static String text(Spread spread) {
        return spread.least() == spread.most()
                ? String.format(Locale.ROOT, "%.2f", spread.median())
                : String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", spread.median(), spread.least(), spread.most());
    }
}
