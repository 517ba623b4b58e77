package io.github.dynarestore.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import io.github.dynarestore.internal.source.Decompressor;
import io.github.dynarestore.json.InvalidItemException;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What a log costs from gzip to surveyed, beside gunzip alone, and beside two naive ways: a tree of each line and attribute
 * values of its new image; and the same with those of its keys and its old image, and a map of what each key had last, which is
 * about what a survey finds out. All take turns within each round, and what counts is the time that the thread ran.
 */
public final class ReadPathBenchmark {

    private static final int LOG_BYTES = 40 << 20;
    private static final int WARM_UPS = 12;
    private static final int INFLATED_BYTES = 64 * 1024;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final byte[] object;
    private final long logBytes;
    private final int records;
    private final ReadPath readPath = new ReadPath();
    private final ObjectMapper mapper = new ObjectMapper();
    private final byte[] inflated = new byte[INFLATED_BYTES];

    private ReadPathBenchmark(SampleItems items) throws IOException {
        records = LOG_BYTES / SampleBackup.STREAM.bytes(items, 1).length;
        byte[] log = SampleBackup.STREAM.bytes(items, records);
        logBytes = log.length;
        object = SampleLog.gzip(log);
    }

    /** A way to read the object; tells how many bytes or records it has found. */
    private interface Way {
        long read() throws IOException, InvalidItemException;
    }

    /** Argument: rounds that count (default 21). */
    public static void main(String[] args) throws IOException, InvalidItemException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 21;
        BenchmarkResults results = BenchmarkResults.of("read-path");
        System.out.println(
                "| items | log bytes a record | gzip | gunzip alone, MB/s | gunzip, find and survey | tree and attribute"
                        + " values | of both images, and a map | ours / gunzip | naive / ours | with a map / ours |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        for (SampleItems items : SampleItems.values()) {
            new ReadPathBenchmark(items).compare(items, rounds, results);
        }
        results.write();
    }

    private void compare(SampleItems items, int rounds, BenchmarkResults results)
            throws IOException, InvalidItemException {
        double[] gunzip = new double[rounds];
        double[] ours = new double[rounds];
        double[] naive = new double[rounds];
        double[] naiveMap = new double[rounds];
        for (int round = -WARM_UPS; round < rounds; round++) {
            int at = Math.max(0, round);
            gunzip[at] = cpuNanos(this::gunzip, logBytes);
            ours[at] = cpuNanos(this::survey, records);
            naive[at] = cpuNanos(this::naive, records);
            naiveMap[at] = cpuNanos(this::naiveMap, records);
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %,d | 1/%.1f | %,.0f | %,.0f | %,.0f | %,.0f | %s | %s | %s |%n",
                items,
                logBytes / records,
                (double) logBytes / object.length,
                logBytes / median(gunzip) * 1e3,
                logBytes / median(ours) * 1e3,
                logBytes / median(naive) * 1e3,
                logBytes / median(naiveMap) * 1e3,
                ratio(ours, gunzip),
                ratio(naive, ours),
                ratio(naiveMap, ours));
        add(results, "gunzip, " + items, gunzip);
        add(results, "ours, " + items, ours);
        add(results, "tree and values, " + items, naive);
        add(results, "both images and map, " + items, naiveMap);
    }

    private void add(BenchmarkResults results, String candidate, double[] nanos) {
        for (double each : nanos) {
            results.add(candidate, "MB of log per CPU second", logBytes / each * 1e3);
        }
    }

    private static double cpuNanos(Way way, long expected) throws IOException, InvalidItemException {
        long before = THREADS.getCurrentThreadCpuTime();
        long found = way.read();
        long nanos = THREADS.getCurrentThreadCpuTime() - before;
        if (found != expected) {
            throw new IllegalStateException(found + " instead of " + expected);
        }
        return nanos;
    }

    private long gunzip() throws IOException {
        long bytes = 0;
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(object), INFLATED_BYTES)) {
            for (int count = in.read(inflated); count >= 0; count = in.read(inflated)) {
                bytes += count;
            }
        }
        return bytes;
    }

    private long survey() throws IOException, InvalidItemException {
        try (InputStream in = new Decompressor(Long.MAX_VALUE).open(new ByteArrayInputStream(object))) {
            return readPath.survey(in);
        }
    }

    private long naive() throws IOException {
        long found = 0;
        try (BufferedReader lines = lines()) {
            String line;
            while ((line = lines.readLine()) != null) {
                JsonNode record = mapper.readTree(line);
                found += NaiveRestore.attributes(record.get("NewImage")).isEmpty() ? 0 : 1;
            }
        }
        return found;
    }

    private long naiveMap() throws IOException {
        Map<Map<String, AttributeValue>, Map<String, AttributeValue>> last = new HashMap<>();
        long changed = 0;
        try (BufferedReader lines = lines()) {
            String line;
            while ((line = lines.readLine()) != null) {
                JsonNode record = mapper.readTree(line);
                Map<String, AttributeValue> image = NaiveRestore.attributes(record.get("NewImage"));
                changed += image.equals(NaiveRestore.attributes(record.get("OldImage"))) ? 0 : 1;
                last.put(NaiveRestore.attributes(record.get("Keys")), image);
            }
        }
        return changed == records ? last.size() : -1;
    }

    private BufferedReader lines() throws IOException {
        return new BufferedReader(new InputStreamReader(
                new GZIPInputStream(new ByteArrayInputStream(object), INFLATED_BYTES), StandardCharsets.UTF_8));
    }

    private static String ratio(double[] dividends, double[] divisors) {
        double[] ratios = new double[dividends.length];
        Arrays.setAll(ratios, i -> dividends[i] / divisors[i]);
        double median = median(ratios);
        Arrays.sort(ratios);
        return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", median, ratios[0], ratios[ratios.length - 1]);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
