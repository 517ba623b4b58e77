package io.github.dynarestore.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Backups as gzip objects. */
final class SampleLog {

    private SampleLog() {}

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** Lays down stream records of {@link SampleItems#MID}, one for each key, so that the naive way can write them too. */
    static void write(Path directory, int items, int itemsPerObject) throws IOException {
        for (int first = 0; first < items; first += itemsPerObject) {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            for (int i = first; i < Math.min(items, first + itemsPerObject); i++) {
                lines.writeBytes(SampleBackup.STREAM.line(SampleItems.MID, i));
                lines.write('\n');
            }
            Files.write(directory.resolve("log-" + first + ".gz"), gzip(lines.toByteArray()));
        }
    }
}
