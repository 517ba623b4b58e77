package io.github.dynarestore.benchmarks;

import io.github.dynarestore.testing.DynamoDbExportWriter;
import io.github.dynarestore.testing.DynamoDbLocal;
import io.github.dynarestore.testing.EmrExportWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import software.amazon.awssdk.enhanced.dynamodb.document.EnhancedDocument;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The whole restore of the same items into the same DynamoDB Local, ours and by what one would take instead, each in a
 * process of its own. Two sizes of backup are restored; what the larger one takes more is the steady state, the rest is
 * startup. Every table is compared with what should be in it.
 */
public final class PeersBenchmark {

    private static final SampleItems SAMPLE = SampleItems.MID;
    private static final int OBJECTS = 16;
    private static final Duration LIMIT = Duration.ofMinutes(15);

    /** What Spark 3.5 needs on Java 17; its own launcher passes more. */
    private static final List<String> SPARK_OPENS = Stream.of(
                    "java.lang",
                    "java.lang.invoke",
                    "java.io",
                    "java.net",
                    "java.nio",
                    "java.util",
                    "java.util.concurrent",
                    "sun.nio.ch",
                    "sun.nio.cs",
                    "sun.security.action",
                    "sun.util.calendar")
            .map(opened -> "--add-opens=java.base/" + opened + "=ALL-UNNAMED")
            .toList();

    private final BenchmarkResults results = BenchmarkResults.of("peers");
    private final Path directory;
    private final DynamoDbLocal dynamoDb;
    private int tables;

    private PeersBenchmark(Path directory, DynamoDbLocal dynamoDb) {
        this.directory = directory;
        this.dynamoDb = dynamoDb;
    }

    /** How the same items are spelled for those who read them. */
    private enum Spelling {
        /** The lines of DynamoDB's own export. */
        EXPORT(item -> DynamoDbExportWriter.line(item, DynamoDbExportWriter.Format.DYNAMODB_JSON)),
        /** The lines of the EMR connector's export. */
        EMR(item -> new String(
                EmrExportWriter.encode(item, EmrExportWriter.Spelling.SMALL_FIRST_LETTER), StandardCharsets.UTF_8)),
        /** JSON without types. */
        PLAIN(item -> EnhancedDocument.fromAttributeValueMap(item).toJson());

        private final Function<Map<String, AttributeValue>, String> line;

        Spelling(Function<Map<String, AttributeValue>, String> line) {
            this.line = line;
        }
    }

    /**
     * Something that restores; endpoint, table and directory come between its two lists of arguments.
     *
     * @param java arguments of the virtual machine, up to the main class
     * @param more arguments of the main class beyond the common ones
     * @param isFromHere whether it is part of this project, so that a wrong table is a failure and not a finding
     */
    private record Peer(String name, Spelling spelling, List<String> java, List<String> more, boolean isFromHere) {

        static Peer here(String name, Spelling spelling, String way) {
            return new Peer(
                    name,
                    spelling,
                    List.of("-cp", System.getProperty("java.class.path"), SingleRestore.class.getName()),
                    List.of(way),
                    true);
        }

        /** One that {@code benchmarks/peers} has built, named by its directory and main class. */
        static Peer built(String name, Spelling spelling, String project) throws IOException {
            Path main = BenchmarkResults.module().resolve("peers").resolve(project);
            Path target = main.resolveSibling("target");
            if (!Files.exists(target.resolve("classes"))) {
                throw new IOException("build the peers first: ./mvnw -q -f benchmarks/peers/pom.xml compile");
            }
            String classPath = target.resolve("classes")
                    + File.pathSeparator
                    + Files.readString(target.resolve("classpath"), StandardCharsets.UTF_8)
                            .strip();
            return new Peer(
                    name,
                    spelling,
                    List.of("-cp", classPath, "io.github.dynarestore.peers." + main.getFileName()),
                    List.of(),
                    false);
        }

        Peer with(List<String> options, String argument) {
            return new Peer(
                    name,
                    spelling,
                    Stream.concat(options.stream(), java.stream()).toList(),
                    List.of(argument),
                    isFromHere);
        }
    }

    /** What a run took. */
    private record Cost(double seconds, double cpuSeconds) {}

    /** Arguments: items of the smaller backup (5,000), of the larger (45,000), rounds (3), part of the peers' names (all). */
    public static void main(String[] args) throws Exception {
        int fewer = args.length > 0 ? Integer.parseInt(args[0]) : 5_000;
        int more = args.length > 1 ? Integer.parseInt(args[1]) : 45_000;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        String only = args.length > 3 ? args[3] : "";
        Path directory = Files.createTempDirectory("dynarestore-peers");
        try (DynamoDbLocal dynamoDb = DynamoDbLocal.start()) {
            new PeersBenchmark(directory, dynamoDb).run(fewer, more, rounds, only);
        } finally {
            WholeRunBenchmark.deleteAll(directory);
        }
    }

