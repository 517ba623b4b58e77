package io.github.dynarestore.benchmarks;

import io.github.dynarestore.DynamoDbRestoreManager;
import io.github.dynarestore.RestorePlan;
import io.github.dynarestore.model.WriteRate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * How exactly a restore keeps the rate that it was asked for, measured where its writes arrive: a stand-in in a process of
 * its own, over HTTP. Each put is one write unit.
 */
public final class RateBenchmark {

    private static final long SECOND = 1_000_000_000L;
    private static final int OBJECTS = 16;

    /** Most writes of a call. */
    private static final int BATCH = 25;

    private RateBenchmark() {}

    /** So many puts came at this time. */
    private record Arrival(long nanos, int puts) {}

    /** Arguments: seconds of writing at each rate (default 20). */
    public static void main(String[] args) throws Exception {
        int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        BenchmarkResults results = BenchmarkResults.of("rate");
        results.condition("seconds at each rate", seconds);
        try (StandInProcess standIn = StandInProcess.start(StandInDynamoDb.class, "arrivals")) {
            URI server = standIn.endpoint();
            try (DynamoDbAsyncClient dynamoDb = WholeRunBenchmark.client(server);
                    DynamoDbRestoreManager restores =
                            DynamoDbRestoreManager.builder().dynamoDb(dynamoDb).build()) {
                // Compiles what the others then run.
                var unused = arrivals(restores, server, 20_000, 5);
                for (int rate : new int[] {500, 5_000, 40_000}) {
                    measure(rate, arrivals(restores, server, rate, seconds), results);
                }
            }
            results.write();
        }
    }

    private static List<Arrival> arrivals(DynamoDbRestoreManager restores, URI server, int rate, int seconds)
            throws Exception {
        Path directory = Files.createTempDirectory("dynarestore-rate");
        try {
            write(directory, rate * seconds);
            var unused = restores.start(RestorePlan.builder()
                            .from(directory.toUri().toString())
                            .into("ttt")
                            .writeRate(WriteRate.unitsPerSecond(rate))
                            .build())
                    .completion()
                    .join();
        } finally {
            WholeRunBenchmark.deleteAll(directory);
        }
        String lines = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(server.resolve("/arrivals")).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        List<Arrival> arrivals = new ArrayList<>();
        for (String line : lines.split("\n")) {
            String[] parts = line.split(" ");
            arrivals.add(new Arrival(Long.parseLong(parts[0]), Integer.parseInt(parts[1])));
        }
        arrivals.sort(Comparator.comparingLong(Arrival::nanos));
        return arrivals;
    }

    private static void write(Path directory, int puts) throws IOException {
        for (int object = 0; object < OBJECTS; object++) {
            StringBuilder lines = new StringBuilder();
            for (int i = object; i < puts; i += OBJECTS) {
                String key = "{\"pk\":{\"S\":\"customer#" + i + "\"}";
                lines.append("{\"Keys\":").append(key).append("},\"NewImage\":");
                lines.append(key).append(",\"v\":{\"N\":\"1\"}},\"SequenceNumber\":\"");
                lines.append(1_000_000 + i).append("\",\"ApproximateCreationDateTime\":1709251200,");
                lines.append("\"eventName\":\"INSERT\"}\n");
            }
            Files.write(
                    directory.resolve("log-" + object + ".gz"),
                    SampleLog.gzip(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static void measure(int rate, List<Arrival> arrivals, BenchmarkResults results) {
        long first = arrivals.get(0).nanos();
        double seconds = (arrivals.get(arrivals.size() - 1).nanos() - first) / (double) SECOND;
        double puts = arrivals.stream().mapToInt(Arrival::puts).sum();
        Map<String, Double> percents = new LinkedHashMap<>();
        percents.put("% over all", percent(puts / seconds, rate));
        percents.put("% over any 10 s, least", percent(extreme(arrivals, 10 * SECOND, -1) / 10, rate));
        percents.put("% over any 10 s, most", percent(extreme(arrivals, 10 * SECOND, 1) / 10, rate));
        percents.put("% over any 1 s, most", percent(extreme(arrivals, SECOND, 1), rate));
        percents.put("% over any 1 s, most but one batch", percent(extreme(arrivals, SECOND, 1) - BATCH, rate));
        percents.put("% in the first second", percent(within(arrivals, 0, first + SECOND), rate));
        String candidate = String.format(Locale.ROOT, "%,d units/s", rate);
        System.out.printf(Locale.ROOT, "%s, %.1f s%n", candidate, seconds);
        percents.forEach((metric, percent) -> {
            results.add(candidate, metric, percent);
            System.out.printf(Locale.ROOT, "    %-36s %+.2f%n", metric, percent);
        });
    }

    private static double percent(double found, double asked) {
        return (found / asked - 1) * 100;
    }

    /** The most, or with a sign of -1 the least, puts in any window that begins with an arrival and ends before the last. */
    private static double extreme(List<Arrival> arrivals, long windowNanos, int sign) {
        double extreme = Double.NEGATIVE_INFINITY;
        double inWindow = 0;
        int end = 0;
        long last = arrivals.get(arrivals.size() - 1).nanos();
        for (Arrival begin : arrivals) {
            if (begin.nanos() + windowNanos > last) {
                break;
            }
            while (arrivals.get(end).nanos() < begin.nanos() + windowNanos) {
                inWindow += arrivals.get(end++).puts();
            }
            extreme = Math.max(extreme, sign * inWindow);
            inWindow -= begin.puts();
        }
        return sign * extreme;
    }

    private static double within(List<Arrival> arrivals, int from, long endNanos) {
        double puts = 0;
        for (int i = from; i < arrivals.size() && arrivals.get(i).nanos() < endNanos; i++) {
            puts += arrivals.get(i).puts();
        }
        return puts;
    }
}
