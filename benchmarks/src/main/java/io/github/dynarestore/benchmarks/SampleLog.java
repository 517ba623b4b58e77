package io.github.dynarestore.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** Stream record lines with an old and a new image of 12 attributes, about 550 bytes each: performance.md's "mid". */
final class SampleLog {

    private SampleLog() {}

    /** One line for each key from {@code first}, without duplicates, so that the naive way can write it too. */
    static byte[] lines(int first, int count) {
        Random random = new Random(first);
        StringBuilder lines = new StringBuilder(count * 1_300);
        for (int i = first; i < first + count; i++) {
            String key = "customer#" + i;
            lines.append("{\"Keys\":{\"pk\":{\"S\":\"").append(key).append("\"}},\"NewImage\":");
            image(lines, key, 2, random);
            lines.append(",\"OldImage\":");
            image(lines, key, 1, random);
            lines.append(",\"SequenceNumber\":\"")
                    .append("4000000000000000000")
                    .append(1_000_000 + i)
                    .append("\",\"SizeBytes\":1000,\"ApproximateCreationDateTime\":1709251200,")
                    .append("\"eventName\":\"MODIFY\"}\n");
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void image(StringBuilder out, String key, int version, Random random) {
        out.append("{\"pk\":{\"S\":\"")
                .append(key)
                .append("\"},\"version\":{\"N\":\"")
                .append(version)
                .append("\"},");
        out.append("\"name\":{\"S\":\"Some Person ")
                .append(random.nextInt(100_000))
                .append("\"},");
        out.append("\"email\":{\"S\":\"person").append(random.nextInt(100_000)).append("@example.org\"},");
        out.append("\"active\":{\"BOOL\":true},\"balance\":{\"N\":\"")
                .append(random.nextInt())
                .append(".25\"},");
        out.append("\"street\":{\"S\":\"").append(random.nextInt(999)).append(" A rather long street name\"},");
        out.append("\"city\":{\"S\":\"Reykjav\u00edk\"},\"notes\":{\"NULL\":true},");
        out.append("\"tags\":{\"SS\":[\"alpha\",\"beta\",\"gamma\"]},");
        out.append("\"scores\":{\"L\":[{\"N\":\"1\"},{\"N\":\"22\"},{\"N\":\"")
                .append(random.nextInt(999))
                .append("\"}]},");
        out.append("\"address\":{\"M\":{\"zip\":{\"S\":\"12345\"},\"country\":{\"S\":\"Iceland\"}}}}");
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** Lays down a backup of so many items as gzip objects. */
    static void write(Path directory, int items, int itemsPerObject) throws IOException {
        for (int first = 0; first < items; first += itemsPerObject) {
            Files.write(
                    directory.resolve("log-" + first + ".gz"),
                    gzip(lines(first, Math.min(itemsPerObject, items - first))));
        }
    }
}