    private static List<Peer> peers() throws IOException {
        return List.of(
                Peer.here("ours", Spelling.EXPORT, "ours"),
                Peer.here("ours, EMR export", Spelling.EMR, "ours"),
                Peer.here("script", Spelling.EXPORT, "script"),
                Peer.built("EMR connector", Spelling.EMR, "emr-connector/EmrConnector"),
                Peer.built("import tool", Spelling.EXPORT, "import-export-tool/ImportExportTool"),
                Peer.built("spark-dynamodb", Spelling.PLAIN, "spark-dynamodb/SparkDynamoDb")
                        .with(SPARK_OPENS, SAMPLE.columns().replace("list<", "array<")));
    }

    private void run(int fewer, int more, int rounds, String only) throws Exception {
        results.condition("items", fewer + " and " + more);
        results.condition("rounds", rounds);
        List<Map<String, AttributeValue>> items =
                IntStream.range(0, more).mapToObj(i -> SAMPLE.item(i, 2)).toList();
        for (Spelling spelling : Spelling.values()) {
            write(spelling, items.subList(0, fewer));
            write(spelling, items);
        }
        List<Peer> peers =
                peers().stream().filter(peer -> peer.name().contains(only)).toList();
        // Not counted: DynamoDB Local gets faster in its first minute, which would count against whoever comes first.
        var unused = restore(peers.get(0), items);
        for (int round = 0; round < rounds; round++) {
            // Whoever comes first meets a server that had nothing to do for a while.
            List<Peer> inTurn = new ArrayList<>(peers);
            Collections.rotate(inTurn, -(round * peers.size() / rounds));
            for (Peer peer : inTurn) {
                Cost small = restore(peer, items.subList(0, fewer));
                Cost large = restore(peer, items);
                add(peer.name(), small, large, fewer, more);
            }
        }
        results.print();
        results.conditions().forEach((condition, value) -> System.out.println(condition + ": " + value));
        results.write();
    }

    private void add(String peer, Cost small, Cost large, int fewer, int more) {
        double seconds = large.seconds() - small.seconds();
        double cpuSeconds = large.cpuSeconds() - small.cpuSeconds();
        double itemsPerSecond = (more - fewer) / seconds;
        results.add(peer, "items/s", itemsPerSecond);
        results.add(peer, "processors busy", cpuSeconds / seconds);
        results.add(peer, "CPU us per item", cpuSeconds * 1e6 / (more - fewer));
        results.add(peer, "startup s", small.seconds() - fewer / itemsPerSecond);
        results.add(peer, "whole run s", large.seconds());
    }

    private Path input(Spelling spelling, int items) {
        return directory.resolve(spelling + "-" + items);
    }

    private void write(Spelling spelling, List<Map<String, AttributeValue>> items) throws IOException {
        Path objects = Files.createDirectory(input(spelling, items.size()));
        for (int object = 0; object < OBJECTS; object++) {
            StringBuilder lines = new StringBuilder();
            for (int i = object; i < items.size(); i += OBJECTS) {
                lines.append(spelling.line.apply(items.get(i))).append('\n');
            }
            Files.write(
                    objects.resolve("part-" + object + ".json.gz"),
                    SampleLog.gzip(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private Cost restore(Peer peer, List<Map<String, AttributeValue>> items) throws Exception {
        String table = "restored-" + tables++;
        SampleTable.create(dynamoDb.asyncClient(), table);
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(List.of("-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(peer.java());
        command.addAll(List.of(
                dynamoDb.endpoint().toString(),
                table,
                input(peer.spelling(), items.size()).toString()));
        command.addAll(peer.more());
        Path logs = BenchmarkResults.module().resolve("target").resolve("peers");
        Files.createDirectories(logs);
        Cost cost = run(command, logs.resolve(peer.name() + ".log"));
        String verdict = new SampleTable(items).check(dynamoDb.asyncClient(), table);
        System.out.printf(
                "%s, %,d items: %.1f s, of CPU %.1f s; %s%n",
                peer.name(), items.size(), cost.seconds(), cost.cpuSeconds(), verdict);
        // Of all rounds, one behind the other.
        var unused = results.conditions()
                .merge(peer.name() + ", table of " + items.size(), verdict, (earlier, last) -> earlier + " | " + last);
        if (peer.isFromHere() && !verdict.equals(SampleTable.RIGHT)) {
            throw new IllegalStateException(peer.name() + " restored a wrong table: " + verdict);
        }
        SampleTable.delete(dynamoDb.asyncClient(), table);
        return cost;
    }

    private static Cost run(List<String> command, Path log) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Duration cpu = Duration.ZERO;
        // What a process used can be asked for only while it runs: the last 20 ms are not seen.
        while (!process.waitFor(20, TimeUnit.MILLISECONDS)) {
            cpu = process.info().totalCpuDuration().orElse(cpu);
            if (System.nanoTime() - begin > LIMIT.toNanos()) {
                process.destroyForcibly();
            }
        }
        if (process.exitValue() != 0) {
            throw new IOException("it failed; see " + log);
        }
        return new Cost((System.nanoTime() - begin) / 1e9, cpu.toNanos() / 1e9);
    }
}
