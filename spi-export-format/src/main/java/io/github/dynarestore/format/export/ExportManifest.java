package io.github.dynarestore.format.export;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.spi.BackupManifest;
import io.github.dynarestore.spi.BackupManifest.Kind;
import io.github.dynarestore.spi.BackupManifest.Part;
import io.github.dynarestore.spi.ManifestFormat.Siblings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code manifest-summary.json} and, beside it, {@code manifest-files.json} with their checksums. */
final class ExportManifest {

    static final String SUMMARY = "manifest-summary.json";

    /** Where the objects of all incremental exports lie that have one prefix. */
    static final String SHARED_DATA = "../data/";

    private static final List<String> FORMATS = List.of("DYNAMODB_JSON", "ION");
    private static final String FILES = "manifest-files.json";

    /** What AWS writes, and what its documents say that it writes. */
    private static final List<String> CHECKSUMS = List.of(".md5", ".checksum");

    /** A full export may lack what was written up to a minute before its time, and hold what came up to one after. */
    private static final Duration FUZZ = Duration.ofMinutes(1);

    private ExportManifest() {}

    static BackupManifest read(byte[] summary, Siblings siblings) throws IOException {
        requireChecksum(SUMMARY, summary, siblings);
        Map<String, String> said = members(summary, 0, summary.length);
        String format = said.getOrDefault("outputFormat", "");
        if (!FORMATS.contains(format)) {
            throw new IOException("its outputFormat is none of " + FORMATS);
        }
        byte[] files = siblings.read(FILES);
        if (files == null) {
            throw new IOException("there is no " + FILES + " beside it");
        }
        requireChecksum(FILES, files, siblings);
        boolean isIncremental = "INCREMENTAL_EXPORT".equals(said.get("exportType"));
        List<Part> parts = parts(files, isIncremental);
        requireCount(said.get("itemCount"), parts);
        if (isIncremental) {
            return new BackupManifest(
                    Kind.LAST_CHANGES, instant(said, "exportFromTime"), instant(said, "exportToTime"), parts);
        }
        Instant at = instant(said, "exportTime");
        return new BackupManifest(Kind.SNAPSHOT, at.minus(FUZZ), at.plus(FUZZ), parts);
    }

    private static Instant instant(Map<String, String> said, String name) throws IOException {
        try {
            return Instant.parse(said.getOrDefault(name, ""));
        } catch (DateTimeException e) {
            throw new IOException("it has no " + name, e);
        }
    }

    private static void requireChecksum(String name, byte[] bytes, Siblings siblings) throws IOException {
        String base = name.substring(0, name.lastIndexOf('.'));
        for (String ending : CHECKSUMS) {
            byte[] expected = siblings.read(base + ending);
            if (expected != null && !Arrays.equals(expected, base64Md5(bytes))) {
                throw new IOException(name + " has not the MD5 that " + base + ending + " gives");
            }
        }
    }

    private static byte[] base64Md5(byte[] bytes) {
        try {
            return Base64.getEncoder().encode(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    private static void requireCount(@Nullable String itemCount, List<Part> parts) throws IOException {
        long sum = parts.stream().mapToLong(Part::records).sum();
        if (itemCount != null && !itemCount.equals(Long.toString(sum))) {
            throw new IOException("it counts " + itemCount + " items, and " + FILES + " " + sum);
        }
    }

    private static List<Part> parts(byte[] files, boolean isIncremental) throws IOException {
        List<Part> parts = new ArrayList<>();
        int from = 0;
        while (from < files.length) {
            int to = from;
            while (to < files.length && files[to] != '\n') {
                to++;
            }
            if (to > from) {
                parts.add(part(members(files, from, to), isIncremental));
            }
            from = to + 1;
        }
        return parts;
    }

    private static Part part(Map<String, String> said, boolean isIncremental) throws IOException {
        String key = said.get("dataFileS3Key");
        String count = said.get("itemCount");
        if (key == null || count == null || !count.matches("\\d{1,18}")) {
            throw new IOException(FILES + " names an object without its key or count");
        }
        String name = key.substring(key.lastIndexOf('/') + 1);
        return new Part(
                (isIncremental ? SHARED_DATA : "data/") + name, true, Long.parseLong(count), said.get("md5Checksum"));
    }

    /** The members of an object that are texts or numbers, by name. */
    private static Map<String, String> members(byte[] bytes, int from, int to) throws IOException {
        JsonCursor json = new JsonCursor();
        json.reset(bytes, from, to);
        Map<String, String> members = new HashMap<>();
        try {
            json.take('{');
            if (json.takeIf('}')) {
                return members;
            }
            do {
                json.string();
                String name = json.text();
                json.take(':');
                int c = json.peek();
                if (c == '"') {
                    json.string();
                    members.put(name, json.text());
                } else if (c == '-' || c >= '0' && c <= '9') {
                    int start = json.position();
                    json.number();
                    members.put(name, new String(bytes, start, json.position() - start, StandardCharsets.US_ASCII));
                } else {
                    json.skipValue();
                }
            } while (json.takeIf(','));
            json.take('}');
        } catch (InvalidItemException e) {
            throw new IOException("not JSON at byte " + e.position() + ": " + e.detail(), e);
        }
        return members;
    }
}
