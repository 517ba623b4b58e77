package io.github.dynarestore.benchmarks;

import io.github.dynarestore.internal.survey.Findings;
import io.github.dynarestore.internal.survey.KeySurvey;
import io.github.dynarestore.internal.survey.MemoryBudget;
import io.github.dynarestore.internal.survey.Reduction;
import io.github.dynarestore.internal.survey.RowWriter;
import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.internal.survey.SurveyRules;
import io.github.dynarestore.internal.survey.SurveyRules.Role;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a record costs in the survey, in time, memory and disk, at 1, 10 and 50 million records of a fifth as many keys;
 * beside the JDK's map and, where its jar is on the class path, RocksDB. Each candidate runs in a JVM of its own.
 */
public final class SurveyBenchmark {

    private static final int CHANGES_PER_KEY = 5;
    private static final int RECORDS_PER_OBJECT = 100_000;
    private static final int WARM_UPS = 3;
    private static final long MILLION = 1_000_000;

    private static final List<String> METRICS =
            List.of("ns a record", "CPU ns a record", "bytes on disk a record", "peak RSS MB");

    private SurveyBenchmark() {}

    /** Runs all candidates, or the one that is named: {@code spilling 50000000}. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 2) {
            runHere(args[0], Long.parseLong(args[1]));
            return;
        }
        BenchmarkResults results = BenchmarkResults.of("survey");
        List<String> small = List.of("-Xmx256m", "-XX:MaxDirectMemorySize=128m");
        for (long millions : new long[] {1, 10, 50}) {
            child(results, "spilling", millions, small);
        }
        for (long millions : new long[] {1, 10}) {
            child(results, "in-memory", millions, List.of("-Xmx4g"));
            child(results, "jdk-map", millions, List.of("-Xmx8g"));
            if (hasRocksDb()) {
                child(results, "rocksdb", millions, List.of("-Xmx1g"));
            }
        }
        if (!hasRocksDb()) {
            System.out.println("RocksDB is not on the class path");
        }
        results.print();
        results.write();
    }

    private static boolean hasRocksDb() {
        try {
            Class.forName("org.rocksdb.RocksDB", false, SurveyBenchmark.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static void child(BenchmarkResults results, String candidate, long millions, List<String> options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of(
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("java.class.path"),
                SurveyBenchmark.class.getName(),
                candidate,
                Long.toString(millions * MILLION)));
        Process process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        String name = candidate + ", " + millions + " million";
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                String[] measured = line.split(" ", -1);
                for (int i = 0; i < METRICS.size(); i++) {
                    results.add(name, METRICS.get(i), Double.parseDouble(measured[i]));
                }
            }
        }
        if (process.waitFor() != 0) {
            System.out.println(name + " failed");
        }
    }

    private static void runHere(String candidate, long records) throws IOException {
        Path directory = Files.createTempDirectory("survey-benchmark");
        try {
            long[] disk = new long[1];
            // What the compiler does belongs to the first records of a JVM, not to what a record costs.
            for (int i = 0; i < WARM_UPS; i++) {
                run(candidate, MILLION, directory, disk);
                if (candidate.equals("spilling")) {
                    ours(MILLION, 8L << 20, directory, disk);
                }
            }
            long rounds = Math.max(1, 10 * MILLION / records);
            long cpuBefore = cpuNanos();
            long before = System.nanoTime();
            for (int i = 0; i < rounds; i++) {
                if (run(candidate, records, directory, disk) != records / CHANGES_PER_KEY) {
                    throw new IllegalStateException(candidate + " found another number of keys");
                }
            }
            long nanos = (System.nanoTime() - before) / rounds;
            long cpu = (cpuNanos() - cpuBefore) / rounds;
            System.out.printf(
                    Locale.ROOT,
                    "%d %d %.1f %d%n",
                    nanos / records,
                    cpu / records,
                    disk[0] / (double) records,
                    peakRssMegabytes());
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted((left, right) -> right.compareTo(left))
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static long run(String candidate, long records, Path directory, long[] disk) throws IOException {
        return switch (candidate) {
            case "spilling" -> ours(records, 32L << 20, directory, disk);
            case "in-memory" -> ours(records, 2L << 30, directory, disk);
            case "jdk-map" -> jdkMap(records);
            case "rocksdb" -> RocksDbSurvey.run(records, directory, disk);
            default -> throw new IllegalArgumentException(candidate);
        };
    }

    private static long ours(long records, long budgetBytes, Path directory, long[] disk) throws IOException {
        int objects = (int) (records / RECORDS_PER_OBJECT + 1);
        Role[] roles = new Role[objects];
        Arrays.fill(roles, Role.LOG);
        try (KeySurvey survey = new KeySurvey(
                new MemoryBudget(budgetBytes),
                new SpillDirectory(directory, java.time.Clock.systemUTC()),
                1,
                rows -> records)) {
            RowWriter rows = survey.newWriter();
            BackupRecord record = new BackupRecord();
            for (long i = 0; i < records; i++) {
                long key = key(i, records);
                long change = i / (records / CHANGES_PER_KEY);
                record.clear();
                record.order(ChangeOrder.Basis.SEQUENCE_NUMBER, (short) 0, 1_000 + change, i);
                record.time(i, TimePrecision.SECOND);
                record.insert(change == 0);
                rows.add(
                        new RowWriter.Origin(
                                (int) (i / RECORDS_PER_OBJECT),
                                (int) (i % RECORDS_PER_OBJECT),
                                RowWriter.Standing.COUNTS,
                                false),
                        spread(2 * key),
                        spread(2 * key + 1),
                        record,
                        image(key, change),
                        change == 0 ? 0 : image(key, change - 1));
            }
            rows.flush();
            disk[0] = size(directory);
            Reduction reduction = survey.reduction(new SurveyRules(null, null, false, 0, roles, null), objects, 1);
            Reduction.Worker worker = reduction.newWorker();
            while (worker.reduceNext()) {
                // One partition after the other.
            }
            Findings findings = reduction.findings();
            if (findings.breakCount() > 0 || findings.superseded() != records - findings.keys()) {
                throw new IllegalStateException("a wrong survey");
            }
            return findings.keys();
        }
    }

    private static long image(long key, long change) {
        return spread(key * CHANGES_PER_KEY + change);
    }

    private static long jdkMap(long records) {
        Map<ByteBuffer, long[]> winners = new HashMap<>();
        for (long i = 0; i < records; i++) {
            byte[] key = keyBytes(key(i, records));
            long order = i;
            long[] row = {order, i};
            winners.merge(ByteBuffer.wrap(key), row, (old, more) -> more[0] > old[0] ? more : old);
        }
        return winners.size();
    }

    /** Keys come round in another order each time. */
    static long key(long i, long records) {
        long keys = records / CHANGES_PER_KEY;
        long round = i / keys;
        return (i % keys + round * 7_919) % keys;
    }

    static byte[] keyBytes(long key) {
        return ("customer#" + key).getBytes(StandardCharsets.UTF_8);
    }

    private static long spread(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long peakRssMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return -1;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(-1);
        }
    }
}
