package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What one run of a benchmark measured: by candidate, by metric, a value for each round.
 *
 * @param name of the benchmark, and of its file
 * @param conditions what the figures depend on: machine, load, sizes
 * @param values candidate to metric to the values of the rounds, each in the order in which they came
 */
record BenchmarkResults(String name, Map<String, String> conditions, Map<String, Map<String, List<Double>>> values) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Results without a value yet, under the conditions that can be seen from here. */
    static BenchmarkResults of(String name) {
        Map<String, String> conditions = new LinkedHashMap<>();
        conditions.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        conditions.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        conditions.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        conditions.put("load at the beginning", load());
        return new BenchmarkResults(name, conditions, new LinkedHashMap<>());
    }

    /** Reads what {@link #write} wrote. */
    static BenchmarkResults read(Path file) throws IOException {
        return JSON.readValue(file.toFile(), BenchmarkResults.class);
    }

    /** A fact that the figures depend on. */
    void condition(String condition, Object value) {
        conditions.put(condition, String.valueOf(value));
    }

    /** One more value; metrics end with their unit. */
    void add(String candidate, String metric, double value) {
        values.computeIfAbsent(candidate, key -> new LinkedHashMap<>())
                .computeIfAbsent(metric, key -> new ArrayList<>())
                .add(value);
    }

    Spread spread(String candidate, String metric) {
        return Spread.of(values.getOrDefault(candidate, Map.of()).getOrDefault(metric, List.of()));
    }

    /** Prints a row for each candidate with its medians, and least and most in brackets. */
    void print() {
        values.forEach((candidate, metrics) -> {
            System.out.println(candidate);
            metrics.forEach((metric, rounds) -> {
                Spread spread = Spread.of(rounds);
                System.out.printf(
                        Locale.ROOT,
                        "    %-34s %,14.2f  (%,.2f to %,.2f)%n",
                        metric,
                        spread.median(),
                        spread.least(),
                        spread.most());
            });
        });
    }

    /** Writes {@code target/results/NAME.json} of this module, wherever it is run from. */
    void write() throws IOException {
        condition("load at the end", load());
        Path file = module().resolve("target").resolve("results").resolve(name + ".json");
        Files.createDirectories(file.getParent());
        JSON.writeValue(file.toFile(), this);
        System.out.println(file);
    }

    /** Directory of this module, from it and from the one above. */
    static Path module() {
        return Path.of(Files.isDirectory(Path.of("benchmarks")) ? "benchmarks" : "");
    }

    private static String load() {
        return String.format(
                Locale.ROOT,
                "%.1f",
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** Median, least and most of some rounds. */
    record Spread(double median, double least, double most) {

        static Spread of(List<Double> rounds) {
            double[] sorted =
                    rounds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            if (sorted.length == 0) {
                return new Spread(Double.NaN, Double.NaN, Double.NaN);
            }
            double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
            return new Spread(median, sorted[0], sorted[sorted.length - 1]);
        }
    }
}
